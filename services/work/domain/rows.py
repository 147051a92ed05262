"""How a stored task is seen on a given day: late or not, follow-up due or not, and what it belongs to."""

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, TypeVar

from contracts.values import Model, TaskStatus
from contracts.views import BundleCard, Task, TaskRow
from services.work.domain.proof import needed_kinds

ModelT = TypeVar("ModelT", bound=Model)
_COMMENT_SHOWN = 500
_INSTRUCTIONS_SHOWN = 5_000
_OF_THE_RUN_ALONE = (
    "description",
    "references",
    "bundle_links",
    "artifact_refs",
    "assistant_job_refs",
    "audit_event_refs",
)
_OF_THE_TASK_ALONE = ("instructions", "comment", "systems")
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
    is_done = task.status is TaskStatus.DONE
    return TaskRow(
        task=task,
        days_late=(today - task.date).days if overdue else 0,
        follow_up_due=task.status is TaskStatus.WAITING and follow_up is not None and follow_up <= now,
        late_run=bool(document.get("late_run")),
        missing=[] if is_done else document["missing"],
        needs=[] if is_done or not document["missing"] else needed_kinds(document),
        source_title=source_title,
        source_cron=source_cron,
        step=document.get("step"),
        steps=steps,
    )


def brief(row: TaskRow) -> TaskRow:
    """For pages of many rows: the end of the comment, the beginning of long instructions, nothing that only rules
    read."""
    comment = row.task.comment
    instructions = row.task.instructions
    if instructions and len(instructions) > _INSTRUCTIONS_SHOWN:
        instructions = instructions[:_INSTRUCTIONS_SHOWN] + " …"
    cut = {
        "instructions": instructions,
        "comment": comment[-_COMMENT_SHOWN:] if comment else comment,
        **dict.fromkeys(_FOR_RULES),
    }
    return row.model_copy(update={"task": row.task.model_copy(update=cut)})


def brief_card(card: BundleCard) -> BundleCard:
    """For pages of many cards: the run by its title, the next task by its description."""
    bundle = card.bundle.model_copy(update=dict.fromkeys(_OF_THE_RUN_ALONE))
    following = brief(card.next_task) if card.next_task else None
    if following is not None:
        task = following.task.model_copy(update=dict.fromkeys(_OF_THE_TASK_ALONE))
        following = following.model_copy(update={"task": task})
    return card.model_copy(update={"bundle": bundle, "next_task": following})


def fitting(items: Sequence[ModelT], size: int) -> list[ModelT]:
    """The first that together take at most so many bytes of a reply, and at least one."""
    total = list(accumulate(len(item.model_dump_json(exclude_none=True).encode()) for item in items))
    return [item for item, taken in zip(items, total, strict=True) if taken <= max(size, total[0])]
