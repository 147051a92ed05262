"""What the format has: each entity with its fields, what they may hold, and what they refer to. One table."""

from enum import StrEnum

from contracts.artifacts import ArtifactStatus, ArtifactType, DataClass, SourceType, StorageProvider
from contracts.files import FileCategory
from contracts.transfer.export_records import UNREADABLE, Entity
from contracts.values import BundleStatus, Kind, Outcome, Stage, TaskStatus, Trigger
from services.exports import kinds
from services.exports.shapes import Field, ListedRefs, S, Shape, V, at, enum, ref, text

_ID = Field(kinds.text, V, V)
_LINE = text(V, V)
_TEXT, _TEXTS, _FLAG, _COUNT = text(), Field(kinds.texts), Field(kinds.boolean), Field(kinds.count)
_CREATED, _UPDATED = at(V, S), at(V, S)
_STAMPS = {"created_at": _CREATED, "version": _COUNT, "deleted_at": Field(kinds.instant)}
_MOMENT = Field(kinds.timestamp, V, strictly=kinds.moment)
_ANY: Field = Field(lambda _: None)

_ARTIFACT_REFS = ListedRefs("artifact_refs", "artifactId", Entity.ARTIFACTS, S)
_JOB_REFS = ListedRefs("assistant_job_refs", "assistantJobId", Entity.ASSISTANT_JOBS, V)
_EVENT_REFS = ListedRefs("audit_event_refs", "auditEventId", Entity.AUDIT_EVENTS, S)
_LISTED = (_ARTIFACT_REFS, _JOB_REFS, _EVENT_REFS)
_LISTED_FIELDS = {one.field: Field(kinds.objects, V) for one in _LISTED}


class TaskSource(StrEnum):
    MANUAL = "manual"
    TEMPLATE = "template"
    RECURRING = "recurring"
    TELEGRAM = "telegram"
    EMAIL = "email"


