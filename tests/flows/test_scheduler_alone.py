"""The scheduler on a real broker and a real database; work is played by the test."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client
from pydantic import SecretStr
from structlog.testing import capture_logs

from contracts.schedules import Revision, Schedule
from contracts.subjects import CLOCK_MINUTE
from contracts.values import Incident, Kind, Service, Trigger
from services.kit import broker, health
from services.kit.clock import Clock
from services.kit.clock_control import SET_CLOCK, SetClock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.scheduler.store import ProgressStore
from services.scheduler.ticker import Ticker
from tests.line import Line
from tests.support.scheduler import PATIENCE, Minutes, PlayedWork, at, background, scheduler
from tests.system import eventually

LONG_AGO = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
async def client(settings: Settings, minutes: Minutes) -> AsyncIterator[Client]:
    async with broker.connect(settings, "test") as nats:
        broker.listen(nats, CLOCK_MINUTE, minutes.receive, group=None)
        await nats.start()
        yield nats.connection


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


@pytest.fixture
async def work(settings: Settings, client: Client) -> AsyncIterator[PlayedWork]:
    work = PlayedWork(client)
    await work.create_stream()
    async with broker.connect(settings, Service.WORK) as nats:
        work.answer(nats)
        await nats.start()
        yield work


def duty(id: str, cron: str = "0 9 * * *", *, since: dt.datetime = LONG_AGO, enabled: bool = True) -> Schedule:
    return Schedule(
        kind=Kind.RECURRING,
        source_id=id,
        title=id,
        created_at=since,
        changed_at=Clock.wall(),
        timeline=(Revision(since=since, cron=cron, enabled=enabled),),
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[ProgressStore]:
    async with connection.connect(settings, Service.SCHEDULER) as database:
        yield ProgressStore(database)


@asynccontextmanager
async def ticking(settings: Settings, store: ProgressStore, clock: Clock) -> AsyncIterator[None]:
    """Its ticker, with the clock in the test's hand."""
    async with broker.connect(settings, Service.SCHEDULER) as nats:
        await nats.start()
        ticker = Ticker(nats.connection, store, clock=clock, zone=settings.zone, catch_up=settings.catch_up)
        async with background(ticker.run()):
            yield


async def set_clock(client: Client, to: dt.datetime) -> None:
    order = SetClock(now=to, awaited=(Service.SCHEDULER,))
    await client.request(SET_CLOCK, order.model_dump_json().encode(), timeout=5)


def logged(logs: Sequence[Mapping[str, Any]], event: str) -> Callable[[], Awaitable[bool]]:
    async def is_logged() -> bool:
        return any(line["event"] == event for line in logs)

    return is_logged


