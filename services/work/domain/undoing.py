"""Taking back the last change of a task, as a change of its own: both stay in the history."""

import datetime as dt
from typing import Any, cast

from pydantic.alias_generators import to_snake

from contracts.subjects import Refused
from contracts.values import TaskStatus
from services.work.domain.task_states import Change

Document = dict[str, Any]

WITHIN = dt.timedelta(seconds=12)
"""People are offered ten seconds; the rest is for the way here."""

_KINDS = {
    *("task.updated", "task.completed", "task.waiting", "task.follow_up_sent", "task.snoozed"),
    *("task.response_received", "task.commented", "task.archived"),
}


def undone(
    task: Document, last: Document | None, effects: list[Document], *, actor: str | None, wall: dt.datetime
) -> Change | Refused:
    """``last`` is the latest change in the task's history, ``effects`` are the rows of what it did to the workflow
    run, ``wall`` is machine time: whoever made it may take it back for a moment, with what it did to the run."""
    if last is None or last["kind"] not in _KINDS or last.get("actor") != actor:
        return _too_late("the last change of this task is another one")
    if wall - last["recorded_at"] > WITHIN:
        return _too_late("that was possible for ten seconds")
    after = dict(task)
    for name, step in cast("dict[str, Document]", last["data"].get("changes", {})).items():
        _restore(after, to_snake(name), step)
    if after["status"] != TaskStatus.DONE:
        after = {name: value for name, value in after.items() if name not in ("completed_at", "completed_by")}
    return Change(after, "task.undone", {"undone": last["kind"]}, effects)


def _restore(task: Document, name: str, step: Document) -> None:
    """A step of the history says what a field was before, or what was added to the comment."""
    if "added" in step:
        task[name] = task[name].removesuffix(step["added"]).removesuffix("\n")
    elif "from" in step:
        task[name] = step["from"]
    else:
        task.pop(name, None)


def _too_late(reason: str) -> Refused:
    return Refused(code="conflict", message=f"This cannot be undone any more: {reason}. Nothing was changed")
