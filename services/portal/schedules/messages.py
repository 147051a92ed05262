"""What the pages of schedules and templates say after a change, and why they refuse one."""

SCHEDULE_UNKNOWN = "schedule is unknown"
CHOOSE_SCHEDULE = "Choose a schedule from the list"
RUNS_AGAIN = "It runs again from now on."
STILL_PAUSED = "It is still paused."
CHOOSE_PROOF = "Choose the kind of proof from the list"
PROOF_TYPE_MISSING = "proofType is missing"
PROOF_TYPE_FOR_NAME = "Choose the kind of proof, since the proof has a name"
NOT_SAVED = "Nothing was saved. Each field says what to change; what you typed is still here."
ASSIGNEE_UNKNOWN = "assigneeId is unknown"
CHOOSE_PERSON = "Choose someone from the list."
TEMPLATE_CHANGED = (
    "Someone else changed this template while you edited it. Nothing was saved, and what you typed is "
    "still here: saving again replaces their change."
)
NOT_AN_ASSIGNEE = "is not a valid assignee"
CHOOSE_PEOPLE = "Choose people from the list"
TRIGGER_TYPE_UNKNOWN = "triggerType is unknown"
CRON_REQUIRED = "cronExpression is required"
MUST_BE_A_TRIGGER = "must be by hand or by schedule"
IS_REQUIRED_FOR_SCHEDULE = "is required when a schedule starts it"
NOTHING_STARTED = "Nothing was started: the workflows already exist."
CONFIG_HAS_GENERATED = "This recurring config has generated work. Pause or disable it instead of deleting it."


def archived(title: object) -> str:
    return f"Archived: “{title}”. It creates nothing new. What it created is kept; you can restore it."


def restored(title: object, state: object) -> str:
    return f"Restored: “{title}”. {state}"


def paused(title: object) -> str:
    return f"Paused: “{title}”. It creates no new work until you resume it."


def resumed(title: object) -> str:
    return f"Resumed: “{title}”. Dates missed while paused are not created; generate a date range if you need them."


def duties_created(number: object, *, paused: bool) -> str:
    return f"{number} created, paused: resume each one when it is ready." if paused else f"{number} created."


def started_workflows(named: object, more: object) -> str:
    return f"Started: {named}{more}."


def already_paused(by: object, since: object) -> str:
    return f"Already paused by {by} since {since}"


def paused_longer(before: object, until: object) -> str:
    return f"{before}, with the reason given then; it now resumes by itself on {until}"


def nothing_changed(before: object) -> str:
    return f"{before}; nothing was changed"


def not_deletable(made: object) -> str:
    return (
        f"It created {made}, so it cannot be deleted. Archive it instead: what it created is kept, and "
        "nothing new is created."
    )


def deleted_config(description: object) -> str:
    return f"Deleted: “{description}”. It had created nothing."


def unchanged(description: object) -> str:
    return f"Nothing was changed: “{description}” is as it was."


def saved_template(name: object) -> str:
    return f"Saved: “{name}”. It applies to workflows that start from now on."


def created_template(name: object) -> str:
    return f"Created the template “{name}”."


def unchanged_template(name: object) -> str:
    return f"Nothing was changed: “{name}” is as it was."


def deleted_template(name: object) -> str:
    return f"Deleted: “{name}”. Workflows that already started continue."


def created(description: object) -> str:
    return f"Created: “{description}”."


def saved(description: object) -> str:
    return f"Saved: “{description}”."


def started(title: object) -> str:
    return f"Started: “{title}”."


def anchors_left_out(dates: str) -> str:
    return (
        f"triggerLeadDays, triggerSchedule: no workflow is created for {dates}; start them with POST /api/bundles and "
        "these anchor dates"
    )


def anchors_already_made(dates: str) -> str:
    return f"triggerLeadDays, triggerSchedule: the workflows for {dates} already exist and are not created again"


def fires_several_times(field: str, what_is_made: str) -> str:
    return f"{field} fires more than once a day; one {what_is_made} for each date"
