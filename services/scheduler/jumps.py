"""A clock that stands before what is already published, for it was ahead: told once, and shown while it lasts."""

import datetime as dt

import structlog
from nats.aio.client import Client

from contracts.values import Incident
from services.scheduler import incidents
from services.scheduler.store import Progress, ProgressStore, Span

_BACKWARD = dt.timedelta(minutes=2)
"""Clocks of two schedulers differ by a little; a cursor further ahead than this means that time went back."""

_log = structlog.get_logger(__name__)


class BackwardJumps:
    def __init__(self, client: Client, store: ProgressStore) -> None:
        self._client = client
        self._store = store
        self._is_back = False

    async def is_back(self, progress: Progress, now: dt.datetime) -> bool:
        """Remembered, so that neither the next minute nor a restart tells the same jump again."""
        cursor = progress.published
        was_back, self._is_back = self._is_back, cursor is not None and cursor - now > _BACKWARD
        if cursor is not None and self._is_back and not was_back and progress.jump is None:
            _log.error("clock.went_back", at=now.isoformat(), published=cursor.isoformat())
            await self._store.begin_jump(Span(now, cursor))
        if not self._is_back and progress.jump_reported:
            await self._store.end_jump()
        return self._is_back

    async def report(self, progress: Progress) -> None:
        """Raises Unavailable or Refused."""
        if progress.jump is not None and not progress.jump_reported:
            await incidents.report(self._client, Incident.CLOCK_WENT_BACK, progress.jump)
            await self._store.mark_jump_reported(progress.jump)
