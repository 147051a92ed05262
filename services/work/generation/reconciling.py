"""Which dates of a schedule lack a ledger entry, and what is to be done about each: pure rules.

Dates, not instants between two marks: what a changed timezone, a clock that was ahead or a restored database puts
before any mark is found all the same.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from contracts.cron.expression import Opening
from contracts.schedules import Schedule
from contracts.values import Window

UNDER_WAY = dt.timedelta(minutes=5)
"""A message younger than this may still be handled."""
TRIES = 3
"""A date that has no entry however often it is published is recorded as failed."""
_LOOK_BACK = dt.timedelta(days=2)
"""Two timezones differ by 26 hours at most: a date that a new one opens in the past opened no longer ago."""


@dataclass(frozen=True)
class Bounds:
    """Openings in ``(since, until]`` are looked at; those up to ``horizon`` are too old to be made."""

    since: dt.datetime
    horizon: dt.datetime
    until: dt.datetime

    @classmethod
    def at(cls, now: dt.datetime, *, catch_up: dt.timedelta, reconciled: dt.datetime | None) -> Self:
        """``reconciled``: until when the last complete reconciliation looked, None when there was none.

        A clock that was ahead, or an older database, leaves it anywhere: the catch-up horizon is always included.
        """
        since = now - max(catch_up, _LOOK_BACK)
        if reconciled is not None:
            since = min(since, reconciled - _LOOK_BACK)
        return cls(since, now - max(catch_up, UNDER_WAY), now - UNDER_WAY)


@dataclass(frozen=True)
class Found:
    """A date without a ledger entry. ``sent_at``: when it was published again last, ``tries`` times in all."""

    window: Window
    opens_at: dt.datetime
    found_at: dt.datetime
    sent_at: dt.datetime | None = None
    tries: int = 0

    def is_under_way(self, now: dt.datetime) -> bool:
        """False for one that a clock which was ahead sent in the future."""
        return self.sent_at is not None and dt.timedelta() <= now - self.sent_at < UNDER_WAY


class Step(StrEnum):
    WAIT = "wait"
    PUBLISH = "publish"
    RECORD_MISSED = "record-missed"
    RECORD_FAILED = "record-failed"


def dates_named(schedule: Schedule, bounds: Bounds, zone: ZoneInfo) -> list[Opening]:
    """The dates whose window opened within the bounds, as the timeline names them; none of a deleted schedule."""
    return [] if schedule.deleted else schedule.windows_between(bounds.since, bounds.until, zone)


def unrecorded(
    schedule: Schedule, bounds: Bounds, zone: ZoneInfo, *, recorded: Collection[str], now: dt.datetime
) -> list[Found]:
    """``recorded`` are the ids of windows that have a ledger entry."""
    windows = (
        (Window(kind=schedule.kind, source_id=schedule.source_id, date=opening.date), opening.opens_at)
        for opening in dates_named(schedule, bounds, zone)
    )
    return [Found(window, opens_at, now) for window, opens_at in windows if window.id not in recorded]


def next_step(found: Found, bounds: Bounds, *, now: dt.datetime, queue_is_empty: bool) -> Step:
    """While windows wait in the queue, this one may be among them: then nothing is done twice.

    One that cannot be published, for its id cannot stand in a subject, is recorded as failed at once.
    """
    if not queue_is_empty or found.is_under_way(now):
        return Step.WAIT
    if found.opens_at <= bounds.horizon:
        return Step.RECORD_MISSED
    return Step.RECORD_FAILED if found.tries >= TRIES or not is_publishable(found.window) else Step.PUBLISH


def is_publishable(window: Window) -> bool:
    try:
        return bool(window.subject)
    except ValueError:
        return False
