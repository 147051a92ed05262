"""What is stored of changes: their history, and the replies to commands that carried a key."""

import datetime as dt
from typing import NotRequired, TypedDict

from contracts.values import Kind
from services.work.tasks.documents import UndoDocument


class HistoryIds(TypedDict, total=False):
    """What a change was about."""

    task_id: str | None
    bundle_id: str | None
    template_id: str | None
    recurring_config_id: str | None


def ids_of_schedule(kind: Kind, id: str) -> HistoryIds:
    return {"recurring_config_id": id} if kind is Kind.RECURRING else {"template_id": id}


class HistoryDocument(TypedDict):
    """One change, or one window that was handled. Entries are appended and never edited."""

    _id: str
    """Random; derived for an entry that a retry writes again."""
    kind: str
    """What happened, `<noun>.<verb>`."""
    at: dt.datetime
    """When it happened, in application time."""
    recorded_at: dt.datetime
    """When it was written, in machine time. Orders the feed."""
    actor: NotRequired[str]
    """The user who did it; none for the system."""
    task_id: NotRequired[str]
    """The task that it was about."""
    bundle_id: NotRequired[str]
    """The run that it was about."""
    template_id: NotRequired[str]
    """The template that it was about."""
    recurring_config_id: NotRequired[str]
    """The recurring config that it was about."""
    data: NotRequired[dict[str, object]]
    """What there is to say of it; depends on its kind."""
    undo: NotRequired[UndoDocument]
    """What it takes to undo the change, for a change that can be undone."""


class CommandDocument(TypedDict):
    """The reply to a command that carried an idempotency key. Kept for a day."""

    _id: str
    """The key."""
    reply: str
    """The reply, as JSON."""
    at: dt.datetime
    """When it was given, in machine time."""


COLLECTIONS = {"history": HistoryDocument, "commands": CommandDocument}
