"""How a stored task is seen on a given day: late or not, follow-up due or not, and what it belongs to."""

import datetime as dt
from itertools import accumulate
from typing import Any

from contracts.values import TaskStatus
from contracts.views import Task, TaskRow

_COMMENT_SHOWN = 500
_FOR_RULES = ("validation", "artifact_refs", "assistant_job_refs", "audit_event_refs")


def task_of(document: dict[str, Any]) -> Task:
    return Task.model_validate({**document, "id": document["_id"]})


def row_of(
    document: dict[str, Any],
    *,
    today: dt.date,
    now: dt.datetime,
    source_title: str | None = None,
    source_cron: str | None = None,
    steps: int | None = None,
) -> TaskRow:
    """``days_late`` is 0 until the task counts as overdue; a waiting task is never late, only its follow-up due."""
    task = task_of(document)
    overdue = task.status is TaskStatus.TODO and document["overdue_from"] <= today.isoformat()
    follow_up = document.get("follow_up_due_at")
    return TaskRow(
        task=task,
        days_late=(today - task.date).days if overdue else 0,
        follow_up_due=task.status is TaskStatus.WAITING and follow_up is not None and follow_up <= now,
        late_run=bool(document.get("late_run")),
        missing=document["missing"] if task.status is not TaskStatus.DONE else [],
        source_title=source_title,
        source_cron=source_cron,
        step=document.get("step"),
        steps=steps,
    )


def brief(row: TaskRow) -> TaskRow:
    """For pages of many rows: the end of the comment, and nothing that only rules read."""
    comment = row.task.comment
    cut = {"comment": comment[-_COMMENT_SHOWN:] if comment else comment, **dict.fromkeys(_FOR_RULES)}
    return row.model_copy(update={"task": row.task.model_copy(update=cut)})


def fitting(rows: list[TaskRow], size: int) -> list[TaskRow]:
    """The first rows that together take at most so many bytes of a reply."""
    total = accumulate(len(row.model_dump_json(exclude_none=True).encode()) for row in rows)
    return [row for row, taken in zip(rows, total, strict=True) if taken <= size]
