"""The minute: publish every window that opened since the last one, remember it, tell everyone the time."""

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.events import ClockMinute
from contracts.schedules import Schedule
from contracts.subjects import CLOCK_MINUTE
from services.kit import tracing
from services.kit.broker import publish_event
from services.kit.cancellation import raise_if_cancelled
from services.kit.clock import Clock
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.scheduler.agenda import Agenda, DueWindow, windows_of
from services.scheduler.asking import find_unmade
from services.scheduler.feed import ScheduleReader
from services.scheduler.jumps import BackwardJumps
from services.scheduler.outages import Outages, steps
from services.scheduler.publisher import LATE, Published, Publisher
from services.scheduler.store import Progress, ProgressStore

_MINUTE = dt.timedelta(minutes=1)
_UNSEEN = dt.timedelta(minutes=2)
"""How far back a changed schedule is looked at again: its change may have been written while a tick was reading."""
_LATELY = dt.timedelta(minutes=10)
_RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
EXPECTED = (Unavailable, Refused, PyMongoError, NatsError, TimeoutError, ConnectionError, ValidationError)

_log = structlog.get_logger(__name__)


class Ticker:
    """One tick a minute, one more whenever the clock is set, and until one succeeds a retry every few seconds."""

    def __init__(
        self,
        client: Client,
        store: ProgressStore,
        *,
        clock: Clock,
        zone: ZoneInfo,
        catch_up: dt.timedelta,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._zone = zone
        self._catch_up = max(catch_up, LATE)  # with no horizon at all nothing would ever be on time
        self._agenda = Agenda()
        self._reader = ScheduleReader(client)
        self._publisher = Publisher(client)
        self._outages = Outages(client, store, self._agenda, zone=zone, catch_up=catch_up)
        self._jumps = BackwardJumps(client, store)
        self.last_tick_at: dt.datetime | None = None
        """Machine time of the last tick that succeeded."""

    async def run(self) -> None:
        """Tick until cancelled. A failing tick is logged and tried again; nothing ends this loop."""
        failures = 0
        while True:
            times_set, now = self._clock.times_set, self._clock.now()
            failures = 0 if await self._succeeds(now) else failures + 1
            raise_if_cancelled()
            if self._clock.times_set == times_set:
                await self._clock.sleep_until(_next_minute(now) if not failures else self._retry_at(failures))

    async def _succeeds(self, now: dt.datetime) -> bool:
        try:
            with tracing.TRACER.start_as_current_span("tick"):
                await self.tick(now)
        except EXPECTED as error:
            _log.warning("tick.failed", at=now.isoformat(), error=f"{type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001  # logged; the next minute is tried again
            _log.exception("tick.failed", at=now.isoformat())
        else:
            return True
        return False

    async def tick(self, now: dt.datetime) -> None:
        """Publish what opened up to ``now``, then move the cursor, then tell the time. Raises with the cursor unmoved
        past anything that is not stored by the broker."""
        began = asyncio.get_running_loop().time()
        changed = await self._reader.refresh(self._agenda)
        progress = await self._store.progress()
        is_back = await self._jumps.is_back(progress, now)
        published = await (self._publish_again(now) if is_back else self._publish_up_to(now, progress, changed))
        await self._report_incidents()
        minute = ClockMinute(at=now, ahead_until=progress.published) if is_back else ClockMinute(at=now)
        await publish_event(self._client, CLOCK_MINUTE, minute)
        self.last_tick_at = self._clock.wall()
        _log.info(
            "tick.completed",
            at=now.isoformat(),
            schedules=len(self._agenda),
            changed=len(changed),
            **published._asdict(),
            seconds=round(asyncio.get_running_loop().time() - began, 3),
        )

    async def _publish_again(self, now: dt.datetime) -> Published:
        """While the cursor lies ahead, from when the clock was: what opened lately and made nothing then. The cursor
        stays; older windows are found by work."""
        due = self._agenda.windows_between(now - _LATELY, now, self._zone)
        return await self._publisher.publish(await find_unmade(self._client, due), now)

    async def _publish_up_to(self, now: dt.datetime, progress: Progress, changed: list[Schedule]) -> Published:
        published = Published()
        while True:
            progress, outage = await self._outages.covering(progress, now)
            until = min(outage.until, now) if outage else now
            horizon = until - self._catch_up
            after = max(progress.published or horizon, horizon)
            published = published.plus(await self._publish(after, until, now, changed))
            if until == now:
                return published
            progress, changed = await self._store.progress(), []

    async def _publish(
        self, after: dt.datetime, until: dt.datetime, now: dt.datetime, changed: list[Schedule]
    ) -> Published:
        """What an older cursor, as of a restored database, would publish twice is left out."""
        published = await self._publisher.publish(self._unseen(changed, after), now)
        for interval in steps(after, until):
            due = self._agenda.windows_between(*interval, self._zone)
            if now - interval.until > LATE:
                due = await find_unmade(self._client, due)
            published = published.plus(await self._publisher.publish(due, now))
            await self._store.move_published(interval.until)
        return published

    async def _report_incidents(self) -> None:
        """What cannot be told now is told with a later minute; it must keep no window and no minute back."""
        progress = await self._store.progress()
        try:
            await self._jumps.report(progress)
            await self._outages.report(progress)
        except (Unavailable, Refused) as error:
            _log.warning("incident.publish_failed", error=f"{type(error).__name__}: {error}")

    def _unseen(self, changed: list[Schedule], cursor: dt.datetime) -> list[DueWindow]:
        return [due for one in changed for due in windows_of(one, cursor - _UNSEEN, cursor, self._zone)]

    def _retry_at(self, failures: int) -> dt.datetime:
        seconds = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1]
        return self._clock.now() + dt.timedelta(seconds=seconds)


def _next_minute(now: dt.datetime) -> dt.datetime:
    return now.replace(second=0, microsecond=0) + _MINUTE
