"""Which anchor dates of a template an edit of its trigger leaves without a run, and which it asks for again.

A run is identified by its anchor date, a window by its own date. Windows that open after an edit have the new cron and
lead, so an anchor whose window would have opened before the edit is asked for by nobody when the lead grows, and one
that was made already is asked for a second time when the lead shrinks.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.schedules import Revision
from services.work.schedules.timeline import Timeline, in_force

_DAY = dt.timedelta(days=1)


class AnchorDates(NamedTuple):
    """Anchor dates from today on, ascending: ``left_out`` have neither run nor window to come; the window to come of
    those ``already_made`` will find their run and be skipped."""

    left_out: tuple[dt.date, ...] = ()
    already_made: tuple[dt.date, ...] = ()


def anchor_dates(timeline: Timeline, with_run: Collection[dt.date], *, now: dt.datetime, zone: ZoneInfo) -> AnchorDates:
    """What the edits of a template's trigger up to ``now`` mean for its anchor dates.

    ``with_run`` are the anchor dates from today on for which a run was made, by schedule or by hand, also one that was
    archived or deleted since. A trigger counts from its creation or return on: no earlier window is left out by that.
    """
    if not timeline:
        return AnchorDates()
    current = in_force(timeline, now)
    lead = _lead(current)
    if current.archived or lead is None:
        return AnchorDates()
    left_out, served = _walk(timeline, now, zone)

    def opens_at(anchor: dt.date) -> dt.datetime | None:
        return current.opening_on(anchor - lead, zone)

    missing = {one for one in left_out - served if (at := opens_at(one)) is not None and at <= now}
    again = {one for one in served if (at := opens_at(one)) is not None and at > now}
    made = frozenset(with_run)
    return AnchorDates(tuple(sorted(missing - made)), tuple(sorted(again & made)))


def _walk(timeline: Timeline, now: dt.datetime, zone: ZoneInfo) -> tuple[set[dt.date], set[dt.date]]:
    """Anchor dates from today on that an edit left out when it was made, and those whose window opened."""
    today = now.astimezone(zone).date()
    left_out, served = set[dt.date](), set[dt.date]()
    last_covered = today - _DAY
    before: Revision | None = None
    for revision, until in _in_force_by(timeline, now):
        lead = _lead(revision)
        if revision.archived:
            before = None
        if revision.archived or lead is None:
            continue
        began_on = revision.since.astimezone(zone).date()
        if before is None:
            last_covered = max(last_covered, began_on + lead)
        elif (before.cron, before.lead_days) != (revision.cron, revision.lead_days):
            passed = _openings(revision, last_covered + _DAY - lead, began_on, zone)
            left_out |= {date + lead for date, opens_at in passed if opens_at < revision.since}
        opened = _openings(revision, max(began_on, today - lead), until.astimezone(zone).date(), zone)
        served |= {date + lead for date, opens_at in opened if revision.since <= opens_at < until}
        last_covered = max(last_covered, *served, today - _DAY)
        before = revision
    return left_out, served


def _in_force_by(timeline: Timeline, now: dt.datetime) -> Iterator[tuple[Revision, dt.datetime]]:
    """Each revision that has come into force by ``now``, and the instant before which its windows opened."""
    end = now + dt.timedelta(microseconds=1)
    for revision, following in pairwise(timeline):
        if revision.since <= now:
            yield revision, min(following.since, end)
    if timeline[-1].since <= now:
        yield timeline[-1], end


def _openings(
    revision: Revision, first: dt.date, last: dt.date, zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.datetime]]:
    expression = revision.expression
    for date in expression.dates_between(first, last):
        if (opens_at := expression.opening_on(date, zone)) is not None:
            yield date, opens_at


def _lead(revision: Revision) -> dt.timedelta | None:
    """None for one that cannot be read: its windows fail in sight."""
    try:
        return revision.lead * _DAY
    except ValueError:
        return None
