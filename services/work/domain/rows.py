"""How a stored task is seen on a given day: late or not, follow-up due or not, and what it belongs to."""

import datetime as dt
from typing import Any

from contracts.values import TaskStatus
from contracts.views import Task, TaskRow


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
