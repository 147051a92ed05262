"""What a window makes: the task or the run, field by field."""

import datetime as dt
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from contracts.cron.expression import CronExpression
from contracts.recurring import RecurringConfig
from contracts.templates import Template
from contracts.values import Kind, Window, derived_id
from services.work.generation.making import InvalidDefinition, Run, automatic_run, recurring_task
from services.work.schedules.standard_duties import People, standard_duties

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


def config(**fields: object) -> RecurringConfig:
    base = {"id": "c1", "description": "Backup", "cron_expression": "0 9 * * 3", "enabled": True}
    return RecurringConfig.model_validate({**base, "created_at": NOW, "updated_at": NOW, **fields})


def template(*definitions: dict[str, object], **fields: object) -> Template:
    base = {"id": "t1", "name": "Newsletter", "type": "newsletter", "task_definitions": definitions}
    return Template.model_validate({**base, "created_at": NOW, "updated_at": NOW, **fields})


def run(of: Template, *, lead: int = 0, today: dt.date = TODAY) -> Run:
    window = Window(kind=Kind.TEMPLATE, source_id=of.id, date=today)
    return automatic_run(of, window, lead, NOW, today)


@pytest.mark.requirement("R-GEN-1")
def test_a_recurring_window_makes_a_task_due_on_its_date_with_what_the_config_carries() -> None:
    window = Window(kind=Kind.RECURRING, source_id="c1", date=TODAY)
    duty = config(assignee_id="ops", tags=["backup"], requires_file=True, instructions="Export it.", systems=[])
    task = recurring_task(duty, window, NOW)
    assert task == {
        "_id": window.item_id,
        "description": "Backup",
        "date": "2028-02-02",
        "status": "todo",
        "source": "recurring",
        "recurring_config_id": "c1",
        "window_date": "2028-02-02",
        "overdue_from": "2028-02-03",
        "assignee_id": "ops",
        "tags": ["backup"],
        "requires_file": True,
        "instructions": "Export it.",
        "missing": ["file"],
        "live": True,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.requirement("R-SCH-3")
@pytest.mark.parametrize(
    ("name", "cron", "date", "opened_on"),
    [
        ("America/Nuuk", "30 23 * * *", "2026-03-28", "2026-03-29"),  # 23:00 becomes 00:00
        ("America/Scoresbysund", "59 23 * * *", "2026-03-28", "2026-03-29"),
        ("America/Nuuk", "30 22 * * *", "2026-03-28", "2026-03-28"),
        ("America/Nuuk", "30 23 * * *", "2026-10-24", "2026-10-24"),  # twice
        ("Atlantic/Azores", "30 0 * * *", "2026-03-29", "2026-03-29"),  # 00:00 becomes 01:00
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "2026-10-04"),  # by half an hour
        ("Africa/Cairo", "0 0 * * *", "2026-04-24", "2026-04-24"),
        ("Asia/Beirut", "30 0 * * *", "2026-03-29", "2026-03-29"),
        ("America/Santiago", "0 0 * * *", "2026-09-06", "2026-09-06"),
        ("America/Havana", "15 0 * * *", "2026-03-08", "2026-03-08"),
        ("Pacific/Apia", "0 9 * * *", "2011-12-30", "2011-12-31"),  # a whole day is left out
    ],
)
def test_recurring_task_is_late_from_the_day_after_its_opening(name: str, cron: str, date: str, opened_on: str) -> None:
    zone, day = ZoneInfo(name), dt.date.fromisoformat(date)
    opens_at = CronExpression.parse(cron).opening_on(day, zone)
    assert opens_at is not None
    assert opens_at.astimezone(zone).date().isoformat() == opened_on
    window = Window(kind=Kind.RECURRING, source_id="c1", date=day)
    task = recurring_task(config(), window, opens_at, opened_on=opens_at.astimezone(zone).date())
    assert task["date"] == task["window_date"] == date
    assert task["overdue_from"] == (dt.date.fromisoformat(opened_on) + dt.timedelta(days=1)).isoformat()


@pytest.mark.requirement("R-BUN-2")
@pytest.mark.parametrize(
    ("links", "missing"),
    [
        (["A", "B"], ["workflow link A", "workflow link B"]),
        (["B"], ["workflow link B"]),
        ([], []),
    ],
)
def test_automatic_run_lists_every_bundle_link_that_a_task_needs(links: list[str], missing: list[str]) -> None:
    definition = {"refId": "a", "description": "A", "offsetDays": 0, "validation": {"requiredBundleLinks": links}}
    named = [{"name": "A"}, {"name": "B"}]
    [task] = run(template(definition, bundle_link_definitions=named)).tasks
    assert task["missing"] == missing


@pytest.mark.requirement("R-GEN-3")
def test_a_derived_id_is_a_uuid_of_version_5() -> None:
    namespace = UUID("6f0cbf6a-6f4f-5d7c-9f0f-0c6f3b2f4c11")
    for name in (f"recurring:{number}:2028-02-02 ä" for number in range(100)):
        assert derived_id(name) == str(uuid5(namespace, name))


