"""A paused duty makes nothing, says why, and resuming does not fill the gap behind anyone's back."""

import pytest

from contracts import subjects
from contracts.generation import Generate
from contracts.recurring import CreateRecurring, RecurringChanges, UpdateRecurring
from contracts.schedule_rows import PauseSchedule, ResumeSchedule, ScheduleQuestion
from contracts.values import Kind, Outcome, calendar_date
from tests.system import System

WEDNESDAYS = CreateRecurring(description="Mailchimp mailing-list backup", cron_expression="0 9 * * 3")


@pytest.mark.requirement("R-PAU-1")
async def test_the_wednesday_of_a_paused_backup_stays_empty_and_is_recorded_as_paused(system: System) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, WEDNESDAYS)
    pause = PauseSchedule(kind=Kind.RECURRING, id=config.id, reason="Account is being moved", actor="olivia")
    row = await system.ask(subjects.PAUSE_SCHEDULE, pause)
    assert (row.enabled, row.revision.reason, row.revision.by) == (False, "Account is being moved", "olivia")

    await system.clock_to("2028-02-02 09:00")
    assert await system.tasks_on("2028-02-02") == []
    question = ScheduleQuestion(kind=Kind.RECURRING, id=config.id)
    last = (await system.ask(subjects.GET_SCHEDULE, question)).last
    assert last is not None
    assert last.outcome is Outcome.PAUSED

    day = calendar_date("2028-02-02")
    asked = await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day, source_ids=[config.id]))
    assert (asked.tasks, asked.skipped_tasks, asked.paused) == ([], 0, 1)
    everything = await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day))
    assert (everything.tasks, everything.skipped_tasks, everything.paused) == ([], 0, 0)


@pytest.mark.requirement("R-PAU-2")
async def test_resuming_makes_only_what_opens_from_then_on(system: System) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, WEDNESDAYS)
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=config.id))
    await system.clock_to("2028-02-04 12:00")
    await system.ask(subjects.RESUME_SCHEDULE, ResumeSchedule(kind=Kind.RECURRING, id=config.id))
    await system.clock_to("2028-02-08 12:00")
    assert await system.tasks_on("2028-02-02") == []

    await system.clock_to("2028-02-09 09:00")
    assert len(await system.tasks_on("2028-02-09")) == 1
    assert await system.tasks_on("2028-02-02") == []

    day = calendar_date("2028-02-02")
    backfill = await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day, source_ids=[config.id]))
    assert [task.date for task in backfill.tasks] == [day]


@pytest.mark.requirement("R-PAU-2")
@pytest.mark.requirement("R-SCH-4")
async def test_a_date_that_was_paused_at_nine_is_made_when_it_opens_again_half_an_hour_later(system: System) -> None:
    """The broker knows the messages of the last hour: the second one of a date is none of these twins."""
    config = await system.ask(subjects.CREATE_RECURRING, WEDNESDAYS)
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=config.id))
    await system.clock_to("2028-02-02 09:00")
    await system.clock_to("2028-02-02 09:10")
    later = RecurringChanges(cron_expression="30 9 * * 3")
    await system.ask(subjects.UPDATE_RECURRING, UpdateRecurring(id=config.id, changes=later))
    await system.ask(subjects.RESUME_SCHEDULE, ResumeSchedule(kind=Kind.RECURRING, id=config.id))
    await system.clock_to("2028-02-02 09:29")
    assert await system.tasks_on("2028-02-02") == []
    await system.clock_to("2028-02-02 09:30")
    assert len(await system.tasks_on("2028-02-02")) == 1
