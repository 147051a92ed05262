"""What work stores, as records of the export. An importer turns the same records back into the same documents."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic.alias_generators import to_camel

from contracts.duties import TaskDefinition
from contracts.fields.lenient import Raw
from contracts.transfer.export_records import (
    REFERENCE_LISTS,
    Entity,
    Known,
    Record,
    has_value,
    plain,
    record_of,
    references_of,
    resolved,
)
from contracts.values import Kind, ProofType, TaskStatus
from services.exports.repair import repair
from services.work.tasks.documents import ProofFields
from services.work.tasks.proof import Proof, find_missing_proof

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


def draft_record(entity: Entity, document: Raw) -> Record:
    """The record before anybody looked whether what it refers to is there. What is stored in a way that the format
    cannot say is set aside, so that every field may be relied on from here on."""
    record = record_of(entity, document)
    shaped = _SHAPES.get(entity)
    if shaped is not None:
        record |= {name: value for name, value in shaped(document).items() if has_value(value)}
    return repair(entity, record)


def named_by(entity: Entity, drafts: Sequence[Record]) -> dict[Entity, set[str]]:
    """All ids that these records name, also within the steps of templates."""
    named = references_of(entity, drafts)
    if entity is Entity.TEMPLATES:
        for definition in (one for draft in drafts for one in _definitions(draft)):
            for name, (key, target) in _LISTS_OF_STEPS.items():
                named.setdefault(target, set()).update(reference[key] for reference in definition.get(name, ()))
    if entity is Entity.WINDOWS:
        for draft in drafts:
            for name, target in _targets_of_window(draft).items():
                named.setdefault(target, set()).add(draft[name])
    return named


def finished_record(entity: Entity, record: Record, known: Known, template_of_run: Mapping[str, str | None]) -> Record:
    """References to nothing are kept apart, so that every relation of the export holds."""
    record = resolved(entity, record, known)
    match entity:
        case Entity.TEMPLATES:
            return _with_resolved_steps(record, known)
        case Entity.TASKS:
            return _with_coherent_source(_with_template_of_run(record, template_of_run))
        case Entity.WINDOWS:
            return _with_resolved_window(record, known)
        case _:
            return record


def _targets_of_window(record: Record) -> dict[str, Entity]:
    """Of which entity its schedule is, and what was made, if it names that."""
    schedule, item = _OF_WINDOW[record["kind"]]
    return {"source_id": schedule, **({"item_id": item} if "item_id" in record else {})}


_OF_WINDOW = {
    Kind.RECURRING: (Entity.RECURRING_CONFIGS, Entity.TASKS),
    Kind.TEMPLATE: (Entity.TEMPLATES, Entity.BUNDLES),
}


def _with_resolved_window(record: Record, known: Known) -> Record:
    """An item that is not there is left out of its field. A ledger entry names its schedule always: that stays."""
    schedule, item = _OF_WINDOW[record["kind"]]
    has_item = "item_id" not in record or record["item_id"] in known.get(item, ())
    if has_item and record["source_id"] in known.get(schedule, ()):
        return record
    lost = {
        name: record[name]
        for name, target in _targets_of_window(record).items()
        if record[name] not in known.get(target, ())
    }
    return {**_less(record, "item_id" if "item_id" in lost else ""), "unresolved_references": lost}


def _with_template_of_run(record: Record, template_of_run: Mapping[str, str | None]) -> Record:
    """A step of a run names the run's template or none."""
    template = template_of_run.get(record.get("bundle_id", ""))
    if template is None or record.get("template_id", template) == template:
        return record
    unresolved = {**record.get("unresolved_references", {}), "template_id": record["template_id"]}
    return {**_less(record, "template_id"), "unresolved_references": unresolved}


def _with_coherent_source(record: Record) -> Record:
    """Clients may state any source. One that the format does not have, or that lacks what goes with it, is kept as
    ``stated_source``."""
    source = record.get("source", "")
    named = record.keys() | record.get("unresolved_references", {}).keys()
    if source in _GOES_WITH and named >= _GOES_WITH[source]:
        return record
    return {**record, "source": "manual", **({"stated_source": source} if source else {})}


_GOES_WITH: Mapping[str, Set[str]] = {
    "manual": set(),
    "template": {"bundle_id", "template_id", "template_task_ref"},
    "recurring": {"recurring_config_id"},
    "telegram": set(),
    "email": set(),
}


