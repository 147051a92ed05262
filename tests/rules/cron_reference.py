"""Cron expressions with what they mean, drawn at random, and slow plain answers to compare with.

Nothing here reads an expression: text and meaning are drawn together. Openings are found by walking through every
minute of the zone's clock and watching it jump.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from contracts.cron.expression import CronError, CronExpression

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

CLOCK_CHANGES = [
    ("UTC", dt.date(2028, 3, 26)),
    ("Europe/Berlin", dt.date(2028, 3, 26)),
    ("Europe/Berlin", dt.date(2028, 10, 29)),
    ("America/New_York", dt.date(2028, 3, 12)),
    ("America/New_York", dt.date(2028, 11, 5)),
    ("Australia/Lord_Howe", dt.date(2028, 4, 2)),  # by half an hour
    ("Australia/Lord_Howe", dt.date(2028, 10, 1)),
    ("Antarctica/Troll", dt.date(2022, 3, 27)),  # by two hours
    ("Africa/Cairo", dt.date(2024, 4, 26)),  # 00:00 becomes 01:00
    ("Africa/Cairo", dt.date(2024, 11, 1)),  # 00:00 becomes 23:00 of the day before
    ("America/Havana", dt.date(2028, 3, 12)),
    ("America/Havana", dt.date(2028, 11, 5)),  # 01:00 becomes 00:00
    ("America/St_Johns", dt.date(2010, 3, 14)),  # 00:01 becomes 01:01
    ("America/St_Johns", dt.date(2010, 11, 7)),  # 00:01 becomes 23:01 of the day before
    ("Africa/Casablanca", dt.date(2027, 2, 7)),  # summer time stops for Ramadan
    ("Pacific/Apia", dt.date(2011, 12, 30)),  # this date did not exist
    ("Pacific/Kwajalein", dt.date(1993, 8, 21)),  # nor did this one
    ("Europe/Lisbon", dt.date(1996, 3, 31)),
]


def refusal(text: str) -> CronError | None:
    try:
        CronExpression.parse(text)
    except CronError as error:
        return error
    return None


@dataclass
class Meaning:
    minutes: set[int] = field(default_factory=set)
    hours: set[int] = field(default_factory=set)
    days: set[int | str | tuple[str, int]] = field(default_factory=set)
    """Numbers, "L" for the last day, "LW" for the last Monday to Friday, ("W", n) for the one nearest to day n."""
    months: set[int] = field(default_factory=set)
    weekdays: set[int | tuple[int, int]] = field(default_factory=set)
    """0 to 6 from Sunday; (weekday, n) for the n-th of the month, n = -1 for the last."""
    days_star: bool = False
    weekdays_star: bool = False

    def fires_on(self, date: dt.date) -> bool:
        by_day = (
            date.day in self.days
            or ("L" in self.days and (date + DAY).day == 1)
            or ("LW" in self.days and date == max(working_days(date)))
            or any(date == nearest_working_day(date, item[1]) for item in self.days if isinstance(item, tuple))
        )
        weekday = WEEKDAYS.index(date.strftime("%a").upper())
        same = [day for day in range(1, date.day + 1) if date.replace(day=day).weekday() == date.weekday()]
        is_last = (date + 7 * DAY).month != date.month
        by_weekday = (
            weekday in self.weekdays
            or (weekday, len(same)) in self.weekdays
            or (is_last and (weekday, -1) in self.weekdays)
        )
        if self.days_star or self.weekdays_star:
            return date.month in self.months and by_day and by_weekday
        return date.month in self.months and (by_day or by_weekday)

    def times(self) -> set[int]:
        """Minutes of the day."""
        return {60 * hour + minute for hour in self.hours for minute in self.minutes}


@lru_cache(maxsize=4096)
def working_days_of(year: int, month: int) -> list[dt.date]:
    month_days = [dt.date(year, month, 1) + day * DAY for day in range(31)]
    return [date for date in month_days if date.month == month and date.isoweekday() <= 5]


def working_days(date: dt.date) -> list[dt.date]:
    """Monday to Friday of the month of `date`."""
    return working_days_of(date.year, date.month)


def nearest_working_day(date: dt.date, day: int) -> dt.date:
    """Of the month of `date`. No two are equally near: only the days of a weekend have to look around."""
    return min(working_days(date), key=lambda one: abs(one.day - day))


def slow_openings(meaning: Meaning, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[tuple]:
    """(date, instant) of the first firing of each date, if it lies after `after` and not after `until`."""
    seen: dict[dt.date, dt.datetime] = {}
    fires = lru_cache(meaning.fires_on)
    times = meaning.times()
    start = (after - 3 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    for offset in range((until - start).days + 2):
        for instant, shown in minutes_shown(start + offset * DAY, zone):
            for local in shown:
                if 60 * local.hour + local.minute in times and local.date() not in seen and fires(local.date()):
                    seen[local.date()] = instant
    return [(date, instant) for date, instant in seen.items() if after < instant <= until]


@lru_cache(maxsize=1024)
def minutes_shown(start: dt.datetime, zone: ZoneInfo) -> list[tuple[dt.datetime, list[dt.datetime]]]:
    """For each minute of the day after `start`, what the clock shows and what it has just jumped over."""
    shown = []
    before = (start - MINUTE).astimezone(zone).replace(tzinfo=None)
    for offset in range(24 * 60):
        instant = start + offset * MINUTE
        now = instant.astimezone(zone).replace(tzinfo=None)
        skipped = max(0, int((now - before) / MINUTE) - 1)
        shown.append((instant, [*(before + step * MINUTE for step in range(1, skipped + 1)), now]))
        before = now
    return shown


@st.composite
def expressions(draw: DrawFn) -> tuple[str, Meaning]:
    """Any expression of the dialect (a few never fire), with its meaning."""
    minute, minutes = draw(fields(0, 59))
    hour, hours = draw(fields(0, 23))
    day, days = draw(fields(1, 31, special=special_days()))
    month, months = draw(fields(1, 12, names=MONTHS))
    weekday, weekdays = draw(fields(0, 7, names=WEEKDAYS, special=numbered_weekdays()))
    weekdays = {value % 7 if isinstance(value, int) else value for value in weekdays}
    text = draw(st.sampled_from([" ", "  ", "\t"])).join([minute, hour, day, month, weekday])
    return text, Meaning(minutes, hours, days, months, weekdays, day[0] == "*", weekday[0] == "*")


@st.composite
def fields(draw: DrawFn, low: int, high: int, *, names=(), special=None) -> tuple[str, set]:
    every = range(low, min(high, 6) + 1) if high == 7 else range(low, high + 1)
    if draw(st.integers(0, 2)) == 0:
        return "*", set(every)
    plain = plain_items(low, high, every=every, names=names)
    items = draw(st.lists(plain if special is None else plain | special, min_size=1, max_size=3))
    return ",".join(text for text, _ in items), set().union(*(values for _, values in items))


@st.composite
def plain_items(draw: DrawFn, low: int, high: int, *, every: range, names) -> tuple[str, set[int]]:
    def spelled(value: int) -> str:
        if names and value - low < len(names) and draw(st.booleans()):
            return draw(st.sampled_from([str.lower, str.upper, str.title]))(names[value - low])
        return draw(st.sampled_from(["{}", "{:02}"])).format(value)

    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, len(every)))
    shape = draw(st.sampled_from(["a", "a", "a-b", "a-b/n", "*/n", "a/n"]))
    if shape == "a":
        return spelled(first), {first}
    if shape == "a-b":
        return f"{spelled(first)}-{spelled(last)}", set(range(first, last + 1))
    if shape == "a-b/n":
        return f"{spelled(first)}-{spelled(last)}/{step}", set(range(first, last + 1, step))
    if shape == "*/n":
        return f"*/{step}", set(every[::step])
    return f"{spelled(first)}/{step}", set(range(first, every[-1] + 1, step)) or {first}


def special_days() -> st.SearchStrategy[tuple[str, set]]:
    last = st.sampled_from([("L", {"L"}), ("l", {"L"}), ("LW", {"LW"}), ("lw", {"LW"})])
    nearest = st.tuples(st.integers(1, 28), st.sampled_from("Ww"))
    return last | nearest.map(lambda drawn: (f"{drawn[0]}{drawn[1]}", {("W", drawn[0])}))


@st.composite
def numbered_weekdays(draw: DrawFn) -> tuple[str, set[tuple[int, int]]]:
    number = draw(st.integers(0, 7))
    n = draw(st.sampled_from([1, 2, 3, 4, 5, -1]))
    word = str(number) if draw(st.booleans()) else WEEKDAYS[number % 7]
    text = draw(st.sampled_from([f"{word}L", f"L{word}", f"{word.lower()}l"])) if n == -1 else f"{word}#{n}"
    return text, {(number % 7, n)}
