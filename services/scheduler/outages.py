"""Outages: windows that could not be published in time, whether the scheduler was away or the clock jumped ahead."""

import datetime as dt
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import structlog
from nats.aio.client import Client

from contracts.values import Incident
from services.scheduler import incidents
from services.scheduler.agenda import Agenda, DueWindow
from services.scheduler.asking import count_made_ahead
from services.scheduler.publisher import LATE, is_late
from services.scheduler.store import Progress, ProgressStore, Span

_BEHIND = dt.timedelta(minutes=5)
"""A cursor that is further back is an outage, also when no window fell into it."""
_STEP = dt.timedelta(days=1)

_log = structlog.get_logger(__name__)


class Outages:
    """Each outage is remembered before the first of its windows is published, and forgotten when work knows of it:
    a crash in between tells it again with the same instants."""

    def __init__(
        self, client: Client, store: ProgressStore, agenda: Agenda, *, zone: ZoneInfo, catch_up: dt.timedelta
    ) -> None:
        self._client = client
        self._store = store
        self._agenda = agenda
        self._zone = zone
        self._catch_up = max(catch_up, LATE)

    async def covering(self, progress: Progress, now: dt.datetime) -> tuple[Progress, Span | None]:
        """The outage in which the cursor stands, if it does, and the progress that says so."""
        while progress.published is not None:
            cursor = progress.published
            for outage in progress.outages:
                if cursor < outage.until:
                    return progress, outage
            if self._goes_on(progress.outages, cursor, now) or not self._is_outage(cursor, now):
                break
            await self._store.begin_outage(Span(cursor, now))
            progress = await self._store.progress()
        return progress, None

    async def report(self, progress: Progress) -> None:
        """Report those whose windows are all published. Raises Unavailable or Refused."""
        for outage in progress.outages:
            if progress.published is not None and outage.until <= progress.published:
                await self._report_outage(outage, progress.published)
                await self._store.end_outage(outage)

    def _is_outage(self, cursor: dt.datetime, now: dt.datetime) -> bool:
        if now - cursor <= LATE:
            return False
        return now - cursor > _BEHIND or any(self._late(cursor, now))

    def _goes_on(self, unreported: Sequence[Span], cursor: dt.datetime, now: dt.datetime) -> bool:
        """Whether what is left belongs to an outage whose catching up took this long."""
        return now - cursor <= self._catch_up and any(outage.until == cursor for outage in unreported)

    async def _report_outage(self, outage: Span, published: dt.datetime) -> None:
        horizon = max(outage.since, outage.until - self._catch_up)
        late = list(self._late(horizon, published))
        made_late = len(late) - await count_made_ahead(self._client, late)
        missed = [due.window for due in self._windows(outage.since, horizon)]
        _log.warning(
            "outage.reported",
            since=outage.since.isoformat(),
            until=outage.until.isoformat(),
            made_late=made_late,
            missed=len(missed),
        )
        await incidents.report(self._client, Incident.OUTAGE, outage, made_late=made_late, missed=missed)

    def _late(self, after: dt.datetime, now: dt.datetime) -> Iterator[DueWindow]:
        """What somebody waited for, which nobody does for a date that opened while it was paused."""
        return (due for due in self._windows(after, now) if is_late(due, now) and not self._agenda.was_paused(due))

    def _windows(self, after: dt.datetime, until: dt.datetime) -> Iterator[DueWindow]:
        for interval in steps(after, until):
            yield from self._agenda.windows_between(*interval, self._zone)


def steps(after: dt.datetime, until: dt.datetime) -> Iterator[Span]:
    """A long time day by day, so that a crash on the way keeps what was done."""
    while after < until:
        step = min(after + _STEP, until)
        yield Span(after, step)
        after = step
