"""A schedule as the recurring page shows it."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.schedule_rows import ScheduleRow
from contracts.schedules import Schedule
from contracts.values import calendar_date
from contracts.windows import Totals, WindowRow
from services.work.schedules.timeline import next_planned

_DATES_SHOWN = 10


def schedule_row(
    schedule: Schedule,
    *,
    now: dt.datetime,
    zone: ZoneInfo,
    assignee_id: str | None,
    by_hand: bool,
    last: WindowRow | None,
    totals: Totals,
    unmade: Sequence[str] = (),
) -> ScheduleRow:
    """``next_at`` is the next window that will be made: None while paused without an end, or archived."""
    revision = schedule.revision_at(now) or schedule.timeline[0]
    planned = next_planned(schedule.timeline, now)
    resumes = planned if planned is not None and planned.enabled and not revision.enabled else None
    sentence, several, upcoming = "cannot be read", False, None
    try:
        cron = CronExpression.parse(revision.cron)
    except CronError:
        cron = None
    if cron is not None:
        sentence, several = cron.sentence(), cron.fires_more_than_once_a_day
        if not revision.archived and (revision.enabled or resumes):
            # A window at the very instant of resumption is made, and the search excludes its start.
            start = resumes.since - dt.timedelta(microseconds=1) if resumes else now
            upcoming = next(iter(cron.next_openings(start, 1, zone)), None)
    return ScheduleRow(
        kind=schedule.kind,
        id=schedule.source_id,
        title=schedule.title,
        cron=revision.cron,
        sentence=sentence,
        several_a_day=several,
        assignee_id=assignee_id,
        enabled=revision.enabled,
        archived=revision.archived,
        by_hand=by_hand,
        paused_until=resumes.since.astimezone(zone).date() if resumes else None,
        revision=revision,
        next_at=upcoming.opens_at if upcoming else None,
        next_date=upcoming.date if upcoming else None,
        last=last,
        generated=totals.generated,
        totals=totals,
        unmade=[calendar_date(date) for date in unmade[:_DATES_SHOWN]],
        unmade_count=len(unmade),
    )
