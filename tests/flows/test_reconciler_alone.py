"""The reconciler on a real broker and a real database; work is played by the test."""

import asyncio
import datetime as dt

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from contracts.values import Incident
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.scheduler.reconciler import Reconciler
from services.scheduler.store import Loss, ProgressStore, Span
from tests.flows.test_scheduler_alone import (
    Minutes,
    PlayedWork,
    at,
    client,
    duty,
    minutes,
    store,
    ticking,
    work,
)
from tests.system import eventually

__all__ = ["client", "minutes", "store", "work"]
NOON = at(5, 12)


@pytest.fixture
def reconciler(settings: Settings, client: Client, store: ProgressStore) -> Reconciler:
    return made(settings, client, store)


def made(settings: Settings, client: Client, store: ProgressStore) -> Reconciler:
    return Reconciler(client, store, clock=Clock(NOON), zone=settings.zone, catch_up=settings.catch_up)


async def publish_days(work: PlayedWork, store: ProgressStore) -> list[str]:
    """Four days of one duty, published and handled, none of them confirmed."""
    work.schedules = [duty("slack", since=at(2, 0))]
    ids = [f"recurring:slack:2028-02-0{day}" for day in (2, 3, 4, 5)]
    await work.keep(*ids)
    await work.handle_all()
    await store.move_published(NOON)
    return ids


@pytest.mark.requirement("R-REL-1")
async def test_where_every_window_has_its_row_nothing_is_published_and_all_is_confirmed(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    await publish_days(work, store)

    assert await reconciler.reconcile()

    assert len(await work.received()) == 4
    assert work.reports == []
    assert (await store.progress()).confirmed == NOON - dt.timedelta(minutes=5)


@pytest.mark.requirement("R-REL-1")
async def test_windows_without_a_trace_are_published_again_and_told_once(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    _, lost, *_ = await publish_days(work, store)
    work.recorded.remove(lost)

    assert await reconciler.reconcile()
    assert (await work.message_ids())[4:] == [f"{lost}@{lost[-10:]}T09:00Z#r1"]
    assert (await store.progress()).confirmed == at(3, 9) - dt.timedelta(milliseconds=1)
    assert not await reconciler.reconcile(), "it waits until work has handled what it published"
    await work.handle_all()
    assert await reconciler.reconcile()

    [report] = work.reports
    assert (report.incident, report.made_late) == (Incident.WINDOWS_LOST, 1)
    assert (await store.progress()).confirmed == NOON - dt.timedelta(minutes=5)


@pytest.mark.requirement("R-REL-1")
async def test_it_waits_while_windows_are_on_their_way_and_while_nobody_could_handle_them(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    await publish_days(work, store)
    await work.keep("recurring:slack:2028-02-06")
    assert not await reconciler.reconcile()
    await work.delete_stream()
    assert not await reconciler.reconcile()

    assert (await store.progress()).confirmed is None


@pytest.mark.requirement("R-REL-1")
@pytest.mark.parametrize("emptied_by", ["purge", "deletion"])
async def test_a_wiped_broker_is_noticed_at_the_next_minute(
    settings: Settings, work: PlayedWork, store: ProgressStore, minutes: Minutes, emptied_by: str
) -> None:
    work.schedules = [duty("slack", since=at(2, 0))]
    clock = Clock(NOON)
    async with ticking(settings, store, clock):
        await minutes.reach(NOON)
        if emptied_by == "purge":
            await work.purge()
        else:
            await work.create_stream()
        await work.hold_consumer()
        clock.set(NOON + dt.timedelta(minutes=1))

        async def all_are_back() -> bool:
            return len(await work.message_ids()) == 4

        await eventually(all_are_back)
        await work.handle_all()

    assert work.recorded == {f"recurring:slack:2028-02-0{day}" for day in (2, 3, 4, 5)}
    [report] = [report for report in work.reports if report.incident is Incident.WINDOWS_LOST]
    assert report.made_late == 4


@pytest.mark.requirement("R-REL-2")
async def test_of_two_reconcilers_at_once_one_does_it(
    settings: Settings, client: Client, work: PlayedWork, store: ProgressStore
) -> None:
    await publish_days(work, store)
    work.recorded.clear()
    both = [made(settings, client, store) for _ in range(2)]

    done = await asyncio.gather(*(one.reconcile() for one in both))

    assert sorted(done) == [False, True]
    assert len(await work.message_ids()) == 8
    assert len(work.reports) == 1


async def test_a_window_that_work_does_not_know_is_given_up_after_three_times(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    _, *others = await publish_days(work, store)
    with capture_logs() as logs:
        for _ in range(5):
            work.recorded = set(others)
            assert await reconciler.reconcile()
            await work.handle_all()

    assert [id.rpartition("#")[2] for id in await work.message_ids()][4:] == ["r1", "r2", "r3"]
    [given_up] = [line for line in logs if line["event"] == "windows.given_up"]
    assert (given_up["count"], given_up["first"]) == (1, "recurring:slack:2028-02-02")
    assert (await store.progress()).confirmed == NOON - dt.timedelta(minutes=5)


async def test_a_loss_whose_report_failed_is_told_with_the_instants_of_the_first_time(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    await publish_days(work, store)
    first = Span(at(1, 0), at(4, 0))
    await store.begin_loss(Loss(first, 3))

    assert await reconciler.reconcile()

    [report] = work.reports
    assert (report.since, report.until, report.made_late) == (*first, 3)
    assert (await store.progress()).loss is None


async def test_windows_of_a_deleted_schedule_are_not_looked_for(
    work: PlayedWork, store: ProgressStore, reconciler: Reconciler
) -> None:
    await publish_days(work, store)
    work.recorded.clear()
    work.schedules = [work.schedules[0].model_copy(update={"deleted": True})]

    assert await reconciler.reconcile()

    assert work.reports == []
    assert (await store.progress()).confirmed == NOON - dt.timedelta(minutes=5)
