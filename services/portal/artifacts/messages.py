"""What the pages of artifacts say after a change, and why they refuse one."""

CHANGED_MEANWHILE = (
    "Someone else changed this artifact. Nothing was saved, and what you typed is still here: saving "
    "again replaces their change."
)
MUST_BE_CHOSEN = "must be chosen from the list"
REVIEWER_UNKNOWN = "reviewedBy is not a known user"
IS_NO_USER = "is not a known user"


def added(title: object) -> str:
    return f"Added the artifact “{title}”."


def saved(title: object) -> str:
    return f"Saved the artifact “{title}”."
