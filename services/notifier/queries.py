"""Answers to questions about notifications."""

import asyncio

import structlog

from contracts.notifications import CountUnread, ListNotifications, Notification, NotificationPage, Unread
from contracts.subjects import REPLY_BYTES, reply_size
from services.kit.refused import Refused, invalid_field
from services.kit.unavailable import Unavailable
from services.notifier.reader import HistoryReader
from services.notifier.store import NotificationStore, position
from services.notifier.sweeps import Sweeper

_LIMIT = 500
_MOST_COUNTED = 100
_PATIENCE_SECONDS = 2.0
_log = structlog.get_logger(__name__)


class Queries:
    def __init__(self, store: NotificationStore, reader: HistoryReader, sweeper: Sweeper) -> None:
        self._store = store
        self._reader = reader
        self._sweeper = sweeper

    async def list(self, asked: ListNotifications) -> NotificationPage:
        """Brings itself up to date first; when work does not answer in time, what is known is shown."""
        if asked.after is None:
            await self.catch_up()
        try:
            found = await self._store.newest(
                asked.user_id, asked.others, with_dismissed=asked.all, after=asked.after, limit=_LIMIT
            )
        except ValueError as error:
            raise invalid_field("after", str(error)) from None
        shown = _fitting(found)
        more = len(shown) < len(found) or len(found) == _LIMIT
        return NotificationPage(items=shown, after=position(shown[-1]) if more else None)

    async def unread(self, asked: CountUnread) -> Unread:
        """Of what was raised so far: every page asks this, so it neither reads history nor sweeps."""
        return Unread(count=await self._store.unread(asked.user_id, asked.others, limit=_MOST_COUNTED))

    async def catch_up(self) -> None:
        """Read work's history and its open tasks up to now, for two seconds at most."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._reader.catch_up()
                await self._sweeper.sweep()
        except (Unavailable, Refused, TimeoutError) as error:
            _log.warning("notifications.refresh_failed", error=f"{type(error).__name__}: {error}")


def _fitting(found: list[Notification]) -> list[Notification]:
    """As many as fit into one reply, at least one."""
    size, shown = 0, list[Notification]()
    for notification in found:
        size += reply_size(notification)
        if shown and size > REPLY_BYTES:
            break
        shown.append(notification)
    return shown
