"""The moves of a task, and what its history calls them."""

import datetime as dt
from typing import Any

import pytest

from contracts.values import TaskStatus
from services.kit.refused import Refused
from services.work.runs.effects import filled_links, next_stage
from services.work.tasks.changes import describe_changes
from services.work.tasks.completing import completed, reopened, unproven
from services.work.tasks.proof import Proof
from services.work.tasks.states import Change, kind_of, move_task

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
LEGAL = {
    ("todo", "waiting"): "task.waiting",
    ("waiting", "todo"): "task.updated",
    ("todo", "done"): "task.completed",
    ("waiting", "done"): "task.completed",
    ("done", "todo"): "task.reopened",
    ("todo", "archived"): "task.archived",
    ("waiting", "archived"): "task.archived",
    ("done", "archived"): "task.archived",
    ("archived", "todo"): "task.restored",
}


def task(status: str = "todo", **fields: Any) -> dict[str, Any]:
    return {"_id": "t", "status": status, "version": 1, "date": "2028-02-02", **fields}


@pytest.mark.requirement("R-TSK-1")
@pytest.mark.parametrize("at", list(TaskStatus))
@pytest.mark.parametrize("to", list(TaskStatus))
def test_a_task_makes_these_moves_and_no_other(at: TaskStatus, to: TaskStatus) -> None:
    if at is to:
        assert move_task(task(at), to, actor="ben", now=NOW) == task(at)
    elif (at, to) in LEGAL:
        after = move_task(task(at), to, actor="ben", now=NOW)
        assert (after["status"], kind_of(task(at), after)) == (to, LEGAL[at, to])
    else:
        with pytest.raises(Refused) as raised:
            move_task(task(at), to, actor="ben", now=NOW)
        assert raised.value.refusal.code == "conflict"


@pytest.mark.requirement("R-TSK-4")
def test_only_entering_done_stamps_and_only_leaving_it_clears() -> None:
    done = move_task(task(), TaskStatus.DONE, actor="ben", now=NOW)
    assert done == task("done", completed_at=NOW, completed_by="ben")
    assert move_task(task("done", completed_at=1), TaskStatus.DONE, actor="eve", now=NOW) == task(
        "done", completed_at=1
    )
    assert move_task(task("done", completed_at=1, completed_by="ben"), TaskStatus.TODO, actor="eve", now=NOW) == task()


@pytest.mark.requirement("R-TSK-6")
def test_reopening_what_is_open_changes_nothing_and_what_is_archived_is_refused() -> None:
    assert reopened(task(), now=NOW) is None
    assert reopened(task("waiting"), now=NOW) is None
    with pytest.raises(Refused, match="restore it instead"):
        reopened(task("archived"), now=NOW)
    assert reopened(task("done"), now=NOW) == Change(task(), "task.reopened")


def test_completing_twice_changes_nothing_and_proof_comes_with_it() -> None:
    assert completed(task("done"), link="https://a.b", actor=None, now=NOW) is None
    change = completed(task(comment="before"), link="https://a.b", comment="two\nlines", actor=None, now=NOW)
    assert isinstance(change, Change)
    assert change.after["link"] == "https://a.b"
    assert change.after["comment"] == "before\n[2028-02-02T09:00:00.000Z] two lines"


@pytest.mark.requirement("R-TSK-1")
def test_a_requirement_dropped_with_the_completion_still_counts() -> None:
    before = task(required_link_name="LinkedIn")
    assert [missing.item for missing in unproven(before, task("done"), Proof())] == ["LinkedIn URL"]
    assert unproven(before, task("done", link="https://a.b"), Proof()) == []
    assert unproven(before, task("todo"), Proof()) == []
    waiver = {"skipClosure": {"allowedStatuses": ["skip"]}}
    excused = task("done", required_link_name="LinkedIn", validation=waiver, comment="skip")
    assert [missing.item for missing in unproven(before, excused, Proof())] == ["LinkedIn URL"]
    assert unproven({**before, "validation": waiver}, excused, Proof()) == [], "a waiver that was there counts"


@pytest.mark.requirement("R-TSK-1")
def test_proof_of_a_done_task_stays_but_what_it_lacked_before_is_left_in_peace() -> None:
    old = task("done", required_link_name="LinkedIn", requires_file=True)
    assert unproven(old, {**old, "description": "x"}, Proof(), Proof()) == []
    proven = {**old, "link": "https://a.b"}
    assert [missing.item for missing in unproven(proven, old, Proof(), Proof())] == ["LinkedIn URL"]


@pytest.mark.requirement("R-TSK-5")
@pytest.mark.parametrize(
    ("stage", "reached"),
    [("preparation", "after-event"), ("announced", "after-event"), ("after-event", None), ("done", None)],
)
def test_a_milestone_moves_the_run_forward_only(stage: str, reached: str | None) -> None:
    milestone = {"stage_on_complete": "after-event"}
    assert next_stage({"stage": stage}, task(**milestone), task("done", **milestone)) == reached
    assert next_stage({"stage": stage}, task("done", **milestone), task("done", **milestone)) is None
    assert next_stage({"stage": stage}, task(), task("done")) is None


@pytest.mark.requirement("R-TSK-5")
def test_a_required_link_fills_the_empty_one_of_its_name_and_overwrites_none() -> None:
    run = {"bundle_links": [{"name": "X", "url": ""}, {"name": "LinkedIn", "url": ""}]}
    linked = task(required_link_name="LinkedIn", link="https://a.b")
    filled = filled_links(run, linked)
    assert filled == [{"name": "X", "url": ""}, {"name": "LinkedIn", "url": "https://a.b"}]
    assert filled_links({"bundle_links": filled}, {**linked, "link": "https://c.d"}) is None
    assert filled_links({}, linked) is None
    assert filled_links(run, task(link="https://a.b")) is None


@pytest.mark.requirement("R-TSK-3")
def test_history_says_each_change_and_of_a_longer_comment_only_what_was_added() -> None:
    before = task(comment="a", assignee_id="ben", missing=["file"])
    after = task("done", comment="a\nb", tags=["x"], missing=[], completed_at=NOW)
    assert describe_changes(before, after) == {
        "assigneeId": {"from": "ben"},
        "comment": {"added": "b"},
        "status": {"from": "todo", "to": "done"},
        "tags": {"to": ["x"]},
    }
    assert describe_changes(before, {**before, "comment": "rewritten"}) == {"comment": {"from": "a", "to": "rewritten"}}
