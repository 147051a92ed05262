"""Sweeps: raise what open tasks and failures call for, resolve what nothing calls for any more."""

import asyncio
import datetime as dt

import structlog
from nats.aio.client import Client

from contracts.generation import ListFailures
from contracts.home import AttentionRow, ListAttention
from contracts.notifications import NotificationRaised
from contracts.subjects import FIND_TODO, LIST_ATTENTION, LIST_FAILURES, NOTIFICATION_RAISED
from contracts.tasks import Attention, FindTodo
from services.kit.broker import ask, pages_of, publish_event
from services.kit.clock import Clock
from services.notifier.attention import Attended, called_for_by_failures, called_for_by_tasks
from services.notifier.differences import Differences, Standing, differences
from services.notifier.notices import NotificationType
from services.notifier.rules import CLOCK_WENT_BACK, OUTAGE
from services.notifier.store import NotificationStore

_OF_TASKS = (
    NotificationType.TASK_DUE,
    NotificationType.TASK_OVERDUE,
    NotificationType.FOLLOW_UP_DUE,
    NotificationType.MISSING_PROOF,
)
_MAX_PUBLISHED_IDS = 1_000
_TASKS_A_QUESTION = 1_000

_log = structlog.get_logger(__name__)


class Sweeper:
    """What is open is read before work is asked, so that nothing raised meanwhile is taken for needless."""

    def __init__(self, client: Client, store: NotificationStore, clock: Clock) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._sweeping = asyncio.Lock()
        self._covered = float("-inf")

    async def sweep(self) -> None:
        """Returns when a sweep that began after the call is done: those who wait together share one.

        Raises Unavailable or Refused, or PyMongoError from the store.
        """
        called = asyncio.get_running_loop().time()
        async with self._sweeping:
            if self._covered >= called:
                return
            began = asyncio.get_running_loop().time()
            await self.sweep_failures()
            await self._sweep_tasks()
            self._covered = began

    async def sweep_failures(self) -> None:
        standing = await self._store.standing([NotificationType.AUTOMATION_FAILURE])
        pages = pages_of(self._client, LIST_FAILURES, ListFailures())
        failures = [failure async for page in pages for failure in page.items]
        of_failures = [one for one in standing if one.cause.startswith(f"{NotificationType.AUTOMATION_FAILURE}:")]
        found = differences(of_failures, called_for_by_failures(failures, self._clock.now()))
        if all(failure.kind is not None for failure in failures):
            found.resolved += [one.id for one in standing if _is_about_missed_windows(one)]
        found.resolved += [one.id for one in standing if _clock_has_caught_up(one, self._clock.now())]
        await self._apply(found)

    async def _sweep_tasks(self) -> None:
        announced = await self._store.standing([NotificationType.RECURRING_DUE])
        standing = await self._store.standing(_OF_TASKS)
        # A task goes from waiting to due to overdue: read in this order, one that moves is in one list at least.
        attended = Attended(
            follow_ups=await self._rows(Attention.FOLLOW_UP_DUE),
            due_today=await self._rows(Attention.DUE_TODAY),
            overdue=await self._rows(Attention.OVERDUE),
        )
        found = differences(standing, called_for_by_tasks(attended, self._clock.now()))
        found.resolved += await self._needless(announced, attended)
        await self._apply(found)

    async def _rows(self, attention: Attention) -> list[AttentionRow]:
        pages = pages_of(self._client, LIST_ATTENTION, ListAttention(attention=attention))
        return [row async for page in pages for row in page.items]

    async def _needless(self, announced: list[Standing], attended: Attended) -> list[str]:
        """Announcements of tasks that are overdue, which is told by itself, or that nobody has to do any more."""
        overdue_ids = {row.id for row in attended.overdue if row.days_late > 0}
        open_ids = attended.open_ids
        others = [one for one in announced if one.task_id not in open_ids]
        todo = await self._todo([one.task_id for one in others if one.task_id is not None])
        return [one.id for one in announced if one.task_id in overdue_ids] + [
            one.id for one in others if one.task_id not in todo
        ]

    async def _todo(self, task_ids: list[str]) -> set[str]:
        todo: set[str] = set()
        for start in range(0, len(task_ids), _TASKS_A_QUESTION):
            asked = FindTodo(ids=task_ids[start : start + _TASKS_A_QUESTION])
            todo.update((await ask(self._client, FIND_TODO, asked)).ids)
        return todo

    async def _apply(self, found: Differences) -> None:
        raised = await self._store.add_or_reopen(found.raised)
        await self._store.reword(found.reworded)
        resolved = await self._store.resolve(found.resolved)
        if raised:
            await publish_event(self._client, NOTIFICATION_RAISED, NotificationRaised(ids=raised[:_MAX_PUBLISHED_IDS]))
        if raised or found.reworded or resolved:
            _log.info("notifications.swept", raised=len(raised), reworded=len(found.reworded), resolved=resolved)


def _clock_has_caught_up(one: Standing, now: dt.datetime) -> bool:
    until = (one.metadata or {}).get("until")
    return one.cause.startswith(CLOCK_WENT_BACK) and isinstance(until, str) and dt.datetime.fromisoformat(until) < now


def _is_about_missed_windows(one: Standing) -> bool:
    return one.cause.startswith(OUTAGE) and bool((one.metadata or {}).get("missed"))