PROOF_TYPES = ("url", "file", "artifact", "comment", "external-status")
_JOB_STATES = (
    *("draft", "queued", "running", "waiting_approval", "approved", "rejected"),
    *("retrying", "succeeded", "failed", "canceled"),
)
_AUDIT_ACTIONS = (
    *("created", "queued", "started", "log-appended", "artifact-attached", "approval-requested", "approved"),
    *("rejected", "retry-requested", "failed", "canceled", "succeeded"),
)
_NOTIFICATION_TYPES = (
    *("task-due", "task-overdue", "follow-up-due", "missing-evidence", "recurring-due"),
    *("stage-change", "automation-failure"),
)
_TASK_FIELDS = {
    "task_id": _ID,
    "description": _LINE,
    "date": Field(kinds.date, V, V),
    "status": enum(TaskStatus, V, S),
    "source": enum(TaskSource, S, S),
    "comment": _TEXT,
    "waiting_for": _TEXT,
    "follow_up_at": _MOMENT,
    **dict.fromkeys(
        ("external_status", "instructions_url", "instruction_doc_id", "instruction_step_id", "phase"), text(V)
    ),
    "systems": Field(kinds.texts, V),
    "validation": Field(kinds.text_or_object, V),
    "proof_requirement": Field(kinds.mapping, V),
    "link": _TEXT,
    "required_link_name": _TEXT,
    "requires_file": _FLAG,
    "assignee_id": ref(Entity.USERS),
    "completed_by": ref(Entity.USERS),
    "bundle_id": ref(Entity.BUNDLES),
    "template_id": ref(Entity.TEMPLATES),
    "recurring_config_id": ref(Entity.RECURRING_CONFIGS),
    "template_task_ref": _TEXT,
    "stage_on_complete": enum(Stage),
    **_LISTED_FIELDS,
    "tags": _TEXTS,
    "completed_at": at(),
    **_STAMPS,
    "updated_at": _UPDATED,
    # Ours.
    **dict.fromkeys(("window_date", "overdue_from"), Field(kinds.date)),
    "completion_refused_at": at(S),
    "step": _COUNT,
    "late_run": _FLAG,
    "missing": _TEXTS,
    "instructions": _TEXT,
}
_BUNDLE_FIELDS = {
    "bundle_id": _ID,
    "title": text(S, S),
    "description": _TEXT,
    "anchor_date": Field(kinds.date, V),
    "template_id": ref(Entity.TEMPLATES),
    "status": enum(BundleStatus, S, S),
    "stage": enum(Stage, S, S),
    "references": Field(kinds.objects),
    "bundle_links": Field(kinds.objects),
    "tags": _TEXTS,
    **_LISTED_FIELDS,
    **_STAMPS,
    "updated_at": _UPDATED,
    # Ours.
    "emoji": _TEXT,
}
_TEMPLATE_FIELDS = {
    "template_id": _ID,
    "name": text(S, S),
    "type": text(S, S),
    "tags": _TEXTS,
    "default_assignee_id": ref(Entity.USERS, S),
    "phases": Field(kinds.objects, V),
    "source_doc_ids": Field(kinds.texts, V),
    "references": Field(kinds.objects),
    "bundle_link_definitions": Field(kinds.objects),
    "task_definitions": Field(kinds.array, V),
    "trigger_type": enum(("automatic", "manual")),
    "trigger_schedule": _TEXT,
    "trigger_lead_days": Field(kinds.number, S, strictly=kinds.count),
    "trigger_enabled": Field(kinds.boolean, V),
    **_STAMPS,
    "updated_at": _UPDATED,
    # Ours.
    "emoji": _TEXT,
    "timeline": Field(kinds.objects),
}
_CONFIG_FIELDS = {
    "recurring_config_id": _ID,
    "description": _LINE,
    "cron_expression": _LINE,
    "assignee_id": ref(Entity.USERS),
    "enabled": Field(kinds.boolean, S, S),
    **_STAMPS,
    "updated_at": _UPDATED,
    # Ours.
    "tags": _TEXTS,
    "timeline": Field(kinds.objects),
}
_FILE_FIELDS = {
    "file_id": _ID,
    "task_id": ref(Entity.TASKS),
    "bundle_id": ref(Entity.BUNDLES),
    "filename": text(S, S),
    "category": enum(FileCategory, S, S),
    "tags": _TEXTS,
    "storage_uri": text(S, S),
    "storage_provider": _TEXT,
    "content_type": _TEXT,
    "checksum": text(S, S),
    "size_bytes": Field(kinds.count, S, S),
    **_STAMPS,
}
_ARTIFACT_FIELDS = {
    "artifact_id": _ID,
    "type": enum(ArtifactType, V, V),
    "title": _LINE,
    "storage_uri": _LINE,
    "status": enum(ArtifactStatus, V),
    "storage_provider": enum(StorageProvider, V),
    "visibility": enum(DataClass, V),
    "data_class": enum(DataClass, V),
    "source_type": enum(SourceType, V),
    **dict.fromkeys(("description", "filename", "content_type", "checksum"), text(V)),
    "size_bytes": Field(kinds.number, V),
    "tags": Field(kinds.texts, V),
    "created_at": at(V, V),
    "updated_at": at(V, V),
    "reviewed_at": at(),
    "task_id": ref(Entity.TASKS),
    "bundle_id": ref(Entity.BUNDLES),
    "file_id": ref(Entity.FILES),
    "assistant_job_id": ref(Entity.ASSISTANT_JOBS),
    "created_by": ref(Entity.USERS),
    "reviewed_by": ref(Entity.USERS),
    "metadata": Field(kinds.mapping, V),
    "version": _COUNT,
    "deleted_at": Field(kinds.instant),
}
_JOB_FIELDS = {
    "assistant_job_id": _ID,
    "assistant_type": _LINE,
    "title": _LINE,
    "status": enum(_JOB_STATES, V),
    "task_id": ref(Entity.TASKS),
    "bundle_id": ref(Entity.BUNDLES),
    "requested_by": ref(Entity.USERS),
    "input_refs": Field(kinds.array, V),
    "output_artifact_ids": Field(kinds.texts, V),
    "log_refs": Field(kinds.array, V),
    "approval_required": Field(kinds.boolean, V),
    "approval": Field(kinds.mapping, V),
    "attempt_count": Field(kinds.number, V),
    "max_attempts": Field(kinds.number, V),
    "retry_of_job_id": ref(Entity.ASSISTANT_JOBS),
    "last_error": _ANY,
    "created_at": at(V, V),
    "updated_at": at(V, V),
    **dict.fromkeys(("queued_at", "started_at", "completed_at"), at()),
}
_EVENT_FIELDS = {
    "audit_event_id": _ID,
    "summary": _LINE,
    "action": enum(_AUDIT_ACTIONS, V, V),
    "assistant_job_id": ref(Entity.ASSISTANT_JOBS),
    "actor_id": ref(Entity.USERS),
    "metadata": _ANY,
    "created_at": at(V, V),
}
_NOTIFICATION_FIELDS = {
    "notification_id": _ID,
    "message": _LINE,
    "notification_type": enum(_NOTIFICATION_TYPES, V, S),
    "user_id": ref(Entity.USERS),
    "task_id": ref(Entity.TASKS),
    "bundle_id": ref(Entity.BUNDLES),
    "template_id": ref(Entity.TEMPLATES),
    "recurring_config_id": ref(Entity.RECURRING_CONFIGS),
    "metadata": Field(kinds.text_or_object, V),
    "due_at": _MOMENT,
    "dismissed": Field(kinds.boolean, S, S),
    "created_at": _CREATED,
    # Ours.
    "resolved": _FLAG,
    "dismissed_by": _TEXTS,
    "cause": _TEXT,
}
_USER_FIELDS = {
    "user_id": _ID,
    "name": text(S, S),
    "email": text(S, S),
    "created_at": at(S, S),
    # Ours.
    "role": enum(("operator", "admin")),
    "active": _FLAG,
}

