"""Why work refuses a change of a task, and the lines that a change adds to its comment."""

HAS_THIS_STEP = "already has a task for this step"
CHANGED_MEANWHILE = "Someone else changed this task. Look at it again, then retry"
IS_FULL = "is full"
ARCHIVED_NOT_DONE = "This task is archived, not done; restore it instead"
MUST_NOT_BE_BLANK = "must not be blank"
NEW_COMMENT_NEEDED = "must say why this waits, with a new comment"
NOT_WAITING = "This task is not waiting for anyone"
WAITING_INCOMPLETE = "Waiting tasks require waitingFor, followUpAt, and comment"
ALREADY_WAITING = "This task is already waiting; send a follow-up or snooze it"
FILE_MISSING = "required file has not been uploaded"
UNKNOWN_PROOF = "proof of an unknown kind"
PROOF_UNREADABLE = "its proof requirement cannot be read"
IS_DONE = "it is done; reopen it first"
IS_ARCHIVED = "it is archived; restore it first"
NO_SUCH_STEP = "this is not possible from its current status"
NOT_YOUR_LAST_CHANGE = "only your own last change of a task can be undone"
TOO_LATE = "Too late to undo (10 s)"
LINK_USED = "Cannot be undone: another task was completed with its link. Nothing was changed"


def step_taken(reason: object) -> str:
    return f"That workflow {reason}"


def comment_full(comment_limit: object) -> str:
    return f"The comment of this task is full: it can have at most {comment_limit} characters"


def takes_proof_away(items: object) -> str:
    return f"This task is done, and this would remove its proof: {items}. Reopen it first"


def proof_missing(items: object) -> str:
    return f"This task cannot be completed yet. Missing: {items}"


def follow_up_sent(author: object, until: object) -> str:
    return f"Follow-up sent{author}; next follow-up {until}"


def snoozed(author: object, until: object, reason: object) -> str:
    return f"Snoozed{author}; next follow-up {until}: {reason}"


def waiting_for(who: object, author: object, until: object, note: object) -> str:
    return f"Waiting for {who}{author}; next follow-up {until}: {note}"


def reported_by(author: object) -> str:
    return f", says {author}"


def response_received(author: object) -> str:
    return f"Response received{author}"


def cannot_complete(message: object) -> str:
    return f"Cannot mark task as done: {message}"


def link_needs_workflow(names: object) -> str:
    return f"required shared bundle link '{names}' needs a workflow bundle"


def link_missing(name: object) -> str:
    return f"required link '{name}' is not filled"


def bundle_link_missing(name: object) -> str:
    return f"required bundle link '{name}' is not filled"


def workflow_link(name: object) -> str:
    return f"workflow link {name}"


def proof_type_missing(api_nouns: object, label: object) -> str:
    return f"required {api_nouns} proof{label} is missing"


def cannot_become(to: object, reason: object) -> str:
    return f"This task cannot become {to}: {reason}"


def cannot_undo(reason: object) -> str:
    return f"Cannot be undone: {reason}. Nothing was changed"


def proof_gone(lost: object) -> str:
    return f"its proof is gone: {lost}"
