"""Questions to work, whose refusal is an error here: the scheduler has nobody to show it to."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from nats.aio.client import Client

from contracts.queries import CountMadeAhead, FindUnrecorded
from contracts.subjects import COUNT_MADE_AHEAD, FIND_UNRECORDED, Refused, Request
from contracts.values import Model
from services.kit.broker import ask
from services.scheduler.agenda import DueWindow

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)

_WINDOWS_A_QUESTION = 5_000


class WorkRefused(Exception):
    """Work answered that it will not."""


async def answer_of(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
    """Raises Unavailable or WorkRefused."""
    reply = await ask(client, request, body)
    if isinstance(reply, Refused):
        raise WorkRefused(reply.message)
    return reply.view


async def find_unrecorded(client: Client, due: Sequence[DueWindow]) -> list[DueWindow]:
    """Those without a ledger row. Raises Unavailable or WorkRefused."""
    found: list[DueWindow] = []
    for windows in _questions(due):
        answer = await answer_of(client, FIND_UNRECORDED, FindUnrecorded(windows=list(windows)))
        found += [windows[id] for id in answer.windows]
    return found


async def count_made_ahead(client: Client, due: Sequence[DueWindow]) -> int:
    """How many were made before they opened. Raises Unavailable or WorkRefused."""
    answers = [
        await answer_of(client, COUNT_MADE_AHEAD, CountMadeAhead(windows=list(windows))) for windows in _questions(due)
    ]
    return sum(answer.windows for answer in answers)


def _questions(due: Sequence[DueWindow]) -> Iterator[dict[str, DueWindow]]:
    """As many windows as one question may name, by id."""
    for start in range(0, len(due), _WINDOWS_A_QUESTION):
        yield {one.window.id: one for one in due[start : start + _WINDOWS_A_QUESTION]}
