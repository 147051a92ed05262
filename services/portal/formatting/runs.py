"""Workflows in words: stages, offsets, and what happened to a run."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.artifacts import ArtifactStatus
from contracts.history import HistoryRow
from contracts.values import Stage
from services.portal.formatting.words import count

_STAGES = {
    Stage.PREPARATION: "Preparation",
    Stage.ANNOUNCED: "Announced",
    Stage.AFTER_EVENT: "After the event",
    Stage.DONE: "Done",
}
_REVIEWS = {
    ArtifactStatus.DRAFT: "Draft",
    ArtifactStatus.NEEDS_REVIEW: "Needs review",
    ArtifactStatus.APPROVED: "Approved",
    ArtifactStatus.REJECTED: "Rejected",
    ArtifactStatus.ARCHIVED: "Archived",
    ArtifactStatus.SUPERSEDED: "Superseded",
}
_OF_TASKS = {
    "task.created": "Added",
    "task.updated": "Changed",
    "task.completed": "Completed",
    "task.reopened": "Reopened",
    "task.waiting": "Set waiting:",
    "task.follow_up_sent": "Sent a follow-up for",
    "task.snoozed": "Snoozed the follow-up of",
    "task.response_received": "Received a response for",
    "task.commented": "Commented on",
    "task.archived": "Archived",
    "task.restored": "Restored",
    "task.deleted": "Deleted",
    "file.added": "Added a file to",
    "file.deleted": "Deleted a file of",
}
_PLAIN = {
    "bundle.created": "Started by hand",
    "bundle.archived": "Archived the workflow",
    "bundle.restored": "Restored the workflow",
}
_OF_ARTIFACTS = {
    "artifact.created": "Added the artifact",
    "artifact.updated": "Changed the artifact",
    "artifact.archived": "Archived the artifact",
    "artifact.attached": "Attached the artifact",
}


def stage(value: Stage | str | None) -> str:
    """What is no stage of ours is shown as it is stored."""
    return _STAGES[Stage(value)] if value in set(Stage) else str(value or "")


def review(value: ArtifactStatus) -> str:
    return _REVIEWS[value]


def offset(days: int) -> str:
    """When a step is due, seen from the anchor date."""
    if days == 0:
        return "On the anchor date"
    return f"{count(abs(days), 'day')} {'before' if days < 0 else 'after'}"


def happened(row: HistoryRow, tasks: Mapping[str, str]) -> str:
    """One change of a run as a sentence without its author; ``tasks`` gives names by id."""
    if row.kind in _OF_TASKS:
        return f"{_OF_TASKS[row.kind]} {_named(row, tasks)}"
    if row.kind in _OF_ARTIFACTS:
        return f"{_OF_ARTIFACTS[row.kind]} “{row.data.get('title', '')}”"
    if row.kind in _OF_RUNS:
        return _OF_RUNS[row.kind](row.data, tasks)
    return _PLAIN.get(row.kind, row.kind.replace(".", " ").replace("_", " ").capitalize())


def _named(row: HistoryRow, tasks: Mapping[str, str]) -> str:
    name = tasks.get(row.task_id or "")
    return f"“{name}”" if name else "a task that is gone"


DescribeEntry = Callable[[Mapping[str, Any], Mapping[str, str]], str]


def _describe_generation(data: Mapping[str, Any], _: Mapping[str, str]) -> str:
    return "Started by its schedule" if data.get("trigger") in ("schedule", "catch-up") else "Started for a date range"


def _describe_stage_change(data: Mapping[str, Any], tasks: Mapping[str, str]) -> str:
    words = f"Moved from {stage(data.get('from'))} to {stage(data.get('to'))}"
    if milestone := tasks.get(str(data.get("task_id"))):
        words += f" by “{milestone}”"
    return f"{words}: {data['comment']}" if data.get("comment") else words


def _describe_link(data: Mapping[str, Any], _: Mapping[str, str]) -> str:
    return f"{'Filled' if data.get('url') else 'Emptied'} the link {data.get('name', '')}"


def _describe_update(data: Mapping[str, Any], _: Mapping[str, str]) -> str:
    return f"Changed {', '.join(name.replace('_', ' ') for name in data)}"


_OF_RUNS: dict[str, DescribeEntry] = {
    "window.generated": _describe_generation,
    "bundle.stage_changed": _describe_stage_change,
    "bundle.link_filled": _describe_link,
    "bundle.updated": _describe_update,
}
