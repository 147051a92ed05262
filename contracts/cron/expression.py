"""A schedule's cron expression and the windows it opens.

A window belongs to the local date on which the expression fires, and there is one on each such date: it opens
at the first firing. The time of day does not depend on the date, so a date's window is a look-up in the year's dates,
which come from croniter, and one conversion to UTC.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.cron.calendar import DateFields, dates_between, is_date
from contracts.cron.fields import Fields
from contracts.cron.grammar import CronError, read
from contracts.cron.hints import Hint, hints_of
from contracts.cron.sentence import sentence

__all__ = ["CronError", "CronExpression", "Opening"]

_DAY = dt.timedelta(days=1)
_LAST_DATE = dt.date(dt.MAXYEAR - 1, 12, 31)


class Opening(NamedTuple):
    """A window: its local date in the zone it was asked for, and the instant, in UTC, at which it opens."""

    date: dt.date
    opens_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CronExpression:
    """A valid five-field expression; the dialect is described in `contracts.cron.grammar`. Made by `parse`."""

    text: str
    """Verbatim, as the operator wrote it."""
    fields: Fields = field(compare=False, repr=False)
    opens: dt.time = field(compare=False, repr=False)
    """Local time of day of the first firing."""
    _date_fields: DateFields = field(compare=False, repr=False)

    @staticmethod
    def parse(text: str) -> "CronExpression":
        """Raises CronError. Cached: however many schedules share an expression, it is read once."""
        return _parsed(text)

    @property
    def fires_more_than_once_a_day(self) -> bool:
        """Worth a warning: the later firings of a date open no window of their own."""
        return len(self.fields.minutes) * len(self.fields.hours) > 1

    def sentence(self) -> str:
        """A plain reading for a table row, without the zone: "Mondays at 09:00"."""
        return sentence(self.fields)

    def hints(self) -> tuple[Hint, ...]:
        """What may not be meant as it is written, each with the nearest form that would say so."""
        return hints_of(self.text, self.fields)

    def windows_between(self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
        """The windows with after < opens_at <= until, in order; both bounds are aware, of any zone."""
        # Later dates open no earlier, so those before the one `after` shows are over. But where clocks go back over
        # midnight, `until` may show a date whose successor has begun already.
        first, last = after.astimezone(zone).date(), until.astimezone(zone).date() + _DAY
        return [opening for opening in self._openings(first, last, zone) if after < opening.opens_at <= until]

    def next_openings(self, after: dt.datetime, count: int, zone: ZoneInfo) -> list[Opening]:
        """The first `count` windows after the aware instant `after`; fewer only where the calendar ends, in 9998."""
        openings = self._openings(after.astimezone(zone).date(), _LAST_DATE, zone)
        return list(islice((opening for opening in openings if opening.opens_at > after), count))

    def opening_on(self, date: dt.date, zone: ZoneInfo) -> dt.datetime | None:
        """The instant, in UTC, at which the window of `date` opens; None if the expression does not fire on it."""
        return _first_valid(dt.datetime.combine(date, self.opens), zone) if self.is_on(date) else None

    def is_on(self, date: dt.date) -> bool:
        """Whether the expression fires on `date`; the same in every zone."""
        return is_date(self._date_fields, date)

    def dates_between(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """The dates with a window from `first` to `last`, both included; the same in every zone."""
        return list(dates_between(self._date_fields, first, last))

    def _openings(self, first: dt.date, last: dt.date, zone: ZoneInfo) -> Iterator[Opening]:
        for date in dates_between(self._date_fields, first, last):
            yield Opening(date, _first_valid(dt.datetime.combine(date, self.opens), zone))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> CronExpression:
    fields = read(text)
    opens = dt.time(min(fields.hours), min(fields.minutes))
    return CronExpression(text, fields, opens, DateFields(fields.days, fields.months, fields.weekdays, fields.either))


@lru_cache(maxsize=16384)
def _first_valid(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant, in UTC, of a naive local time: the first of the two where clocks go back; where they go
    forward over it, the instant at which they do."""
    instant = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    # In a gap the two folds apply the offsets from before and from after it, so they embrace the change of clocks.
    earlier = local.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    after_change = instant.astimezone(zone).utcoffset()

    def changed(seconds: int) -> bool:
        return (earlier + dt.timedelta(seconds=seconds)).astimezone(zone).utcoffset() == after_change

    gap = int((instant - earlier).total_seconds())
    return earlier + dt.timedelta(seconds=bisect_left(range(gap), True, key=changed))
