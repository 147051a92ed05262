"""What stands inside a record: task definitions, phases, proof requirements, approvals, timelines."""

from collections.abc import Iterator
from typing import cast

from pydantic import ValidationError

from contracts.schedules import Revision
from contracts.transfer.export_records import Entity
from contracts.values import Stage
from services.exports import kinds
from services.exports.checks.fields import Record, entries, is_absent, listed_problems, missing, wrong
from services.exports.entities import PROOF_TYPES
from services.exports.faults import Level, Problem
from services.exports.shapes import ListedRefs

V, S = Level.FORMAT, Level.STRICT
DEFINITION_REFS = (
    ListedRefs("artifactRefs", "artifactId", Entity.ARTIFACTS, S),
    ListedRefs("assistantJobRefs", "assistantJobId", Entity.ASSISTANT_JOBS, S),
    ListedRefs("auditEventRefs", "auditEventId", Entity.AUDIT_EVENTS, S),
)
_STAGES = kinds.OneOf(frozenset(Stage))
_DEFINITION = {
    **dict.fromkeys(("instructionDocId", "instructionStepId", "phase"), (kinds.text, V)),
    "systems": (kinds.texts, V),
    "validation": (kinds.text_or_object, V),
    "proofRequirement": (kinds.mapping, V),
    **dict.fromkeys(("artifactRefs", "assistantJobRefs", "auditEventRefs"), (kinds.objects, V)),
    "stageOnComplete": (_STAGES, S),
    **dict.fromkeys(("assigneeId", "instructionsUrl", "requiredLinkName"), (kinds.text, S)),
    **dict.fromkeys(("isMilestone", "requiresFile"), (kinds.boolean, S)),
}


def proof_problems(owner: Record, field: str, at: str = "") -> Iterator[Problem]:
    """``field`` is a proof requirement of a task, or of a definition at ``at``."""
    proof = owner.get(field)
    if not isinstance(proof, dict):
        return
    proof = cast("Record", proof)
    path = f"{at.removeprefix('.')}.{field}" if at else field
    if proof.get("type") not in PROOF_TYPES:
        reason = f"proofRequirement.type must be one of {', '.join(PROOF_TYPES)}"
        yield Problem(f"{path}.type", reason, V, at)
    if proof.get("label") is not None and not isinstance(proof["label"], str):
        yield Problem(f"{path}.label", "proofRequirement.label must be a string when present", V, at)
    if proof.get("required") is not None and not isinstance(proof["required"], bool):
        yield Problem(f"{path}.required", "proofRequirement.required must be a boolean when present", V, at)


def definition_problems(template: Record) -> Iterator[Problem]:
    definitions = template.get("task_definitions")
    seen: set[str] = set()
    for position, definition in enumerate(cast("list[object]", definitions) if isinstance(definitions, list) else []):
        at = f".task_definitions[{position}]"
        if not isinstance(definition, dict):
            yield Problem(at[1:], "must be an object", V, at)
            continue
        definition = cast("Record", definition)
        yield from _definition_problems(definition, at)
        ref = definition.get("refId")
        if isinstance(ref, str) and ref in seen:
            yield wrong("refId", f"is given twice: {ref[:80]}", S, at)
        seen.add(str(ref))


def _definition_problems(definition: Record, at: str) -> Iterator[Problem]:
    for name, (check, level) in _DEFINITION.items():
        value = definition.get(name)
        if not is_absent(value) and (reason := check(value)):
            yield wrong(name, reason, level, at)
    for name in ("refId", "description"):
        if not isinstance(definition.get(name), str) or is_absent(definition[name]):
            yield missing(name, S, at)
    if type(definition.get("offsetDays")) is not int:
        yield wrong("offsetDays", "must be a whole number", S, at)
    yield from proof_problems(definition, "proofRequirement", at)
    for listed in DEFINITION_REFS:
        yield from listed_problems(definition, listed, at)


def phase_problems(template: Record) -> Iterator[Problem]:
    for position, phase in enumerate(entries(template, "phases")):
        at = f".phases[{position}]"
        for name in ("id", "name"):
            if not isinstance(phase.get(name), str) or is_absent(phase[name]):
                yield missing(name, at=at)
        if not is_absent(phase.get("stage")) and not isinstance(phase["stage"], str):
            yield wrong("stage", "must be a string when present", V, at)


def approval_problems(job: Record) -> Iterator[Problem]:
    """A rejection gives its reason."""
    value = job.get("approval")
    approval = cast("Record", value) if isinstance(value, dict) else {}
    if approval:
        status = kinds.OneOf(frozenset({"pending", "approved", "rejected"}))
        for name, check in {"status": status, "decidedAt": kinds.timestamp, "reason": kinds.text}.items():
            if not is_absent(approval.get(name)) and (reason := check(approval[name])):
                yield wrong(name, reason, V, ".approval")
    if job.get("status") == "rejected" and is_absent(approval.get("reason")):
        yield missing("reason", at=".approval")


def timeline_problems(schedule: Record) -> Iterator[Problem]:
    """Revisions that can be read, in the order in which they hold."""
    revisions: list[Revision] = []
    for position, entry in enumerate(entries(schedule, "timeline")):
        try:
            revisions.append(Revision.model_validate(entry))
        except ValidationError as error:
            fault = error.errors()[0]
            yield wrong(str(fault["loc"][0]), f"cannot be read: {fault['msg']}", S, f".timeline[{position}]")
    if [one.since for one in revisions] != sorted(one.since for one in revisions):
        yield wrong("timeline", "must be in the order of since", S)
