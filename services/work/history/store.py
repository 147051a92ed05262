"""Append-only history, and the answers already given to commands that carried an idempotency key."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, Unpack, cast
from uuid import uuid4

from contracts.fields.lenient import read
from contracts.history import HistoryRow
from contracts.values import derived_id, instant_of
from services.kit.clock import Clock
from services.kit.mongo.driver import ASCENDING, DESCENDING, AsyncCollection, Database, Query, Session
from services.kit.mongo.indexes import Index, only_with
from services.kit.mongo.reading import beyond
from services.kit.mongo.transactions import in_transaction
from services.kit.mongo.writing import insert_each
from services.work.history.documents import CommandDocument, HistoryDocument, HistoryIds
from services.work.tasks.documents import UndoDocument

INDEXES = (
    Index("history", "feed", ("recorded_at", "_id")),
    Index("history", "task_feed", ("task_id", "recorded_at", "_id"), only_with("task_id")),
    Index("history", "run_feed", ("bundle_id", "recorded_at", "_id"), only_with("bundle_id")),
    Index("commands", "kept_a_day", ("at",), {"expireAfterSeconds": 86_400}),
)
ResultT = TypeVar("ResultT")


class History:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: AsyncCollection[HistoryDocument] = database.history
        self._commands: AsyncCollection[CommandDocument] = database.commands

    async def transaction(self, work: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
        """Run a change and its history as one; again as a whole when another one touched the same documents."""
        return await in_transaction(self._database, work)

    async def answer_to(self, key: str, session: Session | None = None) -> bytes | None:
        """What was answered to the command that carried this idempotency key, as JSON; kept for a day."""
        earlier = await self._commands.find_one({"_id": key}, session=session)
        return earlier["reply"].encode() if earlier else None

    async def remember(self, key: str, reply: str, session: Session) -> None:
        """Raises DuplicateKeyError when the key was used meanwhile: then nothing of the transaction stays."""
        await self._commands.insert_one({"_id": key, "reply": reply, "at": Clock.wall()}, session=session)

    async def add(self, entries: list[HistoryDocument]) -> None:
        """Rows with derived ids that are there already are the same ones."""
        await insert_each(self._entries, entries)

    async def append(self, entry: HistoryDocument, session: Session) -> None:
        await self._entries.insert_one(entry, session=session)

    async def feed(
        self, since: dt.datetime | None, kinds: tuple[str, ...], *, after: str | None, limit: int
    ) -> list[HistoryRow]:
        """Rows recorded at or after ``since``, in the order of recording; ``after`` is ``feed_position`` of a row."""
        query: Query = {}
        if kinds:
            query["kind"] = {"$in": list(kinds)}
        if after is not None:
            instant, _, id = after.partition("/")
            recorded_at = instant_of(instant)
            query |= beyond("recorded_at", (recorded_at, id))
            since = max(since or recorded_at, recorded_at)
        if since is not None:
            query["recorded_at"] = {"$gte": since}
        return await self._read(query, limit)

    async def of_task(
        self, task_id: str, *, newest_first: bool = False, after: str | None, limit: int
    ) -> list[HistoryRow]:
        """In the order of recording; ``after`` as in ``feed``. Raises ValueError for one that is no position."""
        query: Query = {"task_id": task_id}
        direction = DESCENDING if newest_first else ASCENDING
        if after is not None:
            instant, _, id = after.partition("/")
            query |= beyond("recorded_at", (instant_of(instant), id), direction=direction)
        return await self._read(query, limit, direction)

    async def change_of_version(self, task_id: str, version: int, session: Session) -> HistoryDocument | None:
        """The row of the change that made this version of the task and can be undone; None for any other."""
        return await self._entries.find_one({"task_id": task_id, "undo.version": version}, session=session)

    async def of_run(self, bundle_id: str, *, before: str | None, limit: int) -> list[HistoryRow]:
        """Of a run and its tasks, the latest first; ``before`` as ``after`` in ``feed``, and the same ValueError."""
        query: Query = {"bundle_id": bundle_id}
        if before is not None:
            instant, _, id = before.partition("/")
            query |= beyond("recorded_at", (instant_of(instant), id), direction=DESCENDING)
        return await self._read(query, limit, DESCENDING)

    async def _read(self, query: Query, limit: int, order: int = ASCENDING) -> list[HistoryRow]:
        cursor = self._entries.find(query).sort([("recorded_at", order), ("_id", order)]).limit(limit)
        return [read(HistoryRow, {**entry, "id": entry["_id"]}, {}) for entry in await cursor.to_list(limit)]


def feed_position(entry: HistoryRow) -> str:
    return f"{entry.recorded_at.isoformat()}/{entry.id}"


def new_history_entry(
    kind: str,
    *,
    at: dt.datetime,
    actor: str | None = None,
    name: str | None = None,
    data: Mapping[str, object] | None = None,
    undo: UndoDocument | None = None,
    **ids: Unpack[HistoryIds],
) -> HistoryDocument:
    """An entry to store. ``name`` derives the id, for entries that a retry writes again; absent ids are left out."""
    entry: HistoryDocument = {
        "_id": derived_id(name) if name else str(uuid4()),
        "kind": kind,
        "at": at,
        "recorded_at": Clock.wall(),
    }
    if actor:
        entry["actor"] = actor
    if data is not None:
        entry["data"] = dict(data)
    if undo is not None:
        entry["undo"] = undo
    return cast("HistoryDocument", entry | {name: id for name, id in ids.items() if id is not None})
