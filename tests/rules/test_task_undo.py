"""Taking back the last change of a task: whose, how long, and what comes back."""

import datetime as dt
from typing import Any

import pytest

from contracts.subjects import Refused
from contracts.task_commands import TaskChanges
from services.work.domain.completing import completed
from services.work.domain.follow_ups import follow_up_sent, response_received, waiting
from services.work.domain.run_effects import taken_back
from services.work.domain.task_editing import edited
from services.work.domain.task_history import told
from services.work.domain.task_states import Change
from services.work.domain.undoing import WITHIN, undone

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
    data = {"changes": told(before, made.after), **made.said}
    return {"kind": made.kind, "actor": "olivia", "recorded_at": NOW, "data": data} | fields


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
    ],
)
def test_a_task_is_as_it_was(before: dict[str, Any], made: Any) -> None:
    made = change(made)
    back = change(undone(made.after, row(before, made), [], actor="olivia", wall=NOW + WITHIN))
    assert back.after == before
    assert (back.kind, back.said) == ("task.undone", {"undone": made.kind})


@pytest.mark.requirement("R-HOM-4")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"actor": "ben"}, "another one"),
        ({"kind": "task.undone"}, "another one"),
        ({"kind": "task.created"}, "another one"),
        ({"recorded_at": NOW - dt.timedelta(seconds=1)}, "ten seconds"),
    ],
)
def test_only_ones_own_and_only_for_a_moment(fields: dict[str, Any], words: str) -> None:
    made = change(completed(TODO, actor="olivia", now=NOW))
    refused = undone(made.after, row(TODO, made, **fields), [], actor="olivia", wall=NOW + WITHIN)
    assert isinstance(refused, Refused)
    assert words in refused.message
    assert isinstance(undone(made.after, None, [], actor="olivia", wall=NOW), Refused)


@pytest.mark.requirement("R-TSK-5")
def test_of_the_run_only_what_nobody_has_changed_since_is_taken_back() -> None:
    effects = [
        {"kind": "bundle.link_filled", "data": {"name": "Luma", "url": "https://lu.ma"}},
        {"kind": "bundle.stage_changed", "data": {"from": "preparation", "to": "announced"}},
    ]
    links = [{"name": "Luma", "url": "https://lu.ma", "hint": "x"}, {"name": "Zoom", "url": "https://lu.ma"}]
    emptied = [{"name": "Luma", "url": "", "hint": "x"}, links[1]]
    run: dict[str, Any] = {"stage": "announced", "bundle_links": links}
    assert taken_back(run, effects) == {"stage": "preparation", "bundle_links": emptied}
    assert taken_back({**run, "stage": "event"}, effects) == {"bundle_links": emptied}
    assert taken_back({"stage": "announced", "bundle_links": [{"name": "Luma", "url": "https://x"}]}, effects) == {
        "stage": "preparation"
    }
