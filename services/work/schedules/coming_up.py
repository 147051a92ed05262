"""Which windows open next, asked of expressions and not of schedules: many schedules share few expressions."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression, Opening
from contracts.schedules import Revision, Schedule
from contracts.values import Kind
from services.work.generation.making import run_key

_DAY = dt.timedelta(days=1)


class CronOpening(NamedTuple):
    """One opening, for all the schedules of a kind that have the expression."""

    opening: Opening
    kind: Kind
    cron: str


def end_of_week(now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The last instant of the local date that is seven days after today, the last on which a task comes up."""
    after = dt.datetime.combine(now.astimezone(zone).date() + 8 * _DAY, dt.time(), zone)
    return after.astimezone(dt.UTC) - dt.timedelta(microseconds=1)


def key_needed(template: Schedule, opening: Opening) -> str | None:
    """The run key that a template's window will ask for; None when it cannot be told, for then the window fails."""
    revision = template.revision_at(opening.opens_at)
    try:
        return run_key(template.source_id, opening.date + revision.lead * _DAY) if revision else None
    except (ValueError, OverflowError):
        return None


def next_openings(
    active: Mapping[tuple[Kind, str], int], after: dt.datetime, until: dt.datetime, zone: ZoneInfo, *, windows: int
) -> list[CronOpening]:
    """By time, as many as hold the first ``windows``; ``active`` counts schedules. What cannot be read never fires."""
    openings = sorted(
        (CronOpening(opening, kind, cron) for kind, cron in active for opening in _openings(cron, after, until, zone)),
        key=lambda one: (one.opening.opens_at, one.kind, one.cron),
    )
    held = 0
    for at, one in enumerate(openings):
        if held >= windows:
            return openings[:at]
        held += active[one.kind, one.cron]
    return openings


def openings_from(planned: Revision, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
    """Of a revision that is yet to come, as the end of a pause is: from its moment on, that moment included."""
    if planned.archived or not planned.enabled:
        return []
    return _openings(planned.cron, planned.since - dt.timedelta(microseconds=1), until, zone)


def _openings(cron: str, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
    try:
        return CronExpression.parse(cron).windows_between(after, until, zone)
    except CronError:
        return []
