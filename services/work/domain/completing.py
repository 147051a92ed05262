"""Completing a task: allowed from todo and waiting, when nothing that it needs is missing."""

import datetime as dt
from typing import Any

from contracts.subjects import Refused
from contracts.values import TaskStatus


def complete(
    task: dict[str, Any], missing: list[str], *, actor: str | None, now: dt.datetime
) -> dict[str, Any] | Refused | None:
    """The changes to store; None when it is done already; a refusal that names each missing item."""
    match TaskStatus(task["status"]):
        case TaskStatus.DONE:
            return None
        case TaskStatus.ARCHIVED:
            return Refused(code="conflict", message="This task is archived; restore it before completing it")
        case TaskStatus.TODO | TaskStatus.WAITING if missing:
            return Refused(
                code="proof_missing",
                message=f"This task cannot be closed yet. Missing: {', '.join(missing)}",
                missing=missing,
            )
        case TaskStatus.TODO | TaskStatus.WAITING:
            changes: dict[str, Any] = {"status": TaskStatus.DONE.value, "completed_at": now, "updated_at": now}
            if actor:
                changes["completed_by"] = actor
            return changes
