"""What work stores, as records of the export. An importer turns the same records back into the same documents."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic.alias_generators import to_camel

from contracts.export_records import Entity, Known, Record, has_value, plain, record_of, resolved
from contracts.values import ProofType, TaskStatus
from contracts.views import TaskDefinition
from services.work.domain.proof import Evidence, closed_gates

Document = dict[str, Any]
_DEFINITION_KEYS = {name: to_camel(name) for name in TaskDefinition.model_fields}


@dataclass(frozen=True)
class ProofOutside:
    """What lies outside a page of tasks and counts as their proof. Approved artifacts: their own ids, and what they
    are attached to; ``listed`` are the ids that each run lists."""

    with_file: Set[str] = frozenset()
    approved: Set[str] = frozenset()
    approved_for_task: Set[str] = frozenset()
    approved_for_bundle: Set[str] = frozenset()
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


def draft_record(entity: Entity, document: Document) -> Record:
    """The record before anybody looked whether what it refers to is there."""
    record = record_of(entity, document)
    shaped = _SHAPES.get(entity)
    return record | {name: value for name, value in shaped(document).items() if has_value(value)} if shaped else record


def finished_record(entity: Entity, record: Record, known: Known) -> Record:
    """References to nothing are kept apart, so that every relation of the export holds."""
    record = resolved(entity, record, known)
    return _with_known_assignees(record, known[Entity.USERS]) if entity is Entity.TEMPLATES else record


def with_proof(record: Record, outside: ProofOutside) -> Record:
    """A done task as a reader of the format accepts it.

    A requirement that was waived when it was closed is exported as none, the original under ``waived_requirements``.
    An approved artifact that only its run lists is listed by the task too, and named in ``inherited_artifact_refs``.
    """
    if record["status"] != TaskStatus.DONE:
        return record
    inherited = _inherited(record, outside)
    evidence = Evidence(
        has_file=record["task_id"] in outside.with_file,
        approved_artifact=bool(inherited) or _has_artifact(record, outside),
    )
    closed = {gate.sort for gate in closed_gates({**record, "validation": None}, evidence)}
    exported = _waiving(record, closed)
    if inherited:
        references = [*record.get("artifact_refs", ()), *({"artifactId": id} for id in inherited)]
        exported |= {"artifact_refs": references, "inherited_artifact_refs": inherited}
    return exported


def _has_artifact(record: Record, outside: ProofOutside) -> bool:
    """Approved, and attached to the task or its run, or listed by the task: what readers of the format look at."""
    own = {reference["artifactId"] for reference in record.get("artifact_refs", ())}
    return (
        record["task_id"] in outside.approved_for_task
        or record.get("bundle_id") in outside.approved_for_bundle
        or not own.isdisjoint(outside.approved)
    )


def _inherited(record: Record, outside: ProofOutside) -> list[str]:
    proof: Document = record.get("proof_requirement") or {}
    if proof.get("type") != ProofType.ARTIFACT or _has_artifact(record, outside):
        return []
    return [id for id in outside.listed.get(record.get("bundle_id", ""), ()) if id in outside.approved][:1]


def _waiving(record: Record, closed: Set[str]) -> Record:
    waived = {name: record[name] for name, sort in _SORTS.items() if sort in closed}
    if not waived:
        return record
    exported = {**record, "waived_requirements": waived}
    if "required_link_name" in waived:
        del exported["required_link_name"]
    if "requires_file" in waived:
        exported["requires_file"] = False
    if proof := waived.get("proof_requirement"):
        exported["proof_requirement"] = {**proof, "required": False}
    return exported


_SORTS = {"required_link_name": "link", "requires_file": "file", "proof_requirement": "proof"}


def _config(document: Document) -> Record:
    current: Document = document.get("current") or {}
    return {
        "cron_expression": str(current.get("cron", "")),
        "enabled": current.get("enabled"),
        **_timeline(document),
    }


def _template(document: Document) -> Record:
    definitions: list[Any] = document.get("task_definitions") or []
    return {"task_definitions": [_definition(one) for one in definitions], **_timeline(document)}


def _timeline(document: Document) -> Record:
    entries: list[Document] = document.get("timeline") or []
    archived_at: object = None
    for entry in entries:
        archived_at = (archived_at or entry.get("since")) if entry.get("archived") else None
    timeline = [{to_camel(name): plain(value) for name, value in entry.items()} for entry in entries]
    return {"timeline": timeline, "archived_at": plain(archived_at)}


def _definition(definition: Any) -> Any:
    """Our names as on HTTP; keys that clients added stay as they are."""
    if not isinstance(definition, dict):
        return plain(definition)
    stored = cast("Document", definition)
    return {_DEFINITION_KEYS.get(name, name): plain(value) for name, value in stored.items()}


def _with_known_assignees(record: Record, users: Set[str]) -> Record:
    """Assignees of single steps that are nobody, by the ``refId`` of their step."""
    definitions: list[Document] = [one for one in record.get("task_definitions", ()) if isinstance(one, dict)]
    unknown = {one["refId"]: id for one in definitions if (id := one.get("assigneeId")) and id not in users}
    if not unknown:
        return record
    known = [
        {name: value for name, value in one.items() if name != "assigneeId" or one["refId"] not in unknown}
        for one in definitions
    ]
    unresolved = {**record.get("unresolved_references", {}), "task_definitions": unknown}
    return {**record, "task_definitions": known, "unresolved_references": unresolved}


_SHAPES: Mapping[Entity, Callable[[Document], Record]] = {
    Entity.RECURRING_CONFIGS: _config,
    Entity.TEMPLATES: _template,
}
