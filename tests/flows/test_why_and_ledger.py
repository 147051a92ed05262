"""Every date of a schedule is accounted for: its ledger in pages, its next dates, and why there is (no) task."""

from typing import Any

import pytest

from contracts import subjects
from contracts.generation import Generate, ReportIncident
from contracts.recurring import CreateRecurring, DeleteRecurring, RecurringChanges, UpdateRecurring
from contracts.schedule_rows import (
    ArchiveSchedule,
    GetUpcoming,
    PauseSchedule,
    RestoreSchedule,
    ResumeSchedule,
    ScheduleQuestion,
    Upcoming,
)
from contracts.templates import CreateTemplate
from contracts.values import Incident, Kind, Outcome, Service, Trigger, Window, calendar_date
from contracts.windows import AskWhy, ListWindows, Why, WhyCode, WindowRow
from tests.system import System, instant


@pytest.fixture
async def stored(idle: System) -> Any:
    """Work's database, as somebody with a Mongo shell has it."""
    return idle.mongo[f"{idle.settings.mongo_prefix}_work"]


async def slack_invites(system: System, cron: str = "0 9 * * *") -> str:
    duty = CreateRecurring(description="Slack invites", cron_expression=cron, actor="maria")
    return (await system.ask(subjects.CREATE_RECURRING, duty)).id


async def why(system: System, id: str, date: str, kind: Kind = Kind.RECURRING) -> Why:
    return await system.ask(subjects.ASK_WHY, AskWhy(kind=kind, id=id, date=calendar_date(date)))


async def generate(system: System, id: str, first: str, last: str) -> None:
    days = Generate(start_date=calendar_date(first), end_date=calendar_date(last), source_ids=[id])
    await system.ask(subjects.GENERATE, days)


async def pause(system: System, id: str) -> None:
    command = PauseSchedule(kind=Kind.RECURRING, id=id, reason="holiday", actor="olivia")
    await system.ask(subjects.PAUSE_SCHEDULE, command)


async def pages(system: System, id: str, limit: int) -> list[list[WindowRow]]:
    found: list[list[WindowRow]] = []
    after, is_last = None, False
    while not is_last:
        question = ListWindows(kind=Kind.RECURRING, id=id, after=after, limit=limit)
        page = await system.ask(subjects.LIST_WINDOWS, question)
        found.append(page.items)
        after, is_last = page.after, page.after is None
    return found


@pytest.mark.requirement("R-GEN-5")
async def test_the_ledger_of_a_schedule_comes_in_pages_with_the_latest_date_first(system: System) -> None:
    slack, other = await slack_invites(system), await slack_invites(system)
    await generate(system, slack, "2028-02-01", "2028-02-07")
    await generate(system, other, "2028-02-01", "2028-02-02")
    for limit, sizes in ((3, [3, 3, 1]), (7, [7, 0]), (50, [7])):
        found = await pages(system, slack, limit)
        assert [len(page) for page in found] == sizes
        dates = [row.date.day for page in found for row in page]
        assert dates == [7, 6, 5, 4, 3, 2, 1]
    assert len((await pages(system, other, 50))[0]) == 2


@pytest.mark.requirement("R-GEN-5")
async def test_a_row_says_when_it_opened_who_triggered_it_and_what_it_made(system: System) -> None:
    slack = await slack_invites(system)
    await generate(system, slack, "2028-02-01", "2028-02-01")
    await system.clock_to("2028-02-02 09:00")
    await system.clock_to("2028-02-04 12:00")
    [task] = await system.tasks_on("2028-02-02")
    fourth, third, second, first = (await pages(system, slack, 50))[0]
    assert (first.trigger, first.opened_at) == (Trigger.BACKFILL, None)
    assert (second.trigger, second.opened_at, second.late) == (Trigger.SCHEDULE, instant("2028-02-02 09:00"), False)
    assert (second.outcome, second.generated, second.item_id) == (Outcome.GENERATED, 1, task.id)
    assert [(row.trigger, row.late) for row in (third, fourth)] == [(Trigger.CATCH_UP, True)] * 2
    assert third.opened_at == instant("2028-02-03 09:00")


