"""Waiting, follow-ups, and when a task counts as late."""

import datetime as dt
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.fields.task import COMMENT_LIMIT
from contracts.tasks import CreateTask, TaskChanges
from services.kit.refused import Refused
from services.work.tasks.comments import commented
from services.work.tasks.editing import created, edited, settle_task
from services.work.tasks.follow_ups import due_instant, follow_up_sent, response_received, snoozed, waiting
from services.work.tasks.states import Change

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
STAMP = "[2028-02-02T09:00:00.000Z] "


def new_task(**fields: Any) -> dict[str, Any]:
    change = created(CreateTask.model_validate({"description": "Ask", "date": "2028-02-02", **fields}), NOW)
    return settle_task(None, change.after, now=NOW, zone=BERLIN)


def after(change: Change) -> dict[str, Any]:
    return change.after


@pytest.mark.requirement("R-TSK-2")
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2028-02-04", "2028-02-03T23:00:00+00:00"),
        ("2028-07-04", "2028-07-03T22:00:00+00:00"),
        ("2028-02-04T10:00:00.000Z", "2028-02-04T10:00:00+00:00"),
        ("2028-02-04T10:00+02:00", "2028-02-04T08:00:00+00:00"),
    ],
)
def test_a_date_is_due_at_local_midnight_and_an_instant_then(text: str, instant: str) -> None:
    assert due_instant(text, BERLIN) == dt.datetime.fromisoformat(instant)
    assert new_task(followUpAt=text)["follow_up_due_at"] == dt.datetime.fromisoformat(instant)
    assert due_instant("", BERLIN) is None


@pytest.mark.requirement("R-TSK-3")
def test_each_event_adds_its_line_and_moves_the_task_as_it_says() -> None:
    task = after(waiting(new_task(), who="Acme", until="2028-02-04", note="Mailed Ada", now=NOW))
    task = after(follow_up_sent(task, until="2028-02-07", channel=None, note=None, now=NOW))
    assert (task["status"], task["follow_up_at"], task["waiting_for"]) == ("waiting", "2028-02-07", "Acme")
    task = after(snoozed(task, until="2028-02-09", reason="Away", now=NOW))
    assert (task["status"], task["follow_up_at"]) == ("waiting", "2028-02-09")
    task = after(response_received(task, note=None, now=NOW))
    assert (task["status"], task["follow_up_at"], task["waiting_for"]) == ("todo", "2028-02-09", "Acme")
    assert task["comment"].split("\n") == [
        f"{STAMP}Waiting for Acme; next follow-up 2028-02-04: Mailed Ada",
        f"{STAMP}Follow-up sent; next follow-up 2028-02-07",
        f"{STAMP}Snoozed; next follow-up 2028-02-09: Away",
        f"{STAMP}Response received",
    ]


@pytest.mark.requirement("R-TSK-3")
def test_follow_ups_belong_to_waiting_tasks() -> None:
    task = new_task()
    for follow_up in (
        partial(follow_up_sent, task, until="2028-02-07", channel=None, note=None, now=NOW),
        partial(snoozed, task, until="2028-02-07", reason="x", now=NOW),
        partial(response_received, task, note=None, now=NOW),
    ):
        with pytest.raises(Refused) as raised:
            follow_up()
        assert raised.value.refusal.code == "conflict"
    again = after(waiting(task, who="Acme", until="2028-02-04", note="x", now=NOW))
    with pytest.raises(Refused, match="already waiting"):
        waiting(again, who="Bolt", until="2028-02-05", note="y", now=NOW)


def test_a_comment_that_is_full_takes_no_more() -> None:
    with pytest.raises(Refused) as raised:
        commented(new_task(comment="A" * (COMMENT_LIMIT - 30)), "one more", NOW)
    assert list(raised.value.refusal.fields) == ["comment"]


@pytest.mark.requirement("R-TSK-2")
def test_who_begins_to_wait_says_why_in_new_words() -> None:
    task = new_task(comment="Asked", waitingFor="Acme", followUpAt="2028-02-04")
    for said in ({}, {"comment": "Asked"}, {"comment": " "}):
        sent = TaskChanges.model_validate({"status": "waiting", **said})
        with pytest.raises(Refused) as raised:
            edited(task, sent, actor=None, now=NOW)
        assert list(raised.value.refusal.fields) == ["comment"]
    changes = TaskChanges.model_validate({"status": "waiting", "comment": "Asked again"})
    assert after(edited(task, changes, actor=None, now=NOW))["status"] == "waiting"


@pytest.mark.requirement("R-HOM-3")
def test_a_new_date_says_anew_from_when_a_task_is_late() -> None:
    task = new_task()
    assert (task["date"], task["overdue_from"]) == ("2028-02-02", "2028-02-03")
    for date, late in [("2028-02-28", "2028-02-29"), ("2028-01-30", "2028-01-31")]:
        moved = after(edited(task, TaskChanges.model_validate({"date": date}), actor=None, now=NOW))
        assert settle_task(task, moved, now=NOW, zone=BERLIN)["overdue_from"] == late


@pytest.mark.requirement("R-HOM-3")
def test_a_late_step_of_a_run_is_spared_on_the_first_day_only() -> None:
    step = {**new_task(), "date": "2028-01-30", "overdue_from": "2028-02-03", "late_run": True}
    earlier = after(edited(step, TaskChanges.model_validate({"date": "2028-01-31"}), actor=None, now=NOW))
    today = settle_task(step, earlier, now=NOW, zone=BERLIN)
    assert (today["overdue_from"], today["late_run"]) == ("2028-02-03", True)
    tomorrow = settle_task(step, earlier, now=NOW + dt.timedelta(days=1), zone=BERLIN)
    assert (tomorrow["overdue_from"], tomorrow["late_run"]) == ("2028-02-01", False)
    unchanged = settle_task(step, {**step, "description": "x"}, now=NOW + dt.timedelta(days=1), zone=BERLIN)
    assert (unchanged["overdue_from"], unchanged["late_run"]) == ("2028-02-03", True)