_WINDOW_FIELDS = {
    "window_id": text(S, S),
    "kind": enum(Kind, S, S),
    "source_id": text(S, S),
    "date": Field(kinds.date, S, S),
    "outcome": enum(Outcome, S, S),
    "trigger": enum(Trigger, S, S),
    "opened_at": at(S),
    "item_id": _TEXT,
    "error": Field(kinds.mapping),
    **dict.fromkeys(("late", "open"), _FLAG),
    **dict.fromkeys(("attempts", "generated", "skipped"), _COUNT),
    **dict.fromkeys(("first_at", "last_at"), at(S, S)),
    **dict.fromkeys(("reopened_at", "acknowledged_at"), at(S)),
}
_HISTORY_FIELDS = {
    "history_id": text(S, S),
    "kind": text(S, S),
    "at": at(S, S),
    "recorded_at": at(S, S),
    "data": Field(kinds.mapping),
}

_SHAPES = {
    Entity.USERS: Shape(_USER_FIELDS),
    Entity.TASKS: Shape(_TASK_FIELDS, _LISTED),
    Entity.BUNDLES: Shape(_BUNDLE_FIELDS, _LISTED),
    Entity.TEMPLATES: Shape(_TEMPLATE_FIELDS),
    Entity.RECURRING_CONFIGS: Shape(_CONFIG_FIELDS),
    Entity.FILES: Shape(_FILE_FIELDS),
    Entity.ARTIFACTS: Shape(_ARTIFACT_FIELDS, scanned=V),
    Entity.ASSISTANT_JOBS: Shape(_JOB_FIELDS, scanned=V),
    Entity.AUDIT_EVENTS: Shape(_EVENT_FIELDS, scanned=V),
    Entity.NOTIFICATIONS: Shape(_NOTIFICATION_FIELDS, scanned=V),
    Entity.WINDOWS: Shape(_WINDOW_FIELDS),
    Entity.HISTORY: Shape(_HISTORY_FIELDS),
}

SHAPES = {
    entity: Shape({**shape.fields, UNREADABLE: Field(kinds.mapping)}, shape.listed, shape.scanned)
    for entity, shape in _SHAPES.items()
}