@pytest.mark.requirement("R-GEN-5")
async def test_totals_count_windows_by_outcome_and_repeats_apart(idle: System, stored: Any) -> None:
    system = idle
    await system.start(Service.WORK)
    slack = await slack_invites(system)
    await generate(system, slack, "2028-02-01", "2028-02-03")
    await generate(system, slack, "2028-02-01", "2028-02-02")
    await stored.tasks.insert_one({"_id": "imported", "recurring_config_id": slack, "window_date": "2028-02-04"})
    await generate(system, slack, "2028-02-04", "2028-02-04")
    missed = [Window(kind=Kind.RECURRING, source_id=slack, date=calendar_date("2028-02-05"))]
    await system.set_clock("2028-02-20 08:00")
    outage = ReportIncident(
        incident=Incident.OUTAGE, since=instant("2028-02-05 08:00"), until=instant("2028-02-20 08:00"), missed=missed
    )
    await system.ask(subjects.REPORT_INCIDENT, outage)
    await pause(system, slack)
    await system.client.jetstream().publish(
        f"dataops.window.due.recurring.{slack}.2028-02-06", b'{"trigger":"catch-up","late":true}'
    )
    await system.windows_drained()

    row = await system.ask(subjects.GET_SCHEDULE, ScheduleQuestion(kind=Kind.RECURRING, id=slack))
    assert row.totals.model_dump() == {
        "generated": 3,
        "skipped": 1,
        "paused": 1,
        "failed": 0,
        "missed": 1,
        "repeats": 2,
    }
    assert row.generated == 3
    assert row.last is not None
    assert (row.last.date, row.last.outcome) == (calendar_date("2028-02-06"), Outcome.PAUSED)


async def next_dates(system: System, **question: Any) -> list[str]:
    upcoming: Upcoming = await system.ask(subjects.GET_UPCOMING, GetUpcoming(**question))
    assert upcoming.timezone == "UTC"
    return [f"{one.opens_at:%Y-%m-%d %H:%M}" for one in upcoming.items]


@pytest.mark.requirement("R-SCH-4")
async def test_the_next_five_dates_are_told_before_and_after_saving(system: System) -> None:
    expected = [f"2028-{day} 09:00" for day in ("02-02", "02-09", "02-16", "02-23", "03-01")]
    assert await next_dates(system, cron="0 9 * * WED") == expected
    slack = await slack_invites(system, "0 9 * * WED")
    assert await next_dates(system, id=slack) == expected
    await system.clock_to("2028-02-02 09:00")
    assert await next_dates(system, id=slack, count=2) == expected[1:3], "what opens now is not ahead any more"
    edited = UpdateRecurring(id=slack, changes=RecurringChanges(cron_expression="30 9 29 2 *"))
    await system.ask(subjects.UPDATE_RECURRING, edited)
    assert await next_dates(system, id=slack, count=3) == ["2028-02-29 09:30", "2032-02-29 09:30", "2036-02-29 09:30"]


@pytest.mark.requirement("R-SCH-2")
async def test_next_dates_of_nonsense_are_refused_in_words(system: System) -> None:
    refusal = await system.refused(subjects.GET_UPCOMING, GetUpcoming(cron="0 9 * *"))
    assert refusal.code == "invalid"
    assert "five fields" in refusal.fields["cronExpression"]
    assert (await system.refused(subjects.GET_UPCOMING, GetUpcoming(id="nobody"))).code == "not_found"


@pytest.mark.requirement("R-PAU-5")
async def test_unknown_schedules_have_neither_windows_nor_answers(system: System) -> None:
    gone = await slack_invites(system)
    await system.ask(subjects.DELETE_RECURRING, DeleteRecurring(id=gone))
    question = AskWhy(kind=Kind.RECURRING, id="nobody", date=calendar_date("2028-02-02"))
    assert (await system.refused(subjects.ASK_WHY, question)).code == "not_found"
    as_template = question.model_copy(update={"kind": Kind.TEMPLATE, "id": gone})
    assert (await system.refused(subjects.ASK_WHY, as_template)).code == "not_found"
    assert (
        await system.refused(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id="nobody"))
    ).code == "not_found"
    assert (await pages(system, gone, 50)) == [[]], "what is deleted keeps its ledger"


