"""Workflows in words, also what this version does not know."""

import datetime as dt
from typing import Any

import pytest

from contracts.history import HistoryRow
from services.portal.formatting.runs import happened, offset, stage
from services.portal.schedules.template_form import label, on_form

NOW = dt.datetime(2028, 2, 2, tzinfo=dt.UTC)
TASKS = {"t": "Send it"}


def row(kind: str, *, task: str | None = None, **data: Any) -> HistoryRow:
    return HistoryRow(id="h", recorded_at=NOW, at=NOW, kind=kind, task_id=task, data=data)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row("bundle.created"), "Started by hand"),
        (row("window.generated", trigger="catch-up"), "Started by its schedule"),
        (row("window.generated", trigger="backfill"), "Started for a date range"),
        (row("task.completed", task="t"), "Completed “Send it”"),
        (row("task.completed", task="gone"), "Completed a task that is gone"),
        (row("bundle.link_filled", name="Luma", url="https://lu.ma"), "Filled the link Luma"),
        (row("bundle.link_filled", name="Luma", url=""), "Emptied the link Luma"),
        (row("artifact.created", title="Numbers"), "Added the artifact “Numbers”"),
        (row("bundle.updated", title="T", anchor_date="D"), "Changed title, anchor date"),
        (row("bundle.put_on_ice"), "Bundle put on ice"),
    ],
)
def test_what_happened_to_a_run(one: HistoryRow, words: str) -> None:
    assert happened(one, TASKS) == words


def test_a_move_says_from_where_by_which_milestone_and_why() -> None:
    moved = {"from": "preparation", "to": "after-event"}
    assert happened(row("bundle.stage_changed", **moved), {}) == "Moved from Preparation to After the event"
    assert happened(row("bundle.stage_changed", **moved, task_id="t"), TASKS).endswith("by “Send it”")
    assert happened(row("bundle.stage_changed", **moved, comment="Held early"), TASKS).endswith(": Held early")


def test_offsets_and_stages() -> None:
    assert [offset(days) for days in (-14, -1, 0, 1)] == [
        "14 days before",
        "1 day before",
        "On the anchor date",
        "1 day after",
    ]
    assert [stage(one) for one in ("done", "elsewhere", None)] == ["Done", "elsewhere", ""]


def test_a_refusal_is_named_as_the_editor_names_its_fields() -> None:
    faults = {"taskDefinitions[3].proofRequirement.label": "a", "triggerSchedule": "b", "tags[2]": "c"}
    assert list(on_form(faults)) == ["taskDefinitions[3].proofLabel", "cronExpression", "tags"]
    assert [label(name) for name in on_form(faults)] == ["Task 4, name of the proof", "Schedule", "Tags"]