@pytest.mark.requirement("R-GEN-3")
def test_any_retry_makes_the_same_documents() -> None:
    newsletter = template({"refId": "a", "description": "A", "offsetDays": 0})
    assert run(newsletter) == run(newsletter)
    window = Window(kind=Kind.RECURRING, source_id="c1", date=TODAY)
    assert recurring_task(config(), window, NOW)["_id"] == recurring_task(config(description="x"), window, NOW)["_id"]


@pytest.mark.requirement("R-GEN-2")
def test_a_run_has_each_definition_once_with_its_date_and_assignee() -> None:
    made = run(
        template(
            {"refId": "a", "description": "First", "offsetDays": -14, "assigneeId": "writer"},
            {"refId": "b", "description": "Last", "offsetDays": 0, "requiredLinkName": "LinkedIn"},
            tags=["news"],
            default_assignee_id="ops",
            bundle_link_definitions=[{"name": "LinkedIn"}],
            emoji="📰",
        ),
        lead=14,
    )
    assert made.document["title"] == "Newsletter - Wed 16 Feb 2028"
    assert made.document["anchor_date"] == "2028-02-16"
    assert made.document["bundle_links"] == [{"name": "LinkedIn", "url": ""}]
    assert made.document["emoji"] == "📰"
    assert [(task["template_task_ref"], task["date"], task["assignee_id"]) for task in made.tasks] == [
        ("a", "2028-02-02", "writer"),
        ("b", "2028-02-16", "ops"),
    ]
    assert {(task["source"], task["bundle_id"], task["template_id"]) for task in made.tasks} == {
        ("template", made.document["_id"], "t1")
    }
    assert made.tasks[0]["tags"] == ["news"]
    assert made.tasks[1]["missing"] == ["LinkedIn URL"]


@pytest.mark.requirement("R-HOM-3")
def test_a_task_due_before_its_run_existed_is_overdue_only_from_the_second_day() -> None:
    made = run(template({"refId": "a", "description": "A", "offsetDays": -3}))
    assert made.tasks[0]["date"] == "2028-01-30"
    assert made.tasks[0]["overdue_from"] == "2028-02-03"
    assert made.tasks[0]["late_run"] is True


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        ([{"refId": "a", "description": "  ", "offsetDays": 0}], "'a' has no description"),
        ([{"refId": "a", "description": "A", "offsetDays": 10**9}], "beyond the calendar"),
        ([{"refId": "a", "description": "A", "offsetDays": 0}] * 2, "same refId"),
    ],
)
def test_a_definition_that_cannot_make_work_says_which_and_why(
    definitions: list[dict[str, object]], message: str
) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        run(template(*definitions))


@pytest.mark.requirement("R-REL-4")
def test_on_the_last_days_of_the_calendar_nothing_is_made_that_would_lie_beyond() -> None:
    last = dt.date(9998, 12, 31)
    with pytest.raises(InvalidDefinition, match="Day 4 after Thu 31 Dec 9998 is beyond the calendar"):
        run(template({"refId": "a", "description": "A", "offsetDays": 0}), lead=4, today=last)
    with pytest.raises(InvalidDefinition, match="beyond the calendar"):
        recurring_task(config(), Window(kind=Kind.RECURRING, source_id="c1", date=last), NOW)


@pytest.mark.requirement("R-GEN-8")
def test_the_seed_holds_nine_duties_with_people_who_exist_and_the_facts_of_each() -> None:
    duties = standard_duties(People("ops", "writer", "owner"), enabled=True)
    assert [(one.description, one.cron_expression) for one in duties.recurring] == [
        ("Handle new Slack invite requests", "0 9 * * *"),
        ("Review new task and card intake", "0 9 * * *"),
        ("Mailchimp mailing-list backup", "0 9 * * 3"),
        ("Slack dump", "0 9 1 * *"),
        ("Sponsor performance follow-up", "0 10 15 * *"),
        ("Bookkeeping check: invoices, receipts, Dropbox, TODO values", "0 9 * * 1"),
    ]
    shapes = [
        (one.name, one.trigger_schedule, one.trigger_lead_days, len(one.task_definitions)) for one in duties.templates
    ]
    assert shapes == [
        ("Newsletter", "0 9 * * 1", 14, 15),
        ("Social media week", "0 9 * * 5", 3, 5),
        ("Monthly tax report", "0 9 1 * *", 0, 9),
    ]
    newsletter = duties.templates[0]
    assert {step.assignee_id for step in newsletter.task_definitions} == {None, "writer"}
    assert newsletter.default_assignee_id == "ops"
    stages = [step.stage_on_complete for step in newsletter.task_definitions if step.stage_on_complete]
    assert stages == ["announced", "after-event", "done"]
    again = standard_duties(People(), enabled=False)
    assert [one.id for one in again.recurring] == [one.id for one in duties.recurring]
    assert not any(one.enabled for one in again.recurring)
