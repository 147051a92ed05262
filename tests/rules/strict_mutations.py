"""One fault for every rule that our own exports must keep besides."""

from tests.rules.mutations import (
    ARTIFACT,
    BUNDLE,
    CONFIG,
    DEFINITION,
    DONE,
    EVERY,
    FILE,
    FOLLOW_UP,
    GONE,
    JOB,
    OTHER_USER,
    RECURRING_DUE,
    STAGE_CHANGE,
    TEMPLATE,
    USER,
    WAITING,
    WINDOW,
    Mutation,
    about_nothing,
    missing,
    twice,
)
from tests.rules.valid_export import AT

STRICT = [
    # Fields that the format does not have, and keys of databases.
    *(Mutation(place, "odd", 1, "has the unknown field odd", "odd") for place in EVERY),
    Mutation(USER, "password_hash", "argon2", "has the unknown field password_hash", "password_hash"),
    Mutation(WAITING, "PK", "TASK#1", "has the unknown field PK", "PK"),
    Mutation(WAITING, "validation", {"_id": 1}, "must not contain a key of the database", "validation._id"),
    # Secrets anywhere.
    Mutation(WAITING, "link", "https://x.org/?token=0", "must not contain signed URLs or tokens", "link"),
    Mutation(WAITING, "comment", "password: hunter22hunter", "must not contain secrets", "comment"),
    Mutation(BUNDLE, "bundle_links/0/url", "https://x.org/?sig=0", "signed URLs or tokens", "bundle_links[0].url"),
    Mutation(WAITING, "validation", {"apiKey": "x"}, "must not contain secrets", "validation.apiKey"),
    # Relations.
    Mutation(TEMPLATE, "default_assignee_id", "nobody", "missing default_assignee_id: nobody", "default_assignee_id"),
    Mutation(TEMPLATE, f"{DEFINITION}/assigneeId", "nobody", "missing assigneeId", "task_definitions[0].assigneeId"),
    Mutation(BUNDLE, "artifact_refs/0/artifactId", "none", "missing artifactId: none", "artifact_refs[0].artifactId"),
    Mutation(DONE, "audit_event_refs/0/auditEventId", "none", "references missing auditEventId: none"),
    Mutation(RECURRING_DUE, "metadata/recurringConfigId", "none", "missing metadata.recurringConfigId: none"),
    Mutation(WINDOW, "source_id", "none", "references missing source_id: none", "source_id"),
    Mutation(WINDOW, "item_id", "none", "references missing item_id: none", "item_id"),
    # Where tasks come from.
    Mutation(WAITING, "recurring_config_id", GONE, "is required when the source is recurring", "recurring_config_id"),
    *(
        Mutation(DONE, name, GONE, "is required when the source is template", name)
        for name in ("bundle_id", "template_id", "template_task_ref")
    ),
    # What only one record may have.
    Mutation(OTHER_USER, "email", "OLIVIA@example.org", "is given twice", "email"),
    Mutation(WAITING, "twice", twice(task_id="task-9"), "is given twice", "window_date", 4),
    Mutation(DONE, "twice", twice(1, task_id="task-9"), "is given twice", "template_task_ref", 4),
    Mutation(BUNDLE, "twice", twice(bundle_id="bundle-2"), "is given twice", "run_key", 2),
    Mutation(FOLLOW_UP, "twice", twice(notification_id="notice-9"), "is given twice", "due_at", 4),
    Mutation(TEMPLATE, "task_definitions/1/refId", "page", "is given twice", "task_definitions[1].refId"),
    # Required fields.
    *(
        missing(place, name)
        for place, names in (
            (WAITING, ("status", "source", "created_at", "updated_at")),
            (USER, ("name", "email", "created_at")),
            (BUNDLE, ("title", "status", "stage", "created_at", "updated_at")),
            (TEMPLATE, ("name", "type", "created_at", "updated_at")),
            (CONFIG, ("enabled", "created_at", "updated_at")),
            (FILE, ("filename", "category", "storage_uri", "checksum", "size_bytes", "created_at")),
            (FOLLOW_UP, ("notification_type", "dismissed", "created_at")),
            (WINDOW, ("kind", "source_id", "date", "outcome", "trigger")),
        )
        for name in names
    ),
    # Words that must be known.
    *(
        Mutation(place, name, "odd", f"field {name} has unknown value: odd", name)
        for place, names in (
            (BUNDLE, ("status", "stage")),
            (FILE, ("category",)),
            (TEMPLATE, ("trigger_type",)),
            (DONE, ("stage_on_complete", "source")),
            (USER, ("role",)),
            (WINDOW, ("outcome", "trigger", "kind")),
        )
        for name in names
    ),
    Mutation(TEMPLATE, f"{DEFINITION}/stageOnComplete", "odd", "has unknown value: odd"),
    # Schedules.
    Mutation(CONFIG, "cron_expression", "99 9 * * *", "must be a cron expression", "cron_expression"),
    Mutation(TEMPLATE, "trigger_schedule", "often", "must be a cron expression", "trigger_schedule"),
    Mutation(TEMPLATE, "trigger_lead_days", -1, "must be a whole number", "trigger_lead_days"),
    Mutation(TEMPLATE, "trigger_lead_days", 1.5, "must be a whole number", "trigger_lead_days"),
    Mutation(CONFIG, "enabled", "yes", "must be a boolean", "enabled"),
    Mutation(FOLLOW_UP, "dismissed", 1, "must be a boolean", "dismissed"),
    Mutation(CONFIG, "timeline", [{"since": "some day", "cron": "0 9 * * *"}], "cannot be read", "timeline[0].since"),
    # State.
    missing(WAITING, "comment"),
    Mutation(DONE, "completed_at", GONE, "is required when the task is done", "completed_at"),
    Mutation(WAITING, "completed_at", AT, "must be absent unless the task is done", "completed_at"),
    Mutation(WAITING, "completed_by", "user-1", "must be absent unless the task is done", "completed_by"),
    *(
        Mutation(place, "updated_at", "2028-01-01T00:00:00.000Z", "must not lie before created_at", "updated_at")
        for place in (WAITING, BUNDLE, TEMPLATE, CONFIG, ARTIFACT, JOB)
    ),
    *(
        Mutation(RECURRING_DUE, name, GONE, "is required when the type is recurring-due", name)
        for name in ("task_id", "recurring_config_id")
    ),
    *(
        Mutation(
            STAGE_CHANGE, "about nothing", about_nothing(kind), f"must name what it is about when the type is {kind}"
        )
        for kind in ("stage-change", "automation-failure")
    ),
    # Timestamps and order.
    *(
        Mutation(place, "created_at", value, "must be an RFC 3339 timestamp", "created_at")
        for place in (USER, WAITING, ARTIFACT, FOLLOW_UP)
        for value in ("1", "2028-02-01", "2028-02-01T08:00:00")
    ),
    Mutation(WAITING, "follow_up_at", "1", "must be a date or an RFC 3339 timestamp", "follow_up_at"),
    Mutation(USER, "reversed", list.reverse, "must be in the order of the ids", "user_id", 2),
]
