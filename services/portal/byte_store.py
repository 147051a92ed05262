"""The bytes of uploaded files, in GridFS. Each id is noted before its first byte, so that a sweep finds all of them.

The chunks are written and read here and not by the bucket of the driver: that one gathers up to 48 MB of them in memory
on the way in and 16 MB on the way out.
"""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from services.kit.clock import Clock
from services.kit.mongo import ASCENDING, Database, Index

_CHUNK = 255 * 1024
"""The size that GridFS readers expect by default."""
_CHUNKS_HELD = 4
INDEXES = (Index("uploads.chunks", "files_id_1_n_1", ("files_id", "n"), {"unique": True}),)


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

    async def discard(self) -> None:
        await self._store.remove(self.id)


class ByteStore:
    def __init__(self, database: Database) -> None:
        self._noted: Any = database["uploads_noted"]
        self._files: Any = database["uploads.files"]
        self._chunks: Any = database["uploads.chunks"]

    async def begin(self, id: str) -> Writing:
        await self._noted.insert_one({"_id": id, "at": Clock.wall()})
        return Writing(id, self)

    async def add_chunk(self, id: str, number: int, data: bytes) -> None:
        await self._chunks.insert_one({"files_id": id, "n": number, "data": data})

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
        await self._noted.delete_one({"_id": id})

    async def noted_before(self, at: dt.datetime, *, after: str, limit: int) -> list[str]:
        """Ids whose bytes began to arrive before that instant, in the order of the ids."""
        found = self._noted.find({"_id": {"$gt": after}, "at": {"$lt": at}}, ["_id"]).sort("_id", ASCENDING)
        return [one["_id"] async for one in found.limit(limit)]
