"""What the history of a task says of a change: each field with its old and new value, named as on HTTP."""

from collections.abc import Mapping

from pydantic.alias_generators import to_camel

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


def describe_changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Absent values are left out; text added to a comment stands alone, so that history does not grow squared."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {
        to_camel(name): _step(name, before.get(name), after.get(name)) for name in names if name not in _NOT_IN_HISTORY
    }


def _step(name: str, old: object, new: object) -> dict[str, object]:
    if name == "comment" and isinstance(old, str) and isinstance(new, str) and old and new.startswith(old):
        return {"added": new.removeprefix(old).lstrip("\n")}
    return {key: value for key, value in (("from", old), ("to", new)) if value is not None}
