"""What can be done to a task now: the one next click, what may stand beside it, and the rest for the menu."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import NamedTuple
from urllib.parse import quote

from contracts.artifacts import Artifact, ArtifactStatus
from contracts.tasks import Task, TaskRow
from contracts.values import ProofType, TaskStatus

_LONGEST_LABEL = 26


class Action(StrEnum):
    """As addresses and forms name it."""

    DONE = "done"
    PROOF = "proof"
    WAITING = "waiting"
    FOLLOW_UP = "follow-up"
    RESPONSE = "response"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    DATE = "date"
    COMMENT = "comment"
    REOPEN = "reopen"
    RESTORE = "restore"


_REVIEWED_NEXT = (ArtifactStatus.NEEDS_REVIEW, ArtifactStatus.DRAFT)
_PATHS = {
    Action.DONE: "completion",
    Action.RESPONSE: "response",
    Action.REOPEN: "reopening",
    Action.RESTORE: "restoration",
}
_NOUNS = {ProofType.URL: "URL", ProofType.FILE: "file", ProofType.COMMENT: "comment"}
_LABELS = {
    ProofType.URL: "URL",
    ProofType.FILE: "File",
    ProofType.COMMENT: "Comment",
    ProofType.EXTERNAL_STATUS: "External status",
}
_IN_MENU = {
    Action.WAITING: "Waiting for someone…",
    Action.FOLLOW_UP: "Follow-up sent…",
    Action.RESPONSE: "Response received…",
    Action.SNOOZE: "Snooze…",
    Action.PROOF: "Add proof…",
    Action.COMMENT: "Comment…",
    Action.ASSIGN: "Reassign…",
    Action.DATE: "Change date…",
}
_WHEN = {
    TaskStatus.TODO: (Action.WAITING, Action.PROOF, Action.COMMENT, Action.ASSIGN, Action.DATE),
    TaskStatus.WAITING: (
        *(Action.FOLLOW_UP, Action.RESPONSE, Action.SNOOZE),
        *(Action.PROOF, Action.COMMENT, Action.ASSIGN, Action.DATE),
    ),
    TaskStatus.DONE: (Action.COMMENT,),
    TaskStatus.ARCHIVED: (Action.COMMENT,),
}


@dataclass(frozen=True)
class Step:
    """``path`` is the noun under the task to which one click posts; None: the click opens the form of the action."""

    label: str
    action: Action

    @property
    def path(self) -> str | None:
        return _PATHS.get(self.action) if not self.label.endswith("…") else None


def next_step(row: TaskRow) -> Step | None:
    """What is to be done next; None when that lies elsewhere, in the workflow or in an approval."""
    if row.task.status is TaskStatus.DONE:
        return Step("Reopen", Action.REOPEN)
    if row.task.status is TaskStatus.ARCHIVED:
        return Step("Restore", Action.RESTORE)
    if row.follow_up_due:
        return Step("Follow-up sent…", Action.FOLLOW_UP)
    if row.needs:
        return Step(_add(row), Action.PROOF)
    return None if row.missing else Step("Done", Action.DONE)


def turn(row: TaskRow) -> tuple[dt.date, str, float, str, str]:
    """What sorts tasks by their dates, and those of a day so that what belongs together stands together, the steps of
    a workflow in their order and what was added to it behind them."""
    task = row.task
    belongs_to = (row.source_title or task.description).casefold()
    step = inf if row.step is None else row.step
    return task.date, belongs_to, step, task.description.casefold(), task.id


class Link(NamedTuple):
    label: str
    path: str


def artifact_step(row: TaskRow, artifacts: Sequence[Artifact]) -> Link | None:
    """Where the approved artifact comes from that a task still lacks: the first of its ``artifacts`` that waits for a
    review, or a new one. None for a task that lacks no artifact."""
    proof = row.task.proof_requirement
    is_artifact = proof is not None and proof.type is ProofType.ARTIFACT
    if not is_artifact or not any("approved artifact" in item.lower() for item in row.missing):
        return None
    for status in _REVIEWED_NEXT:
        for one in artifacts:
            if one.status is status:
                return Link("Review the artifact…", f"/artifacts/{quote(one.id, safe='')}")
    return Link("Add an artifact…", f"/artifacts/new?taskId={quote(row.task.id, safe='')}")


def _add(row: TaskRow) -> str:
    """Names the very thing as long as it fits on a button."""
    kind, named = row.needs[0], f"Add {row.missing[0]}…"
    if kind is ProofType.EXTERNAL_STATUS:
        return "Record external status…"
    return named if len(named) <= _LONGEST_LABEL else f"Add {_NOUNS[kind]}…"


def proof_label(task: Task, kind: ProofType) -> str:
    """What the field for a proof is called: by its requirement when there is one."""
    proof = task.proof_requirement
    if kind is ProofType.URL and task.required_link_name:
        return f"{task.required_link_name} URL"
    if proof is not None and proof.type is kind and proof.label:
        return proof.label
    return _LABELS[kind]


def second_step(row: TaskRow) -> Step | None:
    """The other likely answer, when one stands beside the next step."""
    return Step("Response received", Action.RESPONSE) if row.follow_up_due else None


def further_steps(row: TaskRow) -> list[Step]:
    following = next_step(row)
    chosen = following.action if following else None
    return [Step(_IN_MENU[action], action) for action in _WHEN[row.task.status] if action is not chosen]
