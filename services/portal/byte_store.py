"""The bytes of uploaded files, in GridFS. Each id is noted before its first byte, so that a sweep finds all of them."""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from services.kit.clock import Clock
from services.kit.mongo import ASCENDING, Database, NoFile, byte_bucket, create_index


class Writing:
    """Bytes on their way in. Ends with ``finish``, or with ``discard``, after which nothing is left of them."""

    def __init__(self, id: str, stream: Any, store: "ByteStore") -> None:
        self.id = id
        self.size = 0
        self._stream = stream
        self._store = store
        self._digest = hashlib.sha256()

    @property
    def checksum(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"

    async def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._digest.update(chunk)
        await self._stream.write(chunk)

    async def finish(self) -> None:
        await self._stream.close()

    async def discard(self) -> None:
        await self._store.remove(self.id)


class ByteStore:
    def __init__(self, database: Database) -> None:
        self._noted: Any = database["uploads_noted"]
        self._bucket = byte_bucket(database, "uploads")

    async def prepare(self) -> None:
        await create_index(self._noted, [("at", ASCENDING), ("_id", ASCENDING)])

    async def begin(self, id: str) -> Writing:
        await self._noted.insert_one({"_id": id, "at": Clock.wall()})
        return Writing(id, self._bucket.open_upload_stream_with_id(id, id), self)

    async def read(self, id: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """The size and the bytes, chunk by chunk; None when they are not there."""
        try:
            stream: Any = await self._bucket.open_download_stream(id)
        except NoFile:
            return None
        return stream.length, _chunks(stream)

    async def remove(self, id: str) -> None:
        """Also what was never finished. The note goes last: who dies before it is found by the sweep."""
        with suppress(NoFile):  # it was never finished; its chunks are gone now
            await self._bucket.delete(id)
        await self._noted.delete_one({"_id": id})

    async def noted_before(self, at: dt.datetime, *, after: str, limit: int) -> list[str]:
        """Ids whose bytes began to arrive before that instant, in the order of the ids."""
        found = self._noted.find({"_id": {"$gt": after}, "at": {"$lt": at}}, ["_id"]).sort("_id", ASCENDING)
        return [one["_id"] async for one in found.limit(limit)]


async def _chunks(stream: Any) -> AsyncIterator[bytes]:
    while chunk := await stream.readchunk():
        yield chunk
