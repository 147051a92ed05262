"""Whatever the expression, the zone and the bounds: no window lost, none twice, none invented."""

import datetime as dt
import re
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from contracts.cron.expression import CronExpression, Opening
from tests.rules.cron_reference import (
    CLOCK_CHANGES,
    DAY,
    MINUTE,
    MONTHS,
    WEEKDAYS,
    Meaning,
    expressions,
    refusal,
    slow_openings,
)

pytestmark = pytest.mark.requirement("R-SCH-3")

short = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
long = settings(short, max_examples=10_000)

changes = st.sampled_from(CLOCK_CHANGES)
minutes_around = st.integers(-3 * 24 * 60, 3 * 24 * 60)
instants = st.timedeltas(dt.timedelta(0), 115 * 366 * DAY).map(dt.datetime(1975, 1, 1, tzinfo=dt.UTC).__add__)
zones = st.sampled_from(sorted({zone for zone, _ in CLOCK_CHANGES})).map(ZoneInfo)


def parsed(drawn: tuple[str, Meaning]) -> CronExpression:
    """Skips what never fires, once the refusal is seen to be right."""
    text, meaning = drawn
    note(text)
    refused = refusal(text)
    if refused and "longer than 100" not in str(refused):
        assert "never happens" in str(refused)
        assert not any(meaning.fires_on(dt.date(2000, 1, 1) + day * DAY) for day in range(28 * 366))
    assume(refused is None)
    return CronExpression.parse(text)


def check_clock_change(drawn: tuple[str, Meaning], change: tuple[str, dt.date], bounds: tuple[int, int]) -> None:
    expression, zone = parsed(drawn), ZoneInfo(change[0])
    noon = dt.datetime.combine(change[1], dt.time(12), dt.UTC)
    after, until = (noon + offset * MINUTE for offset in sorted(bounds))
    found = expression.windows_between(after, until, zone)
    assert found == slow_openings(drawn[1], after, until, zone)
    assert len({opening.date for opening in found}) == len(found)
    assert expression.next_openings(after, len(found), zone) == found


@short
@given(expressions(), changes, st.tuples(minutes_around, minutes_around))
def test_windows_around_clock_changes_are_those_a_clock_watcher_sees(
    drawn: tuple[str, Meaning], change: tuple[str, dt.date], bounds: tuple[int, int]
) -> None:
    check_clock_change(drawn, change, bounds)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@long
@given(expressions(), changes, st.tuples(minutes_around, minutes_around))
def test_windows_around_clock_changes_at_length(
    drawn: tuple[str, Meaning], change: tuple[str, dt.date], bounds: tuple[int, int]
) -> None:
    check_clock_change(drawn, change, bounds)


@short
@given(expressions(), zones, instants, st.lists(st.timedeltas(dt.timedelta(0), 200 * DAY), min_size=3, max_size=3))
def test_an_interval_cut_in_two_has_the_same_windows(
    drawn: tuple[str, Meaning], zone: ZoneInfo, start: dt.datetime, offsets: list[dt.timedelta]
) -> None:
    expression = parsed(drawn)
    a, b, c = (start + offset for offset in sorted(offsets))
    whole = expression.windows_between(a, c, zone)
    assert expression.windows_between(a, b, zone) + expression.windows_between(b, c, zone) == whole
    dates = [opening.date for opening in whole]
    assert dates == sorted(set(dates))
    assert whole == sorted(whole, key=lambda opening: opening.opens_at)


@short
@given(expressions(), zones, changes, st.lists(st.integers(-2000, 2000), min_size=3, max_size=12))
def test_ticks_across_a_clock_change_find_what_one_look_finds(
    drawn: tuple[str, Meaning], zone: ZoneInfo, change: tuple[str, dt.date], ticks: list[int]
) -> None:
    expression = parsed(drawn)
    noon = dt.datetime.combine(change[1], dt.time(12), dt.UTC)
    cursors = [noon + tick * MINUTE for tick in sorted(ticks)]
    found: list[Opening] = []
    for after, until in pairwise(cursors):
        found += expression.windows_between(after, until, zone)
    assert found == expression.windows_between(cursors[0], cursors[-1], zone)


