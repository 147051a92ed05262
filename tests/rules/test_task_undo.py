"""Taking back the last change of a task: whose, how long, and what comes back."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from contracts.tasks import TaskChanges
from contracts.values import TaskStatus
from services.kit.refused import Refused
from services.work.runs.effects import effect_of, taken_back
from services.work.tasks.changes import describe_changes
from services.work.tasks.completing import completed
from services.work.tasks.editing import edited
from services.work.tasks.follow_ups import follow_up_sent, response_received, waiting
from services.work.tasks.proof import MissingProof
from services.work.tasks.states import Change
from services.work.tasks.undoing import WITHIN, refuse_undo_without_proof, undo_record, undone

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
TODO: dict[str, Any] = {
    **{"_id": "t", "version": 3, "description": "Ask", "date": "2028-02-02", "status": "todo", "comment": "[x] Old"},
    **{"created_at": NOW, "source": "manual"},
}


def change(result: Any) -> Change:
    assert isinstance(result, Change), result
    return result


WAITING = change(waiting(TODO, who="Ada", until="2028-02-04", note="Mailed", now=NOW)).after


def row(before: dict[str, Any], made: Change, **fields: Any) -> dict[str, Any]:
    """The history row of a change."""
    data = {"changes": describe_changes(before, made.after), **made.details}
    undo = undo_record(before, made.after, None)
    return {"kind": made.kind, "actor": "olivia", "recorded_at": NOW, "data": data, "undo": undo} | fields


def comment(text: str) -> TaskChanges:
    return TaskChanges(comment=text)


DONE = {**TODO, "status": "done", "completed_at": NOW, "completed_by": "ben", "missing": ["file"]}
REFUSED = {**TODO, "completion_refused_at": NOW, "missing": ["file"], "requires_file": True}


@pytest.mark.requirement("R-HOM-4")
@pytest.mark.parametrize(
    ("before", "made"),
    [
        (TODO, waiting(TODO, who="Ada", until="2028-02-04", note="Mailed", now=NOW)),
        ({**TODO, "comment": ""}, waiting({**TODO, "comment": ""}, who="Ada", until="2028-02-04", note="x", now=NOW)),
        (TODO, completed(TODO, link="https://example.org", comment="Sent", actor="olivia", now=NOW)),
        (WAITING, completed(WAITING, actor="olivia", now=NOW)),
        (WAITING, follow_up_sent(WAITING, until="2028-02-09", channel="mail", note=None, now=NOW)),
        (WAITING, response_received(WAITING, note="Yes", now=NOW)),
        (TODO, edited(TODO, TaskChanges(date=dt.date(2028, 3, 1), assignee_id="ben"), actor="olivia", now=NOW)),
        (DONE, edited(DONE, TaskChanges(status=TaskStatus.ARCHIVED), actor="olivia", now=NOW)),
        (DONE, edited(DONE, comment("[x] Old\n\n\nnew"), actor="olivia", now=NOW)),
        (TODO, edited(TODO, comment("another"), actor="olivia", now=NOW)),
        (
            {**TODO, "comment": "Old\n"},
            edited({**TODO, "comment": "Old\n"}, comment("Old\nx"), actor="olivia", now=NOW),
        ),
        ({**TODO, "tags": []}, edited({**TODO, "tags": []}, TaskChanges(tags=["a"]), actor="olivia", now=NOW)),
        (
            {**TODO, "link": ""},
            edited({**TODO, "link": ""}, TaskChanges(link="https://a.org"), actor="olivia", now=NOW),
        ),
        (REFUSED, edited(REFUSED, TaskChanges(requires_file=False), actor="olivia", now=NOW)),
    ],
)
def test_a_task_is_as_it_was(before: dict[str, Any], made: Any) -> None:
    made = change(made)
    made = replace(made, after={**made.after, "overdue_from": "2028-02-09", "late_run": False})
    back = change(undone(made.after, row(before, made), actor="olivia", wall=NOW + WITHIN))
    assert back.after == before
    assert (back.kind, back.details) == ("task.undone", {"undone": made.kind})


@pytest.mark.requirement("R-HOM-4")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"actor": "ben"}, "only your own last change"),
        ({"kind": "task.undone"}, "only your own last change"),
        ({"kind": "task.created"}, "only your own last change"),
        ({"recorded_at": NOW - dt.timedelta(seconds=1)}, "Too late to undo"),
    ],
)
def test_only_ones_own_and_only_for_a_moment(fields: dict[str, Any], words: str) -> None:
    made = change(completed(TODO, actor="olivia", now=NOW))
    with pytest.raises(Refused, match=words):
        undone(made.after, row(TODO, made, **fields), actor="olivia", wall=NOW + WITHIN)
    with pytest.raises(Refused, match="only your own last change"):
        undone(made.after, None, actor="olivia", wall=NOW)


@pytest.mark.requirement("R-TSK-4")
def test_undo_without_proof_names_only_what_was_there() -> None:
    link, file = MissingProof("link", "", "link"), MissingProof("file", "", "file")
    with pytest.raises(Refused) as raised:
        refuse_undo_without_proof({"missing": ["file"]}, [link, file])
    assert (raised.value.refusal.code, raised.value.refusal.missing) == ("conflict", ["link"])
    refuse_undo_without_proof({"missing": ["file"]}, [file])


@pytest.mark.requirement("R-TSK-5")
@pytest.mark.parametrize("empty", [{"url": ""}, {}], ids=["empty-address", "no-address"])
def test_of_the_run_only_what_nobody_has_changed_since_is_taken_back(empty: dict[str, str]) -> None:
    before = [{"name": "Luma", **empty, "hint": "x"}, {"name": "Zoom", "url": "https://lu.ma"}]
    links = [{**before[0], "url": "https://lu.ma"}, before[1]]
    was: dict[str, Any] = {"_id": "r", "stage": "preparation", "bundle_links": before}
    made = effect_of(was, {"bundle_links": links, "stage": "announced"})
    assert made is not None
    effect, run = made.as_document(), {**was, "stage": "announced", "bundle_links": links}
    assert taken_back(run, effect) == {"stage": "preparation", "bundle_links": before}
    assert taken_back({**run, "stage": "event"}, effect) == {"bundle_links": before}
    other = {**run, "bundle_links": [{"name": "Luma", "url": "https://x"}]}
    assert taken_back(other, effect) == {"stage": "preparation"}
    assert effect_of(was, {}) is None
