"""Taking back the last change of a task, as a change of its own: both stay in the history.

The history row of a change keeps what the task, and the run that it acted on, were before. It belongs to the version
that the change made: once the task has another one, it is too late.
"""

import datetime as dt
from typing import cast

from services.kit.refused import Refused, conflict
from services.work.history.documents import HistoryDocument
from services.work.runs.effects import Effect
from services.work.tasks import messages
from services.work.tasks.documents import TaskDocument, UndoDocument
from services.work.tasks.proof import MissingProof
from services.work.tasks.states import Change

WITHIN = dt.timedelta(seconds=12)
"""People are offered ten seconds; the rest is for the way here."""

UNDOABLE = {
    *("task.updated", "task.completed", "task.waiting", "task.follow_up_sent", "task.snoozed"),
    *("task.response_received", "task.commented", "task.archived"),
}
_DERIVED = frozenset({"version", "updated_at", "live", "missing", "follow_up_due_at"})


def undo_record(before: TaskDocument, after: TaskDocument, effect: Effect | None) -> UndoDocument:
    """What ``undone`` needs to restore ``before``: fields that had another value, fields that were not there, and how
    long a comment was that only grew. ``missing`` is what the task lacked then."""
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - _DERIVED
    comment = before.get("comment")
    only_grew = _is_longer(comment, after.get("comment"))
    if only_grew:
        changed.discard("comment")
    record: UndoDocument = {
        "version": after["version"],
        "missing": before.get("missing", []),
        "before": {name: value for name, value in before.items() if name in changed},
        "absent": sorted(changed - before.keys()),
    }
    if only_grew and comment:
        record["comment_length"] = len(comment)
    return record if effect is None else {**record, "effect": effect.as_document()}


def _is_longer(old: str | None, new: str | None) -> bool:
    return bool(old and new and new.startswith(old))


def undone(task: TaskDocument, entry: HistoryDocument | None, *, actor: str | None, wall: dt.datetime) -> Change:
    """The author of a change may undo it for a short time, with its effects on the workflow run.

    ``entry`` is the history row of the change that made this version of the task; ``wall`` is machine time.
    Raises Refused for anybody else, and when it is too late.
    """
    if entry is None or entry["kind"] not in UNDOABLE or entry.get("actor") != actor:
        raise _not_undoable(messages.NOT_YOUR_LAST_CHANGE)
    if wall - entry["recorded_at"] > WITHIN:
        raise conflict(messages.TOO_LATE)
    if (record := entry.get("undo")) is None:
        raise AssertionError("only changes that can be undone are found by their version")
    kept = {name: value for name, value in task.items() if name not in record["absent"]}
    after = cast("TaskDocument", kept | record["before"])
    if "comment_length" in record:
        after["comment"] = task.get("comment", "")[: record["comment_length"]]
    return Change(after, "task.undone", {"undone": entry["kind"]}, record)


def refuse_undo_without_proof(record: UndoDocument, missing_proof: list[MissingProof]) -> None:
    """Raises Refused when the task would be done again without proof that it had; what it lacked then is left in
    peace."""
    lost = [missing.item for missing in missing_proof if missing.item not in record["missing"]]
    if lost:
        raise _not_undoable(messages.proof_gone(", ".join(lost)), missing=lost)


def _not_undoable(reason: str, *, missing: list[str] | None = None) -> Refused:
    return conflict(messages.cannot_undo(reason), missing=missing)
