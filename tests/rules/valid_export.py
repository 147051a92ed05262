"""A small export that is valid by the strictest rules, with a record or more of every entity."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from contracts.transfer.export_records import Entity, line_of

Record = dict[str, Any]
AT, LATER = "2028-02-01T08:00:00.000Z", "2028-02-02T09:30:00.000Z"
_STAMPS = {"created_at": AT, "updated_at": LATER, "version": 2}
_TIMELINE = [{"since": AT, "cron": "0 9 * * *", "leadDays": 0, "enabled": True, "archived": False}]
_WINDOW = {"kind": "recurring", "source_id": "config-1", "trigger": "schedule", "first_at": AT, "last_at": AT}

RECORDS: dict[Entity, list[Record]] = {
    Entity.USERS: [
        {"user_id": "user-1", "name": "Olivia", "email": "olivia@example.org", "role": "admin", "created_at": AT},
        {"user_id": "user-2", "name": "Paul", "email": "paul@example.org", "role": "operator", "created_at": AT},
    ],
    Entity.TASKS: [
        {
            "task_id": "task-1",
            "description": "Approve Slack invites",
            "date": "2028-02-02",
            "status": "waiting",
            "source": "recurring",
            "recurring_config_id": "config-1",
            "window_date": "2028-02-02",
            "assignee_id": "user-1",
            "waiting_for": "The workspace owner",
            "follow_up_at": "2028-02-05",
            "comment": "Asked on Monday",
            "systems": ["Slack"],
            **_STAMPS,
        },
        {
            "task_id": "task-2",
            "description": "Publish the page",
            "date": "2028-02-03",
            "status": "done",
            "source": "template",
            "bundle_id": "bundle-1",
            "template_id": "template-1",
            "template_task_ref": "page",
            "stage_on_complete": "announced",
            "completed_at": LATER,
            "completed_by": "user-2",
            "link": "https://example.org/page",
            "required_link_name": "Page",
            "requires_file": True,
            "proof_requirement": {"type": "artifact", "label": "Page", "required": True},
            "validation": {"requiredBundleLinks": ["Page"]},
            "artifact_refs": [{"artifactId": "artifact-1"}],
            "assistant_job_refs": [{"assistantJobId": "job-1"}],
            "audit_event_refs": [{"auditEventId": "event-1"}],
            "tags": ["page"],
            **_STAMPS,
        },
        {
            "task_id": "task-3",
            "description": "Tell the sponsor",
            "date": "2028-02-03",
            "status": "done",
            "source": "manual",
            "completed_at": LATER,
            "link": "https://example.org/sponsor",
            "proof_requirement": {"type": "url"},
            **_STAMPS,
        },
    ],
    Entity.BUNDLES: [
        {
            "bundle_id": "bundle-1",
            "title": "Webinar - Feb 3",
            "anchor_date": "2028-02-03",
            "template_id": "template-1",
            "run_key": "template-1:2028-02-03",
            "status": "active",
            "stage": "announced",
            "bundle_links": [{"name": "Page", "url": "https://example.org/page"}],
            "artifact_refs": [{"artifactId": "artifact-1"}],
            "emoji": "🎙",
            **_STAMPS,
        }
    ],
    Entity.TEMPLATES: [
        {
            "template_id": "template-1",
            "name": "Webinar",
            "type": "webinar",
            "default_assignee_id": "user-1",
            "phases": [{"id": "before", "name": "Before", "stage": "preparation"}],
            "source_doc_ids": ["doc-1"],
            "task_definitions": [
                {
                    "refId": "page",
                    "description": "Publish the page",
                    "offsetDays": 0,
                    "assigneeId": "user-2",
                    "systems": ["Site"],
                    "proofRequirement": {"type": "url", "required": False},
                    "stageOnComplete": "announced",
                    "artifactRefs": [{"artifactId": "artifact-1"}],
                },
                {"refId": "mail", "description": "Send the mail", "offsetDays": 1},
            ],
            "trigger_type": "automatic",
            "trigger_schedule": "0 9 * * *",
            "trigger_lead_days": 0,
            "trigger_enabled": True,
            "timeline": _TIMELINE,
            **_STAMPS,
        }
    ],
    Entity.RECURRING_CONFIGS: [
        {
            "recurring_config_id": "config-1",
            "description": "Approve Slack invites",
            "cron_expression": "0 9 * * *",
            "enabled": True,
            "assignee_id": "user-1",
            "timeline": _TIMELINE,
            **_STAMPS,
        }
    ],
    Entity.FILES: [
        {
            "file_id": "file-1",
            "task_id": "task-2",
            "bundle_id": "bundle-1",
            "filename": "page.pdf",
            "category": "document",
            "storage_uri": "gridfs://files/file-1",
            "storage_provider": "gridfs",
            "content_type": "application/pdf",
            "checksum": f"sha256:{'0' * 64}",
            "size_bytes": 12,
            "created_at": AT,
        }
    ],
    Entity.ARTIFACTS: [
        {
            "artifact_id": "artifact-1",
            "type": "report",
            "title": "The page",
            "status": "approved",
            "storage_uri": "s3://pages/1",
            "storage_provider": "s3",
            "visibility": "internal",
            "data_class": "internal",
            "source_type": "manual-link",
            "checksum": f"sha256:{'0' * 64}",
            "size_bytes": 12,
            "task_id": "task-2",
            "bundle_id": "bundle-1",
            "file_id": "file-1",
            "assistant_job_id": "job-1",
            "created_by": "user-1",
            "reviewed_by": "user-2",
            "reviewed_at": LATER,
            "metadata": {"pages": 3},
            **_STAMPS,
        }
    ],
    Entity.ASSISTANT_JOBS: [
        {
            "assistant_job_id": "job-1",
            "assistant_type": "writer",
            "title": "Write the page",
            "status": "approved",
            "task_id": "task-2",
            "requested_by": "user-1",
            "input_refs": [],
            "output_artifact_ids": ["artifact-1"],
            "approval_required": True,
            "approval": {"status": "approved", "decidedBy": "user-1", "decidedAt": LATER},
            "attempt_count": 1,
            "max_attempts": 3,
            "created_at": AT,
            "updated_at": LATER,
        }
    ],
    Entity.AUDIT_EVENTS: [
        {
            "audit_event_id": "event-1",
            "summary": "Approved",
            "action": "approved",
            "assistant_job_id": "job-1",
            "actor_id": "user-1",
            "created_at": AT,
        }
    ],
    Entity.NOTIFICATIONS: [
        {
            "notification_id": "notice-1",
            "message": "Follow up on Approve Slack invites",
            "notification_type": "follow-up-due",
            "task_id": "task-1",
            "due_at": "2028-02-05",
            "dismissed": False,
            "created_at": AT,
        },
        {
            "notification_id": "notice-2",
            "message": "Approve Slack invites is due",
            "notification_type": "recurring-due",
            "task_id": "task-1",
            "recurring_config_id": "config-1",
            "user_id": "user-1",
            "metadata": {"recurringConfigId": "config-1"},
            "dismissed": True,
            "created_at": AT,
        },
        {
            "notification_id": "notice-3",
            "message": "The run was created",
            "notification_type": "stage-change",
            "bundle_id": "bundle-1",
            "template_id": "template-1",
            "dismissed": False,
            "created_at": AT,
        },
    ],
    Entity.WINDOWS: [
        {
            "window_id": "recurring:config-1:2028-02-02",
            "date": "2028-02-02",
            "outcome": "generated",
            "item_id": "task-1",
            "opened_at": AT,
            **_WINDOW,
        }
    ],
    Entity.HISTORY: [
        {"history_id": "row-1", "kind": "task.created", "at": AT, "recorded_at": AT, "task_id": "task-1", "data": {}}
    ],
}


class Export:
    """An export to spoil: ``records`` and ``manifest`` are free to change before it is written."""

    def __init__(self, *, producer: str | None = "dataops 0.1.0") -> None:
        self.records = copy.deepcopy(RECORDS)
        self.raw: dict[Entity, bytes] = {}
        """What stands in a file in the place of its records."""
        self.manifest: dict[str, Any] = {
            "schema_version": "dataops.execution.v1",
            "export_format_version": 1,
            "generated_at": "2028-02-03T10:00:00.000Z",
            "source_environment": "test",
            "source_stack": "unknown",
            "source_region": "unknown",
            "app_git_sha": "unknown",
            "redactions": ["users.password_hash", "sessions"],
            "omitted_entities": ["sessions"],
            **({"producer": producer} if producer else {}),
        }

    def write(self, directory: Path) -> Path:
        """Counts and checksums are those of the files, unless the manifest has its own already."""
        directory.mkdir(parents=True, exist_ok=True)
        bodies = {
            entity: self.raw.get(entity, "".join(map(line_of, records)).encode())
            for entity, records in self.records.items()
        }
        for entity, body in bodies.items():
            (directory / entity.file_name).write_bytes(body)
        found = {
            "entity_files": {entity: entity.file_name for entity in bodies},
            "entity_counts": {entity: len(records) for entity, records in self.records.items()},
            "checksums": {
                entity.file_name: f"sha256:{hashlib.sha256(body).hexdigest()}" for entity, body in bodies.items()
            },
        }
        (directory / "manifest.json").write_text(json.dumps({**found, **self.manifest}, indent=2) + "\n")
        return directory
