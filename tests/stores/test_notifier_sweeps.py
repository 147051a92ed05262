"""Sweeps on a real broker and database, over open tasks and failures of a work that the test plays."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.aio.client import Client

from contracts.generation import Failure, Failures, ListFailures
from contracts.home import AttentionPage, AttentionRow, ListAttention
from contracts.notifications import Notification, Severity
from contracts.subjects import FIND_TODO, LIST_ATTENTION, LIST_FAILURES
from contracts.tasks import Attention, FindTodo, Todo
from contracts.values import Kind, Service, TaskStatus
from contracts.windows import WindowError
from services.kit import broker
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import Database
from services.kit.mongo.indexes import create_indexes
from services.kit.settings import Settings
from services.notifier.notices import NewNotification, NotificationType
from services.notifier.store import INDEXES, NotificationStore
from services.notifier.sweeps import Sweeper

NINE = dt.datetime(2028, 3, 13, 9, tzinfo=dt.UTC)


class PlayedWork:
    """Lists and failures that the test writes, answered one task a page."""

    def __init__(self) -> None:
        self.lists: dict[Attention, list[AttentionRow]] = {attention: [] for attention in Attention}
        self.alerts: list[Failure] = []
        self.tasks: dict[str, TaskStatus] = {}
        self.sweeps = 0

    async def attention(self, asked: ListAttention) -> AttentionPage:
        rows = [row for row in self.lists[asked.attention] if row.id > (asked.after or "")]
        return AttentionPage(items=rows[:1], after=rows[0].id if len(rows) > 1 else None)

    async def failures(self, _: ListFailures) -> Failures:
        self.sweeps += 1
        return Failures(items=self.alerts)

    async def todo(self, asked: FindTodo) -> Todo:
        return Todo(ids=[id for id in asked.ids if self.tasks.get(id) is TaskStatus.TODO])


def waiting(follow_up_at: str, *, id: str = "task-1") -> AttentionRow:
    return task(id, follow_up_at=follow_up_at, waiting_for="the sponsor")


def task(id: str, **fields: Any) -> AttentionRow:
    return AttentionRow(id=id, **{"description": "Ask for the invoice", "date": NINE.date(), **fields})


def failing(*days: int, since: dt.datetime = NINE) -> Failure:
    return Failure(
        kind=Kind.RECURRING,
        source_id="slack",
        title="Handle Slack invites",
        error=WindowError(code="invalid_cron", message="The cron expression cannot be read."),
        dates=[dt.date(2028, 3, day) for day in days],
        windows=len(days),
        attempts=1,
        since=since,
        last_at=NINE,
    )


@pytest.fixture
async def work(settings: Settings) -> AsyncIterator[PlayedWork]:
    work = PlayedWork()
    async with broker.connect(settings, Service.WORK) as nats:
        broker.answer(nats, LIST_ATTENTION, work.attention)
        broker.answer(nats, LIST_FAILURES, work.failures)
        broker.answer(nats, FIND_TODO, work.todo)
        await nats.start()
        yield work


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    async with broker.connect(settings, "test") as nats:
        await nats.start()
        yield nats.connection


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with connection.connect(settings, Service.NOTIFIER) as database:
        await create_indexes(database, INDEXES)
        yield database


@pytest.fixture
def store(database: Database) -> NotificationStore:
    return NotificationStore(database)


@pytest.fixture
def sweeper(client: Client, store: NotificationStore) -> Sweeper:
    return Sweeper(client, store, Clock(NINE))


async def shown(store: NotificationStore, user_id: str | None = None) -> list[Notification]:
    return await store.newest(user_id, with_dismissed=False, after=None, limit=100)


@pytest.mark.requirement("R-NOT-1")
async def test_a_follow_up_is_told_as_clients_know_it(
    work: PlayedWork, store: NotificationStore, sweeper: Sweeper
) -> None:
    work.lists[Attention.FOLLOW_UP_DUE] = [waiting("2028-03-12"), waiting("2028-03-13", id="task-2")]

    await sweeper.sweep()

    second, first = sorted(await shown(store), key=lambda one: one.due_at or "", reverse=True)
    assert (first.task_id, second.task_id) == ("task-1", "task-2")
    assert first.model_dump(exclude_none=True, exclude={"id", "created_at"}) == {
        "message": "Follow up on Ask for the invoice: waiting for the sponsor",
        "type": "follow-up-due",
        "severity": "warning",
        "dismissed": False,
        "task_id": "task-1",
        "due_at": "2028-03-12",
    }


@pytest.mark.requirement("R-NOT-1")
async def test_a_dismissed_follow_up_stays_dismissed_until_there_is_a_new_date(
    work: PlayedWork, store: NotificationStore, sweeper: Sweeper
) -> None:
    work.lists[Attention.FOLLOW_UP_DUE] = [waiting("2028-03-12")]
    await sweeper.sweep()
    await store.dismiss_all("valeria")
    await sweeper.sweep()
    assert await shown(store, "valeria") == []

    work.lists[Attention.FOLLOW_UP_DUE] = [waiting("2028-03-13")]
    await sweeper.sweep()

    assert [one.due_at for one in await shown(store, "valeria")] == ["2028-03-13"]
    assert [one.due_at for one in await shown(store, "grace")] == ["2028-03-13"], "the older one is resolved"


@pytest.mark.requirement("R-NOT-3")
async def test_the_same_failure_each_day_is_one_alert_until_it_is_resolved_and_then_a_new_one(
    work: PlayedWork, store: NotificationStore, sweeper: Sweeper
) -> None:
    ids: set[str] = set()
    for days in ((11,), (11, 12), (11, 12, 13)):
        work.alerts = [failing(*days)]
        await sweeper.sweep()
        [alert] = await shown(store)
        ids.add(alert.id)
    assert len(ids) == 1
    assert "for 3 dates, Sat 11 Mar 2028 to Mon 13 Mar 2028" in alert.message

    work.alerts = []
    await sweeper.sweep()
    assert await shown(store) == []
    work.alerts = [failing(14, since=NINE + dt.timedelta(days=1))]
    await sweeper.sweep()

    [again] = await shown(store)
    assert again.id not in ids


async def test_a_sweep_that_changes_nothing_writes_nothing(
    work: PlayedWork, database: Database, sweeper: Sweeper
) -> None:
    work.alerts = [failing(11)]
    work.lists[Attention.FOLLOW_UP_DUE] = [waiting("2028-03-12")]
    work.lists[Attention.DUE_TODAY] = [task("task-3", missing=["file"])]
    await sweeper.sweep()
    before = await written(database)

    for _ in range(3):
        await sweeper.sweep()

    assert await written(database) == before


async def written(database: Database) -> tuple[int, ...]:
    counters = (await database.command("serverStatus"))["opcounters"]
    return tuple(counters[name] for name in ("insert", "update", "delete"))


@pytest.mark.requirement("R-NOT-1")
async def test_two_notifiers_that_sweep_at_once_raise_each_cause_once(
    client: Client, work: PlayedWork, store: NotificationStore
) -> None:
    work.alerts = [failing(11)]
    work.lists[Attention.OVERDUE] = [task(f"task-{n}", days_late=1) for n in range(9)]
    sweepers = [Sweeper(client, store, Clock(NINE)) for _ in range(4)]

    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))

    assert len(await shown(store)) == 10


async def test_those_who_ask_together_share_a_sweep(work: PlayedWork, sweeper: Sweeper) -> None:
    await asyncio.gather(*(sweeper.sweep() for _ in range(20)))

    assert work.sweeps == 2, "the one under way, and one for all who asked meanwhile"


@pytest.mark.requirement("R-NOT-4")
async def test_an_announced_task_that_nobody_has_to_do_any_more_is_resolved(
    work: PlayedWork, store: NotificationStore, sweeper: Sweeper
) -> None:
    moved = [f"moved-{number:04}" for number in range(1_100)]
    work.tasks = {**dict.fromkeys(moved, TaskStatus.TODO), "done": TaskStatus.DONE, "waiting": TaskStatus.WAITING}
    await store.add_new([_announced(id) for id in (*moved, "done", "waiting", "deleted")])

    await sweeper.sweep()

    left = await store.standing([NotificationType.RECURRING_DUE])
    assert {one.task_id for one in left} == set(moved)


def _announced(task_id: str) -> NewNotification:
    return NewNotification(
        cause=f"recurring-due:{task_id}",
        type=NotificationType.RECURRING_DUE,
        severity=Severity.INFO,
        message="It is due",
        at=NINE,
        task_id=task_id,
    )


ENDED_AND_BEGUN = {
    "task-due": (Attention.DUE_TODAY, task("task-1")),
    "task-overdue": (Attention.OVERDUE, task("task-1", days_late=1)),
    "task-overdue by 3 days": (Attention.OVERDUE, task("task-1", days_late=3)),
    "task-overdue by 7 days": (Attention.OVERDUE, task("task-1", days_late=9)),
    "follow-up-due": (Attention.FOLLOW_UP_DUE, waiting("2028-03-12")),
    "missing-evidence today": (Attention.DUE_TODAY, task("task-1", missing=["file"], recurring=True)),
    "automation-failure": (None, None),
}


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.parametrize("name", ENDED_AND_BEGUN)
async def test_notification_whose_cause_begins_anew_is_raised_anew(
    work: PlayedWork, store: NotificationStore, sweeper: Sweeper, name: str
) -> None:
    """Done by mistake and reopened, proof given and taken away, answered and waiting again until the same date."""
    attention, row = ENDED_AND_BEGUN[name]

    def begin() -> None:
        if attention is None or row is None:
            work.alerts = [failing(11)]
        else:
            work.lists[attention] = [row]

    begin()
    await sweeper.sweep()
    [first] = await shown(store, "valeria")
    assert first.type == name.partition(" ")[0]
    await store.dismiss_all("valeria")
    await sweeper.sweep()
    assert await shown(store, "valeria") == [], "it goes on, and was dismissed"

    work.lists, work.alerts = {one: [] for one in Attention}, []
    await sweeper.sweep()
    assert await shown(store) == []
    begin()
    await asyncio.gather(sweeper.sweep(), sweeper.sweep())

    [again] = await shown(store, "valeria")
    assert again.id == first.id
    assert await store.unread("valeria", limit=10) == 1


async def test_a_change_that_is_seen_moves_an_ended_one_to_the_top(
    client: Client, work: PlayedWork, store: NotificationStore, sweeper: Sweeper
) -> None:
    work.lists[Attention.DUE_TODAY] = [task("task-1")]
    await sweeper.sweep()
    work.lists[Attention.DUE_TODAY] = [task("task-2")]
    await sweeper.sweep()
    work.lists[Attention.DUE_TODAY] = [task("task-1", assignee_id="grace", description="Renamed"), task("task-2")]

    await Sweeper(client, store, Clock(NINE + dt.timedelta(hours=1))).sweep()

    newest, _ = await shown(store)
    assert (newest.task_id, newest.user_id, newest.message) == ("task-1", "grace", "Renamed is due on Mon 13 Mar 2028")