@pytest.mark.requirement("R-PAU-5")
async def test_why_on_the_days_of_an_ordinary_week(system: System) -> None:
    slack = await slack_invites(system, "0 9 * * 1-5")
    await system.clock_to("2028-02-02 09:00")
    made = await why(system, slack, "2028-02-02")
    assert (made.code, made.opens_at) == (WhyCode.GENERATED, instant("2028-02-02 09:00"))
    assert made.window is not None
    assert made.window.item_id == (await system.tasks_on("2028-02-02"))[0].id
    ahead = await why(system, slack, "2028-02-03")
    assert (ahead.code, ahead.opens_at) == (WhyCode.TO_COME, instant("2028-02-03 09:00"))
    weekend = await why(system, slack, "2028-02-05")
    assert weekend.code is WhyCode.NOT_A_DATE
    assert "Monday to Friday at 09:00" in weekend.sentence
    assert (await why(system, slack, "2028-02-01")).code is WhyCode.BEFORE_CREATION

    await pause(system, slack)
    held = await why(system, slack, "2028-02-03")
    assert (held.code, held.by) == (WhyCode.PAUSED, "olivia")
    await system.clock_to("2028-02-03 09:00")
    await system.ask(subjects.RESUME_SCHEDULE, ResumeSchedule(kind=Kind.RECURRING, id=slack, actor="maria"))
    past = await why(system, slack, "2028-02-03")
    assert (past.code, past.by) == (WhyCode.PAUSED, "olivia")
    assert "(holiday)" in past.sentence
    assert past.window is not None

    await generate(system, slack, "2028-02-03", "2028-02-03")
    assert (await why(system, slack, "2028-02-03")).sentence == "The task was created for a date range."


@pytest.mark.requirement("R-PAU-5")
async def test_why_when_archived_and_after_it_came_back(system: System) -> None:
    slack = await slack_invites(system)
    await system.clock_to("2028-02-02 12:00")
    archive = ArchiveSchedule(kind=Kind.RECURRING, id=slack, actor="olivia")
    await system.ask(subjects.ARCHIVE_SCHEDULE, archive)
    await system.clock_to("2028-02-04 12:00")
    for date in ("2028-02-03", "2028-02-09"):
        answer = await why(system, slack, date)
        assert (answer.code, answer.by) == (WhyCode.ARCHIVED, "olivia")
    assert (await why(system, slack, "2028-02-02")).code is WhyCode.GENERATED
    assert await system.tasks_on("2028-02-03") == []

    await system.ask(subjects.RESTORE_SCHEDULE, RestoreSchedule(kind=Kind.RECURRING, id=slack, actor="maria"))
    await system.clock_to("2028-02-05 09:00")
    assert (await why(system, slack, "2028-02-03")).code is WhyCode.ARCHIVED
    assert (await why(system, slack, "2028-02-05")).code is WhyCode.GENERATED


@pytest.mark.requirement("R-PAU-5")
async def test_why_when_it_is_due_missed_skipped_or_failed(idle: System, stored: Any) -> None:
    system = idle
    await system.start(Service.WORK)
    slack = await slack_invites(system)
    await system.set_clock("2028-02-12 09:00")
    due = await why(system, slack, "2028-02-12")
    assert (due.code, due.opens_at) == (WhyCode.DUE_NOW, instant("2028-02-12 09:00"))

    missed = [Window(kind=Kind.RECURRING, source_id=slack, date=calendar_date("2028-02-03"))]
    outage = ReportIncident(
        incident=Incident.OUTAGE, since=instant("2028-02-02 08:30"), until=instant("2028-02-12 08:30"), missed=missed
    )
    await system.ask(subjects.REPORT_INCIDENT, outage)
    assert (await why(system, slack, "2028-02-03")).code is WhyCode.MISSED

    await stored.tasks.insert_one({"_id": "imported", "recurring_config_id": slack, "window_date": "2028-02-12"})
    await system.publish_window(f"dataops.window.due.recurring.{slack}.2028-02-12", b'{"trigger":"schedule"}')
    skipped = await why(system, slack, "2028-02-12")
    assert skipped.code is WhyCode.SKIPPED
    assert skipped.window is not None
    assert skipped.window.item_id == "imported"

    step = {"refId": "write", "description": "Write it", "offsetDays": 0}
    daily = {"name": "Report", "type": "report", "triggerType": "automatic", "triggerSchedule": "0 10 * * *"}
    command = CreateTemplate.model_validate({**daily, "taskDefinitions": [step]})
    template = (await system.ask(subjects.CREATE_TEMPLATE, command)).id
    await stored.templates.update_one({"_id": template}, {"$set": {"task_definitions.0.description": ""}})
    await system.set_clock("2028-02-12 10:00")
    await system.publish_window(f"dataops.window.due.template.{template}.2028-02-12", b'{"trigger":"schedule"}')
    failed = await why(system, template, "2028-02-12", Kind.TEMPLATE)
    assert failed.code is WhyCode.FAILED
    assert failed.sentence == "Failed, tried 1 time: Task definition 'write' has no description"
