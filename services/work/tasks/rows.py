"""How a stored task is seen on a given day: late or not, follow-up due or not, and what it belongs to."""

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from contracts.fields.lenient import Raw, made_at, read, texts
from contracts.home import AttentionRow
from contracts.runs import NextTask
from contracts.subjects import reply_size
from contracts.tasks import Task, TaskRow
from contracts.values import Model, TaskStatus, calendar_date
from services.work.tasks.documents import TaskDocument
from services.work.tasks.proof import needed_kinds

ModelT = TypeVar("ModelT", bound=Model)
_DAY = dt.timedelta(days=1)
_COMMENT_SHOWN = 500
_INSTRUCTIONS_SHOWN = 5_000
_FOR_RULES = {"validation", "artifact_refs", "assistant_job_refs", "audit_event_refs"}


def task_of(document: Raw) -> Task:
    """The task as far as it can be read. Without a readable date it stands on the day it was made."""
    return read(Task, {**document, "id": document["_id"]}, _stand_ins(document))


def next_of(document: Raw, *, today: dt.date, now: dt.datetime) -> NextTask:
    task = read(NextTask, {**document, "id": document["_id"]}, _stand_ins(document))
    late, follow_up_due = _lateness(document, task, today=today, now=now)
    return task.model_copy(update={"days_late": late, "follow_up_due": follow_up_due})


def _stand_ins(document: Raw) -> Raw:
    return {
        "description": "Task without a description",
        "date": made_at(document).date(),
        "status": TaskStatus.TODO,
        "source": "unknown",
        "updated_at": made_at(document),
    }


def _lateness(document: Raw, task: Task | NextTask, *, today: dt.date, now: dt.datetime) -> tuple[int, bool]:
    """Days late and whether its follow-up is due."""
    overdue = task.status is TaskStatus.TODO and _date_of(document.get("overdue_from"), today + _DAY) <= today
    follow_up = document.get("follow_up_due_at")
    follow_up_due = task.status is TaskStatus.WAITING and isinstance(follow_up, dt.datetime) and follow_up <= now
    return (today - task.date).days if overdue else 0, follow_up_due


def row_of(
    document: TaskDocument,
    *,
    today: dt.date,
    now: dt.datetime,
    source_title: str | None = None,
    source_cron: str | None = None,
    steps: int | None = None,
) -> TaskRow:
    """``days_late`` is 0 until the task counts as overdue; a waiting task is never late, only its follow-up due."""
    task = task_of(document)
    late, follow_up_due = _lateness(document, task, today=today, now=now)
    is_done = task.status is TaskStatus.DONE
    missing = [] if is_done else texts(document.get("missing"))
    values = {
        "task": task,
        "days_late": late,
        "follow_up_due": follow_up_due,
        "late_run": bool(document.get("late_run")),
        "missing": missing,
        "needs": needed_kinds(document, missing) if missing else [],
        "source_title": source_title,
        "source_cron": source_cron,
        "step": document.get("step"),
        "steps": steps,
    }
    return read(TaskRow, values, {})


ATTENDED = (
    *("description", "date", "status", "source", "created_at", "overdue_from", "late_run", "missing"),
    *("recurring_config_id", "template_id", "bundle_id", "assignee_id", "waiting_for", "follow_up_at"),
)
"""The stored fields that ``attention_row`` reads, beside the id."""


def attention_row(document: Raw, *, today: dt.date, zone: ZoneInfo) -> AttentionRow:
    """What reminders are made of. Generated work is late from the day after it was made: its digest or its backfill
    told of it."""
    made_on = made_at(document).astimezone(zone).date()
    first_day = _date_of(document.get("overdue_from"), today + _DAY) - _DAY
    generated = "recurring_config_id" in document or "template_id" in document
    made_late = generated and (bool(document.get("late_run")) or made_on > first_day)
    if generated:
        first_day = max(first_day, made_on)
    values = {
        **document,
        "id": document["_id"],
        "days_late": max(0, (today - first_day).days),
        "made_late": made_late,
        "recurring": "recurring_config_id" in document,
    }
    return read(AttentionRow, values, _stand_ins(document))


def _date_of(text: object, otherwise: dt.date) -> dt.date:
    """A stored date; ``otherwise`` for anything that is none."""
    try:
        return calendar_date(text)
    except ValueError:
        return otherwise


def brief(document: TaskDocument) -> TaskDocument:
    """What pages of many rows show of a stored task: the end of the comment, the beginning of long instructions,
    nothing that only rules read."""
    stored: Raw = document
    cut = {name: value for name, value in stored.items() if name not in _FOR_RULES}
    comment, instructions = stored.get("comment"), stored.get("instructions")
    if isinstance(comment, str):
        cut["comment"] = comment[-_COMMENT_SHOWN:]
    if isinstance(instructions, str) and len(instructions) > _INSTRUCTIONS_SHOWN:
        cut["instructions"] = instructions[:_INSTRUCTIONS_SHOWN] + " …"
    return cast("TaskDocument", cut)


def fitting(items: Sequence[ModelT], size: int) -> list[ModelT]:
    """The first that together take at most so many bytes of a reply, and at least one."""
    total = list(accumulate(reply_size(item) for item in items))
    return [item for item, taken in zip(items, total, strict=True) if taken <= max(size, total[0])]
