"""The values of a cron expression's five fields, and the dates they name."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

LAST_DAY = 32
"""Stands among the days of the month for "the last one, whichever that is"."""

LAST = 6
"""The n of `nth_weekday` for "the last one of the month"."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of the five fields. `days` may hold LAST_DAY, `weekdays` (Sunday is 0) also `nth_weekday` codes."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Day of month and day of week are both restrictions, so one of them is enough."""

    def matches(self, on: date) -> bool:
        if on.month not in self.months:
            return False
        weekday = on.isoweekday() % 7
        by_day = on.day in self.days or (LAST_DAY in self.days and _days_left(on) == 0)
        by_weekday = (
            weekday in self.weekdays
            or nth_weekday(weekday, (on.day + 6) // 7) in self.weekdays
            or (nth_weekday(weekday, LAST) in self.weekdays and _days_left(on) < 7)
        )
        return (by_day or by_weekday) if self.either else (by_day and by_weekday)


def nth_weekday(weekday: int, n: int) -> int:
    """The code, outside 0-7, by which `Fields.weekdays` holds "the n-th such weekday of the month"."""
    return weekday + 10 * n


def _days_left(on: date) -> int:
    return monthrange(on.year, on.month)[1] - on.day
