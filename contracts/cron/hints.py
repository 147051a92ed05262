"""What an accepted expression may not mean as it was meant, with the form that says so."""

import re
from dataclasses import dataclass

from contracts.cron.fields import LAST_DAY, Fields

_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS_OF = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SINGLE_WEEKDAY = re.compile(r"[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT", re.IGNORECASE)
_WEEKS_OF_A_MONTH = {(1, 7): "#1", (8, 14): "#2", (15, 21): "#3", (22, 28): "#4", (25, 31): "L"}


@dataclass(frozen=True)
class Hint:
    """``nearest`` is the expression that was probably meant, if there is one."""

    why: str
    nearest: str | None = None

    def __str__(self) -> str:
        return f'{self.why}; write "{self.nearest}"' if self.nearest else self.why


def hints_of(text: str, fields: Fields) -> tuple[Hint, ...]:
    """The hints for an accepted expression, each a sentence without its full stop."""
    words = text.split()
    found = (
        _week_of_the_month(words, fields),
        _step_of_days(words),
        _step_of_weekdays(words),
        _short_months(words, fields),
    )
    return tuple(hint for hint in found if hint is not None)


def _short_months(words: list[str], fields: Fields) -> Hint | None:
    """Days that some of the months lack. Where another day of the same month is named too, the month has its date."""
    days = sorted(fields.days)
    if fields.either or not days or words[2].startswith("*") or days[0] < 29 or days[-1] >= LAST_DAY:
        return None
    lacking = [month for month in sorted(fields.months) if _DAYS_OF[month - 1] < days[0]]
    if not lacking:
        return None
    count = len(fields.months) - len(lacking)
    why = f"a month without day {days[0]} has no date: only {count} of {len(fields.months)} months have one"
    if days[0] == 29:
        why = "February has day 29 in leap years only"
    return Hint(f"{why}; L is the last day of a month", _with(words, 2, "L"))


def _step_of_days(words: list[str]) -> Hint | None:
    found = re.fullmatch(r"(?:\*|1|1-31)/([0-9]+)", words[2])
    if found is None or not words[4].startswith("*") or (step := int(found[1])) == 1:
        return None
    why = f'"{words[2]}" counts anew from day 1 of each month'
    if step == 7:
        return Hint(f"{why}, so its weekday changes; every week is a weekday", _on_weekday(words, "MON"))
    if step in (13, 14, 15, 16):
        return Hint(f"{why}; every two weeks is nothing cron can say, and twice a month is", _with(words, 2, "1,15"))
    if step >= 28:
        return Hint(f"{why}; once a month is a day", _with(words, 2, "1"))
    return Hint(f"{why}, so the gap over the end of a month differs")


def _step_of_weekdays(words: list[str]) -> Hint | None:
    """``MON/2``: on from Monday in steps of two days, and not every second Monday."""
    weekday, slash, step = words[4].partition("/")
    if not slash or not _SINGLE_WEEKDAY.fullmatch(weekday) or int(step) == 1:
        return None
    why = f'"{words[4]}" is a step of {int(step)} days within the week, and every second week is nothing cron can say'
    return Hint(why, _with(words, 4, f"{weekday}#1,{weekday}#3"))


def _week_of_the_month(words: list[str], fields: Fields) -> Hint | None:
    """``1-7 * 1``: either of them is enough, and mostly the first Monday is meant."""
    if not fields.either:
        return None
    why = "the day of the month or the weekday is enough, they need not meet"
    days = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", words[2])
    nth = _WEEKS_OF_A_MONTH.get((int(days[1]), int(days[2]))) if days else None
    weekdays = [day for day in sorted(fields.weekdays) if day < len(_WEEKDAYS)]
    if nth is None or not 1 <= len(weekdays) <= 2 or len(weekdays) < len(fields.weekdays):
        return Hint(why)
    return Hint(why, _on_weekday(words, ",".join(f"{_WEEKDAYS[day]}{nth}" for day in weekdays)))


def _on_weekday(words: list[str], field: str) -> str:
    """The expression with any day of the month and this weekday."""
    return " ".join([*words[:2], "*", words[3], field])


def _with(words: list[str], position: int, field: str) -> str:
    return " ".join([*words[:position], field, *words[position + 1 :]])
