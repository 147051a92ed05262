"""Questions to work, whose refusal is an error here: the scheduler has nobody to show it to."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from nats.aio.client import Client

from contracts.queries import FindUnrecorded
from contracts.subjects import FIND_UNRECORDED, Refused, Request
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


class Unrecorded(NamedTuple):
    """Windows without a ledger row, and how many of the others were made before they opened."""

    windows: list[DueWindow]
    made_ahead: int


async def find_unrecorded(client: Client, due: Sequence[DueWindow]) -> Unrecorded:
    """Raises Unavailable or WorkRefused."""
    found, made_ahead = list[DueWindow](), 0
    for start in range(0, len(due), _WINDOWS_A_QUESTION):
        asked = {one.window.id: one for one in due[start : start + _WINDOWS_A_QUESTION]}
        answer = await answer_of(client, FIND_UNRECORDED, FindUnrecorded(windows=list(asked)))
        found += [asked[id] for id in answer.windows]
        made_ahead += answer.made_ahead
    return Unrecorded(found, made_ahead)
