"""Bytes of uploads on real GridFS, and the sweep over what was left behind."""

import datetime as dt
import hashlib
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest
from gridfs import AsyncGridFSBucket
from pymongo import AsyncMongoClient

from contracts.files import FindStrayFiles, StrayFiles
from contracts.values import Service
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import Database
from services.kit.mongo.indexes import create_indexes
from services.kit.settings import Settings
from services.kit.unavailable import Unavailable
from services.portal.files.byte_store import INDEXES, ByteStore, LostBytes
from services.portal.files.sweep import UploadSweep, sweep
from services.portal.files.uploads import receive
from services.portal.http.errors import BadInput

MEGABYTE = 1024 * 1024
DAY = dt.timedelta(days=1)


@pytest.fixture
async def database(settings: Settings) -> AsyncGenerator[Database]:
    async with connection.connect(settings, "portal") as database:
        yield database


@pytest.fixture
async def store(database: Database) -> ByteStore:
    await create_indexes(database, INDEXES)
    return ByteStore(database)


async def kept(store: ByteStore, content: bytes = b"bytes") -> str:
    writing = await store.begin(str(uuid4()))
    await writing.write(content)
    await writing.finish()
    return writing.id


async def content_of(store: ByteStore, id: str) -> bytes | None:
    found = await store.read(id)
    return b"".join([chunk async for chunk in found[1]]) if found else None


async def count(database: Database) -> tuple[int, int, int]:
    names = ("uploads_noted", "uploads.files", "uploads.chunks")
    notes, files, chunks = [await database[name].count_documents({}) for name in names]
    return notes, files, chunks


async def read_by_any_gridfs_client(settings: Settings, id: str) -> bytes:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url.get_secret_value())
    try:
        bucket = AsyncGridFSBucket(client[f"{settings.mongo_prefix}_portal"], bucket_name="uploads")
        return await (await bucket.open_download_stream(id)).read()
    finally:
        await client.close()


async def test_bytes_come_back_as_they_went_in_and_go_without_a_trace(
    store: ByteStore, database: Database, settings: Settings
) -> None:
    content = bytes(range(256)) * 3_000
    id = await kept(store, content)
    found = await store.read(id)
    assert found is not None
    assert found[0] == len(content)
    assert await content_of(store, id) == content
    assert await read_by_any_gridfs_client(settings, id) == content
    await store.remove(id)
    await store.remove(id)
    assert await store.read(id) is None
    assert await count(database) == (0, 0, 0)


