"""What the page of notifications says after a change, and where its links lead."""

DISMISSED = "Dismissed for you. The work itself has not changed."
OPEN_TASK = "Open the task"
OPEN_WORKFLOW = "Open the workflow"
OPEN_SCHEDULE = "Open the schedule"
OPEN_FAILURES = "Open the failures"


def dismissed_many(number: object) -> str:
    return f"Dismissed {number} for you. The work itself has not changed."
