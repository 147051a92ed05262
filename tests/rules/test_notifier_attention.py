"""Which notifications open tasks and failures call for, and what a sweep changes for them."""

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.generation import Failure
from contracts.home import AttentionRow
from contracts.values import Kind
from contracts.windows import WindowError
from services.notifier.attention import Attended, called_for_by_failures, called_for_by_tasks
from services.notifier.differences import Standing, differences
from services.notifier.notices import NewNotification
from services.work.tasks.rows import attention_row

NOW = dt.datetime(2028, 3, 13, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = dt.datetime(2028, 1, 1, tzinfo=dt.UTC)


def row(*, days_late: int = 0, **fields: Any) -> AttentionRow:
    date = TODAY - dt.timedelta(days=days_late)
    values: dict[str, Any] = {"id": "task-1", "description": "Send the report", "date": date, **fields}
    return AttentionRow(days_late=days_late, **values)


def called_for(
    *,
    follow_ups: list[AttentionRow] | None = None,
    due: list[AttentionRow] | None = None,
    overdue: list[AttentionRow] | None = None,
) -> list[NewNotification]:
    attended = Attended(follow_ups=follow_ups or [], due_today=due or [], overdue=overdue or [])
    return list(called_for_by_tasks(attended, NOW))


def failure(*dates: int, since: dt.datetime = NOW, code: str = "invalid_cron") -> Failure:
    return Failure(
        kind=Kind.RECURRING,
        source_id="slack",
        title="Handle Slack invites",
        error=WindowError(code=code, message="The cron expression cannot be read."),
        dates=[dt.date(2028, 3, day) for day in dates],
        windows=len(dates),
        attempts=len(dates),
        since=since,
        last_at=NOW,
    )


def standing(raised: NewNotification, id: str = "n-1") -> Standing:
    return Standing(id=id, cause=raised.cause, message=raised.message, user_id=raised.user_id, metadata=raised.metadata)


@pytest.mark.requirement("R-NOT-1")
def test_a_task_due_today_is_told_to_its_assignee() -> None:
    [notification] = called_for(due=[row(assignee_id="valeria", bundle_id="run-1")])

    assert (notification.type, notification.severity, notification.message) == (
        "task-due",
        "info",
        "Send the report is due on Mon 13 Mar 2028",
    )
    assert (notification.user_id, notification.task_id, notification.bundle_id, notification.due_at) == (
        "valeria",
        "task-1",
        None,
        "2028-03-13",
    )


@pytest.mark.requirement("R-NOT-4")
def test_a_generated_recurring_task_was_announced_when_it_was_made_and_is_not_due_twice() -> None:
    assert called_for(due=[row(recurring=True)]) == []


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.parametrize(
    ("days_late", "threshold", "severity"),
    [(1, "1", "warning"), (2, "1", "warning"), (3, "3", "warning"), (6, "3", "warning"), (7, "7", "critical")],
)
def test_overdue_is_told_at_one_three_and_seven_days(days_late: int, threshold: str, severity: str) -> None:
    [notification] = called_for(overdue=[row(days_late=days_late)])

    assert (notification.type, notification.severity) == ("task-overdue", severity)
    assert notification.cause.rpartition(":")[2] == threshold
    assert notification.message.startswith("Send the report is overdue")


def test_a_new_threshold_takes_the_place_of_the_older_one() -> None:
    [yesterday] = called_for(overdue=[row(days_late=2, date=TODAY)])
    [today] = called_for(overdue=[row(days_late=3, date=TODAY)])

    found = differences([standing(yesterday)], [today])

    assert (found.resolved, found.raised) == (["n-1"], [today])


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.parametrize(
    ("fields", "days_late", "made_late"),
    [
        ({}, 10, False),
        ({"created_at": NOW}, 10, False),  # a person enters an old task
        ({"recurring_config_id": "slack"}, 10, False),
        ({"recurring_config_id": "slack", "created_at": NOW}, 0, True),
        ({"recurring_config_id": "slack", "created_at": NOW - dt.timedelta(days=1)}, 1, True),
        ({"template_id": "letter", "created_at": NOW, "overdue_from": "2028-03-14", "late_run": True}, 0, True),
        ({"template_id": "letter", "created_at": NOW - dt.timedelta(days=3)}, 3, True),
        # opened after midnight of its date, where a clock change skips the end of the day
        ({"recurring_config_id": "slack", "created_at": NOW, "overdue_from": "2028-03-14"}, 0, False),
        ({"overdue_from": "soon"}, 0, False),
        ({"overdue_from": None, "description": 7, "missing": "much"}, 0, False),
    ],
)
def test_attention_row_counts_from_when_it_could_be_done(
    fields: dict[str, Any], days_late: int, made_late: bool
) -> None:
    due = TODAY - dt.timedelta(days=10)
    stored = {
        "_id": "task-1",
        "description": "Send the report",
        "date": due.isoformat(),
        "overdue_from": (due + dt.timedelta(days=1)).isoformat(),
        "created_at": LONG_AGO,
        **fields,
    }
    row = attention_row(stored, today=TODAY, zone=BERLIN)
    assert (row.days_late, row.made_late) == (days_late, made_late)
    assert (row.id, row.date, row.recurring) == ("task-1", due, "recurring_config_id" in fields)


def test_what_was_made_late_lacks_proof_from_the_day_after() -> None:
    assert [one.type for one in called_for(due=[row(missing=["file"], made_late=True)])] == ["task-due"]
    assert called_for(overdue=[row(missing=["file"], made_late=True)]) == []
    late = called_for(overdue=[row(missing=["file"], made_late=True, days_late=1)])
    assert [one.type for one in late] == ["task-overdue", "missing-evidence"]


@pytest.mark.requirement("R-NOT-1")
def test_a_follow_up_that_is_due_says_whom_it_waits_for_and_is_for_everyone() -> None:
    waiting = row(waiting_for="the sponsor", follow_up_at="2028-03-12", assignee_id="valeria")

    [notification] = called_for(follow_ups=[waiting])

    assert (notification.type, notification.message) == (
        "follow-up-due",
        "Follow up on Send the report: waiting for the sponsor",
    )
    assert (notification.due_at, notification.user_id, notification.task_id) == ("2028-03-12", None, "task-1")


def test_a_new_follow_up_date_is_a_new_cause() -> None:
    [first] = called_for(follow_ups=[row(follow_up_at="2028-03-12")])
    [second] = called_for(follow_ups=[row(follow_up_at="2028-03-13")])

    assert first.cause != second.cause


@pytest.mark.requirement("R-NOT-1")
def test_proof_is_missing_once_a_task_and_only_once_it_is_due() -> None:
    due, late = row(missing=["LinkedIn URL"]), row(missing=["LinkedIn URL"], days_late=1)

    [_, at_first] = called_for(due=[due])
    [_, later] = called_for(overdue=[late])

    assert at_first.cause == later.cause
    assert at_first.message == "Send the report is due. Missing: LinkedIn URL"
    assert called_for(follow_ups=[row(missing=["LinkedIn URL"], follow_up_at="2028-03-12")])[0].type == "follow-up-due"


@pytest.mark.requirement("R-NOT-3")
def test_one_alert_names_the_dates_of_a_failing_schedule() -> None:
    [one] = called_for_by_failures([failure(13)], NOW)
    [three] = called_for_by_failures([failure(12, 13, 11)], NOW)

    assert one.message == (
        "Handle Slack invites: nothing was generated for Mon 13 Mar 2028. The cron expression cannot be read."
    )
    assert three.message == (
        "Handle Slack invites: nothing was generated for 3 dates, Sat 11 Mar 2028 to Mon 13 Mar 2028. "
        "The cron expression cannot be read."
    )
    assert three.severity == "critical"
    assert three.metadata is not None
    assert three.metadata["dates"] == ["2028-03-11", "2028-03-12", "2028-03-13"]
    assert three.recurring_config_id == "slack"


@pytest.mark.requirement("R-NOT-3")
def test_the_same_failure_each_day_stays_one_alert_also_when_its_first_date_is_repaired() -> None:
    [first] = called_for_by_failures([failure(12)], NOW)
    [more] = called_for_by_failures([failure(12, 13)], NOW)
    [other_start] = called_for_by_failures([failure(13, since=NOW + dt.timedelta(days=1))], NOW)

    for later in (more, other_start):
        found = differences([standing(first)], [later])
        assert (found.raised, found.resolved, found.reworded) == ([], [], {"n-1": later})


def test_a_failure_after_the_last_one_was_resolved_is_a_new_cause_and_another_code_an_alert_of_its_own() -> None:
    first, later, other = called_for_by_failures(
        [failure(12), failure(13, since=NOW + dt.timedelta(days=1)), failure(12, code="unexpected")], NOW
    )

    assert len({first.cause, later.cause, other.cause}) == 3
    assert differences([standing(first)], [first, other]).raised == [other]


def test_what_an_outage_left_unmade_is_told_by_the_digest_alone() -> None:
    missed = failure(1, 2).model_copy(update={"kind": None, "source_id": None})

    assert list(called_for_by_failures([missed], NOW)) == []


def test_of_two_alerts_that_two_notifiers_raised_one_stays() -> None:
    [alert] = called_for_by_failures([failure(12)], NOW)
    twin = replace(alert, cause=f"{alert.cause}0")

    found = differences([standing(alert, "n-1"), standing(twin, "n-2")], [alert])

    assert (found.raised, found.resolved, found.reworded) == ([], ["n-2"], {})


def test_a_sweep_that_finds_all_as_it_is_changes_nothing() -> None:
    wanted = [*called_for(due=[row(missing=["file"])]), *called_for_by_failures([failure(12)], NOW)]

    found = differences([standing(one, f"n-{number}") for number, one in enumerate(wanted)], wanted)

    assert (found.raised, found.resolved, found.reworded) == ([], [], {})
