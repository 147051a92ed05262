"""What people are told of what happened to a window, and what they are spared."""

import datetime as dt

import pytest
from pydantic import JsonValue, ValidationError

from contracts.history import HistoryRow
from contracts.transfer.export_records import Entity
from contracts.values import Trigger
from services.exports.entities import SHAPES
from services.notifier.notices import NewNotification, NotificationType
from services.notifier.rules import consequences

NINE = dt.datetime(2028, 3, 13, 9, 0, 1, tzinfo=dt.UTC)


@pytest.mark.requirement("R-NOT-1")
def test_the_export_format_knows_every_notification_type() -> None:
    known = SHAPES[Entity.NOTIFICATIONS].fields["notification_type"].check
    assert {one: known(one.value) for one in NotificationType} == dict.fromkeys(NotificationType)


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


def incident(name: str, **data: JsonValue) -> HistoryRow:
    return HistoryRow(
        id="row-3",
        recorded_at=NINE,
        at=NINE,
        kind="incident.reported",
        data={
            "incident": name,
            "since": "2028-03-10T09:00:00+01:00",
            "until": "2028-03-13T08:30:00+01:00",
            "made_late": 0,
            "missed": 0,
            **data,
        },
    )


def raised(row: HistoryRow) -> list[NewNotification]:
    return list(consequences(row))


@pytest.mark.requirement("R-NOT-2")
def test_a_created_run_is_explained_with_its_template_and_its_date() -> None:
    [notification] = raised(generated_run())

    assert notification.type == "stage-change"
    assert notification.message == "Newsletter: the workflow for Mon 13 Mar 2028 was created"
    assert (notification.bundle_id, notification.template_id, notification.due_at) == (
        "run-1",
        "newsletter",
        "2028-03-13",
    )
    assert notification.user_id is None


def test_the_default_assignee_alone_hears_of_their_run() -> None:
    [notification] = raised(generated_run(user_id="valeria"))

    assert notification.user_id == "valeria"


def test_a_late_run_says_when_it_should_have_started() -> None:
    [notification] = raised(generated_run(Trigger.CATCH_UP, late=True))

    assert notification.message.endswith(", late: it was due to start on Mon 28 Feb 2028")


@pytest.mark.requirement("R-NOT-4")
@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.MANUAL])
def test_a_generated_task_is_announced_to_its_assignee(trigger: Trigger) -> None:
    [notification] = raised(generated_task(trigger, user_id="valeria"))

    assert notification.type == "recurring-due"
    assert notification.message == "Handle new Slack invite requests is due on Mon 13 Mar 2028"
    assert (notification.task_id, notification.recurring_config_id, notification.user_id) == (
        "task-1",
        "slack",
        "valeria",
    )
    assert notification.metadata == {"generatedDate": "2028-03-13", "recurringConfigId": "slack"}
    assert notification.due_at == "2028-03-13"


@pytest.mark.parametrize("trigger", [Trigger.BACKFILL, Trigger.REPLAY])
def test_who_asked_for_tasks_is_not_told_of_each(trigger: Trigger) -> None:
    assert raised(generated_task(trigger)) == []


@pytest.mark.requirement("R-REL-1")
def test_tasks_made_late_are_told_of_together_and_not_one_by_one() -> None:
    assert raised(generated_task(Trigger.CATCH_UP, late=True)) == []


@pytest.mark.requirement("R-REL-1")
@pytest.mark.parametrize(
    ("made_late", "missed", "severity", "words"),
    [
        (4, 0, "warning", "Created late, with the original date: 4 scheduled dates."),
        (1, 0, "warning", "Created late, with the original date: 1 scheduled date."),
        (
            7,
            3,
            "critical",
            "Created late, with the original date: 7 scheduled dates. "
            "Missed, as older than the catch-up horizon: 3 scheduled dates. Backfill them.",
        ),
    ],
)
def test_an_outage_is_told_to_everyone_in_one_notification(
    made_late: int, missed: int, severity: str, words: str
) -> None:
    [notification] = raised(incident("outage", made_late=made_late, missed=missed))

    assert notification.type == "automation-failure"
    assert (
        notification.message
        == f"The scheduler did not run from Fri 10 Mar 2028 09:00 to Mon 13 Mar 2028 08:30. {words}"
    )
    assert (notification.severity, notification.user_id) == (severity, None)


