"""Progress and risk of a run, from its tasks."""

import datetime as dt
from typing import Any

import pytest

from services.work.domain.risk import progress

NOW = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
TODAY = NOW.date()


def task(id: str, date: str, **fields: Any) -> dict[str, Any]:
    overdue_from = (dt.date.fromisoformat(date) + dt.timedelta(days=1)).isoformat()
    return {"_id": id, "status": "todo", "date": date, "overdue_from": overdue_from, "missing": []} | fields


@pytest.mark.requirement("R-BUN-1")
def test_done_total_waiting_follow_ups_and_the_next_step_are_counted() -> None:
    found = progress(
        [
            task("a", "2028-02-01", status="done"),
            task("b", "2028-02-01"),
            task("c", "2028-02-05", status="waiting", follow_up_due_at=NOW),
            task("d", "2028-02-04", status="waiting", follow_up_due_at=NOW + dt.timedelta(days=1)),
            task("e", "2028-01-01", status="archived", missing=["file"]),
        ],
        today=TODAY,
        now=NOW,
    )
    assert (found.done, found.total, found.overdue) == (1, 4, 1)
    assert (found.waiting, found.follow_ups_due, found.next_id) == (2, 1, "b")
    assert found.missing == []


@pytest.mark.requirement("R-BUN-2")
@pytest.mark.parametrize(
    ("date", "fields", "missing"),
    [
        ("2028-02-02", {}, ["file"]),
        ("2028-02-02", {"status": "waiting"}, ["file"]),
        ("2028-02-03", {}, []),
        ("2028-02-03", {"completion_refused_at": NOW}, ["file"]),
        ("2028-02-03", {"status": "waiting", "completion_refused_at": NOW}, ["file"]),
        ("2028-02-02", {"status": "done"}, []),
        ("2028-02-02", {"status": "archived", "completion_refused_at": NOW}, []),
    ],
)
def test_proof_is_missing_once_it_is_due_or_was_asked_for(
    date: str, fields: dict[str, Any], missing: list[str]
) -> None:
    assert progress([task("a", date, missing=["file"], **fields)], today=TODAY, now=NOW).missing == missing


def test_a_run_without_tasks_has_nothing_to_do() -> None:
    found = progress([], today=TODAY, now=NOW)
    assert (found.done, found.total, found.next_id) == (0, 0, None)
