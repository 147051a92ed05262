"""Questions to work about windows, as many as one question may name at a time."""

from collections.abc import Iterator, Sequence

from nats.aio.client import Client

from contracts.subjects import COUNT_MADE_AHEAD, FIND_OUTCOMES
from contracts.values import Outcome
from contracts.windows import CountMadeAhead, FindOutcomes
from services.kit.broker import ask
from services.scheduler.agenda import DueWindow

_WINDOWS_A_QUESTION = 5_000


async def find_unmade(client: Client, due: Sequence[DueWindow]) -> list[DueWindow]:
    """Those that made nothing yet. Raises Unavailable or Refused."""
    found: list[DueWindow] = []
    for windows in _questions(due):
        answer = await ask(client, FIND_OUTCOMES, FindOutcomes(windows=list(windows)))
        found += [one for id, one in windows.items() if answer.outcomes.get(id) is not Outcome.GENERATED]
    return found


async def count_made_ahead(client: Client, due: Sequence[DueWindow]) -> int:
    """How many were made before they opened, or in time. Raises Unavailable or Refused."""
    answers = [
        await ask(client, COUNT_MADE_AHEAD, CountMadeAhead(windows=list(windows))) for windows in _questions(due)
    ]
    return sum(answer.windows for answer in answers)


def _questions(due: Sequence[DueWindow]) -> Iterator[dict[str, DueWindow]]:
    """As many windows as one question may name, by id."""
    for start in range(0, len(due), _WINDOWS_A_QUESTION):
        yield {one.window.id: one for one in due[start : start + _WINDOWS_A_QUESTION]}
