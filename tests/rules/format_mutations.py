"""One fault for every rule that every export must keep."""

from tests.rules.mutations import (
    ARTIFACT,
    BUNDLE,
    CONFIG,
    DEFINITION,
    DONE,
    EVENT,
    EVERY,
    FILE,
    FOLLOW_UP,
    GONE,
    JOB,
    MANUAL,
    TEMPLATE,
    USER,
    WAITING,
    Mutation,
    missing,
    twice,
)
from tests.rules.valid_export import RECORDS

FORMAT = [
    # Identity.
    *(missing(place, place[0].id_field) for place in EVERY),
    *(
        Mutation(place, place[0].id_field, value, f"missing required string field {place[0].id_field}")
        for place in (USER, WAITING)
        for value in ("", 7, None)
    ),
    *(
        Mutation(
            place, "twice", twice(), f"duplicate {place[0].id_field}", place[0].id_field, len(RECORDS[place[0]]) + 1
        )
        for place in EVERY
    ),
    # Required fields.
    *(missing(WAITING, name) for name in ("description", "date", "waiting_for", "follow_up_at")),
    *(missing(CONFIG, name) for name in ("description", "cron_expression")),
    *(missing(ARTIFACT, name) for name in ("type", "title", "storage_uri", "created_at", "updated_at")),
    *(missing(JOB, name) for name in ("assistant_type", "title", "created_at", "updated_at")),
    *(missing(EVENT, name) for name in ("summary", "action", "created_at")),
    *(missing(FOLLOW_UP, name) for name in ("message", "task_id", "due_at")),
    # Dates and timestamps.
    Mutation(WAITING, "date", "2026-02-30", "field date must be a YYYY-MM-DD date", "date"),
    Mutation(BUNDLE, "anchor_date", "2028-2-3", "field anchor_date must be a YYYY-MM-DD date", "anchor_date"),
    *(
        Mutation(place, name, "some day", "must be a parseable date or timestamp", name)
        for place, names in (
            (WAITING, ("follow_up_at", "created_at", "updated_at")),
            (DONE, ("completed_at",)),
            (BUNDLE, ("created_at", "updated_at")),
            (TEMPLATE, ("created_at", "updated_at")),
            (CONFIG, ("created_at", "updated_at")),
            (FILE, ("created_at",)),
            (ARTIFACT, ("created_at", "updated_at", "reviewed_at")),
            (JOB, ("created_at", "updated_at", "queued_at", "started_at", "completed_at")),
            (EVENT, ("created_at",)),
            (FOLLOW_UP, ("due_at", "created_at")),
        )
        for name in names
    ),
    Mutation(JOB, "approval/decidedAt", "some day", "must be a parseable date", "approval.decidedAt"),
    # Words that must be known.
    *(
        Mutation(place, name, "odd", f"field {name} has unknown value: odd", name)
        for place, names in (
            (WAITING, ("status",)),
            (ARTIFACT, ("type", "status", "storage_provider", "visibility", "data_class", "source_type")),
            (JOB, ("status",)),
            (EVENT, ("action",)),
            (FOLLOW_UP, ("notification_type",)),
        )
        for name in names
    ),
    Mutation(JOB, "approval/status", "odd", "has unknown value: odd", "approval.status"),
    # Kinds.
    *(
        Mutation(WAITING, name, 7, f"field {name} must be a string when present", name)
        for name in ("external_status", "instructions_url", "instruction_doc_id", "instruction_step_id", "phase")
    ),
    *(
        Mutation(place, name, ["a", 7], f"field {name} must be an array of strings when present", name)
        for place, name in (
            (WAITING, "systems"),
            (TEMPLATE, "source_doc_ids"),
            (ARTIFACT, "tags"),
            (JOB, "output_artifact_ids"),
        )
    ),
    *(
        Mutation(place, name, 7, f"field {name} must be a string or object when present", name)
        for place, name in ((WAITING, "validation"), (FOLLOW_UP, "metadata"))
    ),
    *(
        Mutation(place, name, "odd", f"field {name} must be an object when present", name)
        for place, name in ((DONE, "proof_requirement"), (ARTIFACT, "metadata"), (JOB, "approval"))
    ),
    *(
        Mutation(place, name, 7, f"field {name} must be an array", name)
        for place, name in (
            (WAITING, "artifact_refs"),
            (BUNDLE, "assistant_job_refs"),
            (TEMPLATE, "task_definitions"),
            (TEMPLATE, "phases"),
            (JOB, "input_refs"),
            (JOB, "log_refs"),
        )
    ),
    *(
        Mutation(place, name, "odd", f"field {name} must be a boolean", name)
        for place, name in ((TEMPLATE, "trigger_enabled"), (JOB, "approval_required"))
    ),
    *(
        Mutation(place, name, "odd", f"field {name} must be a finite number", name)
        for place, name in ((ARTIFACT, "size_bytes"), (JOB, "attempt_count"), (JOB, "max_attempts"))
    ),
    *(
        Mutation(ARTIFACT, name, 7, f"field {name} must be a string when present", name)
        for name in ("description", "filename", "content_type")
    ),
    # What stands inside records.
    Mutation(DONE, "proof_requirement/type", "odd", "proofRequirement.type must be one of", "proof_requirement.type"),
    Mutation(DONE, "proof_requirement/label", 7, "proofRequirement.label must be a string", "proof_requirement.label"),
    Mutation(DONE, "proof_requirement/required", "no", "required must be a boolean", "proof_requirement.required"),
    Mutation(
        DONE,
        "artifact_refs",
        [{"id": "x"}],
        "missing required string field artifactId",
        "artifact_refs[0].artifactId",
    ),
    Mutation(DONE, "assistant_job_refs", [{}], "missing required string field assistantJobId"),
    Mutation(DONE, "audit_event_refs", [{}], "missing required string field auditEventId"),
    Mutation(TEMPLATE, "phases/0/id", "", "missing required string field id", "phases[0].id"),
    Mutation(TEMPLATE, "phases/0/name", GONE, "missing required string field name", "phases[0].name"),
    Mutation(TEMPLATE, "phases/0/stage", 7, "field stage must be a string when present", "phases[0].stage"),
    Mutation(TEMPLATE, DEFINITION, "odd", "templates[0].task_definitions[0] must be an object", "task_definitions[0]"),
    *(
        Mutation(
            TEMPLATE, f"{DEFINITION}/{name}", 7, f"field {name} must be a string when", f"task_definitions[0].{name}"
        )
        for name in ("instructionDocId", "instructionStepId", "phase")
    ),
    Mutation(TEMPLATE, f"{DEFINITION}/systems", 7, "field systems must be an array of strings when present"),
    Mutation(TEMPLATE, f"{DEFINITION}/validation", 7, "field validation must be a string or object when present"),
    Mutation(TEMPLATE, f"{DEFINITION}/proofRequirement/type", "odd", "proofRequirement.type must be one of"),
    Mutation(TEMPLATE, f"{DEFINITION}/artifactRefs", [{}], "missing required string field artifactId"),
    Mutation(TEMPLATE, f"{DEFINITION}/assistantJobRefs", [{}], "missing required string field assistantJobId"),
    Mutation(TEMPLATE, f"{DEFINITION}/auditEventRefs", [{}], "missing required string field auditEventId"),
    # Relations.
    *(
        Mutation(place, name, "nobody", f"references missing {name}: nobody", name)
        for place, names in (
            (DONE, ("assignee_id", "completed_by", "bundle_id", "template_id")),
            (WAITING, ("recurring_config_id",)),
            (BUNDLE, ("template_id",)),
            (CONFIG, ("assignee_id",)),
            (FILE, ("task_id", "bundle_id")),
            (
                ARTIFACT,
                ("task_id", "bundle_id", "file_id", "assistant_job_id", "created_by", "reviewed_by"),
            ),
            (JOB, ("task_id", "bundle_id", "requested_by", "retry_of_job_id")),
            (EVENT, ("assistant_job_id", "actor_id")),
            (FOLLOW_UP, ("user_id", "task_id", "bundle_id", "template_id", "recurring_config_id")),
        )
        for name in names
    ),
    Mutation(JOB, "output_artifact_ids/0", "none", "missing output_artifact_ids[0]: none", "output_artifact_ids[0]"),
    Mutation(JOB, "approval/decidedBy", "nobody", "missing decidedBy: nobody", "approval.decidedBy"),
    Mutation(
        DONE,
        "assistant_job_refs/0/assistantJobId",
        "none",
        "references missing assistantJobId: none",
        "assistant_job_refs[0].assistantJobId",
    ),
    # State.
    Mutation(DONE, "link", GONE, "cannot be done without required link", "link"),
    Mutation(MANUAL, "link", "", "cannot be done without required url proof", "proof_requirement"),
    Mutation(MANUAL, "requires_file", True, "cannot be done without required file", "requires_file"),
    Mutation(MANUAL, "proof_requirement/type", "comment", "cannot be done without required comment proof"),
    Mutation(MANUAL, "proof_requirement/type", "external-status", "without required external-status proof"),
    Mutation(MANUAL, "proof_requirement/type", "file", "cannot be done without required file proof"),
    Mutation(MANUAL, "proof_requirement/type", "artifact", "cannot be done without required approved artifact proof"),
    Mutation(ARTIFACT, "checksum", GONE, "checksum is required for DataOps-owned s3 artifacts", "checksum"),
    Mutation(ARTIFACT, "reviewed_at", GONE, "is required when the artifact is approved", "reviewed_at"),
    Mutation(JOB, "task_id", GONE, "needs a task_id or a bundle_id", "task_id"),
    Mutation(JOB, "status", "rejected", "missing required string field reason", "approval.reason"),
    Mutation(
        JOB,
        "approval_required",
        lambda records: records[0].update(status="waiting_approval", approval_required=False),
        "must not be false while it waits",
        "approval_required",
    ),
    # Secrets.
    *(
        Mutation(place, field, value, reason, found)
        for place, field, found in (
            (ARTIFACT, "metadata", "metadata.deep[0].{}"),
            (EVENT, "metadata", "metadata.deep[0].{}"),
            (FOLLOW_UP, "metadata", "metadata.deep[0].{}"),
        )
        for value, reason, found in (
            ({"deep": [{"apiKey": "x"}]}, "must not contain secrets", found.format("apiKey")),
            ({"deep": [{"x": "y?token=1"}]}, "must not contain signed URLs or tokens", found.format("x")),
        )
    ),
    Mutation(JOB, "last_error", "https://x.org/?X-Amz-Signature=0", "signed URLs or tokens", "last_error"),
    Mutation(ARTIFACT, "storage_uri", "https://x.org/?sig=0", "must not contain signed URLs", "storage_uri"),
    Mutation(FOLLOW_UP, "message", "see x?access_token=0", "must not contain signed URLs or tokens", "message"),
]
