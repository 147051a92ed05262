"""A date that somebody chose begins when that date begins in the application zone of the moment."""

import datetime as dt

import pytest

from contracts import subjects
from contracts.history import HistoryFeed
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule, ScheduleQuestion, ScheduleRow
from contracts.tasks import CreateTask, MarkWaiting
from contracts.values import Kind, Service, calendar_date
from services.kit.mongo import connection
from tests.system import System, eventually, instant

SERVICES = (Service.WORK, Service.SCHEDULER, Service.NOTIFIER)


async def choose(system: System) -> tuple[str, str, str]:
    """A daily schedule paused until 10 February, and two tasks to be followed up then: on the date, at an instant."""
    command = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    config = await system.ask(subjects.CREATE_RECURRING, command)
    until = calendar_date("2028-02-10")
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=config.id, until=until))
    on_date = await wait_for(system, "Ada", "2028-02-10")
    return config.id, on_date, await wait_for(system, "Ben", "2028-02-10T00:00:00.000Z")


async def wait_for(system: System, who: str, follow_up_at: str) -> str:
    task = (await system.ask(subjects.CREATE_TASK, CreateTask(description=who, date=dt.date(2028, 3, 1)))).task
    waiting = MarkWaiting(id=task.id, waiting_for=who, follow_up_at=follow_up_at, note="Asked")
    await system.ask(subjects.MARK_WAITING, waiting)
    return task.id


async def restart_in(system: System, zone: str, at: str) -> None:
    """All services away, and back in another zone."""
    await system.stop(*SERVICES)
    system.settings = system.settings.model_copy(update={"timezone": zone, "clock": instant(at)})
    await system.start(*SERVICES)


async def shown(system: System, id: str) -> ScheduleRow:
    return await system.ask(subjects.GET_SCHEDULE, ScheduleQuestion(kind=Kind.RECURRING, id=id))


async def followed_up(system: System) -> list[str]:
    return [row.task.description for row in (await system.home()).follow_ups_due.rows]


@pytest.mark.requirement("R-REL-6")
@pytest.mark.requirement("R-PAU-1")
@pytest.mark.requirement("R-TSK-2")
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
async def test_dates_begin_in_new_york_after_the_zone_changed(idle: System, zone: str) -> None:
    system = idle
    system.settings = system.settings.model_copy(update={"timezone": zone})
    await system.start(*SERVICES)
    paused, _, _ = await choose(system)
    await restart_in(system, "America/New_York", "2028-02-09 12:00")
    row = await shown(system, paused)
    assert (row.paused_until, row.next_at) == (calendar_date("2028-02-10"), instant("2028-02-10 14:00"))

    await system.clock_to("2028-02-10 00:30")
    assert await system.tasks_on("2028-02-09") == [], "it is the evening of the 9th in New York: still paused"
    assert not (await shown(system, paused)).enabled
    assert await followed_up(system) == ["Ben"], "an instant stays the instant that it was"
    await system.clock_to("2028-02-10 04:59")
    assert await followed_up(system) == ["Ben"]

    await system.clock_to("2028-02-10 05:00")
    assert (await shown(system, paused)).enabled
    assert sorted(await followed_up(system)) == ["Ada", "Ben"]
    await system.clock_to("2028-02-10 14:00")
    assert len(await system.tasks_on("2028-02-10")) == 1


@pytest.mark.requirement("R-REL-6")
async def test_dates_that_have_begun_in_the_new_zone_count_at_once(system: System) -> None:
    paused, _, _ = await choose(system)
    await restart_in(system, "Pacific/Auckland", "2028-02-09 12:00")
    assert (await shown(system, paused)).enabled
    assert await followed_up(system) == ["Ada"]
    await system.clock_to("2028-02-09 20:00")
    assert len(await system.tasks_on("2028-02-10")) == 1


@pytest.mark.requirement("R-REL-6")
async def test_an_end_stored_as_an_instant_moves_with_its_date(system: System) -> None:
    """As versions before left it."""
    paused, _, _ = await choose(system)
    async with connection.connect(system.settings, Service.WORK) as database:
        await database.recurring.update_one({"_id": paused}, {"$unset": {"timeline.2.since_date": ""}})
    await restart_in(system, "America/New_York", "2028-02-09 12:00")
    assert (await shown(system, paused)).next_at == instant("2028-02-10 14:00")
    async with connection.connect(system.settings, Service.WORK) as database:
        stored = await database.recurring.find_one({"_id": paused})
    assert stored["timeline"][2]["since_date"] == "2028-02-10"


@pytest.mark.requirement("R-PAU-1")
async def test_the_end_of_a_pause_is_in_the_history_by_itself(system: System) -> None:
    paused, _, _ = await choose(system)

    async def is_resumed() -> bool:
        return bool(await ends(system))

    await system.clock_to("2028-02-09 23:59")
    assert await ends(system) == []
    await system.clock_to("2028-02-10 00:01")
    await eventually(is_resumed)
    await system.clock_to("2028-02-10 00:02")
    assert await ends(system) == [(paused, instant("2028-02-10 00:00"), True)]


@pytest.mark.requirement("R-PAU-1")
async def test_an_edit_right_after_the_end_leaves_its_entry(system: System) -> None:
    paused, _, _ = await choose(system)
    await system.stop(Service.SCHEDULER)
    await system.set_clock("2028-02-10 00:01")
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=paused, reason="again"))
    assert await ends(system) == [(paused, instant("2028-02-10 00:00"), True)]


async def ends(system: System) -> list[tuple[str | None, dt.datetime, object]]:
    rows = (await system.ask(subjects.HISTORY_FEED, HistoryFeed(kinds=("recurring.resumed",)))).items
    return [(row.recurring_config_id, row.at, row.data.get("by_itself")) for row in rows if row.actor is None]
