"""The bytes of uploaded files, in GridFS. Each id is noted before its first byte, so that a sweep finds all of them.

The chunks are written and read here and not by the bucket of the driver: that one gathers up to 48 MB of them in memory
on the way in and 16 MB on the way out.
"""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from services.kit.clock import Clock
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database
from services.kit.mongo.indexes import Index
from services.portal.files.documents import ChunkDocument, NoteDocument, SweepDocument, UploadDocument

_CHUNK = 255 * 1024
"""The size that GridFS readers expect by default."""
_CHUNKS_HELD = 4
INDEXES = (Index("uploads.chunks", "files_id_1_n_1", ("files_id", "n"), {"unique": True}),)


@dataclass(frozen=True)
class Note:
    """What is known of bytes besides themselves. ``complete``: all of them arrived. ``offered``: work was told of them,
    so that a record may name them, here or in a backup. ``unnamed_since``: when a sweep first found that none does."""

    id: str
    complete: bool
    offered: bool
    unnamed_since: dt.datetime | None


class LostBytes(Exception):
    """Part of a stored file is gone; the argument is its id."""


class Writing:
    """Bytes on their way in. Ends with ``finish``, or with ``discard``, after which nothing is left of them."""

    def __init__(self, id: str, store: "ByteStore") -> None:
        self.id = id
        self.size = 0
        self._store = store
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._chunks = 0

    @property
    def checksum(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"

    async def write(self, data: bytes) -> None:
        self.size += len(data)
        self._digest.update(data)
        self._pending += data
        while len(self._pending) >= _CHUNK:
            await self._flush()

    async def finish(self) -> None:
        if self._pending:
            await self._flush()
        await self._store.complete(self.id, self.size)

    async def _flush(self) -> None:
        await self._store.add_chunk(self.id, self._chunks, bytes(self._pending[:_CHUNK]))
        del self._pending[:_CHUNK]
        self._chunks += 1

    async def offer(self) -> None:
        """Before work is told of them."""
        await self._store.offer(self.id)

    async def discard(self) -> None:
        await self._store.remove(self.id)


class ByteStore:
    def __init__(self, database: Database) -> None:
        self._notes: AsyncCollection[NoteDocument] = database["uploads_noted"]
        self._files: AsyncCollection[UploadDocument] = database["uploads.files"]
        self._chunks: AsyncCollection[ChunkDocument] = database["uploads.chunks"]
        self._sweeps: AsyncCollection[SweepDocument] = database["sweeps"]

    async def begin(self, id: str) -> Writing:
        await self._notes.insert_one({"_id": id, "at": Clock.wall(), "offered": False})
        return Writing(id, self)

    async def add_chunk(self, id: str, number: int, data: bytes) -> None:
        await self._chunks.insert_one(cast("ChunkDocument", {"files_id": id, "n": number, "data": data}))

    async def complete(self, id: str, size: int) -> None:
        """Readers see the file from now on."""
        await self._files.insert_one({"_id": id, "length": size, "chunkSize": _CHUNK, "uploadDate": Clock.wall()})

    async def read(self, id: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The size and the bytes, chunk by chunk; None when they are not there."""
        file = await self._files.find_one({"_id": id})
        if file is None:
            return None
        return file["length"], self._read_chunks(id, file["length"])

    async def _read_chunks(self, id: str, size: int) -> AsyncIterator[bytes]:
        """Raises LostBytes when some are missing, so that nobody takes what came for the whole file."""
        expected = 0
        found = self._chunks.find({"files_id": id}).sort("n", ASCENDING).batch_size(_CHUNKS_HELD)
        async for chunk in found:
            if chunk["n"] != expected:
                break
            expected += 1
            size -= len(chunk["data"])
            yield bytes(chunk["data"])
        if size:
            raise LostBytes(id)

    async def remove(self, id: str) -> None:
        """Also what was never finished. The note goes last: who dies before it is found by the sweep."""
        await self._files.delete_one({"_id": id})
        await self._chunks.delete_many({"files_id": id})
        await self._notes.delete_one({"_id": id})

    async def offer(self, id: str) -> None:
        """Before work is told of them: from then on a record may name them."""
        await self._notes.update_one({"_id": id}, {"$set": {"offered": True}})

    async def notes_before(self, at: dt.datetime, *, after: str, limit: int) -> list[Note]:
        """Those whose bytes began to arrive before that instant, in the order of the ids. Of notes from before it was
        noted, whatever is complete counts as offered."""
        found = self._notes.find({"_id": {"$gt": after}, "at": {"$lt": at}}).sort("_id", ASCENDING)
        notes = await found.limit(limit).to_list(None)
        ids = [note["_id"] for note in notes]
        complete = {file["_id"] async for file in self._files.find({"_id": {"$in": ids}}, ["_id"])}
        return [
            Note(
                id=note["_id"],
                complete=note["_id"] in complete,
                offered=note.get("offered", note["_id"] in complete),
                unnamed_since=note.get("unnamed_since"),
            )
            for note in notes
        ]

    async def note_unnamed(self, ids: list[str], since: dt.datetime | None) -> None:
        """None for those that a record names again."""
        if ids:
            await self._notes.update_many({"_id": {"$in": ids}}, {"$set": {"unnamed_since": since}})

    async def last_sweep(self) -> dt.datetime | None:
        """When a sweep last looked at all of them."""
        found = await self._sweeps.find_one({"_id": "uploads"})
        return found["at"] if found else None

    async def note_sweep(self, at: dt.datetime) -> None:
        await self._sweeps.update_one({"_id": "uploads"}, {"$set": {"at": at}}, upsert=True)
