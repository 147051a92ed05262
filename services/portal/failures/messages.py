"""What the pages of failures say after a change, and why they refuse one."""

NOTE_MISSING = "Write a note that says why this may stay undone."


def retried(number: object) -> str:
    return f"Trying {number} again. Failures disappear once their work is created."


def acknowledged(number: object) -> str:
    return f"Acknowledged: {number} removed from the list."
