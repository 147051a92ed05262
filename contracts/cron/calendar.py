"""The dates that a cron expression names, worked out by croniter.

croniter gets canonical expressions only, with every value listed, and one for each special value: what it reads
otherwise than cron (`5-5`, `0-10/20`, `1,1#2`, `*/2` beside a weekday) never reaches it. It is asked once for each
combination of day, month and weekday fields and year; a step takes 35 to 130 microseconds.
"""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from croniter import CroniterBadDateError, croniter

from contracts.cron.fields import LAST, LAST_DAY, LAST_WORKING_DAY, nearest_days, numbered_weekdays

_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_CALENDARS = range(2000, 2028)
"""Years in which every date has been on every weekday, 29 February included."""


class DateFields(NamedTuple):
    """The fields of an expression that decide about dates; see `contracts.cron.fields.Fields`."""

    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool


def is_date(fields: DateFields, on: dt.date) -> bool:
    return on in dates_in(fields, on.year)


def dates_between(fields: DateFields, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The dates from `first` to `last`, both included, in order; none before 1970 or after 9998."""
    for year in range(max(first.year, _FIRST_YEAR), min(last.year, _LAST_YEAR) + 1):
        yield from sorted(date for date in dates_in(fields, year) if first <= date <= last)


def has_dates(fields: DateFields) -> bool:
    """Whether there is a date at all; `30 2` has none."""
    return any(dates_in(fields, year) for year in _CALENDARS)


@lru_cache(maxsize=1024)
def dates_in(fields: DateFields, year: int) -> frozenset[dt.date]:
    """The dates of one year, from 1970 to 9998; none for another year."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return frozenset()
    months = _listed(fields.months, 12)
    by_day = _dates_by_day(fields.days, months, year)
    by_weekday = _dates_by_weekday(fields.weekdays, months, year)
    return by_day | by_weekday if fields.either else by_day & by_weekday


def _dates_by_day(days: frozenset[int], months: str, year: int) -> frozenset[dt.date]:
    plain = frozenset(day for day in days if day < LAST_DAY)
    parts = [_listed(plain, 31)] if plain else []
    parts += ["L"] if LAST_DAY in days else []
    parts += [f"{day}W" for day in nearest_days(days)]
    found = frozenset[dt.date]().union(*(_ask_croniter(f"0 0 {part} {months} *", year) for part in parts))
    return found | _last_working_days(months, year) if LAST_WORKING_DAY in days else found


def _last_working_days(months: str, year: int) -> frozenset[dt.date]:
    """croniter 7.0 knows no `LW`: it is the latest of the month's last Monday to Friday."""
    last: dict[int, dt.date] = {}
    for weekday in range(1, 6):
        for date in _ask_croniter(f"0 0 * {months} L{weekday}", year):
            last[date.month] = max(date, last.get(date.month, date))
    return frozenset(last.values())


def _dates_by_weekday(weekdays: frozenset[int], months: str, year: int) -> frozenset[dt.date]:
    plain = frozenset(weekday for weekday in weekdays if weekday < 7)
    parts = [_listed(plain, 7)] if plain else []
    parts += [f"L{day}" if n == LAST else f"{day}#{n}" for n, day in numbered_weekdays(weekdays)]
    return frozenset[dt.date]().union(*(_ask_croniter(f"0 0 * {months} {part}", year) for part in parts))


def _listed(values: frozenset[int], every: int) -> str:
    return "*" if len(values) == every else ",".join(map(str, sorted(values)))


@lru_cache(maxsize=1024)
def _ask_croniter(expression: str, year: int) -> frozenset[dt.date]:
    new_year = dt.datetime(year, 1, 1)  # noqa: DTZ001  # dates are the same in every zone
    steps = croniter(expression, new_year - dt.timedelta(minutes=1), ret_type=dt.datetime, max_years_between_matches=1)
    found: set[dt.date] = set()
    try:
        while (at := steps.get_next()).year == year:
            found.add(at.date())
    except CroniterBadDateError:
        # No further date within a year: this year has no more of them.
        return frozenset(found)
    return frozenset(found)
