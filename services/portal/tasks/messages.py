"""What the pages of tasks say after a change, and why they refuse one."""

SELECT_ONE = "Select at least one task first."
CHOOSE_ACTION = "Choose what to do with the selected tasks."
CHOOSE_PERSON = "Choose someone from the list."
TASK_GONE = "A task that no longer exists"
FORM_REFUSED = "Something is missing or not valid; see below."
NOT_AN_ASSIGNEE = "is not a valid assignee"
PROOF_MISSING = "Add a URL, a file or a comment first."
FILE_NOT_FOUND = "File not found"
NOT_SAVED = "Your change was not saved."
VERSION_MISSING = "The form does not say which version of the task it is for; open the page again"
IS_NO_NUMBER = "is not a number"
ASSIGNEE_UNKNOWN = "assignee is not a known person"
NOT_A_CHOICE = "is not one of the choices"
NOT_A_PERSON = "is not a known person"
BEFORE_FIRST_DAY = "must not be before the first day"
STATUS_UNKNOWN = "Invalid status. Must be 'todo', 'waiting', 'done', or 'archived'"
NO_FILTER = "At least one filter is required: date, startDate and endDate, bundleId or status"
RANGE_INCOMPLETE = "Both startDate and endDate are required for range queries"
END_BEFORE_START = "endDate must not be before startDate"
NOTHING_TO_CHANGE = "No valid fields to update"
MUST_BE_A_STATUS = "must be todo, waiting, done or archived"
BEFORE_START_DATE = "must not be before startDate"


def waiting(who: object, until: object, row: object, *, due: bool) -> str:
    return f"Waiting for {who}{_but_due(until) if due else f' until {until}'}: {row}."


def follow_up_sent(until: object, row: object, *, due: bool) -> str:
    return f"Follow-up sent{_but_due(until) if due else f', the next one on {until}'}: {row}."


def snoozed(until: object, row: object, *, due: bool) -> str:
    return f"Snoozed{_but_due(until) if due else f' until {until}'}: {row}."


def _but_due(until: object) -> str:
    return f", but {until} is not in the future, so the follow-up is due at once"


def response_received(row: object) -> str:
    return f"Response received: {row} is to do again."


def commented(row: object) -> str:
    return f"Comment added: {row}."


def undone(row: object) -> str:
    return f"Undone: {row} is as it was."


def done(row: object) -> str:
    return f"Done: {row}."


def reopened(row: object) -> str:
    return f"Reopened: {row}."


def done_to_several(action: str, value: str) -> str:
    """What was done to the selected tasks, to stand after their number: ``done``, ``assigned to Ben``. ``value`` is the
    date or the assignee, empty for none."""
    assigned = f"assigned to {value}" if value else "unassigned"
    return {"done": "done", "assign": assigned, "date": f"now due {value}", "archive": "archived"}[action]


def select_fewer(most: object) -> str:
    return f"Select at most {most} tasks at a time."


def unassigned(row: object) -> str:
    return f"Unassigned {row}."


def assigned(who: object, row: object) -> str:
    return f"Assigned to {who}: {row}."


def due_changed(date: object, row: object) -> str:
    return f"Now due {date}: {row}."


def archived(row: object) -> str:
    return f"Archived: {row}. Archived tasks are hidden and not counted; you can restore it."


def restored(row: object) -> str:
    return f"Restored: {row} is to do again."


def deleted(row: object) -> str:
    return f"Deleted: {row}. Its history is kept."


def file_deleted(filename: object) -> str:
    return f"Deleted the file “{filename}”."


def changed_meanwhile(who: object, kind: object, at: object) -> str:
    return f"{who} {kind} {at}, so your change was not saved."


def added(date: object, description: object) -> str:
    return f"Added for {date}: “{description}”."


def must_be_one_of(name: object, known: object) -> str:
    return f"{name} must be one of {known}"


def at_most_characters(longest: object) -> str:
    return f"must have at most {longest} characters"


def saved(row: object) -> str:
    return f"Saved: {row}."


def field_required(name: object) -> str:
    return f"Missing required field: {name}"
