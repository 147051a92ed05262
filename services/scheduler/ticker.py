"""The minute: publish every window that opened since the last one, remember it, tell everyone the time."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.events import ClockMinute
from contracts.schedules import Schedule
from contracts.subjects import CLOCK_MINUTE
from services.kit.broker import Unavailable, tell
from services.kit.clock import Clock
from services.kit.mongo import PyMongoError
from services.scheduler.agenda import Agenda, DueWindow, windows_of
from services.scheduler.feed import FeedRefused, ScheduleReader
from services.scheduler.publisher import Published, Publisher
from services.scheduler.store import ProgressStore

_MINUTE = dt.timedelta(minutes=1)
_STEP = dt.timedelta(days=1)
_UNSEEN = dt.timedelta(minutes=2)
"""How far back a changed schedule is looked at again: its change may have been written while a tick was reading."""
_BACKWARD = dt.timedelta(minutes=2)
"""Clocks of two schedulers differ by a little; a cursor further ahead than this means that time went back."""
_RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
_EXPECTED = (Unavailable, FeedRefused, PyMongoError, NatsError, TimeoutError, ConnectionError, ValidationError)

_log = structlog.get_logger(__name__)


class Interval(NamedTuple):
    """Openings after the one instant, up to and including the other."""

    after: dt.datetime
    until: dt.datetime


class Ticker:
    """One tick a minute, one more whenever the clock is set, and until one succeeds a retry every few seconds."""

    def __init__(
        self, client: Client, store: ProgressStore, *, clock: Clock, zone: ZoneInfo, catch_up: dt.timedelta
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._zone = zone
        self._catch_up = catch_up
        self._agenda = Agenda()
        self._reader = ScheduleReader(client)
        self._publisher = Publisher(client)
        self._clock_is_back = False
        self.last_tick_at: dt.datetime | None = None
        """Machine time of the last tick that succeeded."""

    async def run(self) -> None:
        """Tick until cancelled. A failing tick is logged and tried again; nothing ends this loop."""
        failures = 0
        while True:
            times_set, now = self._clock.times_set, self._clock.now()
            failures = 0 if await self._succeeds(now) else failures + 1
            if self._clock.times_set == times_set:
                await self._clock.sleep_until(_next_minute(now) if not failures else self._retry_at(failures))

    async def _succeeds(self, now: dt.datetime) -> bool:
        try:
            await self.tick(now)
        except _EXPECTED as error:
            _log.warning("tick.failed", at=now.isoformat(), error=f"{type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001  # a bug must not stop the clock of everyone else
            _log.exception("tick.failed", at=now.isoformat())
        else:
            return True
        return False

    async def tick(self, now: dt.datetime) -> None:
        """Publish what opened up to ``now``, then move the cursor, then tell the time. Raises with the cursor unmoved
        past anything that is not stored by the broker."""
        began = asyncio.get_running_loop().time()
        changed = await self._reader.refresh(self._agenda)
        published = await self._publish_up_to(now, changed)
        await tell(self._client, CLOCK_MINUTE, ClockMinute(at=now))
        self.last_tick_at = self._clock.wall()
        _log.info(
            "tick",
            at=now.isoformat(),
            schedules=len(self._agenda),
            changed=len(changed),
            **published._asdict(),
            seconds=round(asyncio.get_running_loop().time() - began, 3),
        )

    async def _publish_up_to(self, now: dt.datetime, changed: list[Schedule]) -> Published:
        cursor = await self._store.published()
        if self._went_back(cursor, now):
            return Published()
        after = self._within_horizon(cursor, now)
        published = await self._publisher.publish(self._unseen(changed, after), now)
        for interval in _steps(after, now):
            due = self._agenda.windows_between(*interval, self._zone)
            published = published.plus(await self._publisher.publish(due, now))
            await self._store.move_published(interval.until)
        return published

    def _went_back(self, cursor: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether the clock stands before what is already published. Then nothing opens; it is reported once."""
        was_back, self._clock_is_back = self._clock_is_back, cursor is not None and cursor - now > _BACKWARD
        if self._clock_is_back and not was_back:
            _log.error("clock.went_back", at=now.isoformat(), published=cursor and cursor.isoformat())
        return self._clock_is_back

    def _within_horizon(self, cursor: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        horizon = now - self._catch_up
        if cursor is None:
            return horizon
        if cursor < horizon:
            _log.error("windows.beyond_horizon", after=cursor.isoformat(), until=horizon.isoformat())
        return max(cursor, horizon)

    def _unseen(self, changed: list[Schedule], cursor: dt.datetime) -> list[DueWindow]:
        return [due for one in changed for due in windows_of(one, cursor - _UNSEEN, cursor, self._zone)]

    def _retry_at(self, failures: int) -> dt.datetime:
        seconds = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1]
        return self._clock.now() + dt.timedelta(seconds=seconds)


def _steps(after: dt.datetime, until: dt.datetime) -> Iterator[Interval]:
    """A long outage is caught up day by day, so that a crash on the way keeps what was done."""
    while after < until:
        step = min(after + _STEP, until)
        yield Interval(after, step)
        after = step


def _next_minute(now: dt.datetime) -> dt.datetime:
    return now.replace(second=0, microsecond=0) + _MINUTE