async def test_a_window_is_stored_before_the_minute_is_told(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack"), duty("cards"), duty("backup", "0 9 * * 5"), duty("intake", "1 9 * * *")]
    clock = Clock(at(2, 8, 59))
    async with ticking(settings, store, clock):
        await minutes.reach(at(2, 8, 59))
        before = set(await work.received())
        clock.set(at(2, 9))
        await minutes.reach(at(2, 9))

        received = await work.received()

    assert set(received) - before == {"recurring.slack.2028-02-02", "recurring.cards.2028-02-02"}
    body = received["recurring.slack.2028-02-02"]
    assert (body.trigger, body.opens_at, body.late) == (Trigger.SCHEDULE, at(2, 9), False)
    cursor = (await store.progress()).published
    assert cursor is not None
    assert cursor >= at(2, 9)


@pytest.mark.requirement("R-REL-1")
async def test_without_a_cursor_it_starts_at_the_catch_up_horizon(
    settings: Settings, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack"), duty("new", since=at(9, 12))]
    async with scheduler(settings.model_copy(update={"catch_up_days": 3}), starts_at=at(10, 10)):
        await minutes.reach(at(10, 10))

    received = await work.received()
    assert sorted(received) == [
        "recurring.new.2028-02-10",
        "recurring.slack.2028-02-08",
        "recurring.slack.2028-02-09",
        "recurring.slack.2028-02-10",
    ]
    assert {body.trigger for body in received.values()} == {Trigger.CATCH_UP}
    assert all(body.late for body in received.values())


@pytest.mark.requirement("R-REL-1")
async def test_a_cursor_two_days_old_catches_up_every_window_once(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty(f"duty-{number}") for number in range(5)]
    await store.move_published(at(2, 9))
    await work.keep("recurring:duty-0:2028-02-03", "recurring:duty-1:2028-02-03")
    async with scheduler(settings, starts_at=at(4, 9)):
        await minutes.reach(at(4, 9))

    received = await work.received()
    assert len(received) == 10
    assert {subject[-10:]: body.late for subject, body in received.items()} == {"2028-02-03": True, "2028-02-04": False}


@pytest.mark.requirement("R-REL-1")
async def test_a_broker_that_is_full_halfway_through_a_catch_up_loses_nothing(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack"), duty("cards")]
    await store.move_published(at(2, 12))
    await work.hold_at_most(3)
    with capture_logs() as logs:
        async with ticking(settings, store, Clock(at(5, 12))):
            await eventually(logged(logs, "tick.failed"))
            assert (await store.progress()).published == at(3, 12)
            await work.hold_at_most(100)
            await minutes.reach(at(5, 12))

    assert len(await work.received()) == 6


@pytest.mark.requirement("R-REL-1")
async def test_windows_beyond_the_horizon_are_not_published_but_reported_missed(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    work.made_early = {"recurring:slack:2028-02-19"}
    await store.move_published(at(1, 10))
    async with scheduler(settings.model_copy(update={"catch_up_days": 3}), starts_at=at(20, 10)):
        await minutes.reach(at(20, 10))

    assert [subject[-2:] for subject in await work.received()] == ["18", "19", "20"]
    [report] = work.reports
    assert report.incident is Incident.OUTAGE
    assert report.since == at(1, 10)
    assert dt.timedelta() <= report.until - at(20, 10) < dt.timedelta(seconds=20)
    assert [window.date.day for window in report.missed] == list(range(2, 18))
    assert (report.more, report.made_late) == (False, 2)


@pytest.mark.requirement("R-REL-1")
async def test_a_very_long_outage_is_reported_in_parts_of_one_outage(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty(f"duty-{number}") for number in range(60)]
    await store.move_published(at(1, 0) - dt.timedelta(days=20))
    async with scheduler(settings.model_copy(update={"catch_up_days": 1}), starts_at=at(20, 10)):
        await minutes.reach(at(20, 10))

    assert [len(report.missed) for report in work.reports] == [1_000, 1_000, 340]
    assert [report.more for report in work.reports] == [True, True, False]
    assert len({(report.since, report.until) for report in work.reports}) == 1
    assert len({window.id for report in work.reports for window in report.missed}) == 2_340


@pytest.mark.requirement("R-REL-1")
async def test_a_forward_jump_of_the_clock_is_one_outage(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    await store.move_published(at(2, 8))
    clock = Clock(at(2, 8, 1))
    async with ticking(settings, store, clock):
        await minutes.reach(at(2, 8, 1))
        assert work.reports == []
        clock.set(at(5, 12))
        await minutes.reach(at(5, 12))
        clock.set(at(5, 12, 1))
        await minutes.reach(at(5, 12, 1))

    [report] = work.reports
    assert (report.incident, report.made_late, report.missed) == (Incident.OUTAGE, 4, [])


async def test_a_minute_that_comes_four_minutes_late_is_no_outage_unless_a_window_was_late_that_was_not_paused(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack"), duty("backup", enabled=False), duty("cards", "1 8 * * *", enabled=False)]
    await store.move_published(at(2, 8))
    clock = Clock(at(2, 8, 4))
    async with ticking(settings, store, clock):
        await minutes.reach(at(2, 8, 4))
        clock.set(at(2, 8, 8))
        await minutes.reach(at(2, 8, 8))
        assert work.reports == []
        clock.set(at(2, 8, 14))
        await minutes.reach(at(2, 8, 14))
        [quiet] = work.reports
        await store.move_published(at(2, 8, 58))
        clock.set(at(2, 9, 2, 30))
        await minutes.reach(at(2, 9, 2, 30))

    assert quiet.made_late == 0
    assert [report.made_late for report in work.reports] == [0, 1]


@pytest.mark.requirement("R-REL-1")
async def test_an_outage_whose_catch_up_failed_halfway_is_told_once_with_the_instants_first_seen(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack"), duty("cards")]
    await store.move_published(at(2, 12))
    await work.hold_at_most(3)
    clock = Clock(at(5, 12))
    with capture_logs() as logs:
        async with ticking(settings, store, clock):
            await eventually(logged(logs, "tick.failed"))
            clock.set(at(5, 12, 30))
            await work.hold_at_most(100)
            await minutes.reach(at(5, 12, 30))
        async with ticking(settings, store, clock):
            await minutes.reach(at(5, 12, 30))

    [report] = work.reports
    assert (report.since, report.made_late) == (at(2, 12), 6)
    assert report.until < at(5, 12, 1)
    assert (await store.progress()).outages == ()


@pytest.mark.requirement("R-REL-4")
async def test_while_nobody_takes_the_report_windows_and_minutes_go_on_and_it_is_told_later(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    work.refusing_reports = True
    await store.move_published(at(1, 10))
    clock = Clock(at(3, 10))
    async with ticking(settings, store, clock):
        await minutes.reach(at(3, 10))
        clock.set(at(3, 10, 1))
        await minutes.reach(at(3, 10, 1))
        clock.set(at(5, 10))
        await minutes.reach(at(5, 10))
        assert work.reports == []
        work.refusing_reports = False
        clock.set(at(5, 10, 1))
        await minutes.reach(at(5, 10, 1))

    assert len(await work.received()) == 4
    assert [report.since.day for report in work.reports] == [1, 3]


@pytest.mark.requirement("R-REL-2")
async def test_two_schedulers_tell_an_outage_with_the_same_instants(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty(f"duty-{number}") for number in range(20)]
    await store.move_published(at(1, 10))
    async with scheduler(settings, starts_at=at(20, 10)), scheduler(settings, starts_at=at(20, 10)):
        for _ in range(2):
            await minutes.reach(at(20, 10))

    assert len(await work.received()) == 140
    assert len({(report.since, report.until) for report in work.reports}) == 1


async def test_a_restart_goes_on_from_the_cursor(settings: Settings, work: PlayedWork, minutes: Minutes) -> None:
    work.schedules = [duty("slack", since=at(1, 0))]
    async with scheduler(settings, starts_at=at(2, 10)):
        await minutes.reach(at(2, 10))
    await work.create_stream()
    async with scheduler(settings, starts_at=at(3, 10)):
        await minutes.reach(at(3, 10))

    assert list(await work.received()) == ["recurring.slack.2028-02-03"]


@pytest.mark.requirement("R-REL-2")
async def test_two_schedulers_at_once_publish_each_window_once(
    settings: Settings, client: Client, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty(f"duty-{number}", since=at(1, 0)) for number in range(50)]
    async with scheduler(settings, starts_at=at(1, 8)), scheduler(settings, starts_at=at(1, 8)):
        for _ in range(2):
            await minutes.reach(at(1, 8))
        await set_clock(client, at(3, 9))
        for _ in range(2):
            await minutes.reach(at(3, 9))

    assert len(await work.received()) == 150


@pytest.mark.requirement("R-REL-4")
async def test_a_broker_that_was_away_costs_no_window(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack", since=at(1, 0))]
    line = Line(*broker_address(settings))
    await line.mend()
    clock = Clock(at(2, 8))
    with capture_logs() as logs:
        async with ticking(through(line, settings), store, clock):
            await minutes.reach(at(2, 8))
            line.cut()
            clock.set(at(2, 9))
            await eventually(logged(logs, "tick.failed"))
            cursor = (await store.progress()).published
            assert cursor is not None
            assert cursor < at(2, 9)
            await line.mend()
            await minutes.reach(at(2, 9))
        line.cut()

    assert "recurring.slack.2028-02-02" in await work.received()


@pytest.mark.requirement("R-REL-4")
async def test_while_work_is_silent_the_cursor_waits(
    settings: Settings, client: Client, store: ProgressStore, minutes: Minutes
) -> None:
    work = PlayedWork(client)
    await work.create_stream()
    work.schedules = [duty("slack")]
    await store.move_published(at(2, 8))
    with capture_logs() as logs:
        async with ticking(settings, store, Clock(at(2, 9))):
            await eventually(logged(logs, "tick.failed"))
            assert (await store.progress()).published == at(2, 8)
            async with broker.connect(settings, Service.WORK) as nats:
                work.answer(nats)
                await nats.start()
                await minutes.reach(at(2, 9))

    assert list(await work.received()) == ["recurring.slack.2028-02-02"]


@pytest.mark.requirement("R-REL-4")
async def test_while_no_stream_keeps_windows_the_cursor_waits(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    await work.delete_stream()
    await store.move_published(at(2, 8))
    with capture_logs() as logs:
        async with ticking(settings, store, Clock(at(2, 9))):
            await eventually(logged(logs, "tick.failed"))
            assert (await store.progress()).published == at(2, 8)
            await work.create_stream()
            await minutes.reach(at(2, 9))

    assert list(await work.received()) == ["recurring.slack.2028-02-02"]


@pytest.mark.requirement("R-REL-3")
async def test_clock_that_went_back_publishes_what_is_due_then(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    await store.move_published(at(5, 8, 59))
    clock = Clock(at(5, 9))
    async with ticking(settings, store, clock):
        await minutes.reach(at(5, 9))
        work.schedules.append(duty("new", since=at(3, 7)))
        for hour in (8, 9):
            clock.set(at(3, hour))
            await minutes.reach(at(3, hour))
    async with ticking(settings, store, clock):
        await minutes.reach(at(3, 9))

    received = ["recurring.slack.2028-02-05", "recurring.slack.2028-02-03", "recurring.new.2028-02-03"]
    assert sorted(await work.received()) == sorted(received)
    [report] = work.reports
    assert report.incident is Incident.CLOCK_WENT_BACK
    assert (report.since.day, report.until.day) == (3, 5)


@pytest.mark.requirement("R-REL-3")
async def test_a_second_jump_back_after_the_clock_had_caught_up_is_told_again(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    await store.move_published(at(5, 8, 59))
    clock = Clock(at(5, 9))
    async with ticking(settings, store, clock):
        for day, minute in ((3, 0), (5, 1), (4, 0)):
            clock.set(at(day, 9, minute))
            await minutes.reach(at(day, 9, minute))

    assert [report.since.day for report in work.reports] == [3, 4]


async def test_a_clock_set_twice_within_a_minute_opens_each_window_once(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    work.schedules = [duty("slack")]
    await store.move_published(at(2, 8, 59, 10))
    clock = Clock(at(2, 8, 59, 20))
    async with ticking(settings, store, clock):
        for instant in (at(2, 8, 59, 40), at(2, 9, 0, 10), at(2, 9, 0, 30)):
            clock.set(instant)
            await minutes.reach(instant)

    assert list(await work.received()) == ["recurring.slack.2028-02-02"]


@pytest.mark.parametrize("to", [at(2, 9, 0, 40), at(2, 9, 30), at(1, 9)], ids=["on", "far on", "back"])
async def test_a_clock_that_is_set_during_a_tick_is_heard_of(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes, to: dt.datetime
) -> None:
    clock = Clock(at(2, 9))
    work.meanwhile.append(lambda: clock.set(to))
    async with ticking(settings, store, clock):
        assert await minutes.next() < at(2, 9, 0, 30)

        assert to <= await minutes.next() < to + dt.timedelta(seconds=20)


async def test_a_schedule_written_while_the_minute_was_being_read_keeps_its_window(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    await store.move_published(at(2, 8, 59))
    clock = Clock(at(2, 9))
    async with ticking(settings, store, clock):
        await minutes.reach(at(2, 9))
        late = duty("slack", since=at(2, 8, 59, 59))
        work.schedules = [late.model_copy(update={"changed_at": Clock.wall() - dt.timedelta(seconds=60)})]
        clock.set(at(2, 9, 1))
        await minutes.reach(at(2, 9, 1))

    assert list(await work.received()) == ["recurring.slack.2028-02-02"]


async def test_an_edit_is_heard_of_and_a_deletion_too(
    settings: Settings, store: ProgressStore, work: PlayedWork, minutes: Minutes
) -> None:
    await store.move_published(at(2, 8))
    work.schedules = [duty("slack"), duty("cards"), duty("intake")]
    clock = Clock(at(2, 8, 1))
    async with ticking(settings, store, clock):
        await minutes.reach(at(2, 8, 1))
        work.schedules = [
            duty("slack", "0 10 * * *"),
            duty("cards").model_copy(update={"deleted": True}),
            *work.schedules[2:],
        ]
        clock.set(at(2, 11))
        await minutes.reach(at(2, 11))

    assert {subject: body.opens_at for subject, body in (await work.received()).items()} == {
        "recurring.intake.2028-02-02": at(2, 9),
        "recurring.slack.2028-02-02": at(2, 10),
    }


async def test_it_stops_at_once_while_the_broker_is_away(
    settings: Settings, work: PlayedWork, minutes: Minutes
) -> None:
    line = Line(*broker_address(settings))
    await line.mend()
    async with asyncio.timeout(PATIENCE), scheduler(through(line, settings), starts_at=at(2, 9)):
        await minutes.reach(at(2, 9))
        line.cut()


async def test_it_says_that_it_is_well(settings: Settings, client: Client, work: PlayedWork, minutes: Minutes) -> None:
    async with scheduler(settings, starts_at=at(2, 9)):
        await minutes.reach(at(2, 9))
        answer = await client.request(health.subject(Service.SCHEDULER), b"", timeout=5)

    assert health.Health.model_validate_json(answer.data).checks == {"mongodb": "ok", "tick": "ok"}


def broker_address(settings: Settings) -> tuple[str, int]:
    url = urlsplit(settings.nats_url.get_secret_value())
    assert url.hostname is not None
    return url.hostname, url.port or 4222


def through(line: Line, settings: Settings) -> Settings:
    url = urlsplit(settings.nats_url.get_secret_value())
    login, at_sign, _ = url.netloc.rpartition("@")
    url = url._replace(netloc=f"{login}{at_sign}127.0.0.1:{line.port}")
    return settings.model_copy(update={"nats_url": SecretStr(url.geturl())})
