"""What notifications say: each is stored, and read later, so its dates have the year. And why an import leaves one
as it is."""

STAYS_AS_IT_IS = "it stays as it is here; --overwrite replaces it"
KEPT_ELSEWHERE = "is kept elsewhere"
A_WORKFLOW = "A workflow"


def dates_between(number: object, first: object, last: object) -> str:
    return f"{number}, {first} to {last}"


def follow_up_due(description: object, waiting_for: str | None) -> str:
    return f"Follow up on {description}: waiting for {waiting_for}" if waiting_for else f"Follow up on {description}"


def task_due(description: object, date: object) -> str:
    return f"{description} is due on {date}"


def task_overdue(description: object, date: object, *, days: int) -> str:
    long = "" if days == 1 else f" by {days} days or more"
    return f"{description} is overdue{long}: it was due on {date}"


def proof_missing(description: object, missing: object) -> str:
    return f"{description} is due. Missing: {missing}"


def window_failed(title: object, dates: object, message: object) -> str:
    return f"{title}: nothing was generated for {dates}. {message}"


def not_kept(entity: object) -> str:
    return f"the notifier keeps no {entity}"


def run_created(title: object, anchor: object, *, due: str | None) -> str:
    """``due``: the date on which it should have started, when it is late."""
    late = f", late: it was due to start on {due}" if due else ""
    return f"{title}: the workflow for {anchor} was created{late}"


def stage_changed(title: object, before: object, after: object) -> str:
    return f"{title} moved from {before} to {after}"


def clock_went_back(until: object, since: object) -> str:
    return (
        f"The clock went back from {until} to {since}. What was due up to {until} may have been generated "
        "early; from now on each date comes when it is due. Check the clock of the scheduler's machine."
    )


def streams_deleted(since: object, names: object) -> str:
    return (
        f"Deleted from the message broker, and created again on {since}: {names}. Scheduled dates without a "
        "result are published again."
    )


def windows_lost(since: object, until: object, consequences: object) -> str:
    return f"Scheduled dates between {since} and {until} had no record. {consequences}"


def timezone_changed(before: object, after: object) -> str:
    return (
        f"The timezone changed from {before} to {after}. Scheduled dates now open at other times. Those that "
        "would be lost are created late, or listed as missed."
    )


def scheduler_stopped(since: object, until: object, consequences: object) -> str:
    return f"The scheduler did not run from {since} to {until}. {consequences}"


def came_late(made_late: object) -> str:
    return f"Created late, with the original date: {made_late}."


def were_missed(missed: object) -> str:
    return f"Missed, as older than the catch-up horizon: {missed}. Backfill them."


def field_missing(field: object) -> str:
    return f"{field} is missing"
