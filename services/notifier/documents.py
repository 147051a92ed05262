"""What is stored of notifications, in ``notifications``; and how far work's history has been read, in ``progress``."""

import datetime as dt
from typing import NotRequired, TypedDict

from pydantic import JsonValue


class NotificationDocument(TypedDict):
    """A line in somebody's list."""

    _id: str
    """Derived from its cause."""
    cause: str
    """What it is about, `<key>` or `<key>@<instant>`. One that an import brought has `imported:<id>`."""
    type: str
    """A `NotificationType`."""
    severity: str
    """A `Severity`."""
    message: str
    """What people read, without secrets."""
    user_id: str | None
    """Whom it is for; null for everyone."""
    created_at: dt.datetime
    """When its cause began or came back, in application time."""
    resolved: bool
    """Whether its cause is over."""
    due_at: NotRequired[str | None]
    """The ISO date or instant that it is about."""
    task_id: NotRequired[str]
    """The task that it is about."""
    bundle_id: NotRequired[str]
    """The run that it is about."""
    template_id: NotRequired[str]
    """The template that it is about."""
    recurring_config_id: NotRequired[str]
    """The recurring config that it is about."""
    metadata: NotRequired[dict[str, JsonValue] | None]
    """What there is to say besides; depends on its type."""
    dismissed_by: NotRequired[list[str]]
    """The users who dismissed it; `*` for nobody in particular."""


class ProgressDocument(TypedDict):
    """How far the history of work has been read; one document."""

    _id: str
    """`history`."""
    recorded_at: dt.datetime
    """The `recorded_at` up to which entries were read, in machine time."""


COLLECTIONS = {"notifications": NotificationDocument, "progress": ProgressDocument}
