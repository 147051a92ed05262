"""A template's trigger, as its fields say it, turned into changes of its timeline."""

import datetime as dt
from typing import cast

from services.work.schedules import timeline as timelines
from services.work.schedules.documents import TriggerFields
from services.work.schedules.timeline import Timeline


def cron_of(fields: TriggerFields) -> str | None:
    """The schedule of an automatic template; None when nothing triggers it."""
    return (fields.get("trigger_schedule") or None) if fields.get("trigger_type") == "automatic" else None


def timeline_under(
    timeline: Timeline, before: TriggerFields, changes: TriggerFields, *, by: str | None, now: dt.datetime
) -> Timeline:
    """The timeline once ``changes`` are made to a template that was ``before``; empty while nothing triggers it.

    A trigger that is taken away ends as an archived one does: its past stays, and it can return.
    """
    after: TriggerFields = {**before, **changes}
    cron, lead = cron_of(after), cast("int", after.get("trigger_lead_days") or 0)
    if cron is None:
        return timelines.archive(timeline, by=by, now=now) if timeline else timeline
    if not timeline:
        enabled = after.get("trigger_enabled") is not False
        return timelines.create(cron=cron, lead_days=lead, enabled=enabled, by=by, now=now)
    enabled = changes.get("trigger_enabled")
    if cron_of(before) is None:
        timeline = timelines.restore(timeline, by=by, now=now)
        enabled = after.get("trigger_enabled") is not False
    timeline = timelines.reschedule(timeline, cron=cron, lead_days=lead, by=by, now=now)
    match enabled:
        case True:
            return timelines.resume(timeline, by=by, now=now)
        case False:
            return timelines.pause(timeline, reason=None, by=by, now=now)
        case _:
            return timeline