def with_proof(record: Record, outside: ProofOutside) -> Record:
    """A done task as a reader of the format accepts it.

    A requirement that was waived when it was closed is exported as none, the original under ``waived_requirements``.
    An approved artifact that only its run lists is listed by the task too, and named in ``inherited_artifact_refs``.
    """
    if record["status"] != TaskStatus.DONE:
        return record
    inherited = _inherited(record, outside)
    proof = Proof(
        has_file=record["task_id"] in outside.with_file,
        approved_artifact=bool(inherited) or _has_artifact(record, outside),
    )
    closed = {
        missing.sort for missing in find_missing_proof(cast("ProofFields", {**record, "validation": None}), proof)
    }
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
    proof: Record = record.get("proof_requirement") or {}
    if proof.get("type") != ProofType.ARTIFACT or _has_artifact(record, outside):
        return []
    return [id for id in outside.listed.get(record.get("bundle_id", ""), ()) if id in outside.approved][:1]


def _waiving(record: Record, closed: Set[str]) -> Record:
    waived = {name: record[name] for name, sort in _SORTS.items() if sort in closed}
    if not waived:
        return record
    exported = {**record, "waived_requirements": waived}
    if "required_link_name" in waived:
        exported = _less(exported, "required_link_name")
    if "requires_file" in waived:
        exported["requires_file"] = False
    if proof := waived.get("proof_requirement"):
        exported["proof_requirement"] = {**proof, "required": False}
    return exported


def _less(record: Record, field: str) -> Record:
    return {name: value for name, value in record.items() if name != field}


_SORTS = {"required_link_name": "link", "requires_file": "file", "proof_requirement": "proof"}


def _config(document: Raw) -> Record:
    stored = document.get("current")
    current = cast("Raw", stored if isinstance(stored, dict) else {})
    return {
        "cron_expression": str(current.get("cron", "")),
        "enabled": plain(current.get("enabled")),
        **_timeline(document),
    }


def _template(document: Raw) -> Record:
    definitions = document.get("task_definitions")
    if isinstance(definitions, list):
        definitions = [_definition(one) for one in cast("list[Any]", definitions)]
    return {"task_definitions": plain(definitions), **_timeline(document)}


def _timeline(document: Raw) -> Record:
    stored = document.get("timeline")
    if not isinstance(stored, list):
        return {"timeline": plain(stored)}
    archived_at: object = None
    timeline: list[Any] = []
    for entry in cast("list[Any]", stored):
        if not isinstance(entry, dict):
            timeline.append(plain(entry))
            continue
        revision = cast("Raw", entry)
        archived_at = (archived_at or revision.get("since")) if revision.get("archived") else None
        timeline.append({to_camel(name): plain(value) for name, value in revision.items()})
    return {"timeline": timeline, "archived_at": plain(archived_at)}


def _definition(definition: Any) -> Any:
    """Our names as on HTTP; keys that clients added stay as they are."""
    if not isinstance(definition, dict):
        return plain(definition)
    stored = cast("Raw", definition)
    return {_DEFINITION_KEYS.get(name, name): plain(value) for name, value in stored.items()}


def _definitions(record: Record) -> list[Record]:
    return [one for one in record.get("task_definitions", ()) if isinstance(one, dict)]


def _with_resolved_steps(record: Record, known: Known) -> Record:
    """What single steps name and is not there is kept apart too, by the ``refId`` of the step."""
    lost = {one["refId"]: found for one in _definitions(record) if (found := _lost_by_step(one, known))}
    if not lost:
        return record
    steps = [_step_without(one, lost.get(one["refId"], {})) for one in _definitions(record)]
    unresolved = {**record.get("unresolved_references", {}), "task_definitions": lost}
    return {**record, "task_definitions": steps, "unresolved_references": unresolved}


def _lost_by_step(definition: Record, known: Known) -> Record:
    lost: Record = {}
    assignee = definition.get("assigneeId")
    if assignee and assignee not in known[Entity.USERS]:
        lost["assigneeId"] = assignee
    for name, (key, target) in _LISTS_OF_STEPS.items():
        if gone := [one for one in definition.get(name, ()) if one[key] not in known.get(target, ())]:
            lost[name] = gone
    return lost


def _step_without(definition: Record, lost: Record) -> Record:
    kept = {
        name: [one for one in definition[name] if one not in gone]
        for name, gone in lost.items()
        if isinstance(gone, list)
    }
    return {name: kept.get(name, value) for name, value in definition.items() if name not in lost or kept.get(name)}


_LISTS_OF_STEPS = {to_camel(name): target for name, target in REFERENCE_LISTS.items()}


_SHAPES: Mapping[Entity, Callable[[Raw], Record]] = {
    Entity.RECURRING_CONFIGS: _config,
    Entity.TEMPLATES: _template,
}
