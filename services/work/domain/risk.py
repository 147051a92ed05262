"""Progress and risk of a workflow run, from its stored tasks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.values import TaskStatus

Document = dict[str, Any]
FIELDS = (
    *("bundle_id", "status", "date", "step", "overdue_from", "follow_up_due_at", "missing", "completion_refused_at"),
)
"""What the rule reads of a task."""


@dataclass(frozen=True)
class Progress:
    """``missing`` is proof that is due and not there; ``next_id`` the open task with the earliest date."""

    done: int
    total: int
    overdue: int
    waiting: int
    follow_ups_due: int
    missing: list[str]
    next_id: str | None


def progress(tasks: Sequence[Document], *, today: dt.date, now: dt.datetime) -> Progress:
    """Archived tasks count nowhere; proof that is not due yet is not missing, unless completion was refused for it."""
    counted = [task for task in tasks if task["status"] != TaskStatus.ARCHIVED]
    unfinished = [task for task in counted if task["status"] != TaskStatus.DONE]
    waiting = [task for task in unfinished if task["status"] == TaskStatus.WAITING]
    todo = [task for task in unfinished if task["status"] == TaskStatus.TODO]
    day = today.isoformat()
    lacking = [task for task in unfinished if task.get("completion_refused_at") or _date(task) <= day]
    following = min(unfinished, key=lambda task: (_date(task), task.get("step") or 0), default=None)
    return Progress(
        done=len(counted) - len(unfinished),
        total=len(counted),
        overdue=sum(task["overdue_from"] <= day for task in todo),
        waiting=len(waiting),
        follow_ups_due=sum((due := task.get("follow_up_due_at")) is not None and due <= now for task in waiting),
        missing=list(dict.fromkeys(item for task in lacking for item in task["missing"])),
        next_id=following["_id"] if following else None,
    )


def _date(task: Document) -> str:
    """A task whose date somebody removed is due, not lost."""
    return task.get("date") or ""
