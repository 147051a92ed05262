"""Completing a task, what keeps it from being completed, and reopening it."""

import datetime as dt
from typing import cast

from contracts.subjects import Refusal
from contracts.values import TaskStatus
from services.kit.refused import Refused, conflict
from services.work.runs.link_hosts import refuse_disguised_link
from services.work.tasks import messages
from services.work.tasks.comments import with_line
from services.work.tasks.documents import ProofFields, TaskDocument
from services.work.tasks.proof import MissingProof, Proof, find_missing_proof
from services.work.tasks.states import Change, move_task

_REQUIREMENTS = ("required_link_name", "requires_file", "proof_requirement", "validation")


def completed(
    task: TaskDocument,
    *,
    link: str | None = None,
    comment: str | None = None,
    external_status: str | None = None,
    actor: str | None,
    now: dt.datetime,
) -> Change | None:
    """Done, with the proof that came with it; None when it is done already."""
    if task["status"] == TaskStatus.DONE:
        return None
    after = task.copy()
    if link is not None:
        after["link"] = link
    if external_status is not None:
        after["external_status"] = external_status
    refuse_disguised_link(task, after)
    commented = with_line(after, comment, now) if comment is not None else after
    done = move_task(commented, TaskStatus.DONE, actor=actor, now=now)
    return Change(done, "task.completed", {"note": comment} if comment else {})


def reopened(task: TaskDocument, *, now: dt.datetime) -> Change | None:
    """Back to todo; None when it is open anyway."""
    if task["status"] in (TaskStatus.TODO, TaskStatus.WAITING):
        return None
    if task["status"] == TaskStatus.ARCHIVED:
        raise conflict(messages.ARCHIVED_NOT_DONE)
    return Change(move_task(task, TaskStatus.TODO, actor=None, now=now), "task.reopened")


def unproven(
    before: TaskDocument | None, after: TaskDocument, proof: Proof, proof_before: Proof | None = None
) -> list[MissingProof]:
    """The gates that forbid a task to be done as it would be, in the order in which they refuse.

    A requirement that is dropped by the same change counts nevertheless, and a waiver that comes with it waives only
    what came with it too. For a task that was done before, only what this change takes away counts: older ones may be
    incomplete and are left in peace.
    """
    if after["status"] != TaskStatus.DONE:
        return []
    missing_proof = find_missing_proof(after, proof)
    if before is not None:
        asked_before = find_missing_proof(_with_requirements_of(before, after), proof)
        missing_proof = list(dict.fromkeys([*missing_proof, *asked_before]))
    if before is None or before["status"] != TaskStatus.DONE:
        return missing_proof
    closed_before = find_missing_proof(before, proof_before or proof)
    return [missing for missing in missing_proof if missing not in closed_before]


def _with_requirements_of(before: TaskDocument, after: TaskDocument) -> ProofFields:
    others = {name: value for name, value in after.items() if name not in _REQUIREMENTS}
    kept = {name: value for name, value in before.items() if name in _REQUIREMENTS}
    return cast("ProofFields", others | kept)


def refused_for(before: TaskDocument | None, missing_proof: list[MissingProof]) -> Refused:
    """To be raised, in words for people, naming each missing item."""
    if before is None or before["status"] != TaskStatus.DONE:
        return Unproven(missing_proof)
    items = _items(missing_proof)
    message = messages.takes_proof_away(", ".join(items))
    return conflict(message, missing=items)


class Unproven(Refused):
    """A task that cannot be done yet. ``missing_proof`` is in the order in which it refuses."""

    def __init__(self, missing_proof: list[MissingProof]) -> None:
        items = _items(missing_proof)
        message = messages.proof_missing(", ".join(items))
        super().__init__(Refusal(code="proof_missing", message=message, missing=items))
        self.missing_proof = missing_proof


def _items(missing_proof: list[MissingProof]) -> list[str]:
    return list(dict.fromkeys(missing.item for missing in missing_proof))
