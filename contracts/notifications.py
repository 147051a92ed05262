"""Notifications, and how they are read and dismissed."""

from enum import StrEnum

from pydantic import JsonValue

from contracts.commands import Command
from contracts.values import Instant, Model


class Severity(StrEnum):
    """How much a notification wants a person: read it some time, do something, do it now."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Notification(Model):
    """``dismissed`` for the user who asked, also when what it was about is over."""

    id: str
    message: str
    type: str
    severity: Severity = Severity.INFO
    dismissed: bool = False
    task_id: str | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    recurring_config_id: str | None = None
    metadata: dict[str, JsonValue] | None = None
    user_id: str | None = None
    due_at: str | None = None
    created_at: Instant


class Dismissed(Model):
    """``count`` notifications were in sight before and are dismissed now."""

    count: int


class DismissNotification(Command):
    """Hides a notification from ``actor`` alone and never changes what it is about. Without an actor: from all.
    ``others`` as in ``ListNotifications``."""

    id: str
    others: list[str] | None = None


class DismissAllNotifications(Command):
    """``DismissNotification`` for all that ``actor`` sees now: their own and everyone's. Without an actor: for all."""

    others: list[str] | None = None


class ListNotifications(Model):
    """``others`` are the active users besides this one: what is for nobody among them is for everyone. None: only the
    user's own and everyone's."""

    user_id: str | None = None
    others: list[str] | None = None
    all: bool = False
    after: str | None = None


class NotificationPage(Model):
    items: list[Notification]
    after: str | None = None


class CountUnread(Model):
    """How many of the newest notifications this user has not dismissed; counted up to 100. ``others`` as in
    ``ListNotifications``."""

    user_id: str
    others: list[str] | None = None


class Unread(Model):
    count: int


class NotificationRaised(Model):
    ids: list[str]
