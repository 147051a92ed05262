"""What people are told of what happened to a window, and what they are spared."""

import datetime as dt

import pytest
from pydantic import JsonValue, ValidationError

from contracts.values import Trigger
from contracts.views import HistoryRow
from services.notifier.rules import NotificationType, Raise, ResolveFailure, consequences

NINE = dt.datetime(2028, 3, 13, 9, 0, 1, tzinfo=dt.UTC)


def generated_task(trigger: Trigger = Trigger.SCHEDULE, **data: JsonValue) -> HistoryRow:
    return HistoryRow(
        id="row-1",
        recorded_at=NINE,
        at=NINE,
        kind="window.generated",
        task_id="task-1",
        recurring_config_id="slack",
        data={
            "window_id": "recurring:slack:2028-03-13",
            "date": "2028-03-13",
            "trigger": trigger,
            "title": "Handle new Slack invite requests",
            **data,
        },
    )


def generated_run(trigger: Trigger = Trigger.SCHEDULE, **data: JsonValue) -> HistoryRow:
    return HistoryRow(
        id="row-2",
        recorded_at=NINE,
        at=NINE,
        kind="window.generated",
        bundle_id="run-1",
        template_id="newsletter",
        data={
            "window_id": "template:newsletter:2028-02-28",
            "date": "2028-02-28",
            "trigger": trigger,
            "title": "Newsletter",
            "anchor_date": "2028-03-13",
            **data,
        },
    )


def failed(**data: JsonValue) -> HistoryRow:
    return HistoryRow(
        id="row-3",
        recorded_at=NINE,
        at=NINE,
        kind="window.failed",
        recurring_config_id="slack",
        data={
            "window_id": "recurring:slack:2028-03-13",
            "date": "2028-03-13",
            "trigger": "schedule",
            "title": "Handle new Slack invite requests",
            "code": "invalid",
            "message": "The cron expression cannot be read.",
            "attempts": 5,
            **data,
        },
    )


def raised(row: HistoryRow) -> list[Raise]:
    return [one for one in consequences(row) if isinstance(one, Raise)]


@pytest.mark.requirement("R-NOT-2")
def test_a_created_run_is_explained_with_its_template_and_its_date() -> None:
    [told] = raised(generated_run())

    assert told.type == "stage-change"
    assert told.message == "Newsletter: the run for Mar 13, 2028 was created"
    assert (told.bundle_id, told.template_id, told.due_on) == ("run-1", "newsletter", dt.date(2028, 3, 13))
    assert told.user_id is None


def test_the_default_assignee_alone_hears_of_their_run() -> None:
    [told] = raised(generated_run(user_id="valeria"))

    assert told.user_id == "valeria"


def test_a_late_run_says_when_it_should_have_started() -> None:
    [told] = raised(generated_run(Trigger.CATCH_UP, late=True))

    assert told.message.endswith(", late: it was due to start on Feb 28, 2028")


@pytest.mark.requirement("R-NOT-4")
@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.CATCH_UP, Trigger.MANUAL])
def test_a_generated_task_is_announced_to_its_assignee(trigger: Trigger) -> None:
    [told] = raised(generated_task(trigger, user_id="valeria"))

    assert told.type == "recurring-due"
    assert told.message == "Handle new Slack invite requests is due on Mar 13, 2028"
    assert (told.task_id, told.recurring_config_id, told.user_id) == ("task-1", "slack", "valeria")
    assert told.metadata == {"generatedDate": "2028-03-13", "recurringConfigId": "slack"}
    assert told.due_on == dt.date(2028, 3, 13)


@pytest.mark.parametrize("trigger", [Trigger.BACKFILL, Trigger.REPLAY])
def test_who_asked_for_tasks_is_not_told_of_each(trigger: Trigger) -> None:
    assert raised(generated_task(trigger)) == []


@pytest.mark.requirement("R-NOT-3")
def test_a_failure_names_the_duty_the_date_and_the_error_to_everyone() -> None:
    [told] = raised(failed(user_id="valeria"))

    assert told.type == "automation-failure"
    assert told.message == (
        "Handle new Slack invite requests: nothing was generated for Mar 13, 2028. The cron expression cannot be read."
    )
    assert told.user_id is None
    assert told.metadata == {
        "date": "2028-03-13",
        "kind": "recurring",
        "code": "invalid",
        "attempts": 5,
        "recurringConfigId": "slack",
    }


def test_the_same_window_failing_again_for_the_same_reason_is_the_same_cause() -> None:
    [first], [again], [other] = raised(failed()), raised(failed(attempts=6)), raised(failed(code="unexpected"))

    assert first.cause == again.cause
    assert first.cause != other.cause


def test_success_resolves_the_failure_of_its_window() -> None:
    assert ResolveFailure("recurring:slack:2028-03-13") in list(consequences(generated_task(Trigger.REPLAY)))


def test_each_cause_is_of_one_type_and_one_window() -> None:
    causes = {one.cause for row in (generated_task(), generated_run(), failed()) for one in raised(row)}

    assert causes == {
        f"{NotificationType.RECURRING_DUE}:recurring:slack:2028-03-13",
        f"{NotificationType.STAGE_CHANGE}:template:newsletter:2028-02-28",
        f"{NotificationType.AUTOMATION_FAILURE}:recurring:slack:2028-03-13:invalid",
    }


def test_other_changes_are_nobodys_bell() -> None:
    row = HistoryRow(id="row-4", recorded_at=NINE, at=NINE, kind="task.commented", task_id="task-1")

    assert list(consequences(row)) == []


def test_a_row_that_lacks_what_its_kind_promises_is_refused() -> None:
    row = HistoryRow(id="row-5", recorded_at=NINE, at=NINE, kind="window.failed", data={"date": "2028-02-30"})

    with pytest.raises(ValidationError):
        list(consequences(row))
