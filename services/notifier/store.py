"""Notifications, and how far work's history has been read.

The id of a notification is derived from its cause, so the index of ids keeps each cause to one.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from contracts.values import derived_id
from contracts.views import Notification
from services.kit.mongo import Database, Document, Index, insert_each
from services.notifier.rules import NotificationType, Raise

_CURSOR = "history"
_NEWEST_FIRST = Index("notifications", "newest_first", ("resolved", "-created_at", "-_id"))
INDEXES = (
    _NEWEST_FIRST,
    Index("notifications", "of_window", ("window_id",), {"sparse": True}),
)


class NotificationStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications: Any = database.notifications
        self._progress: Any = database.progress

    async def cursor(self) -> dt.datetime | None:
        """When the last history row that was handled had been recorded; None before the first."""
        document = await self._progress.find_one({"_id": _CURSOR})
        return document["recorded_at"] if document else None

    async def move_cursor(self, recorded_at: dt.datetime) -> None:
        await self._progress.update_one({"_id": _CURSOR}, {"$max": {"recorded_at": recorded_at}}, upsert=True)

    async def raise_each(self, raised: list[Raise]) -> list[str]:
        """Store those whose cause is new; returns their ids."""
        documents = [_document(one) for one in raised]
        known = await insert_each(self._notifications, documents)
        return [document["_id"] for position, document in enumerate(documents) if position not in known]

    async def resolve_failures(self, window_ids: Iterable[str]) -> int:
        """Put aside what was raised for windows that failed and have been generated since; returns how many."""
        result = await self._notifications.update_many(
            {
                "window_id": {"$in": list(window_ids)},
                "type": NotificationType.AUTOMATION_FAILURE.value,
                "resolved": False,
            },
            {"$set": {"resolved": True}},
        )
        return result.modified_count

    async def newest(
        self, user_id: str | None, *, with_resolved: bool, after: str | None, limit: int
    ) -> list[Notification]:
        """What a user sees: their own and everyone's (``user_id`` None: all there are), unresolved ones first.

        ``after`` is ``position`` of the last one that was seen; ValueError when it is none.
        """
        query: Document = {"$and": [_after(after)]} if after is not None else {}
        if user_id is not None:
            query["user_id"] = {"$in": [None, user_id]}
        if not with_resolved:
            query["resolved"] = False
        cursor = self._notifications.find(query).sort(_NEWEST_FIRST.directions).limit(limit)
        return [_view(document) for document in await cursor.to_list(limit)]

    async def ping(self) -> None:
        """Raises PyMongoError when the database does not answer."""
        await self._database.command("hello")


def position(notification: Notification) -> str:
    return f"{int(notification.dismissed)}/{notification.created_at.isoformat()}/{notification.id}"


def _after(after: str) -> Document:
    try:
        flag, instant, id = after.split("/", 2)
        resolved, created_at = bool(int(flag)), dt.datetime.fromisoformat(instant)
    except ValueError:
        raise ValueError(f"{after!r} is not a position in this list") from None
    return {
        "$or": [
            {"resolved": {"$gt": resolved}},
            {"resolved": resolved, "created_at": {"$lt": created_at}},
            {"resolved": resolved, "created_at": created_at, "_id": {"$lt": id}},
        ]
    }


def _document(raised: Raise) -> Document:
    fields = asdict(raised)
    at, due_on, user_id = fields.pop("at"), fields.pop("due_on"), fields.pop("user_id")
    return {
        "_id": derived_id(f"notification:{raised.cause}"),
        **{name: value for name, value in fields.items() if value is not None},
        "type": raised.type.value,
        "user_id": user_id,
        "due_at": due_on.isoformat(),
        "created_at": at,
        "resolved": False,
    }


def _view(document: Document) -> Notification:
    return Notification.model_validate({**document, "id": document["_id"], "dismissed": document["resolved"]})
