"""The values of a cron expression's five fields."""

from collections.abc import Iterable
from dataclasses import dataclass

LAST_DAY = 32
"""Stands among the days of the month for "the last one, whichever that is"."""

LAST_WORKING_DAY = 33
"""Stands among the days of the month for "its last Monday to Friday"."""

LAST = 6
"""The n of `nth_weekday` for "the last one of the month"."""

_NEAREST = 40


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of the five fields.

    `days` may hold LAST_DAY, LAST_WORKING_DAY and `nearest_day` codes. In `weekdays` Sunday is 0; it may hold
    `nth_weekday` codes.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Day of month and day of week are both restrictions, so one of them is enough."""


def nth_weekday(weekday: int, n: int) -> int:
    """The code, outside 0-7, by which `Fields.weekdays` holds "the n-th such weekday of the month"."""
    return weekday + 10 * n


def numbered_weekdays(weekdays: Iterable[int]) -> list[tuple[int, int]]:
    """The (n, weekday) of each `nth_weekday` code, by n, then weekday; n is LAST for the last one."""
    return sorted(divmod(code, 10) for code in weekdays if code >= 10)


def nearest_day(day: int) -> int:
    """The code by which `Fields.days` holds "the Monday to Friday nearest to this day, within its month"."""
    return day + _NEAREST


def nearest_days(days: Iterable[int]) -> list[int]:
    """The day of each `nearest_day` code, in order."""
    return sorted(code - _NEAREST for code in days if code > _NEAREST)
