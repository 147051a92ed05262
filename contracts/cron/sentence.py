"""The plain reading of a cron expression: "Monday to Friday at 09:00".

Our own and not cron-descriptor's, which reads `*/7` as "every 7 minutes" and `*/2` beside a weekday as "or", and
puts the time before the days, where a table's column is read for the days.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from contracts.cron.fields import LAST, LAST_DAY, LAST_WORKING_DAY, Fields, nearest_days, numbered_weekdays

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}


def sentence(fields: Fields) -> str:
    days, times = _dates(fields), _times(fields)
    if days == "every day" and times.startswith("every") and " from " not in times:
        return times
    return f"{days}{' ' if times.startswith('at') else ', '}{times}"


def _dates(fields: Fields) -> str:
    every_day = set(range(1, 32)) <= fields.days
    every_weekday = set(range(7)) <= fields.weekdays
    month = f"the month in {_months(fields)}" if len(fields.months) > 1 else _months(fields)
    month, within = ("the month", "") if len(fields.months) == 12 else (month, f" in {_months(fields)}")
    if (every_day or every_weekday) and (fields.either or (every_day and every_weekday)):
        return "every day" + within
    if fields.either:
        days = _days(fields) + (" of the month" if max(fields.days) >= LAST_DAY else "")
        return f"on {days} or {_weekdays(fields, 'the month')}" + (within and f",{within}")
    if every_weekday:
        return f"on {_days(fields)} of {month}"
    if every_day:
        return _weekdays(fields, month) + ("" if numbered_weekdays(fields.weekdays) else within)
    return f"{_weekdays(fields, 'the month')} falling on {_days(fields)} of {month}"


def _days(fields: Fields) -> str:
    numbers = sorted(day for day in fields.days if day < LAST_DAY)
    parts = [f"{'day' if len(numbers) == 1 else 'days'} {_listed(numbers, str)}"] if numbers else []
    parts += [f"the weekday nearest to day {day}" for day in nearest_days(fields.days)]
    parts += ["the last day"] if LAST_DAY in fields.days else []
    parts += ["the last weekday"] if LAST_WORKING_DAY in fields.days else []
    return _joined(parts)


def _weekdays(fields: Fields, month: str) -> str:
    # Monday first: 7 for Sunday puts it behind Saturday.
    plain = sorted(day or 7 for day in fields.weekdays if day < 7)
    named = [_listed(plain, lambda day: _WEEKDAYS[day % 7], plural="s")] if plain else []
    numbered = [f"the {_ORDINALS[n]} {_WEEKDAYS[day]}" for n, day in numbered_weekdays(fields.weekdays)]
    return _joined([*named, *numbered]) + (f" of {month}" if numbered else "")


def _months(fields: Fields) -> str:
    return _listed(sorted(fields.months), lambda month: _MONTHS[month - 1])


def _times(fields: Fields) -> str:
    times = sorted(60 * hour + minute for hour in fields.hours for minute in fields.minutes)
    if len(times) <= 4:
        return "at " + _joined([_clock(time) for time in times])
    if step := _step(times):
        often = f"every {_interval(step)}"
        whole_day = times[0] == 0 and times[-1] + step == 24 * 60
        return often if whole_day else f"{often} from {_clock(times[0])} to {_clock(times[-1])}"
    hours = "every hour" if len(fields.hours) == 24 else _counted("hour", fields.hours)
    minutes = "every minute" if len(fields.minutes) == 60 else f"at {_counted('minute', fields.minutes)}"
    return f"{minutes} of {hours}"


def _clock(time: int) -> str:
    return f"{time // 60:02}:{time % 60:02}"


def _interval(minutes: int) -> str:
    count, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return unit if count == 1 else f"{count} {unit}s"


def _counted(unit: str, values: Iterable[int]) -> str:
    ordered = sorted(values)
    return f"{unit}{'s' if len(ordered) > 1 else ''} {_listed(ordered, str)}"


def _listed(values: Sequence[int], word: Callable[[int], str], *, plural: str = "") -> str:
    """Three or more in a row become "1 to 3", five or more evenly spaced numbers "1, 3, 5 … 31"."""
    if len(values) >= 5 and _step(values) > 1 and word is str:
        return f"{', '.join(map(word, values[:3]))} … {values[-1]}"
    parts: list[str] = []
    for run in _runs(values):
        parts += [f"{word(run[0])} to {word(run[-1])}"] if len(run) > 2 else [word(value) + plural for value in run]
    return _joined(parts)


def _step(values: Sequence[int]) -> int:
    """The distance between neighbours if it is always the same, else 0."""
    steps = {later - earlier for earlier, later in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


def _runs(values: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
