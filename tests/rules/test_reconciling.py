"""Which dates lack a ledger entry, and what becomes of each."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.schedules import Schedule
from contracts.values import Kind, Window
from services.work.generation.reconciling import Bounds, Found, Step, next_step, unrecorded
from services.work.schedules import timeline as timelines

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
WEEK, DAY, MINUTE = dt.timedelta(days=7), dt.timedelta(days=1), dt.timedelta(minutes=1)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2028, 2, day, hour, minute, tzinfo=dt.UTC)


NOW, CREATED = at(20, 8, 31), at(1, 0)
BOUNDS = Bounds.at(NOW, catch_up=WEEK, reconciled=None)


def schedule(cron: str = "0 9 * * *", *, created: dt.datetime = CREATED, **fields: object) -> Schedule:
    timeline = timelines.create(cron=cron, enabled=True, by=None, now=created)
    values = {"kind": Kind.RECURRING, "source_id": "s", "title": "S", "created_at": created, "changed_at": created}
    return Schedule.model_validate({**values, "timeline": timeline, **fields})


def days(found: list[Found]) -> list[int]:
    return [one.window.date.day for one in found]


def ids(*numbers: int) -> set[str]:
    return {f"recurring:s:2028-02-{number:02}" for number in numbers}


def found(opens_at: dt.datetime, *, sent_at: dt.datetime | None = None, tries: int = 0, source_id: str = "s") -> Found:
    window = Window(kind=Kind.RECURRING, source_id=source_id, date=opens_at.date())
    return Found(window, opens_at, NOW, sent_at, tries)


@pytest.mark.requirement("R-GEN-5")
def test_unrecorded_finds_date_that_new_zone_puts_before_now() -> None:
    recorded = ids(*range(13, 20))
    assert days(unrecorded(schedule(), BOUNDS, UTC, recorded=recorded, now=NOW)) == []
    assert days(unrecorded(schedule(), BOUNDS, BERLIN, recorded=recorded, now=NOW)) == [20]


@pytest.mark.requirement("R-GEN-5")
def test_unrecorded_finds_every_date_within_horizon() -> None:
    assert days(unrecorded(schedule(), BOUNDS, UTC, recorded=ids(15), now=NOW)) == [13, 14, 16, 17, 18, 19]


NOT_OWED = [
    schedule(deleted=True),
    schedule(created=at(20, 8)),
    schedule(imported_at=at(20, 8)),
    schedule("27 8 20 2 *"),  # opened four minutes ago
]


@pytest.mark.parametrize("one", NOT_OWED)
def test_unrecorded_leaves_out_what_is_not_owed(one: Schedule) -> None:
    assert unrecorded(one, BOUNDS, UTC, recorded=set(), now=NOW) == []


@pytest.mark.parametrize(
    ("catch_up", "reconciled", "since", "horizon"),
    [
        (WEEK, None, NOW - WEEK, NOW - WEEK),
        (WEEK, NOW - DAY, NOW - WEEK, NOW - WEEK),
        (WEEK, NOW - 20 * DAY, NOW - 22 * DAY, NOW - WEEK),
        (WEEK, NOW + 3 * DAY, NOW - WEEK, NOW - WEEK),  # the clock was ahead
        (0 * DAY, NOW, NOW - 2 * DAY, NOW - 5 * MINUTE),
    ],
)
def test_bounds_include_horizon_and_time_since_last_look(
    catch_up: dt.timedelta, reconciled: dt.datetime | None, since: dt.datetime, horizon: dt.datetime
) -> None:
    assert Bounds.at(NOW, catch_up=catch_up, reconciled=reconciled) == Bounds(since, horizon, NOW - 5 * MINUTE)


RECENT, OLD = at(19, 9), at(12, 9)


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.parametrize(
    ("one", "queue_is_empty", "step"),
    [
        (found(RECENT), True, Step.PUBLISH),
        (found(RECENT), False, Step.WAIT),
        (found(OLD), True, Step.RECORD_MISSED),
        (found(OLD), False, Step.WAIT),
        (found(RECENT, sent_at=NOW - 4 * MINUTE, tries=1), True, Step.WAIT),
        (found(RECENT, sent_at=NOW - 5 * MINUTE, tries=1), True, Step.PUBLISH),
        (found(RECENT, sent_at=NOW + DAY, tries=1), True, Step.PUBLISH),  # by a clock that was ahead
        (found(RECENT, sent_at=NOW - DAY, tries=3), True, Step.RECORD_FAILED),
        (found(RECENT, source_id="x" * 300), True, Step.RECORD_FAILED),
        (found(RECENT, source_id="a b"), False, Step.WAIT),
        (found(OLD, source_id="x" * 300), True, Step.RECORD_MISSED),
    ],
)
def test_next_step_of_date_without_entry(one: Found, queue_is_empty: bool, step: Step) -> None:
    assert next_step(one, BOUNDS, now=NOW, queue_is_empty=queue_is_empty) is step
