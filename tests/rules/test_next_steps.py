"""What a row offers next, and how the history of a task is told."""

import datetime as dt
from typing import Any

import pytest

from contracts.history import HistoryRow
from contracts.tasks import TaskRow
from contracts.values import ProofType
from services.portal.formatting.history import describe_entry
from services.portal.formatting.words import Words, size
from services.portal.tasks.next_steps import further_steps, next_step, proof_label, second_step, turn
from tests.builders import NOW, row


def seen(row: TaskRow, **fields: Any) -> TaskRow:
    return row.model_copy(update=fields)


@pytest.mark.requirement("R-HOM-2")
def test_tasks_of_a_day_stand_by_what_they_belong_to_and_steps_in_their_order() -> None:
    def task(description: str, date: str = "2028-02-03", **of: Any) -> TaskRow:
        return row(id=description, description=description, date=date, **of)

    run = {"source_title": "Newsletter", "steps": 11}
    in_turn = [
        task("Late already", "2028-02-02"),
        task("ask the sponsor"),
        task("Write it", step=2, **run),
        task("Send it", step=11, **run),
        task("Added by hand", source_title="newsletter"),
        task("Review intake", source_title="Review intake"),
    ]
    mixed = [*in_turn[4:], *in_turn[2:4], *in_turn[:2]]
    assert sorted(mixed, key=turn) == in_turn


@pytest.mark.requirement("R-HOM-4")
@pytest.mark.parametrize(
    ("task", "label", "path", "second"),
    [
        (row(), "Done", "completion", None),
        (seen(row(), missing=["LinkedIn URL"], needs=[ProofType.URL]), "Add LinkedIn URL…", None, None),
        (seen(row(), missing=["Sponsorship agreement PDF file"], needs=[ProofType.FILE]), "Add file…", None, None),
        (seen(row(), missing=["status"], needs=[ProofType.EXTERNAL_STATUS]), "Record external status…", None, None),
        (row(status="waiting", waiting_for="Ada"), "Done", "completion", None),
        (seen(row(status="waiting"), follow_up_due=True), "Follow-up sent…", None, "Response received"),
        (row(status="done"), "Reopen", "reopening", None),
        (row(status="archived"), "Restore", "restoration", None),
    ],
)
def test_the_next_click_is_named(task: TaskRow, label: str, path: str | None, second: str | None) -> None:
    step, other = next_step(task), second_step(task)
    assert step is not None
    assert (step.label, step.path) == (label, path)
    assert (other.label if other else None) == second
    assert step.action not in [further.action for further in further_steps(task)]


def test_what_lies_elsewhere_has_no_click_here() -> None:
    assert next_step(seen(row(), missing=["workflow link Mailchimp"])) is None


def test_fields_for_proof_are_called_by_their_requirement() -> None:
    task = row(required_link_name="LinkedIn", proof_requirement={"type": "comment", "label": "What was decided"}).task
    assert proof_label(task, ProofType.URL) == "LinkedIn URL"
    assert proof_label(task, ProofType.COMMENT) == "What was decided"
    assert proof_label(task, ProofType.FILE) == "File"


@pytest.mark.parametrize(
    ("kind", "data", "sentence", "changes"),
    [
        (
            "task.waiting",
            {"note": "Mailed", "changes": {"waitingFor": {"to": "Ada"}, "comment": {"added": "[x] Waiting"}}},
            "Ben marked it waiting: Mailed",
            ["Waiting for: Ada"],
        ),
        (
            "task.updated",
            {"changes": {"assigneeId": {"from": "b", "to": "o"}, "date": {"from": "2028-02-01", "to": "2028-02-03"}}},
            "Ben changed it",
            ["Assignee: Ben → You", "Due: Tue 1 Feb → Thu 3 Feb (today)"],
        ),
        (
            "task.updated",
            {"changes": {"link": {"from": "https://x.org"}}},
            "Ben changed it",
            ["Link: https://x.org → nothing"],
        ),
        ("task.updated", {"changes": {"comment": {"added": "[2028] Fine"}}}, "Ben changed it: Fine", []),
        ("file.added", {"filename": "a.pdf"}, "Ben added a file: a.pdf", []),
        ("task.turned_around", {}, "Ben task turned around", []),
    ],
)
def test_history_is_told_in_words(
    words: Words, kind: str, data: dict[str, Any], sentence: str, changes: list[str]
) -> None:
    one = describe_entry(
        HistoryRow(id="h", recorded_at=NOW, at=NOW, kind=kind, actor="b", task_id="t", data=data), words
    )
    details = f": {' · '.join(one.details)}" if one.details else ""
    assert (f"{one.who} {one.did}{details}", one.changes) == (sentence, changes)


def test_choices_of_dates_and_lines_of_comments(words: Words) -> None:
    assert [label for label, _ in words.next_days(today=True)] == [
        "Today",
        "Tomorrow",
        "Sat 5 Feb",
        "Mon 7 Feb",
        "In a week, Thu 10 Feb",
    ]
    stamped, plain = "[2028-02-02T08:00:00.000Z] Asked", "[draft] not a stamp"
    assert words.comment_lines(f"{plain}\n{stamped}") == [
        (dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC), "Asked"),
        (None, plain),
    ]
    assert [size(number) for number in (1, 740, 12_400, 3_400_000)] == ["1 byte", "740 bytes", "12 KB", "3.4 MB"]


def test_work_goes_to_those_who_are_here_and_stays_with_who_has_it(words: Words) -> None:
    assert words.assignable() == [("o", "You"), ("b", "Ben")]
    assert words.assignable("g")[-1] == ("g", "Gone (has left)")
