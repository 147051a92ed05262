"""What a notification says, once per cause, and in words for an operator."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from contracts.notifications import Severity
from services.kit.redaction.shortening import Shortener, shorten
from services.kit.redaction.text import redact, redact_values


class NotificationType(StrEnum):
    TASK_DUE = "task-due"
    TASK_OVERDUE = "task-overdue"
    FOLLOW_UP_DUE = "follow-up-due"
    MISSING_PROOF = "missing-evidence"
    RECURRING_DUE = "recurring-due"
    STAGE_CHANGE = "stage-change"
    AUTOMATION_FAILURE = "automation-failure"


@dataclass(frozen=True, kw_only=True)
class NewNotification:
    """A notification, raised once per ``cause``. ``user_id`` None: for everyone. What people wrote and it repeats
    leaves its secrets behind.

    A cause is ``<key>`` or ``<key>@<when it began>``: while one with that key is open, no other is raised.
    """

    cause: str
    type: NotificationType
    severity: Severity
    message: str
    at: dt.datetime
    due_at: str | None = None
    user_id: str | None = None
    task_id: str | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    recurring_config_id: str | None = None
    metadata: dict[str, JsonValue] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", redact(shorten(self.message)))
        object.__setattr__(self, "metadata", redact_values(Shortener().shorten(self.metadata)))


def key_of(cause: str) -> str:
    return cause.partition("@")[0]


def number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
