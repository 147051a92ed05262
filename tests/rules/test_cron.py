"""On which dates an expression fires, when its windows open, and what it says of itself."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.cron import calendar
from contracts.cron.expression import CronExpression

UTC = ZoneInfo("UTC")


def days(cron: str, year: int, month: int) -> list[int]:
    first = dt.date(year, month, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return [date.day for date in CronExpression.parse(cron).dates_between(first, last)]


# May 2028 begins on a Monday.
DATES = {
    "every day": ("0 9 * * *", list(range(1, 32))),
    "Mondays": ("0 9 * * 1", [1, 8, 15, 22, 29]),
    "Mondays, by name in any case": ("0 9 * * mOn", [1, 8, 15, 22, 29]),
    "Sundays as 0": ("0 9 * * 0", [7, 14, 21, 28]),
    "Sundays as 7": ("0 9 * * 7", [7, 14, 21, 28]),
    "a range that ends on 7": ("0 9 * * 6-7", [6, 7, 13, 14, 20, 21, 27, 28]),
    "a range of names that ends on Sunday": ("0 9 * * SAT-SUN", [6, 7, 13, 14, 20, 21, 27, 28]),
    "a range from Sunday to Sunday is Sunday": ("0 9 * * SUN-SUN", [7, 14, 21, 28]),
    "a range from 5 to 5 is 5": ("0 9 5-5 * *", [5]),
    "a list": ("0 9 1,15,31 * *", [1, 15, 31]),
    "a step": ("0 9 */10 * *", [1, 11, 21, 31]),
    "a step in a range": ("0 9 10-20/5 * *", [10, 15, 20]),
    "a step longer than its range": ("0 9 10-12/20 * *", [10]),
    "a step from a day on": ("0 9 20/5 * *", [20, 25, 30]),
    "a step from a weekday on ends with Saturday": (
        "0 9 * * 1/2",
        [1, 3, 5, 8, 10, 12, 15, 17, 19, 22, 24, 26, 29, 31],
    ),
    "leading zeros": ("00 09 01 05 01", [1, 8, 15, 22, 29]),
    "another month": ("0 9 * JUN *", []),
    "a range of months": ("0 9 1 MAR-MAY *", [1]),
    "the last day": ("0 9 L * *", [31]),
    "the 15th and the last day": ("0 9 15,L * *", [15, 31]),
    "the last weekday of the month": ("0 9 LW * *", [31]),
    "the weekday nearest to a Monday is that day": ("0 9 15W * *", [15]),
    "the weekday nearest to a Saturday is the Friday before": ("0 9 13W * *", [12]),
    "the weekday nearest to a Sunday is the Monday after": ("0 9 14w * *", [15]),
    "weekdays nearest to two days, and a plain day": ("0 9 6W,20,28W * *", [5, 20, 29]),
    "the weekday nearest to day 13 or Sundays": ("0 9 13W * SUN", [7, 12, 14, 21, 28]),
    "a nearest weekday where any weekday is named by a step": ("0 9 13W * */5", [12]),
    "the second Monday": ("0 9 * * MON#2", [8]),
    "the second Monday by number": ("0 9 * * 1#2", [8]),
    "the fifth Monday": ("0 9 * * MON#5", [29]),
    "the fifth Friday, which there is not": ("0 9 * * FRI#5", []),
    "the first Sunday as 7": ("0 9 * * 7#1", [7]),
    "the last Friday": ("0 9 * * 5L", [26]),
    "the last Friday, L in front": ("0 9 * * L5", [26]),
    "the last Friday by name": ("0 9 * * FRIL", [26]),
    "the last Friday by name, L in front": ("0 9 * * lfri", [26]),
    "the last Wednesday, on the 31st": ("0 9 * * 3L", [31]),
    "the first and the last Friday and Tuesdays": ("0 9 * * 5#1,5L,2", [2, 5, 9, 16, 23, 26, 30]),
    "a weekday beside its own n-th": ("0 9 * * 1,1#2", [1, 8, 15, 22, 29]),
    "day 3 or Mondays": ("0 9 3 * 1", [1, 3, 8, 15, 22, 29]),
    "the last day or the first Monday": ("0 9 L * 1#1", [1, 31]),
    "any day of 1-31 or Mondays is every day": ("0 9 1-31 * 1", list(range(1, 32))),
    "a day field that begins with * is no restriction: both": ("0 9 */2 * 1", [1, 15, 29]),
    "a weekday field that begins with * is no restriction: both": ("0 9 1-7 * */7", [7]),
    "a list that begins with *": ("0 9 *,5 * 1", [1, 8, 15, 22, 29]),
    "a list that has * later is a restriction: either": ("0 9 5,* * 1", list(range(1, 32))),
    "more spaces and a tab": (" 0  9\t* * 1 ", [1, 8, 15, 22, 29]),
}


@pytest.mark.requirement("R-SCH-2")
@pytest.mark.parametrize(("cron", "expected"), DATES.values(), ids=DATES.keys())
def test_fires_in_may_2028(cron: str, expected: list[int]) -> None:
    assert days(cron, 2028, 5) == expected


@pytest.mark.requirement("R-SCH-3")
@pytest.mark.parametrize(
    ("cron", "year", "month", "expected"),
    [
        ("0 9 31 * *", 2028, 4, []),
        ("0 9 31 * *", 2028, 5, [31]),
        ("0 9 30 * *", 2028, 2, []),
        ("0 9 29 * *", 2028, 2, [29]),
        ("0 9 29 * *", 2027, 2, []),
        ("0 9 L * *", 2027, 2, [28]),
        ("0 9 L * *", 2028, 2, [29]),
        ("0 9 L * *", 2028, 4, [30]),
        ("0 9 L 2 *", 2100, 2, [28]),
        ("0 9 29 2 *", 2100, 2, []),
        ("0 9 1W * *", 2028, 1, [3]),
        ("0 9 1W * *", 2028, 10, [2]),
        ("0 9 28W 2 *", 2027, 2, [26]),
        ("0 9 28W 2 *", 2028, 2, [28]),
        ("0 9 LW * *", 2028, 4, [28]),
        ("0 9 LW * *", 2028, 2, [29]),
        ("0 9 LW * *", 2027, 2, [26]),
        ("0 9 LW,L * *", 2028, 4, [28, 30]),
        ("0 9 29 2 *", 2000, 2, [29]),
        ("0 9 * 2 TUE#5", 2028, 2, [29]),
        ("0 9 * * TUEL", 2028, 2, [29]),
        ("0 9 * * MONL", 2028, 2, [28]),
        ("0 9 1 1 *", 2029, 1, [1]),
        ("0 9 31 12 *", 2028, 12, [31]),
    ],
)
def test_fires_at_month_ends_and_on_leap_days(cron: str, year: int, month: int, expected: list[int]) -> None:
    assert days(cron, year, month) == expected


@pytest.mark.requirement("R-SCH-4")
def test_the_next_leap_days_leave_out_2100() -> None:
    openings = CronExpression.parse("0 9 29 2 *").next_openings(dt.datetime(2093, 1, 1, tzinfo=dt.UTC), 3, UTC)
    assert [str(opening.opens_at) for opening in openings] == [
        "2096-02-29 09:00:00+00:00",
        "2104-02-29 09:00:00+00:00",
        "2108-02-29 09:00:00+00:00",
    ]


@pytest.mark.requirement("R-SCH-4")
def test_the_next_five_runs_of_the_last_friday() -> None:
    after = dt.datetime(2028, 11, 24, 16, 0, tzinfo=dt.UTC)  # 17:00 in Berlin: this one has just opened
    openings = CronExpression.parse("0 17 * * 5L").next_openings(after, 5, ZoneInfo("Europe/Berlin"))
    assert [(str(opening.date), f"{opening.opens_at:%H:%M}") for opening in openings] == [
        ("2028-12-29", "16:00"),
        ("2029-01-26", "16:00"),
        ("2029-02-23", "16:00"),
        ("2029-03-30", "15:00"),
        ("2029-04-27", "15:00"),
    ]


@pytest.mark.requirement("R-SCH-4")
def test_the_next_runs_end_with_the_calendar() -> None:
    after = dt.datetime(9998, 12, 29, tzinfo=dt.UTC)
    assert len(CronExpression.parse("0 9 * * *").next_openings(after, 5, UTC)) == 3


@pytest.mark.requirement("R-SCH-2")
@pytest.mark.parametrize(
    ("cron", "time_of_day", "several"),
    [
        ("0 9 * * *", "09:00", False),
        ("30 17,9,13 * * *", "09:30", True),
        ("50,10 9 * * *", "09:10", True),
        ("*/20 * * * *", "00:00", True),
        ("5-5 9 * * *", "09:05", False),
        ("*/60 9 * * *", "09:00", False),
        ("59 23 * * *", "23:59", False),
    ],
)
def test_a_window_opens_at_the_first_firing_of_its_date(cron: str, time_of_day: str, several: bool) -> None:
    expression = CronExpression.parse(cron)
    opens_at = expression.opening_on(dt.date(2028, 5, 3), UTC)
    assert opens_at is not None
    assert f"{opens_at:%Y-%m-%d %H:%M}" == f"2028-05-03 {time_of_day}"
    assert expression.fires_more_than_once_a_day is several


@pytest.mark.requirement("R-SCH-2")
def test_many_firings_on_a_date_open_one_window() -> None:
    midnight = dt.datetime(2028, 5, 1, tzinfo=dt.UTC)
    openings = CronExpression.parse("*/5 8-17 * * *").windows_between(midnight, midnight + dt.timedelta(days=3), UTC)
    assert [f"{opening.opens_at:%d %H:%M}" for opening in openings] == ["01 08:00", "02 08:00", "03 08:00"]


@pytest.mark.requirement("R-SCH-2")
def test_windows_lie_after_the_first_bound_and_up_to_the_second() -> None:
    daily = CronExpression.parse("0 9 * * *")
    nine, minute = dt.datetime(2028, 5, 1, 9, tzinfo=dt.UTC), dt.timedelta(minutes=1)
    assert daily.windows_between(nine - minute, nine, UTC) == [(dt.date(2028, 5, 1), nine)]
    assert daily.windows_between(nine, nine + minute, UTC) == []
    assert daily.windows_between(nine + minute, nine - minute, UTC) == []
    assert daily.windows_between(nine, nine, UTC) == []


@pytest.mark.requirement("R-SCH-2")
def test_a_date_that_does_not_match_has_no_opening() -> None:
    assert CronExpression.parse("0 9 * * 1").opening_on(dt.date(2028, 5, 2), UTC) is None


@pytest.mark.requirement("R-SCH-1")
def test_the_expression_is_kept_as_it_was_written() -> None:
    assert CronExpression.parse(" 00  9 * *\tmon ").text == " 00  9 * *\tmon "
    assert CronExpression.parse("0 9 * * mon") is CronExpression.parse("0 9 * * mon")
    assert CronExpression.parse("0 9 * * mon") != CronExpression.parse("0 9 * * 1")


@pytest.mark.requirement("R-SCH-2")
def test_croniter_is_asked_once_for_a_year_of_equal_dates() -> None:
    calendar.dates_in.cache_clear()
    after = dt.datetime(2028, 5, 3, 4, 5, 6, tzinfo=dt.UTC)
    for minute in range(0, 60, 5):
        for hour in range(24):
            expression = CronExpression.parse(f"{minute} {hour} * * 1-4")
            expression.windows_between(after, after + dt.timedelta(minutes=1), ZoneInfo("Europe/Berlin"))
    years = {2028, 2000}  # the one that is asked about, and the first one that shows that there are dates at all
    assert calendar.dates_in.cache_info().misses == len(years)
