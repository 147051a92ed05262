"""What the history of a task says of a change: each field with its old and new value, named as on HTTP."""

from typing import Any

from pydantic.alias_generators import to_camel

Document = dict[str, Any]

_NOT_IN_HISTORY = {
    "version",
    "created_at",
    "updated_at",
    "completed_at",
    "completed_by",
    "completion_refused_at",
    "follow_up_due_at",
    "late_run",
    "live",
    "missing",
    "overdue_from",
}


def describe_changes(before: Document, after: Document) -> Document:
    """Absent values are left out; text added to a comment stands alone, so that history does not grow squared."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {
        to_camel(name): _step(name, before.get(name), after.get(name)) for name in names if name not in _NOT_IN_HISTORY
    }


def _step(name: str, old: Any, new: Any) -> Document:
    if name == "comment" and old and new and new.startswith(old):
        return {"added": new.removeprefix(old).lstrip("\n")}
    return {key: value for key, value in (("from", old), ("to", new)) if value is not None}
