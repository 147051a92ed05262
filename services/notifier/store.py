"""Notifications, and how far work's history has been read.

The id of a notification is derived from its cause, so the index of ids keeps each cause to one.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple, cast

from contracts.fields.lenient import read
from contracts.notifications import Notification
from contracts.values import derived_id, instant_of
from services.kit.mongo.driver import DESCENDING, AsyncCollection, Database, Query, Row, UpdateOne
from services.kit.mongo.indexes import Index, only_with
from services.kit.mongo.reading import beyond, find_at
from services.kit.mongo.writing import insert_each
from services.kit.transfer.import_changes import Changes
from services.notifier.differences import Standing
from services.notifier.documents import NotificationDocument, ProgressDocument
from services.notifier.notices import NewNotification, NotificationType

_CURSOR = "history"
_LOOKED_AT = 1_000
_NAMED = 1_000
EVERYBODY = "*"
"""Stands among those who dismissed a notification when nobody in particular did."""

_NEWEST_FIRST = Index("notifications", "newest_first", ("resolved", "-created_at", "-_id"))
INDEXES = (
    _NEWEST_FIRST,
    Index("notifications", "all_newest_first", ("-created_at", "-_id")),
    Index("notifications", "of_user_newest_first", ("resolved", "user_id", "-created_at", "-_id")),
    Index("notifications", "put_aside", ("task_id",), only_with("task_id", resolved=True)),
)
_ORDER = INDEXES[1].directions


class NotificationStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications: AsyncCollection[NotificationDocument] = database.notifications
        self._progress: AsyncCollection[ProgressDocument] = database.progress

    async def cursor(self) -> dt.datetime | None:
        """Machine time up to which work's history has been read; None before the first reading."""
        document = await self._progress.find_one({"_id": _CURSOR})
        return document["recorded_at"] if document else None

    async def move_cursor(self, read_until: dt.datetime) -> None:
        """Back, too, after the machine's clock went back: what it then records lies before the former cursor."""
        await self._progress.update_one({"_id": _CURSOR}, {"$set": {"recorded_at": read_until}}, upsert=True)

    async def add_new(self, raised: Sequence[NewNotification]) -> list[str]:
        """Store those whose cause was never raised; returns their ids. For causes that happen and have no end."""
        documents = {document["_id"]: document for document in map(_document, raised)}
        return await self._add(documents, await self._known(documents))

    async def add_or_reopen(self, raised: Sequence[NewNotification]) -> list[str]:
        """Store those whose cause is new, and open those again whose cause had ended; returns the ids of both.

        A person who dismissed one before its cause ended sees it again.
        """
        documents = {document["_id"]: document for document in map(_document, raised)}
        known = await self._known(documents)
        ended = [id for id, resolved in known.items() if resolved]
        if ended:
            await self._notifications.bulk_write(
                [UpdateOne({"_id": id, "resolved": True}, _opened(documents[id])) for id in ended], ordered=False
            )
        return [*ended, *await self._add(documents, known)]

    async def announce_again(self, came_back: Mapping[str, dt.datetime]) -> list[str]:
        """Open the resolved announcements of generated tasks again, by the instant at which each came back."""
        if not came_back:
            return []
        announced = {"type": NotificationType.RECURRING_DUE.value, "resolved": True}
        query = {**announced, "task_id": {"$in": list(came_back)}}
        found = await self._notifications.find(query, ["task_id"]).to_list(None)
        if found:
            await self._notifications.bulk_write(
                [
                    UpdateOne(
                        {"_id": one["_id"], "resolved": True},
                        _opened({"resolved": False, "created_at": came_back[task_id]}),
                    )
                    for one in found
                    if (task_id := one.get("task_id"))
                ],
                ordered=False,
            )
        return [one["_id"] for one in found]

    async def _known(self, documents: Mapping[str, NotificationDocument]) -> dict[str, bool]:
        """Which of them are stored, and whether they are resolved. Read first, so that old causes cost no write."""
        if not documents:
            return {}
        found = self._notifications.find({"_id": {"$in": list(documents)}}, ["resolved"])
        return {one["_id"]: one["resolved"] async for one in found}

    async def _add(self, documents: Mapping[str, NotificationDocument], known: Mapping[str, bool]) -> list[str]:
        fresh = [documents[id] for id in documents.keys() - known.keys()]
        refused = await insert_each(self._notifications, fresh)
        return [document["_id"] for position, document in enumerate(fresh) if position not in refused]

    async def standing(self, types: Iterable[NotificationType]) -> list[Standing]:
        """The unresolved ones of these types, the oldest first."""
        query = {"resolved": False, "type": {"$in": [type.value for type in types]}}
        cursor = self._notifications.find(query).sort([("created_at", 1), ("_id", 1)])
        return [
            Standing(
                id=document["_id"],
                cause=document["cause"],
                message=document["message"],
                task_id=document.get("task_id"),
                user_id=document["user_id"],
                metadata=document.get("metadata"),
            )
            async for document in cursor
        ]

    async def reword(self, wanted: Mapping[str, NewNotification]) -> None:
        """Same cause, but more is known of it, or it became somebody else's."""
        if wanted:
            await self._notifications.bulk_write(
                [
                    UpdateOne({"_id": id}, {"$set": {name: _document(one).get(name) for name in _REWORDED}})
                    for id, one in wanted.items()
                ],
                ordered=False,
            )

    async def resolve(self, ids: Sequence[str]) -> int:
        """Put aside those whose cause is gone; returns how many were not put aside yet."""
        if not ids:
            return 0
        result = await self._notifications.update_many(
            {"_id": {"$in": list(ids)}, "resolved": False}, {"$set": {"resolved": True}}
        )
        return result.modified_count

    async def dismiss(self, id: str, user_id: str | None, others: Sequence[str] | None = None) -> Notification | None:
        """None when the user has no such notification."""
        document = await self._notifications.find_one_and_update(
            {"_id": id, **await self._visible(user_id, others, resolved=(False, True))},
            {"$addToSet": {"dismissed_by": user_id or EVERYBODY}},
            return_document=True,
        )
        return _view(document, user_id) if document else None

    async def dismiss_all(self, user_id: str | None, others: Sequence[str] | None = None) -> int:
        visible = await self._visible(user_id, others)
        result = await self._notifications.update_many(
            {**visible, **_in_sight(user_id)}, {"$addToSet": {"dismissed_by": user_id or EVERYBODY}}
        )
        return result.modified_count

    async def unread(self, user_id: str, others: Sequence[str] | None = None, *, limit: int) -> int:
        """Looks at the newest thousand: who dismisses all has dismissed what is older too."""
        visible = await self._visible(user_id, others)
        counted = self._notifications.aggregate(
            [
                {"$match": {"resolved": False, **visible}},
                {"$sort": dict(_ORDER)},
                {"$limit": _LOOKED_AT},
                {"$match": _in_sight(user_id)},
                {"$limit": limit},
                {"$count": "unread"},
            ]
        )
        return sum(one["unread"] for one in cast("list[Row]", await counted.to_list(None)))

    async def newest(
        self,
        user_id: str | None,
        others: Sequence[str] | None = None,
        *,
        with_dismissed: bool,
        after: str | None,
        limit: int,
    ) -> list[Notification]:
        """What a user sees: their own, everyone's and those of nobody among the ``others`` (``user_id`` None: all there
        are), newest first, and behind them what the user dismissed and what is resolved.

        ``after`` is ``position`` of the last one that was seen; ValueError when it is none.
        """
        place = _place(after) if after is not None else None
        visible = await self._visible(user_id, others, resolved=(False, True) if with_dismissed else (False,))
        found: list[Notification] = []
        if place is None or not place.dismissed:
            found = await self._part(user_id, {**visible, **_in_sight(user_id)}, place, limit)
        if with_dismissed and len(found) < limit:
            behind = place if place is not None and place.dismissed else None
            found += await self._part(user_id, {**visible, **_out_of_sight(user_id)}, behind, limit - len(found))
        return found

    async def _part(self, user_id: str | None, part: Query, place: "_Place | None", limit: int) -> list[Notification]:
        conditions = [part]
        if place is not None:
            conditions.append(beyond("created_at", (place.created_at, place.id), direction=DESCENDING))
        cursor = self._notifications.find({"$and": conditions}).sort(_ORDER).limit(limit)
        return [_view(document, user_id) for document in await cursor.to_list(limit)]

    async def _visible(
        self, user_id: str | None, others: Sequence[str] | None, *, resolved: Sequence[bool] = (False,)
    ) -> Query:
        """``others`` are the active users besides this one: what is for anybody else, a deactivated user or an id
        that is no user, is for everyone. None: only the user's own and everyone's."""
        if user_id is None:
            return {}
        named: set[str] = set()
        if others is not None:
            for state in resolved:  # one at a time, so that the index leads from user to user
                named.update(await self._notifications.distinct("user_id", {"resolved": state}))
        return {"user_id": {"$in": [None, user_id, *sorted(named - {None, user_id, *(others or ())})]}}

    async def page_at(self, at: str, *, after: str, limit: int) -> list[Row]:
        """All as they were at a cluster time, in the order of their ids. Raises SnapshotGone."""
        return await find_at(self._database, at, "notifications", {"_id": {"$gt": after}}, limit=limit)

    async def without_id_at(self, at: str) -> list[object]:
        """The ids that are no text, or an empty one: no page has their documents."""
        query: Query = {"_id": {"$not": {"$gt": ""}}}
        found = await find_at(self._database, at, "notifications", query, projection={"_id": 1}, limit=_NAMED)
        return [document["_id"] for document in found]

    async def stored(self, ids: Sequence[str]) -> list[NotificationDocument]:
        return await self._notifications.find({"_id": {"$in": list(ids)}}).to_list(None)

    async def take_in(self, fresh: list[NotificationDocument], changes: Mapping[str, Changes]) -> None:
        """Add what an import brings. Who raised the same one meanwhile was right too."""
        await insert_each(self._notifications, fresh)
        updates = [
            UpdateOne({"_id": id}, {"$set": one.fields, "$unset": dict.fromkeys(one.gone, "")})
            for id, one in changes.items()
            if one.fields or one.gone
        ]
        if updates:
            await self._notifications.bulk_write(updates, ordered=False)

    async def ping(self) -> None:
        """Raises PyMongoError when the database does not answer."""
        await self._database.command("hello")


