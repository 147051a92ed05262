"""Hourly: uploads that nobody was offered go after a day; bytes that work had, 30 days after nothing names them.

A sweep that would take more than a few files stops and says so: a portal's database that was restored before the import
holds the bytes of records that are still to come.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from contracts.files import FindStrayFiles
from contracts.subjects import FIND_STRAY_FILES
from services.kit.cancellation import raise_if_cancelled
from services.kit.clock import Clock
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.portal.files import messages
from services.portal.files.byte_store import ByteStore, Note
from services.portal.owners import Owners

_EVERY = dt.timedelta(hours=1)
_OLD_ENOUGH = dt.timedelta(days=1)
_KEPT_UNNAMED = dt.timedelta(days=30)
_LONGEST_PAUSE = dt.timedelta(days=2)
"""Between two sweeps. After a longer one nobody knows what was named meanwhile, so the 30 days begin again."""
A_FEW = 20
_PAGE = 1_000
_log = structlog.get_logger(__name__)


@dataclass
class UploadSweep:
    """What came of the latest sweep. ``held``: how many files it would have deleted, and did not. ``warnings`` says
    that in the portal's answers about its health."""

    deleted: int = 0
    held: int = 0
    warnings: dict[str, str] = field(default_factory=dict[str, str])

    def take_stock(self, deleted: int, held: int) -> None:
        self.deleted, self.held = deleted, held
        self.warnings.pop("uploads", None)
        if held:
            self.warnings["uploads"] = messages.sweep_stopped(held)


def swept_before(now: dt.datetime) -> dt.datetime:
    """An upload still under way, or one that work has not heard of yet, is younger than this."""
    return now - _OLD_ENOUGH


async def sweep(
    store: ByteStore, owners: Owners, now: dt.datetime, state: UploadSweep | None = None, *, few: int | None = A_FEW
) -> int:
    """Returns how many were deleted. With more than ``few`` whole files to delete, only unfinished uploads are.

    Raises Unavailable when work is silent: then nothing is known to be stray.
    """
    before = await store.last_sweep()
    restart = before is None or now - before > _LONGEST_PAUSE
    whole: list[str] = []
    unfinished: list[str] = []
    after = ""
    while notes := await store.notes_before(swept_before(now), after=after, limit=_PAGE):
        ids = [note.id for note in notes]
        stray = set((await owners.ask(FIND_STRAY_FILES, FindStrayFiles(ids=ids))).ids)
        await _note_names(store, notes, stray, now, restart=restart)
        for note in notes:
            if note.id in stray and _is_over(note, now, restart=restart):
                (whole if note.complete else unfinished).append(note.id)
        after = ids[-1]
    held = len(whole) if few is not None and len(whole) > few else 0
    deleted = unfinished if held else [*unfinished, *whole]
    for id in deleted:
        await store.remove(id)
    await store.note_sweep(now)
    if state is not None:
        state.take_stock(len(deleted), held)
    return len(deleted)


async def _note_names(store: ByteStore, notes: list[Note], stray: set[str], now: dt.datetime, *, restart: bool) -> None:
    """Since when nothing names each, or that something does."""
    lost = [note.id for note in notes if note.id in stray and note.offered and (restart or note.unnamed_since is None)]
    named = [note.id for note in notes if note.id not in stray and note.unnamed_since is not None]
    await store.note_unnamed(lost, now)
    await store.note_unnamed(named, None)


def _is_over(note: Note, now: dt.datetime, *, restart: bool) -> bool:
    if not note.offered:
        return True
    return not restart and note.unnamed_since is not None and now - note.unnamed_since >= _KEPT_UNNAMED


@asynccontextmanager
async def sweeping(store: ByteStore, owners: Owners, state: UploadSweep) -> AsyncGenerator[None, None]:
    """Sweeps while the block runs, and has stopped when it is left."""
    task = asyncio.create_task(_sweep_hourly(store, owners, state))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_hourly(store: ByteStore, owners: Owners, state: UploadSweep) -> None:
    """In real time. What fails is tried again an hour later."""
    while True:
        try:
            if swept := await sweep(store, owners, Clock.wall(), state):
                _log.info("uploads.swept", count=swept)
            if state.held:
                _log.warning("uploads.sweep_stopped", count=state.held, remedy="dataops sweep-uploads")
        except (Unavailable, Refused, PyMongoError) as error:
            _log.warning("uploads.sweep_failed", error=str(error))
        except Exception:  # noqa: BLE001  # logged; the next sweep goes on
            _log.exception("uploads.sweep_failed")
        raise_if_cancelled()
        await asyncio.sleep(_EVERY.total_seconds())