@short
@given(expressions(), st.dates(dt.date(1990, 1, 1), dt.date(2110, 1, 1)), st.integers(0, 800), zones)
def test_dates_are_those_of_a_calendar_leafed_through(
    drawn: tuple[str, Meaning], first: dt.date, count: int, zone: ZoneInfo
) -> None:
    expression = parsed(drawn)
    dates = [first + day * DAY for day in range(count + 1)]
    matching = [date for date in dates if drawn[1].fires_on(date)]
    assert expression.dates_between(first, dates[-1]) == matching
    assert [date for date in dates[:40] if expression.opening_on(date, zone)] == [
        d for d in matching if d in dates[:40]
    ]
    assert expression.dates_between(first, first - DAY) == []


@short
@given(expressions(), instants, st.integers(0, 6), zones)
def test_the_next_openings_are_the_first_windows(
    drawn: tuple[str, Meaning], after: dt.datetime, count: int, zone: ZoneInfo
) -> None:
    expression = parsed(drawn)
    openings = expression.next_openings(after, count, zone)
    assert len(openings) == count
    if openings:
        assert expression.windows_between(after, openings[-1].opens_at, zone)[:count] == openings


@short
@given(expressions())
def test_times_of_day_are_those_that_were_meant(drawn: tuple[str, Meaning]) -> None:
    expression, meaning = parsed(drawn), drawn[1]
    first = min(meaning.times())
    assert expression.opens == dt.time(first // 60, first % 60)
    assert expression.fires_more_than_once_a_day == (len(meaning.times()) > 1)


@short
@given(expressions(), instants)
def test_cronsim_names_the_same_dates(drawn: tuple[str, Meaning], after: dt.datetime) -> None:
    """The second reference. Where cronsim 2.8 differs, the slow one, which the tests above hold us to, is right:
    cronsim refuses `15W`, `FRI-SUN` and weekdays with an L in front or a name before an L; `5/2` among weekdays runs on
    to 7 there, which adds Sundays; `2-2/3` steps on behind its end. `spoken_by_cronsim` leaves those out."""
    expression = parsed(drawn)
    assume(spoken_by_cronsim(drawn[0]))
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    theirs = CronSim(f"0 0 {drawn[0].split(maxsplit=2)[2].upper()}", midnight)
    expected = [at.date() for at in islice(theirs, 4)]
    assert expression.dates_between(midnight.date() + DAY, expected[-1]) == expected


def steps_from_one_value(field: str) -> bool:
    """Has ranges of one value with a step, such as `2-2/3`, `1-jan/1` and `07-7/2`."""
    numbers = {
        name: str(number) for names, one in ((MONTHS, 1), (WEEKDAYS, 0)) for number, name in enumerate(names, one)
    }
    ranges = re.findall(r"(\w+)-(\w+)/", field)
    return any(numbers.get(low, low).lstrip("0") == numbers.get(high, high).lstrip("0") for low, high in ranges)


def spoken_by_cronsim(text: str) -> bool:
    _, _, day, month, weekday = text.upper().split()
    return not (
        any(steps_from_one_value(field) for field in (day, month, weekday))
        or re.search(r"\dW", day)
        or re.search(r"L[\dA-Z]|[A-Z]L|-SUN|[\dA-Z]/|(^|,)[1-7]-7|7#|7L", weekday)
        or re.search(r"[A-Z]{3}#", weekday)
    )


@pytest.mark.requirement("R-SCH-2")
@settings(short, max_examples=500)
@given(
    st.text(max_size=120)
    | st.lists(st.text("0123456789*,-/#LRH?@ ", max_size=6), min_size=4, max_size=7).map(" ".join)
    | st.lists(st.sampled_from([*"*,-/#LRH", "5", "31", "61", "2", "FRI", "mon", "JAN", " ", " "]), max_size=30).map(
        "".join
    )
)
def test_any_text_is_an_expression_or_refused_with_a_right_one(text: str) -> None:
    refused = refusal(text)
    if refused is None:
        expression = CronExpression.parse(text)
        assert expression.text == text
        assert len(expression.next_openings(dt.datetime(2028, 1, 1, tzinfo=dt.UTC), 1, ZoneInfo("UTC"))) == 1
        assert expression.sentence()
        return
    assert "cron" in str(refused).lower()
    assert str(refused).isprintable()
    if refused.nearest is not None:
        assert CronExpression.parse(refused.nearest).text == refused.nearest
