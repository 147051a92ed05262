"""An engineer backfills a range from the terminal: dry run, counts, a second run that only skips, clear refusals."""

import pytest

from contracts import subjects
from contracts.duties import TaskDefinition
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule
from contracts.templates import CreateTemplate
from contracts.values import Kind, Service
from services.kit.mongo import connection
from tests.flows.commands import assert_refused, dataops
from tests.system import System

DAILY = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
MONDAYS = CreateTemplate(
    name="Weekly newsletter",
    type="newsletter",
    task_definitions=[TaskDefinition(ref_id=f"s{n}", description=f"Step {n}", offset_days=n) for n in range(3)],
    trigger_type="automatic",
    trigger_schedule="0 9 * * 1",
    trigger_enabled=True,
)


@pytest.mark.requirement("R-GEN-7")
async def test_a_dry_run_shows_each_window_and_writes_nothing_then_the_run_counts_true(system: System) -> None:
    duty = await system.ask(subjects.CREATE_RECURRING, DAILY)
    await system.ask(subjects.CREATE_TEMPLATE, MONDAYS)
    await system.publish_window(f"dataops.window.due.recurring.{duty.id}.2028-02-05")
    span = ("backfill", "2028-02-04", "2028-02-07")

    shown = await dataops(system.settings, *span, "--dry-run")
    assert shown.code == 0, shown.complained
    rows = [line.split("  ", 2) for line in shown.said.splitlines()[1:-1]]
    assert [(date, verdict.split()[0]) for date, verdict, _ in rows] == [
        ("Fri 4 Feb 2028", "would"),
        ("Sat 5 Feb 2028", "exists"),
        ("Sun 6 Feb 2028", "would"),
        ("Mon 7 Feb 2028", "would"),
        ("Mon 7 Feb 2028", "would"),
    ]
    assert "5 windows: 4 would create, 1 exists, 0 paused, 0 invalid. Nothing was written." in shown.said
    assert await system.tasks_on("2028-02-04") == []

    made = await dataops(system.settings, *span, answer="y\n")
    assert made.code == 0, made.complained
    assert "Generate up to 5 windows of 2 schedules, Fri 4 Feb 2028 to Mon 7 Feb 2028?" in made.said
    assert "Generated 3 tasks and 1 workflow runs; skipped 1, paused 0, failed 0." in made.said
    assert len(await system.tasks_on("2028-02-07")) == 2

    again = await dataops(system.settings, *span, "--yes")
    assert "Generated 0 tasks and 0 workflow runs; skipped 5, paused 0, failed 0." in again.said


@pytest.mark.requirement("R-GEN-7")
async def test_chosen_schedules_only_by_title_or_id_and_a_paused_one_makes_nothing(system: System) -> None:
    duty = await system.ask(subjects.CREATE_RECURRING, DAILY)
    backup = await system.ask(subjects.CREATE_RECURRING, DAILY.model_copy(update={"description": "Mailchimp [backup]"}))
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=backup.id, reason="on holiday"))
    span = ("backfill", "2028-02-04", "2028-02-06", "--yes")

    made = await dataops(system.settings, *span, "--schedule", "slack INVITES")
    assert "Generated 3 tasks and 0 workflow runs; skipped 0, paused 0, failed 0." in made.said
    both = await dataops(system.settings, *span, "--schedule", duty.id, "--schedule", "Mailchimp [backup]")
    assert "Generated 0 tasks and 0 workflow runs; skipped 3, paused 3, failed 0." in both.said
    shown = await dataops(system.settings, *span, "--schedule", backup.id, "--dry-run")
    assert shown.said.count("Mailchimp [backup]") == shown.said.count("on holiday") == 3


IMPOSSIBLE = (
    (("2028-02-07", "2028-02-04"), "endDate must not be before startDate"),
    (("2028-02-01", "2028-05-02"), "at most 90 days apart"),
    (("2028-02-30", "2028-03-02"), "not a real calendar date"),
    (("yesterday", "2028-03-02"), "write YYYY-MM-DD"),
    (("2028-02-01", "2028-02-02", "--schedule", "Nobody's"), 'No schedule has the title or id "Nobody\'s"'),
    (("2028-02-01", "2028-02-02", "--schedule", "Twice"), "2 schedules have the title 'Twice'"),
    (("2028-02-01", "2028-02-02"), "Nothing was generated"),
)


@pytest.mark.requirement("R-GEN-7")
async def test_what_cannot_be_done_is_refused_in_one_line(system: System) -> None:
    for _ in range(2):
        await system.ask(subjects.CREATE_RECURRING, DAILY.model_copy(update={"description": "Twice"}))
    for arguments, complaint in IMPOSSIBLE:
        await assert_refused(system.settings, "backfill", *arguments, complaint=complaint)


async def test_windows_that_fail_are_named_with_their_reason_and_the_exit_code(system: System) -> None:
    broken = await system.ask(subjects.CREATE_TEMPLATE, MONDAYS)
    async with connection.connect(system.settings, Service.WORK) as stored:  # as nobody could save it
        far = {"task_definitions.0.offset_days": 10_000_000}
        await stored.templates.update_one({"_id": broken.id}, {"$set": far})
    await system.ask(subjects.CREATE_RECURRING, DAILY)
    ended = await dataops(system.settings, "backfill", "2028-02-06", "2028-02-14", "--yes")
    assert ended.code == 1
    assert "Generated 9 tasks and 0 workflow runs; skipped 0, paused 0, failed 2." in ended.said
    assert "failed: Weekly newsletter, 2 windows: Task definition 's0' has an offset beyond the calendar" in ended.said


async def test_without_work_it_says_so(idle: System) -> None:
    ended = await dataops(idle.settings, "backfill", "2028-02-06", "2028-02-14", "--yes")
    assert ended.code == 1
    assert ended.complained.startswith("dataops: work does not answer")


async def test_a_silent_work_is_told_in_one_line(system: System) -> None:
    await system.stop(Service.WORK)
    await assert_refused(system.settings, "seed", complaint="work does not answer: see whether it runs")
