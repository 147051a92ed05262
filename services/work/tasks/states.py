"""The states of a task, and the moves between them: nothing else, on any request."""

import datetime as dt
from dataclasses import dataclass, field

from contracts.values import TaskStatus
from services.kit.refused import conflict
from services.work.tasks import messages
from services.work.tasks.documents import TaskDocument, UndoDocument

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

    after: TaskDocument
    kind: str
    details: dict[str, object] = field(default_factory=dict[str, object])
    undoes: UndoDocument | None = None


def move_task(task: TaskDocument, to: TaskStatus, *, actor: str | None, now: dt.datetime) -> TaskDocument:
    """The task in its new state. Entering done stamps who and when, leaving it clears both; staying keeps them.

    Raises Refused for a move that there is not.
    """
    at = TaskStatus(task["status"])
    if at is to:
        return task
    if to not in _MOVES[at]:
        reason = _FIRST.get(at, messages.NO_SUCH_STEP)
        raise conflict(messages.cannot_become(to, reason))
    after = task.copy()
    after.pop("completed_at", None)
    after.pop("completed_by", None)
    after["status"] = to.value
    if to is _DONE:
        after["completed_at"] = now
        if actor:
            after["completed_by"] = actor
    return after


def kind_of(before: TaskDocument, after: TaskDocument) -> str:
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
