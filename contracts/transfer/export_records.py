"""The records of the portable export: their fields, what they refer to, and how they are written."""

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from typing import Any, cast

from contracts.values import iso_milliseconds

Document = Mapping[str, Any]
Record = dict[str, Any]


class Entity(StrEnum):
    """In the order of their files. The last two go beyond the format's ten; its other readers ignore them."""

    USERS = "users"
    TASKS = "tasks"
    BUNDLES = "bundles"
    TEMPLATES = "templates"
    RECURRING_CONFIGS = "recurring_configs"
    FILES = "files"
    ARTIFACTS = "artifacts"
    ASSISTANT_JOBS = "assistant_jobs"
    AUDIT_EVENTS = "audit_events"
    NOTIFICATIONS = "notifications"
    WINDOWS = "windows"
    HISTORY = "history"

    @property
    def file_name(self) -> str:
        return f"{self}.jsonl"

    @property
    def id_field(self) -> str:
        return _ID_FIELDS[self]

    @property
    def fields(self) -> frozenset[str]:
        """The allowed fields of a record: what is not named here never leaves."""
        return _FIELDS[self]


_ID_FIELDS = {
    Entity.USERS: "user_id",
    Entity.TASKS: "task_id",
    Entity.BUNDLES: "bundle_id",
    Entity.TEMPLATES: "template_id",
    Entity.RECURRING_CONFIGS: "recurring_config_id",
    Entity.FILES: "file_id",
    Entity.ARTIFACTS: "artifact_id",
    Entity.ASSISTANT_JOBS: "assistant_job_id",
    Entity.AUDIT_EVENTS: "audit_event_id",
    Entity.NOTIFICATIONS: "notification_id",
    Entity.WINDOWS: "window_id",
    Entity.HISTORY: "history_id",
}

_DATABASE_KEYS = frozenset({"_id", "PK", "SK"})
_STAMPS = "created_at updated_at version deleted_at unresolved_references"
UNREADABLE = "unreadable_fields"
"""Of any record: the fields that are stored in a way that the format cannot say, each with reason and stored value."""
_DUTY = "instructions instructions_url instruction_doc_id systems required_link_name requires_file proof_requirement"
_REFERENCES = "artifact_refs assistant_job_refs audit_event_refs"
_WORK_IDS = "task_id bundle_id template_id recurring_config_id"

_FIELDS = {
    entity: frozenset(f"{_ID_FIELDS[entity]} {UNREADABLE} {names}".split())
    for entity, names in {
        Entity.USERS: "name email role active created_at",
        Entity.TASKS: f"description date status source comment waiting_for follow_up_at external_status {_DUTY} "
        f"instruction_step_id phase validation link assignee_id completed_by completed_at completion_refused_at "
        f"{_WORK_IDS} template_task_ref stage_on_complete step tags {_REFERENCES} {_STAMPS} "
        "window_date overdue_from late_run missing waived_requirements inherited_artifact_refs stated_source",
        Entity.BUNDLES: f"title description anchor_date template_id status stage references bundle_links tags emoji "
        f"steps run_key archived_at {_REFERENCES} {_STAMPS}",
        Entity.TEMPLATES: f"name type emoji tags default_assignee_id phases source_doc_ids references "
        f"bundle_link_definitions task_definitions trigger_type trigger_schedule trigger_lead_days trigger_enabled "
        f"timeline archived_at {_STAMPS}",
        Entity.RECURRING_CONFIGS: f"description cron_expression enabled assignee_id tags {_DUTY} "
        f"timeline archived_at {_STAMPS}",
        Entity.FILES: f"task_id bundle_id filename category tags storage_path storage_uri storage_provider "
        f"content_type checksum size_bytes {_STAMPS}",
        Entity.ARTIFACTS: f"type title description status storage_uri storage_provider visibility data_class "
        f"source_type filename content_type checksum size_bytes tags metadata task_id bundle_id file_id "
        f"assistant_job_id created_by reviewed_by reviewed_at {_STAMPS}",
        Entity.ASSISTANT_JOBS: "",
        Entity.AUDIT_EVENTS: "",
        Entity.NOTIFICATIONS: f"message notification_type severity user_id {_WORK_IDS} metadata due_at dismissed "
        "dismissed_by resolved cause created_at unresolved_references",
        Entity.WINDOWS: "kind source_id date outcome trigger opened_at late item_id attempts generated skipped "
        "first_at last_at error open reopened_at reason acknowledged_by acknowledged_at acknowledgement "
        "unresolved_references",
        Entity.HISTORY: f"recorded_at at kind actor {_WORK_IDS} data",
    }.items()
}


