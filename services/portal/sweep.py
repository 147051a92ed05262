"""Uploads that came to nothing: bytes a day old that work knows of no file for are deleted, hourly."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from contracts.files import FindStrayFiles
from contracts.subjects import FIND_STRAY_FILES
from services.kit.cancellation import heed_cancellation
from services.kit.clock import Clock
from services.kit.mongo import PyMongoError
from services.kit.refused import RefusedByOwner
from services.kit.unavailable import Unavailable
from services.portal.byte_store import ByteStore
from services.portal.owners import Owners

_EVERY = dt.timedelta(hours=1)
_OLD_ENOUGH = dt.timedelta(days=1)
_PAGE = 1_000
_log = structlog.get_logger(__name__)


def swept_before(now: dt.datetime) -> dt.datetime:
    """An upload still under way, or one that work has not heard of yet, is younger than this."""
    return now - _OLD_ENOUGH


async def sweep(store: ByteStore, owners: Owners, now: dt.datetime) -> int:
    """Returns how many were deleted. Raises Unavailable when work is silent: then nothing is known to be stray."""
    swept, after = 0, ""
    while ids := await store.noted_before(swept_before(now), after=after, limit=_PAGE):
        for id in (await owners.view(FIND_STRAY_FILES, FindStrayFiles(ids=ids))).ids:
            await store.remove(id)
            swept += 1
        after = ids[-1]
    return swept


@asynccontextmanager
async def sweeping(store: ByteStore, owners: Owners) -> AsyncGenerator[None, None]:
    """Sweeps while the block runs, and has stopped when it is left."""
    task = asyncio.create_task(_sweep_hourly(store, owners))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_hourly(store: ByteStore, owners: Owners) -> None:
    """In real time. What fails is tried again an hour later."""
    while True:
        try:
            if swept := await sweep(store, owners, Clock.wall()):
                _log.info("uploads.swept", count=swept)
        except (Unavailable, RefusedByOwner, PyMongoError) as error:
            _log.warning("uploads.not_swept", error=str(error))
        except Exception:  # noqa: BLE001  # a bug must not end the sweep for good
            _log.exception("uploads.not_swept")
        heed_cancellation()
        await asyncio.sleep(_EVERY.total_seconds())
