"""What must hold between records, once all of them are known."""

from collections.abc import Iterator
from typing import cast

from contracts.transfer.export_records import Entity
from contracts.values import TaskStatus
from services.exports.checks.fields import Record, entries, is_absent, listed_problems, wrong
from services.exports.checks.nested import DEFINITION_REFS, proof_problems
from services.exports.checks.records_read import Known
from services.exports.checks.single_record import unresolved_of
from services.exports.entities import SHAPES
from services.exports.faults import Level, Problem, quoted
from services.exports.shapes import ListedRefs
from services.work.tasks.proof import Proof, ProofFields, find_missing_proof

V, S = Level.FORMAT, Level.STRICT
_IN_METADATA = {
    "taskId": Entity.TASKS,
    "bundleId": Entity.BUNDLES,
    "templateId": Entity.TEMPLATES,
    "recurringConfigId": Entity.RECURRING_CONFIGS,
}
_ITEMS = {"recurring": (Entity.RECURRING_CONFIGS, Entity.TASKS), "template": (Entity.TEMPLATES, Entity.BUNDLES)}


def relation_problems(record: Record, entity: Entity, known: Known) -> Iterator[Problem]:
    shape = SHAPES[entity]
    for name, (target, level) in shape.references.items():
        if name in record:
            yield from _resolve(record[name], name, target, known, level)
    for listed in shape.listed:
        yield from _listed(record, listed, known)
    match entity:
        case Entity.TASKS:
            yield from _of_its_run(record, known)
            yield from _proof(record, known)
        case Entity.TEMPLATES:
            yield from _definitions(record, known)
        case Entity.ASSISTANT_JOBS:
            yield from _job(record, known)
        case Entity.NOTIFICATIONS:
            metadata = record.get("metadata")
            for key, target in _IN_METADATA.items() if isinstance(metadata, dict) else ():
                value = cast("Record", metadata).get(key)
                yield from _resolve(value, f"metadata.{key}", target, known, S)
        case Entity.WINDOWS:
            source, item = _ITEMS.get(str(record.get("kind")), (None, None))
            if source is not None and item is not None:
                if "source_id" not in unresolved_of(record):  # it stays in its field, whatever became of its schedule
                    yield from _resolve(record.get("source_id"), "source_id", source, known, S)
                yield from _resolve(record.get("item_id"), "item_id", item, known, S)
        case _:
            pass


def _resolve(value: object, name: str, target: Entity, known: Known, level: Level, at: str = "") -> Iterator[Problem]:
    if isinstance(value, str) and not is_absent(value) and value not in known.ids[target]:
        path = f"{at.removeprefix('.')}.{name}" if at else name
        yield Problem(path, f"references missing {name}: {quoted(value)}", level, at, mendable=True)


def _listed(record: Record, listed: ListedRefs, known: Known, at: str = "") -> Iterator[Problem]:
    for position, entry in enumerate(entries(record, listed.field)):
        place = f"{at}.{listed.field}[{position}]"
        yield from _resolve(entry.get(listed.key), listed.key, listed.refers_to, known, listed.level, place)


def _of_its_run(task: Record, known: Known) -> Iterator[Problem]:
    template = known.template_of_bundle.get(str(task.get("bundle_id")))
    if not is_absent(template) and not is_absent(task.get("template_id")) and template != task["template_id"]:
        yield Problem("template_id", "field template_id must be that of its bundle", S)


def _proof(task: Record, known: Known) -> Iterator[Problem]:
    """A done task has its proof, unless it was closed by a skip that the definition allows."""
    if task.get("status") != TaskStatus.DONE or any(_misshapen(task)):
        return
    id = task.get("task_id")
    listed = {entry.get("artifactId") for entry in entries(task, "artifact_refs")}
    has_artifact = (
        id in known.approved["task_id"]
        or (not is_absent(task.get("bundle_id")) and task["bundle_id"] in known.approved["bundle_id"])
        or bool(listed & known.approved["artifact_id"])
    )
    proof = Proof(has_file=id in known.tasks_with_file, approved_artifact=has_artifact)
    for missing in find_missing_proof(cast("ProofFields", task), proof):
        if missing.sort in _FIELDS_OF_PROOF:
            field, what = _FIELDS_OF_PROOF[missing.sort]
            if missing.sort == "proof":
                what = f"{_NOUNS.get(task['proof_requirement']['type'], task['proof_requirement']['type'])} proof"
            yield Problem(field, f"cannot be done without required {what}", mendable=True)


_FIELDS_OF_PROOF = {
    "link": ("link", "link"),
    "file": ("requires_file", "file"),
    "proof": ("proof_requirement", "proof"),
}
_NOUNS = {"artifact": "approved artifact"}


def _misshapen(task: Record) -> Iterator[Problem]:
    """Such faults were told; the rule about proof reads only what has its shape."""
    for name in _READ_BY_PROOF & task.keys():
        if task[name] is not None and (reason := SHAPES[Entity.TASKS].fields[name].check(task[name])):
            yield wrong(name, reason)
    for listed in SHAPES[Entity.TASKS].listed:
        yield from listed_problems(task, listed)
    yield from proof_problems(task, "proof_requirement")


_READ_BY_PROOF = {
    *("task_id", "bundle_id", "link", "comment", "required_link_name", "requires_file", "external_status"),
    *("validation", "proof_requirement", "artifact_refs"),
}


def _definitions(template: Record, known: Known) -> Iterator[Problem]:
    for position, definition in enumerate(entries(template, "task_definitions")):
        at = f".task_definitions[{position}]"
        yield from _resolve(definition.get("assigneeId"), "assigneeId", Entity.USERS, known, S, at)
        for listed in DEFINITION_REFS:
            yield from _listed(definition, listed, known, at)


def _job(job: Record, known: Known) -> Iterator[Problem]:
    approval = job.get("approval")
    if isinstance(approval, dict):
        decided_by = cast("Record", approval).get("decidedBy")
        yield from _resolve(decided_by, "decidedBy", Entity.USERS, known, V, ".approval")
    outputs = job.get("output_artifact_ids")
    for position, id in enumerate(cast("list[object]", outputs) if isinstance(outputs, list) else []):
        yield from _resolve(id, f"output_artifact_ids[{position}]", Entity.ARTIFACTS, known, V)
