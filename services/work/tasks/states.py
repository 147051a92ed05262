"""The states of a task, and the moves between them: nothing else, whoever asks."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from contracts.values import TaskStatus
from services.kit.refused import conflict
from services.work.tasks import messages

Document = dict[str, Any]

_TODO, _WAITING, _DONE, _ARCHIVED = TaskStatus.TODO, TaskStatus.WAITING, TaskStatus.DONE, TaskStatus.ARCHIVED
_MOVES = {
    _TODO: {_WAITING, _DONE, _ARCHIVED},
    _WAITING: {_TODO, _DONE, _ARCHIVED},
    _DONE: {_TODO, _ARCHIVED},
    _ARCHIVED: {_TODO},
}
_FIRST = {_DONE: messages.IS_DONE, _ARCHIVED: messages.IS_ARCHIVED}


@dataclass(frozen=True)
class Change:
    """A task as it shall be. ``details`` is what its history keeps besides the fields that changed; ``undoes`` is the
    ``undo_record`` of an earlier change, when this one takes it back."""

    after: Document
    kind: str
    details: Document = field(default_factory=dict[str, Any])
    undoes: Document | None = None


def move_task(task: Document, to: TaskStatus, *, actor: str | None, now: dt.datetime) -> Document:
    """The task in its new state. Entering done stamps who and when, leaving it clears both; staying keeps them.

    Raises Refused for a move that there is not.
    """
    at = TaskStatus(task["status"])
    if at is to:
        return task
    if to not in _MOVES[at]:
        reason = _FIRST.get(at, messages.NO_SUCH_STEP)
        raise conflict(messages.cannot_become(to, reason))
    after = {name: value for name, value in task.items() if name not in ("completed_at", "completed_by")}
    after["status"] = to.value
    if to is _DONE:
        after["completed_at"] = now
        if actor:
            after["completed_by"] = actor
    return after


def kind_of(before: Document, after: Document) -> str:
    """What a change of fields is called in the history: by the move that it makes, if it makes one."""
    match TaskStatus(before["status"]), TaskStatus(after["status"]):
        case at, to if at is to:
            return "task.updated"
        case _, TaskStatus.DONE:
            return "task.completed"
        case _, TaskStatus.WAITING:
            return "task.waiting"
        case _, TaskStatus.ARCHIVED:
            return "task.archived"
        case TaskStatus.DONE, _:
            return "task.reopened"
        case TaskStatus.ARCHIVED, _:
            return "task.restored"
        case _:
            return "task.updated"
