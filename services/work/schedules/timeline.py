"""Changes of a schedule's timeline. Each returns the new timeline; what was in force in the past never changes.

A change builds on the change that was written last, whatever the clocks say: ``now`` may lie before the ``since`` of
another writer's revision, when the clocks of two machines differ or a clock was ahead and was put right.
"""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.schedules import Revision
from contracts.values import beginning_of

Timeline = tuple[Revision, ...]


class Until(NamedTuple):
    """The date that somebody chose for the end of a pause, and when it begins in the application zone."""

    date: dt.date
    begins: dt.datetime


def create(*, cron: str, lead_days: object = 0, enabled: bool, by: str | None, now: dt.datetime) -> Timeline:
    """A schedule counts from the instant of its creation: it makes nothing for dates before."""
    return (
        Revision.model_validate({"since": now, "cron": cron, "lead_days": lead_days, "enabled": enabled, "by": by}),
    )


_SHORTEST = dt.timedelta(milliseconds=1)
"""What MongoDB can tell apart."""


def pause(
    timeline: Timeline, *, reason: str | None, by: str | None, now: dt.datetime, until: Until | None = None
) -> Timeline:
    """Paused from ``now`` on, and running again by itself from ``until`` on. Paused already: the first reason stands
    and only a new ``until`` counts."""
    timeline = _as_written(timeline, now)
    current = in_force(timeline, now)
    if current.enabled:
        timeline = _then(timeline, current, now, enabled=False, reason=reason, by=by)
    elif until is None:
        return timeline
    paused = tuple(revision for revision in timeline if revision.since <= now)
    if until is None:
        return paused
    return _then(
        paused, paused[-1], until.begins, since_date=until.date, enabled=True, reason=None, by=by, planned=True
    )


def resume(timeline: Timeline, *, by: str | None, now: dt.datetime) -> Timeline:
    """Windows that open at or after ``now`` are made; those of the pause stay unmade."""
    timeline = _as_written(timeline, now)
    current = in_force(timeline, now)
    if current.enabled:
        return timeline
    return _then(timeline, current, now, enabled=True, reason=None, by=by, planned=False)


def reschedule(
    timeline: Timeline, *, cron: str, by: str | None, now: dt.datetime, lead_days: int | None = None
) -> Timeline:
    """A new cron, or lead, holds for windows that open from ``now`` on; the planned end of a pause stays planned."""
    timeline = _as_written(timeline, now)
    current = in_force(timeline, now)
    lead = current.lead_days if lead_days is None else lead_days
    if (current.cron, current.lead_days) == (cron, lead):
        return timeline
    return _from_now_on(timeline, now, by, cron=cron, lead_days=lead)


def archive(timeline: Timeline, *, by: str | None, now: dt.datetime) -> Timeline:
    timeline = _as_written(timeline, now)
    return timeline if in_force(timeline, now).archived else _from_now_on(timeline, now, by, archived=True)


def restore(timeline: Timeline, *, by: str | None, now: dt.datetime) -> Timeline:
    """As it was before it was archived: enabled, or still paused unless the end of the pause has come meanwhile."""
    timeline = _as_written(timeline, now)
    return _from_now_on(timeline, now, by, archived=False) if in_force(timeline, now).archived else timeline


def in_force(timeline: Timeline, now: dt.datetime) -> Revision:
    return next((revision for revision in reversed(timeline) if revision.since <= now), timeline[0])


def next_planned(timeline: Timeline, now: dt.datetime) -> Revision | None:
    """The first revision that lies ahead: the end of a pause."""
    return next((revision for revision in timeline if revision.since > now), None)


def _as_written(timeline: Timeline, now: dt.datetime) -> Timeline:
    """The timeline with the revision that was written last in force from ``now`` on, if it began later than that."""
    ahead = [place for place, revision in enumerate(timeline) if revision.since > now]
    written = [place for place in ahead if place and not _is_planned(timeline[place - 1], timeline[place])]
    if not written:
        return timeline
    return (*_then(timeline, timeline[written[-1]], now), *timeline[written[-1] + 1 :])


def _is_planned(before: Revision, revision: Revision) -> bool:
    """Whether somebody planned this revision ahead, for a date. One stored without date and ``planned`` is told by what
    it changes: it does nothing but end a pause."""
    if revision.since_date is not None:
        return True
    if revision.planned is not None or before.enabled:
        return revision.planned is True
    ends = {"since": revision.since, "enabled": True, "reason": None, "by": revision.by, "planned": None}
    return revision == before.model_copy(update=ends)


def with_dates_in(timeline: Timeline, zone: ZoneInfo, *, planned_at: dt.datetime, before: ZoneInfo | None) -> Timeline:
    """The timeline with each revision from ``planned_at`` on moved to where its chosen date begins in ``zone``.

    A revision stored before dates were has none: its date is the one that began at its instant in the zone ``before``.
    One without a date keeps its instant. No revision moves to or before the one in front of it.
    """
    revisions: list[Revision] = []
    for revision in timeline:
        date = revision.since_date or (_date_beginning(revision.since, before) if before else None)
        if revisions and revision.since >= planned_at and _is_planned(revisions[-1], revision) and date is not None:
            since = max(beginning_of(date, zone), revisions[-1].since + _SHORTEST)
            revisions.append(revision.model_copy(update={"since": since, "since_date": date}))
        else:
            revisions.append(revision)
    return tuple(revisions)


def _date_beginning(at: dt.datetime, zone: ZoneInfo) -> dt.date | None:
    date = at.astimezone(zone).date()
    return date if beginning_of(date, zone) == at else None


def _from_now_on(timeline: Timeline, now: dt.datetime, by: str | None, **changes: object) -> Timeline:
    """Append what holds now and later: the planned end of a pause stays planned."""
    planned = [revision.model_copy(update=changes) for revision in timeline if revision.since > now]
    return (*_then(timeline, in_force(timeline, now), now, **changes, by=by), *planned)


def _then(timeline: Timeline, current: Revision, since: dt.datetime, **changes: object) -> Timeline:
    """Append; what was planned for later is superseded, and two changes at one instant leave the last."""
    revision = current.model_copy(update={"planned": None, "since_date": None, **changes, "since": since})
    return (*(earlier for earlier in timeline if earlier.since < since), revision)
