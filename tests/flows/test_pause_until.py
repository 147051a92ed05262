"""Paused until a date: it runs again by itself, from local midnight of that date on."""

import datetime as dt
from collections.abc import AsyncGenerator
from zoneinfo import ZoneInfo

import pytest

from contracts import subjects
from contracts.generation import Generate
from contracts.recurring import CreateRecurring, RecurringChanges, UpdateRecurring
from contracts.schedule_rows import ListPredicted, PauseSchedule, ScheduleQuestion, ScheduleRow
from contracts.templates import CreateTemplate
from contracts.values import Kind, Service, calendar_date
from services.kit.settings import Settings
from tests.system import System, eventually, instant, system_on

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
async def in_new_york(settings: Settings) -> AsyncGenerator[System]:
    """Tuesday 7 March 2028, 12:00 local; clocks go forward on the night to Sunday the 12th."""
    changes = {"clock": new_york(7, 12), "test_control": True, "portal_port": 0, "timezone": "America/New_York"}
    async with system_on(settings.model_copy(update=changes)) as system:
        await system.start(Service.WORK, Service.SCHEDULER, Service.NOTIFIER)
        yield system


def new_york(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2028, 3, day, hour, minute, tzinfo=NEW_YORK).astimezone(dt.UTC)


async def duty(system: System, cron: str) -> str:
    command = CreateRecurring(description="Slack invites", cron_expression=cron)
    return (await system.ask(subjects.CREATE_RECURRING, command)).id


async def pause(system: System, id: str, until: str, kind: Kind = Kind.RECURRING) -> ScheduleRow:
    command = PauseSchedule(kind=kind, id=id, reason="holiday", until=calendar_date(until), actor="olivia")
    return await system.ask(subjects.PAUSE_SCHEDULE, command)


async def shown(system: System, id: str, kind: Kind = Kind.RECURRING) -> ScheduleRow:
    return await system.ask(subjects.GET_SCHEDULE, ScheduleQuestion(kind=kind, id=id))


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.requirement("R-PAU-2")
async def test_it_resumes_by_itself_at_local_midnight_and_makes_the_window_that_opens_then(
    in_new_york: System,
) -> None:
    system = in_new_york

    async def both_count_as_active() -> bool:
        counted = (await system.home()).schedules
        return (counted.active, counted.paused) == (2, 0)

    midnight, morning = await duty(system, "0 0 * * *"), await duty(system, "0 9 * * *")
    for id, hour in ((midnight, 0), (morning, 9)):
        row = await pause(system, id, "2028-03-10")
        assert (row.enabled, row.paused_until) == (False, calendar_date("2028-03-10"))
        assert (row.next_at, row.next_date) == (new_york(10, hour), calendar_date("2028-03-10"))

    predicted = (await system.ask(subjects.LIST_PREDICTED, ListPredicted())).items
    expected = [(day, id) for day in range(10, 15) for id in (midnight, morning)]
    assert [(one.date.day, one.source_id) for one in predicted] == expected

    await system.clock_to(new_york(9, 23, 59))
    assert (await shown(system, midnight)).enabled is False
    assert [len(await system.tasks_on(f"2028-03-{day:02}")) for day in range(7, 12)] == [0] * 5

    await system.clock_to(new_york(10, 0))
    [task] = await system.tasks_on("2028-03-10")
    assert task.recurring_config_id == midnight
    row = await shown(system, midnight)
    assert (row.enabled, row.paused_until, row.next_at) == (True, None, new_york(11, 0))
    await eventually(both_count_as_active)

    await system.clock_to(new_york(10, 9))
    assert {task.recurring_config_id for task in await system.tasks_on("2028-03-10")} == {midnight, morning}
    assert await system.tasks_on("2028-03-09") == [], "nobody fills the gap behind anyone's back"


@pytest.mark.requirement("R-SCH-3")
async def test_the_midnight_after_the_clocks_went_forward_is_the_right_one(in_new_york: System) -> None:
    system = in_new_york
    midnight = await duty(system, "0 0 * * *")
    assert (await pause(system, midnight, "2028-03-13")).next_at == instant("2028-03-13 04:00")
    await system.clock_to("2028-03-13 03:59")
    assert await system.tasks_on("2028-03-13") == []
    await system.clock_to("2028-03-13 04:00")
    assert len(await system.tasks_on("2028-03-13")) == 1


@pytest.mark.requirement("R-PAU-2")
@pytest.mark.requirement("R-REL-1")
async def test_an_outage_over_the_end_of_the_pause_makes_what_opened_after_it_and_nothing_before(
    system: System,
) -> None:
    slack = await duty(system, "0 9 * * *")
    await pause(system, slack, "2028-02-05")
    await system.stop(Service.SCHEDULER)
    await system.set_clock("2028-02-07 12:00")
    everything = Generate(start_date=calendar_date("2028-02-07"), end_date=calendar_date("2028-02-07"))
    assert len((await system.ask(subjects.GENERATE, everything)).tasks) == 1, "it runs again, tick or no tick"

    system.settings = system.settings.model_copy(update={"clock": instant("2028-02-07 12:00")})
    await system.start(Service.SCHEDULER)
    await system.clock_to("2028-02-07 12:01")
    made = [len(await system.tasks_on(f"2028-02-0{day}")) for day in range(2, 8)]
    assert made == [0, 0, 0, 1, 1, 1]


@pytest.mark.requirement("R-PAU-1")
async def test_a_template_resumes_by_itself_too(system: System) -> None:
    step = {"refId": "write", "description": "Write it", "offsetDays": 0}
    trigger = {"triggerType": "automatic", "triggerSchedule": "0 9 * * *", "taskDefinitions": [step]}
    command = CreateTemplate.model_validate({"name": "Report", "type": "report", **trigger})
    template = (await system.ask(subjects.CREATE_TEMPLATE, command)).id
    await pause(system, template, "2028-02-04", Kind.TEMPLATE)
    await system.clock_to("2028-02-03 09:00")
    assert await system.tasks_on("2028-02-03") == []
    await system.clock_to("2028-02-04 09:00")
    assert [task.template_id for task in await system.tasks_on("2028-02-04")] == [template]
    assert (await shown(system, template, Kind.TEMPLATE)).enabled


@pytest.mark.requirement("R-SCH-5")
async def test_a_cron_edited_during_the_pause_holds_when_it_ends(system: System) -> None:
    slack = await duty(system, "0 9 * * *")
    await pause(system, slack, "2028-02-04")
    edit = UpdateRecurring(id=slack, changes=RecurringChanges(cron_expression="30 7 * * *"))
    await system.ask(subjects.UPDATE_RECURRING, edit)
    row = await shown(system, slack)
    assert (row.paused_until, row.next_at) == (calendar_date("2028-02-04"), instant("2028-02-04 07:30"))
    await system.clock_to("2028-02-04 07:30")
    assert [len(await system.tasks_on(f"2028-02-0{day}")) for day in (2, 3, 4)] == [0, 0, 1]


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.parametrize("until", ["2028-02-01", "2028-02-02"])
async def test_a_date_that_has_come_already_is_refused_and_changes_nothing(system: System, until: str) -> None:
    slack = await duty(system, "0 9 * * *")
    command = PauseSchedule(kind=Kind.RECURRING, id=slack, until=calendar_date(until))
    refusal = await system.refused(subjects.PAUSE_SCHEDULE, command)
    assert (refusal.code, list(refusal.fields)) == ("invalid", ["until"])
    assert (await shown(system, slack)).enabled
