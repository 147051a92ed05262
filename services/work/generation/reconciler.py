"""Dates without a ledger entry are made late, or recorded with the reason: no date stays unexplained.

All schedules are looked at within an hour, a share of them each minute; all at once after a start and after a change of
the timezone or its data.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog
from nats.errors import Error as NatsError

from contracts.generation import ReportIncident
from contracts.subjects import Nothing
from contracts.values import Incident, Kind, Trigger
from contracts.windows import WindowDue, WindowError
from services.kit import zone_data
from services.kit.cancellation import raise_if_cancelled
from services.kit.clock import Clock
from services.kit.mongo.driver import PyMongoError
from services.work.generation import messages
from services.work.generation.generator import Generator
from services.work.generation.queue import WindowQueue
from services.work.generation.reconciling import (
    Bounds,
    Found,
    Step,
    dates_named,
    is_publishable,
    next_step,
    unrecorded,
)
from services.work.generation.unexplained import Search, Unexplained
from services.work.schedules.store import Schedules

_PAGE = 500
_FEWEST_PAGES = 2
_MINUTES = 55
"""In which all schedules are looked at."""
_MOST = 5_000
"""Dates that are published again together."""
_SHORTEST = dt.timedelta(milliseconds=1)
_log = structlog.get_logger(__name__)


class Reconciler:
    """Only after a scheduler told the minute: what opened until then is with the broker."""

    def __init__(
        self,
        schedules: Schedules,
        unexplained: Unexplained,
        generator: Generator,
        report: Callable[[ReportIncident], Awaitable[Nothing]],
        *,
        queue: WindowQueue,
        clock: Clock,
        zone: ZoneInfo,
        catch_up: dt.timedelta,
    ) -> None:
        self._schedules = schedules
        self._unexplained = unexplained
        self._generator = generator
        self._report = report
        self._queue = queue
        self._clock = clock
        self._zone = zone
        self._catch_up = catch_up
        self._zone_rules = zone_data.fingerprint(zone)
        self._minutes: asyncio.Queue[dt.datetime] = asyncio.Queue()
        self._has_begun = False

    def begin_minute(self, at: dt.datetime) -> None:
        self._minutes.put_nowait(at)

    async def run(self) -> None:
        """Reconcile after each minute that is told, until cancelled. A failure is logged; the next minute goes on."""
        while True:
            at = await self._minutes.get()
            while not self._minutes.empty():
                at = self._minutes.get_nowait()
            try:
                await self.reconcile(at)
            except (PyMongoError, NatsError, TimeoutError, ConnectionError) as error:
                _log.warning("reconciliation.failed", error=f"{type(error).__name__}: {error}")
            except Exception:  # noqa: BLE001  # a bug here must not end the worker
                _log.exception("reconciliation.failed")
            raise_if_cancelled()

    async def reconcile(self, now: dt.datetime) -> None:
        """Look at a share of the schedules, or at all of them. ``now`` is the minute that was told: what opened until
        then has been published."""
        if not self._has_begun:
            await self._unexplained.want()
            self._has_begun = True
        search = await self._unexplained.begin()
        is_wanted = await self._zone_changed(search, now) or search.is_wanted
        search = replace(search, timezone=self._zone.key, zone_rules=self._zone_rules, zone_data=zone_data.VERSION)
        if is_wanted:
            search = replace(search, after=None, until=None)
        pages = await self._pages_a_minute()
        while True:
            bounds = Bounds.at(now, catch_up=self._catch_up, reconciled=search.reconciled)
            search, published, left = await self._settle(search, bounds, now)
            await self._unexplained.save(search)
            if published:
                continue  # they are handled at once, if all is well
            if search.until is not None and search.after is None:
                await self._unexplained.save(await self._conclude(search))
                return
            if left >= _MOST or not (pages or is_wanted):
                return
            search, pages = await self._look(search, bounds, now), max(pages - 1, 0)

    async def _look(self, search: Search, bounds: Bounds, now: dt.datetime) -> Search:
        """One page of schedules."""
        kind_text, _, after = (search.after or f"{Kind.RECURRING}/").partition("/")
        kind = Kind(kind_text)
        schedules = await self._schedules.changed_since(kind, None, after=after, limit=_PAGE)
        ids = [
            f"{kind}:{one.source_id}:{opening.date.isoformat()}"
            for one in schedules
            for opening in dates_named(one, bounds, self._zone)
        ]
        recorded = await self._unexplained.recorded(ids)
        if len(recorded) < len(ids):
            for one in schedules:
                await self._unexplained.add(unrecorded(one, bounds, self._zone, recorded=recorded, now=now))
        if len(schedules) == _PAGE:
            position = f"{kind}/{schedules[-1].source_id}"
        else:
            position = f"{Kind.TEMPLATE}/" if kind is Kind.RECURRING else None
        return replace(search, after=position, until=search.until or bounds.until)

    async def _settle(self, search: Search, bounds: Bounds, now: dt.datetime) -> tuple[Search, int, int]:
        """Do for the dates that were found what can be done now. Returns also how many were published again, and how
        many still lack an entry."""
        queue_is_empty = await self._queue.becomes_empty()
        found = await self._still_unrecorded(bounds, now)
        steps = [(one, next_step(one, bounds, now=now, queue_is_empty=queue_is_empty)) for one in found]
        again = [one for one, step in steps if step is Step.PUBLISH]
        missed = [one for one, step in steps if step is Step.RECORD_MISSED]
        failed = [one for one, step in steps if step is Step.RECORD_FAILED]
        await self._publish(again, now)
        await self._generator.record_missed([one.window for one in missed], messages.NO_RECORD)
        for one in failed:
            await self._generator.record_failed(one.window, _failure(one), attempts=max(one.tries, 1))
        if again or missed or failed:
            counts = {"published": len(again), "missed": len(missed), "failed": len(failed)}
            _log.warning("dates.found_unrecorded", **counts, first=found[0].window.id)
        first_time = [one for one in again if one.tries == 0]
        openings = [one.opens_at for one in (*first_time, *missed)]
        search = replace(
            search,
            made_late=search.made_late + len(first_time),
            first=min((at for at in (*openings, search.first) if at is not None), default=None),
        )
        return search, len(again), len(found) - len(missed) - len(failed)

    async def _still_unrecorded(self, bounds: Bounds, now: dt.datetime) -> list[Found]:
        """What was found before, but for what has its entry now or is no date of its schedule any more."""
        found = await self._unexplained.all(_MOST)
        if not found:
            return []
        bounds = replace(bounds, since=min(bounds.since, found[0].opens_at - _SHORTEST))
        recorded = await self._unexplained.recorded([one.window.id for one in found])
        named: set[str] = set()
        for kind in Kind:
            ids = {one.window.source_id for one in found if one.window.kind is kind}
            for source in (await self._schedules.load(kind, sorted(ids), now)).values():
                due = unrecorded(source.schedule, bounds, self._zone, recorded=recorded, now=now)
                named.update(one.window.id for one in due)
        await self._unexplained.remove([one.window.id for one in found if one.window.id not in named])
        return [one for one in found if one.window.id in named]

    async def _publish(self, found: Sequence[Found], now: dt.datetime) -> None:
        """Noted before, so that a message is never sent without its being known."""
        if not found:
            return
        await self._unexplained.note_sent([one.window.id for one in found], now)
        for one in found:
            body = WindowDue(schema_version=1, trigger=Trigger.CATCH_UP, opens_at=one.opens_at, late=True)
            await self._queue.publish(one.window, body)

    async def _conclude(self, search: Search) -> Search:
        """All schedules were looked at: report once what was found."""
        if search.first is not None:
            assert search.until is not None
            await self._report(
                ReportIncident(
                    incident=Incident.WINDOWS_LOST,
                    since=search.first - _SHORTEST,
                    until=max(search.until, search.first),
                    made_late=search.made_late,
                )
            )
        return replace(
            search,
            until=None,
            reconciled=search.until,
            completed_at=Clock.wall(),
            made_late=0,
            first=None,
        )

    async def _zone_changed(self, search: Search, now: dt.datetime) -> bool:
        """Whether dates open at other instants than before; then that is reported."""
        if search.timezone is None or (search.timezone, search.zone_rules) == (self._zone.key, self._zone_rules):
            return False
        before = f"{search.timezone} (zone data {search.zone_data})"
        after = f"{self._zone.key} (zone data {zone_data.VERSION})"
        _log.warning("timezone.changed", before=before, after=after)
        await self._report(
            ReportIncident(incident=Incident.TIMEZONE_CHANGED, since=now, until=now, before=before, after=after)
        )
        return True

    async def _pages_a_minute(self) -> int:
        """So many that all schedules are looked at within an hour."""
        return max(_FEWEST_PAGES, -(-await self._schedules.estimate() // (_PAGE * _MINUTES)))


def _failure(found: Found) -> WindowError:
    if not is_publishable(found.window):
        message = messages.id_not_publishable(found.window.source_id)
        return WindowError(code="unpublishable", message=message)
    message = messages.published_without_record(found.tries)
    return WindowError(code="no_record", message=message)
