"""Windows where clocks change: none lost, none twice, each at the instant an operator would expect."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.cron.expression import CronExpression

pytestmark = pytest.mark.requirement("R-SCH-3")

# zone, cron, first date, (local date, UTC instant) of every window from its start to the end of the last date
GOLDEN = {
    "daily in Berlin, spring": (
        "Europe/Berlin",
        "0 9 * * *",
        ["2028-03-25 08:00", "2028-03-26 07:00", "2028-03-27 07:00"],
    ),
    "daily in Berlin, autumn": (
        "Europe/Berlin",
        "0 9 * * *",
        ["2028-10-28 07:00", "2028-10-29 08:00", "2028-10-30 08:00"],
    ),
    "inside the gap, Berlin: 03:00 instead of 02:30": (
        "Europe/Berlin",
        "30 2 * * *",
        ["2028-03-25 01:30", "2028-03-26 01:00", "2028-03-27 00:30"],
    ),
    "at the start of the gap, Berlin": (
        "Europe/Berlin",
        "0 2 * * *",
        ["2028-03-25 01:00", "2028-03-26 01:00", "2028-03-27 00:00"],
    ),
    "at the end of the gap, Berlin": (
        "Europe/Berlin",
        "0 3 * * *",
        ["2028-03-25 02:00", "2028-03-26 01:00", "2028-03-27 01:00"],
    ),
    "inside the overlap, Berlin: the first 02:30": (
        "Europe/Berlin",
        "30 2 * * *",
        ["2028-10-28 00:30", "2028-10-29 00:30", "2028-10-30 01:30"],
    ),
    "at the end of the overlap, Berlin: 03:00 comes once": (
        "Europe/Berlin",
        "0 3 * * *",
        ["2028-10-28 01:00", "2028-10-29 02:00", "2028-10-30 02:00"],
    ),
    "several firings around the gap, Berlin": (
        "Europe/Berlin",
        "*/30 2-3 * * *",
        ["2028-03-25 01:00", "2028-03-26 01:00", "2028-03-27 00:00"],
    ),
    "several firings in the overlap, Berlin": (
        "Europe/Berlin",
        "*/30 2-3 * * *",
        ["2028-10-28 00:00", "2028-10-29 00:00", "2028-10-30 01:00"],
    ),
    "midnight in Berlin, spring": (
        "Europe/Berlin",
        "0 0 * * *",
        ["2028-03-25 2028-03-24T23:00", "2028-03-26 2028-03-25T23:00", "2028-03-27 2028-03-26T22:00"],
    ),
    "weekly in Berlin, on the Sunday of the gap": (
        "Europe/Berlin",
        "30 2 * * SUN",
        ["2028-03-19 01:30", "2028-03-26 01:00", "2028-04-02 00:30"],
    ),
    "weekly in Berlin, on the Sunday of the overlap": (
        "Europe/Berlin",
        "30 2 * * SUN",
        ["2028-10-22 00:30", "2028-10-29 00:30", "2028-11-05 01:30"],
    ),
    "weekly in Berlin, Mondays, across the spring": (
        "Europe/Berlin",
        "0 9 * * 1",
        ["2028-03-20 08:00", "2028-03-27 07:00", "2028-04-03 07:00"],
    ),
    "weekly in Berlin, Mondays, across the autumn": (
        "Europe/Berlin",
        "0 9 * * 1",
        ["2028-10-23 07:00", "2028-10-30 08:00", "2028-11-06 08:00"],
    ),
    "monthly in Berlin, across the spring": (
        "Europe/Berlin",
        "0 9 1 * *",
        ["2028-03-01 08:00", "2028-04-01 07:00", "2028-05-01 07:00"],
    ),
    "monthly in Berlin, across the autumn": (
        "Europe/Berlin",
        "0 9 L * *",
        ["2028-09-30 07:00", "2028-10-31 08:00", "2028-11-30 08:00"],
    ),
    "the last Sunday of the month in Berlin is the clock change": (
        "Europe/Berlin",
        "30 2 * * 0L",
        ["2028-02-27 01:30", "2028-03-26 01:00", "2028-04-30 00:30"],
    ),
    "daily in New York, spring": (
        "America/New_York",
        "0 9 * * *",
        ["2028-03-11 14:00", "2028-03-12 13:00", "2028-03-13 13:00"],
    ),
    "daily in New York, autumn": (
        "America/New_York",
        "0 9 * * *",
        ["2028-11-04 13:00", "2028-11-05 14:00", "2028-11-06 14:00"],
    ),
    "inside the gap, New York: 03:00 instead of 02:15": (
        "America/New_York",
        "15 2 * * *",
        ["2028-03-11 07:15", "2028-03-12 07:00", "2028-03-13 06:15"],
    ),
    "inside the overlap, New York: the first 01:15": (
        "America/New_York",
        "15 1 * * *",
        ["2028-11-04 05:15", "2028-11-05 05:15", "2028-11-06 06:15"],
    ),
    "weekly in New York, across the spring": (
        "America/New_York",
        "0 9 * * 1",
        ["2028-03-06 14:00", "2028-03-13 13:00", "2028-03-20 13:00"],
    ),
    "monthly in New York, across the autumn": (
        "America/New_York",
        "0 9 1 * *",
        ["2028-10-01 13:00", "2028-11-01 13:00", "2028-12-01 14:00"],
    ),
    "late in the evening in New York it is tomorrow in UTC": (
        "America/New_York",
        "0 23 * * *",
        ["2028-03-11 2028-03-12T04:00", "2028-03-12 2028-03-13T03:00", "2028-03-13 2028-03-14T03:00"],
    ),
    "inside the gap of half an hour, Lord Howe: 02:30 instead of 02:10": (
        "Australia/Lord_Howe",
        "10 2 * * *",
        ["2028-09-30 2028-09-29T15:40", "2028-10-01 2028-09-30T15:30", "2028-10-02 2028-10-01T15:10"],
    ),
    "inside the overlap of half an hour, Lord Howe: the first 01:45": (
        "Australia/Lord_Howe",
        "45 1 * * *",
        ["2028-04-01 2028-03-31T14:45", "2028-04-02 2028-04-01T14:45", "2028-04-03 2028-04-02T15:15"],
    ),
    "daily in Lord Howe, spring": (
        "Australia/Lord_Howe",
        "0 9 * * *",
        ["2028-09-30 2028-09-29T22:30", "2028-10-01 2028-09-30T22:00", "2028-10-02 2028-10-01T22:00"],
    ),
    "monthly in Lord Howe, across the autumn": (
        "Australia/Lord_Howe",
        "0 12 15 * *",
        ["2028-03-15 01:00", "2028-04-15 01:30", "2028-05-15 01:30"],
    ),
    "UTC knows no change": (
        "UTC",
        "30 2 * * *",
        ["2028-03-25 02:30", "2028-03-26 02:30", "2028-03-27 02:30"],
    ),
    "monthly in UTC": ("UTC", "0 9 1 * *", ["2028-02-01 09:00", "2028-03-01 09:00", "2028-04-01 09:00"]),
    "a gap at midnight, Cairo: 01:00 of the same date": (
        "Africa/Cairo",
        "30 0 * * *",
        ["2024-04-25 2024-04-24T22:30", "2024-04-26 2024-04-25T22:00", "2024-04-27 2024-04-26T21:30"],
    ),
    "midnight in the overlap before it, Cairo: the date's own midnight": (
        "Africa/Cairo",
        "0 0 * * *",
        ["2024-10-31 2024-10-30T21:00", "2024-11-01 2024-10-31T22:00", "2024-11-02 2024-11-01T22:00"],
    ),
    "00:00 that comes twice, St John's: the first, though 23:30 of the day before comes once more": (
        "America/St_Johns",
        "0 0 * * *",
        ["2010-11-06 02:30", "2010-11-07 02:30", "2010-11-08 03:30"],
    ),
    "a date that does not exist, Apia: its window opens when the next date begins": (
        "Pacific/Apia",
        "0 9 * * *",
        ["2011-12-29 19:00", "2011-12-30 10:00", "2011-12-31 2011-12-30T19:00"],
    ),
    "a date that does not exist, Apia, at midnight: both dates at one instant": (
        "Pacific/Apia",
        "0 0 * * *",
        ["2011-12-29 10:00", "2011-12-30 10:00", "2011-12-31 2011-12-30T10:00", "2012-01-01 2011-12-31T10:00"],
    ),
}


@pytest.mark.parametrize(("zone", "cron", "expected"), GOLDEN.values(), ids=GOLDEN.keys())
def test_windows_where_clocks_change(zone: str, cron: str, expected: list[str]) -> None:
    """Expected are "<window date> <UTC time>", the latter with its date where that differs."""
    expression, where = CronExpression.parse(cron), ZoneInfo(zone)
    wanted = [(dt.date.fromisoformat(line[:10]), instant(line)) for line in expected]
    first, last = wanted[0][1], wanted[-1][1]
    assert expression.windows_between(first - dt.timedelta(minutes=1), last, where) == wanted
    assert expression.next_openings(first - dt.timedelta(seconds=1), len(wanted), where) == wanted
    assert [(date, expression.opening_on(date, where)) for date, _ in wanted] == wanted
    assert expression.dates_between(wanted[0][0], wanted[-1][0]) == [date for date, _ in wanted]


def instant(line: str) -> dt.datetime:
    date, time = line.split(" ")
    return dt.datetime.fromisoformat(f"{time if 'T' in time else f'{date}T{time}'}+00:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Pacific/Apia"])
def test_a_daily_schedule_opens_once_on_every_date_of_many_years(zone: str) -> None:
    """At 02:15, which each of these zones but UTC skips or repeats."""
    openings = CronExpression.parse("15 2 * * *").windows_between(
        dt.datetime(2011, 1, 1, tzinfo=dt.UTC), dt.datetime(2031, 1, 1, tzinfo=dt.UTC), ZoneInfo(zone)
    )
    dates = [opening.date for opening in openings]
    assert dates == [dates[0] + dt.timedelta(days=day) for day in range(len(dates))]
    assert len(dates) in (7305, 7306)


def test_a_date_that_begins_before_the_one_before_it_ends_for_good() -> None:
    """St John's, 2010-11-07: at 00:01 the clock went back to 23:01 of the 6th."""
    zone, midnight = ZoneInfo("America/St_Johns"), dt.datetime(2010, 11, 7, 2, 30, tzinfo=dt.UTC)
    back = midnight + dt.timedelta(minutes=15)
    assert back.astimezone(zone).date() == dt.date(2010, 11, 6)
    daily = CronExpression.parse("0 0 * * *")
    assert daily.windows_between(midnight - dt.timedelta(hours=1), back, zone) == [(dt.date(2010, 11, 7), midnight)]
    assert daily.windows_between(back, midnight + dt.timedelta(hours=20), zone) == []
    assert daily.next_openings(back, 1, zone)[0].date == dt.date(2010, 11, 8)


def test_bounds_may_be_of_any_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    daily = CronExpression.parse("30 2 * * *")
    after, until = dt.datetime(2028, 3, 26, 0, tzinfo=berlin), dt.datetime(2028, 3, 27, 0, tzinfo=berlin)
    assert daily.windows_between(after, until, berlin) == daily.windows_between(
        after.astimezone(dt.UTC), until.astimezone(ZoneInfo("Asia/Tokyo")), berlin
    )
