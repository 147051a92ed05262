"""The notifier on a real broker and database, reading the history of a work that the test plays."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from contracts.events import ClockMinute
from contracts.generation import Failures, ListFailures
from contracts.history import HistoryFeed, HistoryPage, HistoryRow
from contracts.home import AttentionPage, ListAttention
from contracts.notifications import ListNotifications, Notification, NotificationRaised
from contracts.subjects import (
    CLOCK_MINUTE,
    GET_TASK,
    HISTORY_FEED,
    LIST_ATTENTION,
    LIST_FAILURES,
    LIST_NOTIFICATIONS,
    NOTIFICATION_RAISED,
    WINDOWS_FINISHED,
    Done,
)
from contracts.tasks import GetTask, Task
from contracts.values import Outcome, Service, TaskStatus
from contracts.windows import FinishedWindow, WindowsFinished
from services.kit import broker, health
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.notifier import queries
from services.notifier.app import serve

NINE = dt.datetime(2028, 3, 13, 9, tzinfo=dt.UTC)
PATIENCE = 20.0


class PlayedWork:
    """A history that the test writes, answered three rows a page."""

    def __init__(self) -> None:
        self.rows: list[HistoryRow] = []
        self.asked: list[HistoryFeed] = []
        self.now = Clock.wall

    def record(self, number: int, *, ago: float = 0, title: str = "Slack") -> None:
        window_id = f"recurring:slack:{number}"
        self.rows.append(
            HistoryRow(
                id=f"row-{number}",
                recorded_at=self.now() - dt.timedelta(seconds=ago),
                at=NINE + dt.timedelta(seconds=number),
                kind="window.generated",
                task_id=f"task-{number}",
                recurring_config_id="slack",
                data={
                    "window_id": window_id,
                    "date": "2028-03-13",
                    "trigger": "schedule",
                    "title": title,
                },
            )
        )
        self.rows.sort(key=lambda row: (row.recorded_at, row.id))

    async def feed(self, asked: HistoryFeed) -> HistoryPage:
        self.asked.append(asked)
        as_of = self.now()
        rows = [
            row
            for row in self.rows
            if (asked.since is None or row.recorded_at >= asked.since) and row.kind in asked.kinds
        ]
        first = int(asked.after or 0)
        after = str(first + 3) if len(rows) > first + 3 else None
        return HistoryPage(items=rows[first : first + 3], after=after, as_of=as_of)

    async def attention(self, _: ListAttention) -> AttentionPage:
        return AttentionPage(items=[])

    async def failures(self, _: ListFailures) -> Failures:
        return Failures(items=[])

    async def task(self, question: GetTask) -> Task:
        """All announced tasks are open, and due on a day to come."""
        return Task(
            id=question.id,
            description="Slack",
            date=NINE.date(),
            status=TaskStatus.TODO,
            source="recurring",
            created_at=NINE,
            updated_at=NINE,
        )


class Bells:
    def __init__(self) -> None:
        self.rung: asyncio.Queue[list[str]] = asyncio.Queue()

    async def receive(self, raised: NotificationRaised) -> None:
        self.rung.put_nowait(raised.ids)

    async def ring(self) -> list[str]:
        async with asyncio.timeout(PATIENCE):
            return await self.rung.get()


@pytest.fixture
def bells() -> Bells:
    return Bells()


@pytest.fixture
async def client(settings: Settings, bells: Bells) -> AsyncIterator[Client]:
    async with broker.connect(settings, "test") as nats:
        broker.listen(nats, NOTIFICATION_RAISED, bells.receive, group=None)
        await nats.start()
        yield nats.connection


@pytest.fixture
def work() -> PlayedWork:
    return PlayedWork()


@asynccontextmanager
async def answering(settings: Settings, work: PlayedWork) -> AsyncIterator[None]:
    async with broker.connect(settings, Service.WORK) as nats:
        broker.answer(nats, HISTORY_FEED, work.feed)
        broker.answer(nats, LIST_ATTENTION, work.attention)
        broker.answer(nats, LIST_FAILURES, work.failures)
        broker.answer(nats, GET_TASK, work.task)
        await nats.start()
        yield


@asynccontextmanager
async def notifier(settings: Settings, client: Client) -> AsyncIterator[None]:
    """The whole service, from the moment at which it answers."""
    task = asyncio.create_task(serve(settings))
    try:
        await listed(client)
        yield
        assert not task.done(), "it stopped by itself"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def listed(client: Client, **asked: str | bool) -> list[Notification]:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                page = await broker.ask(client, LIST_NOTIFICATIONS, ListNotifications.model_validate(asked))
            except broker.Unavailable:
                continue
            return page.items


@pytest.mark.requirement("R-NOT-1")
async def test_what_work_recorded_is_listed_at_once_newest_first(
    settings: Settings, client: Client, work: PlayedWork
) -> None:
    async with answering(settings, work), notifier(settings, client):
        for number in range(8):
            work.record(number)

        found = await listed(client)

    assert [one.task_id for one in found] == [f"task-{number}" for number in reversed(range(8))]


async def test_what_was_recorded_while_it_was_down_is_raised_once_on_return(
    settings: Settings, client: Client, work: PlayedWork
) -> None:
    async with answering(settings, work):
        work.record(1)
        async with notifier(settings, client):
            assert len(await listed(client)) == 1
        work.record(2)
        async with notifier(settings, client), notifier(settings, client):
            assert len(await listed(client)) == 2


async def test_a_nudge_is_enough_and_rings_a_bell(
    settings: Settings, client: Client, work: PlayedWork, bells: Bells
) -> None:
    async with answering(settings, work), notifier(settings, client):
        work.record(1)
        finished = FinishedWindow(id="recurring:slack:1", outcome=Outcome.GENERATED)
        await broker.publish_event(client, WINDOWS_FINISHED, WindowsFinished(windows=[finished]))

        [id] = await bells.ring()
        [shown] = await listed(client)

    assert shown.id == id


async def test_a_row_that_became_visible_late_is_found_at_the_next_minute(
    settings: Settings, client: Client, work: PlayedWork, bells: Bells
) -> None:
    with capture_logs() as logs:
        async with answering(settings, work), notifier(settings, client):
            work.record(1)
            await listed(client)
            await bells.ring()
            work.record(2, ago=60)
            await broker.publish_event(client, CLOCK_MINUTE, ClockMinute(at=NINE))

            await bells.ring()
            found = await listed(client)

    assert [one.task_id for one in found] == ["task-2", "task-1"]
    assert [line["entries"] for line in logs if line["event"] == "history.read"] == [1, 1]


async def test_while_work_is_silent_it_shows_what_it_knows(
    settings: Settings, client: Client, work: PlayedWork
) -> None:
    async with notifier(settings, client):
        async with answering(settings, work):
            work.record(1)
            await listed(client)

        assert len(await listed(client)) == 1


async def test_a_row_that_cannot_be_read_keeps_no_other_from_being_told(
    settings: Settings, client: Client, work: PlayedWork
) -> None:
    work.record(1)
    work.rows[0] = work.rows[0].model_copy(update={"data": {}})
    work.record(2)
    async with answering(settings, work), notifier(settings, client):
        found = await listed(client)

    assert [one.task_id for one in found] == ["task-2"]


async def test_a_long_list_comes_in_pages_that_fit_the_broker(
    settings: Settings, client: Client, work: PlayedWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_PATIENCE_SECONDS", 60.0)  # the first page shall know of all of them
    for number in range(300):
        work.record(number, title="A very long title " * 110)
    async with answering(settings, work), notifier(settings, client):
        ids: list[str] = []
        after: str | None = None
        while True:
            page = await broker.ask(client, LIST_NOTIFICATIONS, ListNotifications(after=after))
            assert len(Done(view=page).model_dump_json()) < 512_000
            ids += [one.id for one in page.items]
            after = page.after
            if after is None:
                break

    assert len(ids) == len(set(ids)) == 300


async def test_it_says_that_it_is_well(settings: Settings, client: Client, work: PlayedWork) -> None:
    async with answering(settings, work), notifier(settings, client):
        answer = await client.request(health.subject(Service.NOTIFIER), b"", timeout=5)

    assert health.Health.model_validate_json(answer.data).checks == {"mongodb": "ok", "indexes": "ok", "history": "ok"}


async def test_a_reading_begins_where_the_last_one_began(settings: Settings, client: Client, work: PlayedWork) -> None:
    """Also when nothing that concerns it was recorded since: else it reads all of that again at every click."""
    async with answering(settings, work), notifier(settings, client):
        work.record(1, ago=3_600)
        await listed(client)
        began = Clock.wall()
        await listed(client)
        await listed(client)

    since = work.asked[-1].since
    assert since is not None
    assert since > began - dt.timedelta(seconds=10)


async def test_what_is_recorded_after_the_clock_went_back_is_read(
    settings: Settings, client: Client, work: PlayedWork
) -> None:
    async with answering(settings, work), notifier(settings, client):
        work.now = lambda: Clock.wall() + dt.timedelta(days=3)
        work.record(1)
        await listed(client)
        work.now = Clock.wall
        work.record(2)
        await listed(client)
        work.record(3)
        found = await listed(client)

    assert [one.task_id for one in found] == ["task-3", "task-2", "task-1"]