def test_an_outage_into_which_no_scheduled_date_fell_is_nobodys_bell() -> None:
    assert raised(incident("outage")) == []


@pytest.mark.requirement("R-REL-3")
def test_notice_of_clock_that_went_back_says_what_follows() -> None:
    [notification] = raised(incident("clock-went-back"))

    assert notification.message == (
        "The clock went back from Mon 13 Mar 2028 08:30 to Fri 10 Mar 2028 09:00. What was due up to "
        "Mon 13 Mar 2028 08:30 may have been generated early; from now on each date comes when it is due. "
        "Check the clock of the scheduler's machine."
    )


def test_notice_of_unrecorded_dates_counts_what_came_late() -> None:
    [notification] = raised(incident("windows-lost", made_late=3))

    assert notification.message == (
        "Scheduled dates between Fri 10 Mar 2028 09:00 and Mon 13 Mar 2028 08:30 had no record. "
        "Created late, with the original date: 3 scheduled dates."
    )


def test_deleted_streams_are_told_with_their_names() -> None:
    [notification] = raised(incident("streams-deleted", names=["stream WINDOWS", "consumer work"]))

    assert notification.message == (
        "Deleted from the message broker, and created again on Fri 10 Mar 2028 09:00: stream WINDOWS, consumer work. "
        "Scheduled dates without a result are published again."
    )


@pytest.mark.requirement("R-GEN-5")
def test_notice_of_changed_timezone_names_both() -> None:
    zones = {"before": "UTC (zone data 2026e)", "after": "Europe/Berlin (zone data 2026f)"}
    [notification] = raised(incident("timezone-changed", **zones))

    assert notification.message.startswith(f"The timezone changed from {zones['before']} to {zones['after']}.")


def test_the_same_outage_recorded_twice_is_one_cause_and_another_one_is_not() -> None:
    [first], [again] = raised(incident("outage", made_late=1)), raised(incident("outage", made_late=2))
    [other] = raised(incident("outage", made_late=1, until="2028-03-14T08:30:00+01:00"))

    assert first.cause == again.cause != other.cause


@pytest.mark.requirement("R-NOT-1")
def test_a_stage_move_names_the_run_and_both_stages() -> None:
    row = HistoryRow(
        id="row-7",
        recorded_at=NINE,
        at=NINE,
        kind="bundle.stage_changed",
        bundle_id="run-1",
        data={"from": "preparation", "to": "announced", "title": "Newsletter"},
    )

    [notification] = raised(row)

    assert (notification.type, notification.bundle_id) == ("stage-change", "run-1")
    assert notification.message == "Newsletter moved from preparation to announced"


@pytest.mark.requirement("R-EXP-3")
def test_a_secret_in_what_people_wrote_is_not_repeated_by_a_notification() -> None:
    [notification] = consequences(generated_task(title="Sign in with pass" + "word: hunter2"))
    assert "hunter2" not in notification.message
    assert notification.message.startswith("Sign in with password: [redacted]")


def test_each_cause_is_of_one_type_and_one_window() -> None:
    causes = {one.cause for row in (generated_task(), generated_run()) for one in raised(row)}

    assert causes == {
        f"{NotificationType.RECURRING_DUE}:recurring:slack:2028-03-13",
        f"{NotificationType.STAGE_CHANGE}:template:newsletter:2028-02-28",
    }


def test_other_changes_are_nobodys_bell() -> None:
    row = HistoryRow(id="row-4", recorded_at=NINE, at=NINE, kind="task.commented", task_id="task-1")

    assert list(consequences(row)) == []


def test_a_row_that_lacks_what_its_kind_promises_is_refused() -> None:
    row = HistoryRow(id="row-5", recorded_at=NINE, at=NINE, kind="window.generated", data={"date": "2028-02-30"})

    with pytest.raises(ValidationError):
        list(consequences(row))
