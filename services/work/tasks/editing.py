"""Creating a task and changing its fields, with what follows from them."""

import datetime as dt
from collections.abc import Mapping
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from contracts.fields.task import TaskFields
from contracts.tasks import CreateTask, TaskChanges
from contracts.values import TaskStatus
from services.work.runs.link_hosts import refuse_disguised_link
from services.work.tasks.documents import Lateness, TaskDocument
from services.work.tasks.follow_ups import due_instant, refuse_incomplete_waiting
from services.work.tasks.states import Change, kind_of, move_task

_DAY = dt.timedelta(days=1)
_CLEARED_WHEN_EMPTY = {"assignee_id", "bundle_id", "template_id"}


def created(command: CreateTask, now: dt.datetime) -> Change:
    begun = {
        "_id": str(uuid4()),
        "description": command.description,
        "date": command.date.isoformat(),
        "status": TaskStatus.TODO.value,
        "created_at": now,
        "version": 0,
    }
    task = _with_fields(begun, command)
    task.setdefault("source", "manual")
    after = move_task(task, command.status, actor=command.actor, now=now)
    refuse_incomplete_waiting(None, after)
    refuse_disguised_link(None, after)
    return Change(after, "task.created")


def edited(task: TaskDocument, changes: TaskChanges, *, actor: str | None, now: dt.datetime) -> Change:
    after = _with_fields(task, changes)
    if changes.description is not None:
        after["description"] = changes.description
    if changes.date is not None:
        after["date"] = changes.date.isoformat()
    if changes.status is not None:
        after = move_task(after, changes.status, actor=actor, now=now)
    refuse_incomplete_waiting(task, after)
    refuse_disguised_link(task, after)
    return Change(after, kind_of(task, after))


def _with_fields(task: Mapping[str, object], fields: TaskFields) -> TaskDocument:
    """What was sent takes the place of what was there; None, and an empty id, leave nothing there."""
    sent = fields.model_dump(include=set(TaskFields.model_fields), exclude_unset=True, mode="json")
    gone = {name for name, value in sent.items() if value is None or (value == "" and name in _CLEARED_WHEN_EMPTY)}
    return cast("TaskDocument", {name: value for name, value in {**task, **sent}.items() if name not in gone})


def settle_task(
    before: TaskDocument | None, after: TaskDocument, *, now: dt.datetime, zone: ZoneInfo, restored: bool = False
) -> TaskDocument:
    """The task with what is stored so that lists can be read by index: when it is late, when to follow up.

    ``restored``: ``after`` is a state that was stored before, with the lateness that it had then.
    """
    task: TaskDocument = {**after, "updated_at": now, "version": after["version"] + 1}
    if not restored and (before is None or before["date"] != after["date"]):
        task = {**task, **lateness(task, now.astimezone(zone).date(), zone)}
    due_at = due_instant(task.get("follow_up_at"), zone)
    task.pop("follow_up_due_at", None)
    return task if due_at is None else {**task, "follow_up_due_at": due_at}


def lateness(task: TaskDocument, today: dt.date, zone: ZoneInfo) -> Lateness:
    """Overdue from the day after; but a step of a run is never late on the first day of the run."""
    due = dt.date.fromisoformat(task["date"])
    first_day = task["created_at"].astimezone(zone).date()
    if "late_run" not in task:
        return {"overdue_from": (due + _DAY).isoformat()}
    late_run = today == first_day and due < first_day
    return {"overdue_from": (max(due, first_day if late_run else due) + _DAY).isoformat(), "late_run": late_run}
