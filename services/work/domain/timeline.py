"""Changes of a schedule's timeline. Each returns the new timeline; the past is never rewritten."""

import datetime as dt

from contracts.schedules import Revision

Timeline = tuple[Revision, ...]


def create(*, cron: str, lead_days: object = 0, enabled: bool, by: str | None, now: dt.datetime) -> Timeline:
    """A schedule counts from the instant of its creation: it makes nothing for dates before."""
    return (
        Revision.model_validate({"since": now, "cron": cron, "lead_days": lead_days, "enabled": enabled, "by": by}),
    )


def pause(timeline: Timeline, *, reason: str | None, by: str | None, now: dt.datetime) -> Timeline:
    """No change when it is paused already: the first reason stands."""
    current = in_force(timeline, now)
    if not current.enabled:
        return timeline
    return _then(timeline, current.model_copy(update={"enabled": False, "reason": reason, "by": by, "since": now}))


def resume(timeline: Timeline, *, by: str | None, now: dt.datetime) -> Timeline:
    """Windows that open at or after ``now`` are made; those of the pause stay unmade."""
    current = in_force(timeline, now)
    if current.enabled:
        return timeline
    return _then(timeline, current.model_copy(update={"enabled": True, "reason": None, "by": by, "since": now}))


def reschedule(timeline: Timeline, *, cron: str, by: str | None, now: dt.datetime) -> Timeline:
    """A new cron holds for windows that open from ``now`` on."""
    current = in_force(timeline, now)
    if current.cron == cron:
        return timeline
    return _then(timeline, current.model_copy(update={"cron": cron, "by": by, "since": now}))


def in_force(timeline: Timeline, now: dt.datetime) -> Revision:
    return next((revision for revision in reversed(timeline) if revision.since <= now), timeline[0])


def _then(timeline: Timeline, revision: Revision) -> Timeline:
    """Append; what was planned for later is superseded, and two changes at one instant leave the last."""
    return (*(earlier for earlier in timeline if earlier.since < revision.since), revision)