def record_of(entity: Entity, document: Document) -> Record:
    """The allowed fields of a stored document that have a value, ``_id`` under the entity's own name.

    False, 0 and an empty object are values; None, an empty text and an empty list are not.
    """
    allowed = entity.fields
    record: Record = {entity.id_field: document["_id"]}
    for name, value in document.items():
        if name in allowed and value is not None and value != "" and value != []:
            record[name] = value if isinstance(value, str) else plain(value)
    return record


def has_value(value: object) -> bool:
    return value is not None and value != "" and value != []


def plain(value: Any) -> Any:
    """What JSON can say of a stored value: instants as RFC 3339 in UTC with milliseconds, no keys of a database."""
    if isinstance(value, str | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dt.datetime):
        return iso_milliseconds(value)
    if isinstance(value, list):
        return [plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        entries = cast("dict[Any, Any]", value).items()
        return {str(name): plain(one) for name, one in entries if name not in _DATABASE_KEYS}
    return str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


def line_of(record: Record) -> str:
    """Top-level keys in order, nested ones as they are, no spaces, a newline at the end. ValueError for NaN."""
    return _ENCODER.encode(dict(sorted(record.items()))) + "\n"


RELATIONS: Mapping[Entity, Mapping[str, Entity]] = {
    Entity.TASKS: {
        "assignee_id": Entity.USERS,
        "completed_by": Entity.USERS,
        "bundle_id": Entity.BUNDLES,
        "template_id": Entity.TEMPLATES,
        "recurring_config_id": Entity.RECURRING_CONFIGS,
    },
    Entity.BUNDLES: {"template_id": Entity.TEMPLATES},
    Entity.TEMPLATES: {"default_assignee_id": Entity.USERS},
    Entity.RECURRING_CONFIGS: {"assignee_id": Entity.USERS},
    Entity.FILES: {"task_id": Entity.TASKS, "bundle_id": Entity.BUNDLES},
    Entity.ARTIFACTS: {
        "task_id": Entity.TASKS,
        "bundle_id": Entity.BUNDLES,
        "file_id": Entity.FILES,
        "assistant_job_id": Entity.ASSISTANT_JOBS,
        "created_by": Entity.USERS,
        "reviewed_by": Entity.USERS,
    },
    Entity.NOTIFICATIONS: {
        "user_id": Entity.USERS,
        "task_id": Entity.TASKS,
        "bundle_id": Entity.BUNDLES,
        "template_id": Entity.TEMPLATES,
        "recurring_config_id": Entity.RECURRING_CONFIGS,
    },
}
"""Fields that name a record of another file. Actors in timelines, windows and history are names only."""

REFERENCE_LISTS: Mapping[str, tuple[str, Entity]] = {
    "artifact_refs": ("artifactId", Entity.ARTIFACTS),
    "assistant_job_refs": ("assistantJobId", Entity.ASSISTANT_JOBS),
    "audit_event_refs": ("auditEventId", Entity.AUDIT_EVENTS),
}
"""Fields of tasks and bundles: lists of objects, the key that names a record, and of which file."""

Known = Mapping[Entity, Set[str]]


def references_of(entity: Entity, records: Iterable[Record]) -> dict[Entity, set[str]]:
    """All ids that these records name, by the file in which they should be."""
    named: dict[Entity, set[str]] = {}
    for record in records:
        for name, target in RELATIONS.get(entity, {}).items():
            if name in record:
                named.setdefault(target, set()).add(record[name])
        for name, (key, target) in REFERENCE_LISTS.items():
            if name in record:
                named.setdefault(target, set()).update(reference[key] for reference in record[name])
    return named


def resolved(entity: Entity, record: Record, known: Known) -> Record:
    """The record without the references that lead nowhere; those are kept in ``unresolved_references``."""
    unresolved: Record = {}
    for name, target in RELATIONS.get(entity, {}).items():
        if name in record and record[name] not in known.get(target, ()):
            unresolved[name] = record[name]
    for name, (key, target) in REFERENCE_LISTS.items():
        if lost := [one for one in record.get(name, ()) if one[key] not in known.get(target, ())]:
            unresolved[name] = lost
    if not unresolved:
        return record
    kept = {name: _without(value, unresolved.get(name)) for name, value in record.items()}
    return {name: value for name, value in kept.items() if has_value(value)} | {"unresolved_references": unresolved}


def _without(value: Any, lost: Any) -> Any:
    if lost is None:
        return value
    return [one for one in value if one not in lost] if isinstance(lost, list) else None
