"""What the pages of workflows say after a change, and why they refuse one."""

DETAILS_SAVED = "Saved the title and the anchor date."
VERSION_NOT_A_NUMBER = "The form does not say which version of the workflow it is for; open the page again"
IS_NO_NUMBER = "is not a number"
IS_REQUIRED_WITHOUT_TEMPLATE = "is required without a template"
TEMPLATE_GONE = "no longer exists; choose one from the list"
ARCHIVED = "Archived. Its history is kept; you can restore it."
RESTORED = "Restored. Its tasks count again."
DELETED = "Deleted the workflow and its tasks."
NOT_AN_ASSIGNEE = "is not a valid assignee"
MUST_BE_A_STATUS = "must be active or archived"


def started(title: object, tasks: str | None) -> str:
    return f"Started with {tasks}: “{title}”." if tasks else f"Started: “{title}”."


def still_here(error: object) -> str:
    return f"{error}. What you typed is still here."


def link_saved(name: object) -> str:
    return f"Saved the link {name}."


def link_removed(name: object) -> str:
    return f"Removed the link {name}."


def stage_changed(stage: object) -> str:
    return f"Moved to {stage}."


def added(description: object) -> str:
    return f"Added: “{description}”."
