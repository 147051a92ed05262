"""Reading work's history: the events that go by are only nudges, this is what loses nothing."""

import asyncio
import datetime as dt

import structlog
from nats.aio.client import Client
from pydantic import ValidationError

from contracts.history import HistoryFeed, HistoryRow
from contracts.notifications import NotificationRaised
from contracts.subjects import HISTORY_FEED, NOTIFICATION_RAISED
from services.kit.broker import pages_of, publish_event
from services.notifier.notices import NewNotification
from services.notifier.rules import KINDS, came_back, consequences
from services.notifier.store import NotificationStore

OVERLAP = dt.timedelta(minutes=2)
"""A row may become visible this much after it was recorded: rows of one time are written by many."""
BRIEF_OVERLAP = dt.timedelta(seconds=5)
"""Enough for nearly every write; the next minute's reading overlaps by more."""
_LOOKED_BACK = dt.timedelta(days=1)
"""How far before the machine's time it reads again when the clock went back behind the cursor."""
_MAX_PUBLISHED_IDS = 1_000

_log = structlog.get_logger(__name__)


class HistoryReader:
    """Reads on from the cursor, raises what the new rows call for, then moves the cursor.

    Raising is idempotent, so several instances and a crash at any point are harmless.
    """

    def __init__(self, client: Client, store: NotificationStore) -> None:
        self._client = client
        self._store = store
        self._known: dict[str, dt.datetime] = {}
        self._reading = asyncio.Lock()

    async def catch_up(self, overlap: dt.timedelta = BRIEF_OVERLAP) -> None:
        """Returns when all that was recorded before the call is handled, one reading after the other.

        Raises Unavailable or Refused, or PyMongoError from the store.
        """
        async with self._reading:
            await self._read(overlap)

    async def _read(self, overlap: dt.timedelta) -> None:
        """The cursor moves to when the reading began, whatever it found: the next one begins there."""
        cursor = await self._store.cursor()
        as_of = await self._read_since(cursor - overlap if cursor is not None else None)
        if as_of is None:
            return
        if cursor is not None and as_of < cursor - OVERLAP:
            _log.warning("history.clock_went_back", since=as_of.isoformat(), until=cursor.isoformat())
            await self._read_since(as_of - _LOOKED_BACK)
        await self._store.move_cursor(as_of)

    async def _read_since(self, since: dt.datetime | None) -> dt.datetime | None:
        """Handle all rows recorded from ``since`` on; returns when work began to read, None if it does not say."""
        as_of: dt.datetime | None = None
        async for page in pages_of(self._client, HISTORY_FEED, HistoryFeed(since=since, kinds=KINDS)):
            as_of = as_of or page.as_of
            await self._handle(page.items)
        return as_of

    async def _handle(self, entries: list[HistoryRow]) -> None:
        fresh = [entry for entry in entries if entry.id not in self._known]
        if not fresh:
            return
        raised = await self._store.add_new([consequence for entry in fresh for consequence in _readable(entry)])
        raised += await self._store.announce_again(
            {entry.task_id: entry.at for entry in fresh if entry.task_id is not None and came_back(entry)}
        )
        self._remember(fresh)
        if raised:
            await publish_event(self._client, NOTIFICATION_RAISED, NotificationRaised(ids=raised[:_MAX_PUBLISHED_IDS]))
        _log.info("history.read", entries=len(fresh), raised=len(raised))

    def _remember(self, entries: list[HistoryRow]) -> None:
        self._known |= {entry.id: entry.recorded_at for entry in entries}
        oldest = max(self._known.values()) - OVERLAP
        self._known = {id: recorded_at for id, recorded_at in self._known.items() if recorded_at >= oldest}


def _readable(entry: HistoryRow) -> list[NewNotification]:
    """One row that cannot be read must not keep the others from being handled."""
    try:
        return list(consequences(entry))
    except ValidationError as error:
        _log.error("history_entry.skipped", entry=entry.id, kind=entry.kind, error=str(error))
        return []