async def test_an_unfinished_upload_is_no_file_and_can_be_discarded(store: ByteStore, database: Database) -> None:
    writing = await store.begin("a")
    await writing.write(b"x" * MEGABYTE)
    assert await store.read("a") is None
    assert (await count(database))[2] > 0
    await writing.discard()
    assert await count(database) == (0, 0, 0)


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_a_file_with_a_hole_is_never_taken_for_whole(store: ByteStore, database: Database, gone: int) -> None:
    id = await kept(store, b"x" * (MEGABYTE * 3 // 4))
    await database["uploads.chunks"].delete_one({"files_id": id, "n": gone})
    with pytest.raises(LostBytes):
        await content_of(store, id)


async def test_memory_does_not_grow_with_the_file(store: ByteStore) -> None:
    """Thirty-two megabytes go through as a form and come back with a few held at a time."""
    size = 32 * MEGABYTE

    async def form() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(size // 65_536):
            yield b"x" * 65_536
        yield b"\r\n--b--\r\n"

    tracemalloc.start()
    try:
        upload = await receive(form(), "multipart/form-data; boundary=b", store, largest=size)
        assert upload.file is not None
        digest, read = hashlib.sha256(), 0
        found = await store.read(upload.file.id)
        assert found is not None
        async for chunk in found[1]:
            digest.update(chunk)
            read += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (read, f"sha256:{digest.hexdigest()}") == (size, upload.file.checksum)
    assert peak < 8 * MEGABYTE


async def test_a_file_beyond_the_limit_is_stopped_on_its_way(store: ByteStore, database: Database) -> None:
    taken = 0

    async def form() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(1_000):
            taken += 1
            yield b"x" * 65_536

    with pytest.raises(BadInput) as refused:
        await receive(form(), "multipart/form-data; boundary=b", store, largest=MEGABYTE)
    assert refused.value.status == 413
    assert taken <= MEGABYTE // 65_536 + 2
    assert await count(database) == (0, 0, 0)


def work_knowing(*known: str) -> Any:
    async def answer(_: object, question: FindStrayFiles) -> StrayFiles:
        return StrayFiles(ids=[id for id in question.ids if id not in known])

    return AsyncMock(ask=AsyncMock(side_effect=answer))


async def test_the_sweep_takes_only_day_old_bytes_that_work_does_not_know(store: ByteStore, database: Database) -> None:
    known, stray, unfinished = await kept(store), await kept(store), await store.begin(str(uuid4()))
    await unfinished.write(b"x" * MEGABYTE)
    owners, now = work_knowing(known), Clock.wall()
    assert await sweep(store, owners, now + DAY - dt.timedelta(minutes=1)) == 0
    assert await content_of(store, stray) == b"bytes"
    assert await sweep(store, owners, now + DAY + dt.timedelta(minutes=1)) == 2
    assert await content_of(store, known) == b"bytes"
    assert await store.read(stray) is None
    assert await count(database) == (1, 1, 1)


async def whole(store: ByteStore, *, offered: bool = True) -> str:
    id = await kept(store)
    if offered:
        await store.offer(id)
    return id


async def sweep_daily(store: ByteStore, owners: Any, days: range, state: UploadSweep | None = None) -> int:
    """How many went, a sweep a day, counted from now."""
    now = Clock.wall()
    return sum([await sweep(store, owners, now + day * DAY, state) for day in days])


@pytest.mark.requirement("R-EXP-5")
async def test_sweep_keeps_attached_bytes_30_days_unnamed(store: ByteStore) -> None:
    id = await whole(store)
    assert await sweep_daily(store, work_knowing(id), range(2, 50)) == 0
    assert await sweep_daily(store, work_knowing(), range(50, 80)) == 0
    assert await sweep_daily(store, work_knowing(id), range(80, 81)) == 0
    assert await sweep_daily(store, work_knowing(), range(81, 111)) == 0
    assert await content_of(store, id) == b"bytes"
    assert await sweep_daily(store, work_knowing(), range(111, 112)) == 1
    assert await store.read(id) is None


@pytest.mark.requirement("R-EXP-5")
async def test_sweep_of_restored_database_begins_30_days_again(store: ByteStore, database: Database) -> None:
    """Whether the notes are of this version or of an earlier one, and however long they had been unnamed before."""
    ids = [await whole(store) for _ in range(3)]
    assert await sweep_daily(store, work_knowing(), range(2, 31)) == 0
    await database["uploads_noted"].update_one({"_id": ids[0]}, {"$unset": {"offered": 1, "unnamed_since": 1}})
    assert await sweep_daily(store, work_knowing(), range(70, 100)) == 0
    assert await sweep_daily(store, work_knowing(), range(100, 101)) == 3


@pytest.mark.requirement("R-EXP-5")
@pytest.mark.parametrize(("files", "deleted", "held"), [(20, 20, 0), (21, 0, 21)])
async def test_sweep_of_more_than_a_few_files_stops(store: ByteStore, files: int, deleted: int, held: int) -> None:
    for _ in range(files):
        await whole(store)
    unfinished = await store.begin(str(uuid4()))
    await unfinished.write(b"x")
    state = UploadSweep()
    assert await sweep_daily(store, work_knowing(), range(2, 33), state) == deleted + 1
    assert (state.held, bool(state.warnings)) == (held, held > 0)
    now = Clock.wall() + 33 * DAY
    assert await sweep(store, work_knowing(), now, state, few=None) == held
    assert (state.held, state.warnings) == (0, {})


async def test_the_sweep_goes_through_all_pages(store: ByteStore, database: Database) -> None:
    long_ago = Clock.wall() - 2 * DAY
    await database["uploads_noted"].insert_many({"_id": str(uuid4()), "at": long_ago} for _ in range(1_001))
    assert await sweep(store, work_knowing(), Clock.wall()) == 1_001
    assert await count(database) == (0, 0, 0)


async def test_nothing_is_swept_while_work_is_silent(store: ByteStore) -> None:
    id = await kept(store)
    silent: Any = AsyncMock(ask=AsyncMock(side_effect=Unavailable(Service.WORK)))
    with pytest.raises(Unavailable):
        await sweep(store, silent, Clock.wall() + 2 * DAY)
    assert await content_of(store, id) == b"bytes"
