"""The operator relies on it: the daily duty is there in the morning, once, whatever is run again."""

import pytest

from contracts import subjects
from contracts.generation import Generate
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import ScheduleQuestion
from contracts.values import Kind, calendar_date
from tests.system import System


async def slack_invites(system: System) -> str:
    duty = CreateRecurring(description="Handle new Slack invite requests", cron_expression="0 9 * * *")
    return (await system.ask(subjects.CREATE_RECURRING, duty)).id


@pytest.mark.requirement("R-GEN-1")
@pytest.mark.requirement("R-HOM-1")
async def test_at_nine_the_task_is_on_home_once(system: System) -> None:
    config_id = await slack_invites(system)
    await system.clock_to("2028-02-02 08:59")
    assert (await system.home()).due_today.count == 0

    await system.clock_to("2028-02-02 09:00")
    home = await system.home()
    [row] = home.due_today.rows
    assert row.task.description == "Handle new Slack invite requests"
    assert row.task.recurring_config_id == config_id
    assert (row.source_title, row.source_cron) == ("Handle new Slack invite requests", "0 9 * * *")
    assert home.overdue.count == 0

    await system.clock_to("2028-02-02 09:01")
    assert (await system.home()).due_today.count == 1


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.requirement("R-GEN-7")
async def test_asking_for_the_same_day_twice_makes_one_task_and_counts_one_skip(system: System) -> None:
    config_id = await slack_invites(system)
    day = calendar_date("2028-02-02")
    first = await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day))
    second = await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day))
    assert ([task.date for task in first.tasks], first.skipped_tasks) == ([day], 0)
    assert (second.tasks, second.skipped_tasks) == ([], 1)
    assert len(await system.tasks_on("2028-02-02")) == 1

    await system.clock_to("2028-02-02 09:00")
    assert (await system.home()).due_today.count == 1
    row = await system.ask(subjects.GET_SCHEDULE, ScheduleQuestion(kind=Kind.RECURRING, id=config_id))
    assert row.last is not None
    assert (row.last.generated, row.last.skipped) == (1, 2)


@pytest.mark.requirement("R-HOM-3")
async def test_a_task_left_undone_is_overdue_the_next_day_and_not_mixed_into_today(system: System) -> None:
    await slack_invites(system)
    await system.clock_to("2028-02-02 09:00")
    await system.clock_to("2028-02-03 09:00")
    home = await system.home()
    assert [(row.task.date, row.days_late) for row in home.overdue.rows] == [(calendar_date("2028-02-02"), 1)]
    assert [row.task.date for row in home.due_today.rows] == [calendar_date("2028-02-03")]
