"""What opens next, asked of expressions: the same as of every schedule, one by one."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from contracts.cron.expression import CronExpression
from contracts.values import Kind
from services.work.schedules.coming_up import end_of_week, next_openings

NOW = dt.datetime(2028, 3, 23, 8, tzinfo=dt.UTC)
WEEK = NOW + dt.timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")
CRONS = ["0 9 * * *", "30 2 * * *", "0 9 * * 1", "0 10 * * 1-5", "0 0 1 1 *", "0 8 24 3 *"]
READABLE = some.sampled_from([(kind, cron) for kind in Kind for cron in CRONS])


@given(some.dictionaries(READABLE, some.integers(1, 30)), some.integers(1, 60))
def test_enough_firings_for_the_windows_wanted_and_none_that_comes_later(
    active: dict[tuple[Kind, str], int], windows: int
) -> None:
    every = sorted(
        opening.opens_at
        for (_, cron), count in active.items()
        for opening in CronExpression.parse(cron).windows_between(NOW, WEEK, BERLIN)
        for _ in range(count)
    )
    found = next_openings(active, NOW, WEEK, BERLIN, windows=windows)
    listed = [one.opening.opens_at for one in found for _ in range(active[one.kind, one.cron])]
    assert listed == every[: len(listed)]
    assert len(listed) >= min(windows, len(every))
    assert not found or len(listed) - active[found[-1].kind, found[-1].cron] < windows


def test_what_cannot_be_read_stops_nobody_else() -> None:
    active = {(Kind.TEMPLATE, "lead_days cannot be read here"): 3, (Kind.RECURRING, "0 9 24 3 *"): 1}
    [only] = next_openings(active, NOW, WEEK, BERLIN, windows=20)
    assert (only.cron, only.opening.date) == ("0 9 24 3 *", dt.date(2028, 3, 24))


def test_the_week_ends_with_the_local_date_on_which_the_last_task_comes_up() -> None:
    active = {(Kind.RECURRING, cron): 1 for cron in ("59 23 30 3 *", "0 0 31 3 *")}  # clocks go forward on the 26th
    for at in (NOW, NOW.replace(hour=22), NOW.replace(day=22, hour=23)):
        found = next_openings(active, at, end_of_week(at, BERLIN), BERLIN, windows=20)
        assert [one.opening.date for one in found] == [dt.date(2028, 3, 30)], at