class _Place(NamedTuple):
    dismissed: bool
    created_at: dt.datetime
    id: str


def position(notification: Notification) -> str:
    return f"{int(notification.dismissed)}/{notification.created_at.isoformat()}/{notification.id}"


def _place(after: str) -> _Place:
    try:
        flag, instant, id = after.split("/", 2)
        return _Place(bool(int(flag)), instant_of(instant), id)
    except ValueError:
        raise ValueError(f"{after!r} is not a position in this list") from None


def _in_sight(user_id: str | None) -> Query:
    return {"resolved": False, "dismissed_by": {"$nin": _dismissers(user_id)}}


def _out_of_sight(user_id: str | None) -> Query:
    return {"$or": [{"resolved": True}, {"dismissed_by": {"$in": _dismissers(user_id)}}]}


def _dismissers(user_id: str | None) -> list[str]:
    return [EVERYBODY] if user_id is None else [EVERYBODY, user_id]


_REWORDED = ("message", "user_id", "metadata", "due_at", "severity")


def _document(raised: NewNotification) -> NotificationDocument:
    fields = {name: value for name, value in asdict(raised).items() if value is not None and name != "at"}
    document = {
        "_id": derived_id(f"notification:{raised.cause}"),
        **fields,
        "type": raised.type.value,
        "severity": raised.severity.value,
        "user_id": raised.user_id,
        "created_at": raised.at,
        "resolved": False,
    }
    return cast("NotificationDocument", document)


def _opened(document: Mapping[str, object]) -> Query:
    """The update that opens a resolved notification again, for everyone."""
    return {"$set": {name: value for name, value in document.items() if name != "_id"}, "$unset": {"dismissed_by": ""}}


def _view(document: NotificationDocument, user_id: str | None) -> Notification:
    dismissed = document["resolved"] or not set(_dismissers(user_id)).isdisjoint(document.get("dismissed_by", ()))
    return read(Notification, {**document, "id": document["_id"], "dismissed": dismissed}, {})
