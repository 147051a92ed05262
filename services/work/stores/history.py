"""Append-only history, and the answers already given to commands that carried an idempotency key."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from contracts.values import derived_id
from contracts.views import HistoryRow
from services.kit.clock import Clock
from services.kit.mongo import (
    ASCENDING,
    Database,
    Document,
    DuplicateKeyError,
    Session,
    create_index,
    in_transaction,
)

_KEYS_KEPT_SECONDS = 24 * 3600
Reply = str
"""An answer as JSON text."""


class History:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: Any = database.history
        self._commands: Any = database.commands

    async def create_indexes(self) -> None:
        await create_index(self._rows, [("recorded_at", ASCENDING), ("_id", ASCENDING)], name="feed")
        await create_index(self._rows, [("task_id", ASCENDING), ("at", ASCENDING)], name="of_task", sparse=True)
        await create_index(
            self._commands, [("at", ASCENDING)], name="kept_a_day", expireAfterSeconds=_KEYS_KEPT_SECONDS
        )

    async def once(self, key: str | None, work: Callable[[Session], Awaitable[Reply]]) -> Reply:
        """Run a change in one transaction; with a key already used, give the answer of the first time."""

        async def write(session: Session) -> Reply:
            reply = await work(session)
            if key is not None:
                await self._commands.insert_one({"_id": key, "reply": reply, "at": Clock.wall()}, session=session)
            return reply

        if key is not None and (earlier := await self._commands.find_one({"_id": key})):
            return earlier["reply"]
        try:
            return await in_transaction(self._database, write)
        except DuplicateKeyError:
            if key is not None and (earlier := await self._commands.find_one({"_id": key})):
                return earlier["reply"]
            raise

    async def append(self, row: Document, session: Session) -> None:
        await self._rows.insert_one(row, session=session)

    async def feed(
        self, since: dt.datetime | None, kinds: tuple[str, ...], *, after: str | None, limit: int
    ) -> list[HistoryRow]:
        """Rows recorded at or after ``since``, in the order of recording; ``after`` is ``feed_position`` of a row."""
        query: Document = {}
        if kinds:
            query["kind"] = {"$in": list(kinds)}
        if after is not None:
            instant, _, id = after.partition("/")
            recorded_at = dt.datetime.fromisoformat(instant)
            query["$or"] = [{"recorded_at": {"$gt": recorded_at}}, {"recorded_at": recorded_at, "_id": {"$gt": id}}]
            since = max(since or recorded_at, recorded_at)
        if since is not None:
            query["recorded_at"] = {"$gte": since}
        cursor = self._rows.find(query).sort([("recorded_at", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [HistoryRow.model_validate({**row, "id": row["_id"]}) for row in await cursor.to_list(limit)]


def feed_position(row: HistoryRow) -> str:
    return f"{row.recorded_at.isoformat()}/{row.id}"


def history_row(
    kind: str, *, at: dt.datetime, actor: str | None = None, name: str | None = None, **fields: Any
) -> Document:
    """A row to store. ``name`` derives the id, for rows that a retry writes again; absent ids are left out."""
    return {
        "_id": derived_id(name) if name else str(uuid4()),
        "kind": kind,
        "at": at,
        "recorded_at": Clock.wall(),
        **({"actor": actor} if actor else {}),
        **{name: value for name, value in fields.items() if value is not None},
    }
