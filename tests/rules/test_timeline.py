"""How a schedule's timeline changes: what was in force stays, what was planned survives what does not concern it."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from contracts.schedule_rows import ScheduleRow
from contracts.schedules import Revision, Schedule
from contracts.values import Kind
from contracts.windows import Totals
from services.work.schedules import timeline as timelines
from services.work.schedules.schedule_row import schedule_row

Change = Callable[[timelines.Timeline, dt.datetime], timelines.Timeline]
BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """February 2028; the second is a Wednesday."""
    return dt.datetime(2028, 2, day, hour, minute, tzinfo=dt.UTC)


def until(day: int) -> timelines.Until:
    """A pause until that date, in UTC."""
    return timelines.Until(dt.date(2028, 2, day), at(day, 0))


DAILY = timelines.create(cron="0 9 * * *", enabled=True, by="maria", now=at(1, 8))


def states(timeline: timelines.Timeline) -> list[tuple[dt.datetime, bool, bool]]:
    return [(revision.since, revision.enabled, revision.archived) for revision in timeline]


def paused_until_friday() -> timelines.Timeline:
    return timelines.pause(DAILY, reason="holiday", by="olivia", now=at(2, 12), until=until(4))


@pytest.mark.requirement("R-PAU-1")
def test_a_pause_says_since_when_why_and_who() -> None:
    *_, pause = timelines.pause(DAILY, reason="holiday", by="olivia", now=at(2, 12))
    assert (pause.since, pause.enabled, pause.reason, pause.by) == (at(2, 12), False, "holiday", "olivia")
    assert pause.cron == "0 9 * * *"


@pytest.mark.requirement("R-PAU-1")
def test_a_pause_with_an_end_runs_again_by_itself_and_drops_its_reason() -> None:
    timeline = paused_until_friday()
    assert states(timeline)[1:] == [(at(2, 12), False, False), (at(4, 0), True, False)]
    assert timelines.in_force(timeline, at(3, 23, 59)).reason == "holiday"
    assert timelines.in_force(timeline, at(4, 0)).reason is None
    planned = timelines.next_planned(timeline, at(3, 0))
    assert planned is not None
    assert planned.since == at(4, 0)
    assert timelines.next_planned(timeline, at(4, 0)) is None


@pytest.mark.requirement("R-PAU-1")
def test_pausing_again_keeps_reason_and_end_unless_another_end_is_named() -> None:
    paused = paused_until_friday()
    assert timelines.pause(paused, reason="other", by="b", now=at(3, 8)) == paused
    longer = timelines.pause(paused, reason="other", by="b", now=at(3, 8), until=until(9))
    assert [revision.since for revision in longer] == [at(1, 8), at(2, 12), at(9, 0)]
    assert longer[1].reason == "holiday"


@pytest.mark.requirement("R-PAU-1")
def test_a_pause_after_the_planned_end_of_another_is_a_new_pause() -> None:
    again = timelines.pause(paused_until_friday(), reason="moving", by="b", now=at(5, 8))
    assert states(again)[-2:] == [(at(4, 0), True, False), (at(5, 8), False, False)]
    assert again[-1].reason == "moving"


@pytest.mark.requirement("R-PAU-2")
def test_resuming_early_cancels_the_planned_end() -> None:
    resumed = timelines.resume(paused_until_friday(), by="olivia", now=at(3, 8))
    assert states(resumed)[-1] == (at(3, 8), True, False)
    assert timelines.next_planned(resumed, at(3, 8)) is None


@pytest.mark.requirement("R-SCH-5")
def test_an_edit_during_a_pause_keeps_its_planned_end_and_holds_from_then_on() -> None:
    edited = timelines.reschedule(paused_until_friday(), cron="0 7 * * *", by="b", now=at(3, 8))
    assert [(revision.since, revision.cron, revision.enabled) for revision in edited] == [
        (at(1, 8), "0 9 * * *", True),
        (at(2, 12), "0 9 * * *", False),
        (at(3, 8), "0 7 * * *", False),
        (at(4, 0), "0 7 * * *", True),
    ]
    assert edited[2].reason == "holiday", "still paused, for the same reason"


@pytest.mark.requirement("R-SCH-5")
def test_an_edit_to_the_same_cron_changes_nothing() -> None:
    assert timelines.reschedule(DAILY, cron="0 9 * * *", by="b", now=at(3, 8)) == DAILY


@pytest.mark.requirement("R-SCH-5")
def test_what_was_in_force_before_a_change_stays_as_it_was() -> None:
    timeline, changes = DAILY, [timelines.archive, timelines.restore, timelines.resume]
    timeline = timelines.pause(timeline, reason="holiday", by="a", now=at(2, 12))
    for hour, change in enumerate(changes, start=13):
        earlier = timeline
        timeline = change(timeline, by="a", now=at(2, hour))
        assert timeline[: len(earlier)] == earlier
    assert states(timeline)[-3:] == [(at(2, 13), False, True), (at(2, 14), False, False), (at(2, 15), True, False)]


@pytest.mark.requirement("R-SCH-5")
def test_of_two_changes_at_one_instant_the_last_stands() -> None:
    paused = timelines.pause(DAILY, reason=None, by="a", now=at(2, 12))
    both = timelines.resume(paused, by="b", now=at(2, 12))
    assert states(both) == [(at(1, 8), True, False), (at(2, 12), True, False)]
    edited = timelines.reschedule(paused, cron="0 7 * * *", by="b", now=at(2, 12))
    assert (edited[-1].cron, edited[-1].enabled) == ("0 7 * * *", False)


@pytest.mark.requirement("R-PAU-4")
def test_archiving_and_restoring_twice_change_nothing_more() -> None:
    archived = timelines.archive(DAILY, by="a", now=at(2, 12))
    assert timelines.archive(archived, by="b", now=at(3, 12)) == archived
    restored = timelines.restore(archived, by="a", now=at(4, 12))
    assert timelines.restore(restored, by="b", now=at(5, 12)) == restored
    assert states(restored)[1:] == [(at(2, 12), True, True), (at(4, 12), True, False)]


@pytest.mark.requirement("R-PAU-4")
def test_what_was_paused_without_an_end_comes_back_paused() -> None:
    paused = timelines.pause(DAILY, reason="holiday", by="a", now=at(2, 12))
    restored = timelines.restore(timelines.archive(paused, by="a", now=at(3, 12)), by="a", now=at(9, 12))
    assert (restored[-1].enabled, restored[-1].archived, restored[-1].reason) == (False, False, "holiday")


@pytest.mark.requirement("R-PAU-4")
@pytest.mark.parametrize(("restored_on", "enabled"), [(3, False), (4, True), (9, True)])
def test_the_end_of_a_pause_comes_also_while_archived(restored_on: int, enabled: bool) -> None:
    archived = timelines.archive(paused_until_friday(), by="a", now=at(2, 18))
    assert timelines.in_force(archived, at(9, 0)).archived, "the end of the pause does not bring it back"
    restored = timelines.restore(archived, by="a", now=at(restored_on, 6))
    now = timelines.in_force(restored, at(restored_on, 6))
    assert (now.archived, now.enabled) == (False, enabled)
    later = timelines.in_force(restored, at(9, 12))
    assert (later.archived, later.enabled) == (False, True)


def row(timeline: tuple[Revision, ...], now: dt.datetime, zone: ZoneInfo = UTC) -> ScheduleRow:
    created = timeline[0].since
    schedule = Schedule(
        kind=Kind.RECURRING, source_id="s", title="Slack", created_at=created, changed_at=created, timeline=timeline
    )
    return schedule_row(schedule, now=now, zone=zone, assignee_id=None, by_hand=False, last=None, totals=Totals())


@pytest.mark.requirement("R-SCH-4")
def test_the_next_window_of_a_running_schedule_is_the_one_after_now() -> None:
    assert row(DAILY, at(2, 8, 59)).next_at == at(2, 9)
    assert row(DAILY, at(2, 9)).next_at == at(3, 9)


@pytest.mark.requirement("R-PAU-1")
def test_a_pause_without_an_end_has_no_next_window_and_one_with_an_end_has_the_first_after_it() -> None:
    paused = row(timelines.pause(DAILY, reason="holiday", by="a", now=at(2, 12)), at(2, 13))
    assert (paused.enabled, paused.next_at, paused.paused_until) == (False, None, None)
    until = row(paused_until_friday(), at(2, 13))
    assert (until.enabled, until.paused_until) == (False, dt.date(2028, 2, 4))
    assert (until.next_at, until.next_date) == (at(4, 9), dt.date(2028, 2, 4))
    over = row(paused_until_friday(), at(4, 0))
    assert (over.enabled, over.paused_until, over.next_at) == (True, None, at(4, 9))


@pytest.mark.requirement("R-PAU-1")
def test_the_window_at_the_very_instant_of_resumption_is_the_next_one() -> None:
    midnight = timelines.create(cron="0 0 * * *", enabled=True, by=None, now=at(1, 8))
    berlin_friday = dt.datetime(2028, 2, 4, tzinfo=BERLIN).astimezone(dt.UTC)
    paused = timelines.pause(
        midnight, reason=None, by=None, now=at(2, 12), until=timelines.Until(dt.date(2028, 2, 4), berlin_friday)
    )
    shown = row(paused, at(2, 13), BERLIN)
    assert (shown.next_at, shown.next_date, shown.paused_until) == (
        berlin_friday,
        dt.date(2028, 2, 4),
        dt.date(2028, 2, 4),
    )


@pytest.mark.requirement("R-PAU-4")
def test_an_archived_schedule_has_no_next_window() -> None:
    shown = row(timelines.archive(DAILY, by="a", now=at(2, 12)), at(2, 13))
    assert (shown.archived, shown.next_at) == (True, None)


def test_a_cron_that_cannot_be_read_is_shown_as_such() -> None:
    shown = row(timelines.create(cron="banana", enabled=True, by=None, now=at(1, 8)), at(2, 13))
    assert (shown.cron, shown.sentence, shown.next_at) == ("banana", "cannot be read", None)


def pause_now(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.pause(timeline, reason="holiday", by="b", now=now)


def pause_for_days(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.pause(timeline, reason="holiday", by="b", now=now, until=until((now + dt.timedelta(days=2)).day))


def resume_now(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.resume(timeline, by="b", now=now)


def move_to_seven(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.reschedule(timeline, cron="0 7 * * *", by="b", now=now)


def lead_by_a_week(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.reschedule(timeline, cron=timeline[-1].cron, lead_days=7, by="b", now=now)


def archive_now(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.archive(timeline, by="b", now=now)


def restore_now(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
    return timelines.restore(timeline, by="b", now=now)


CHANGES = (pause_now, pause_for_days, resume_now, move_to_seven, lead_by_a_week, archive_now, restore_now)
BEGINNINGS = {"running": DAILY, "paused": pause_now(DAILY, at(2, 6)), "archived": archive_now(DAILY, at(2, 6))}


def state_of(timeline: timelines.Timeline, now: dt.datetime) -> tuple[object, ...]:
    current = timelines.in_force(timeline, now)
    return current.cron, current.lead_days, current.enabled, current.archived, current.reason


@pytest.mark.requirement("R-SCH-5")
@pytest.mark.parametrize(
    "behind", [dt.timedelta(milliseconds=7), dt.timedelta(days=3)], ids=["skew", "clock-was-ahead"]
)
@pytest.mark.parametrize("begun", BEGINNINGS)
@pytest.mark.parametrize("second", CHANGES)
@pytest.mark.parametrize("first", CHANGES)
def test_change_builds_on_last_written_by_a_faster_clock(
    first: Change, second: Change, begun: str, behind: dt.timedelta
) -> None:
    fast, slow = at(8, 12), at(8, 12) - behind
    raced = second(first(BEGINNINGS[begun], fast), slow)
    in_order = second(first(BEGINNINGS[begun], slow), slow)
    assert state_of(raced, slow) == state_of(in_order, slow)
    assert [one.since for one in raced] == sorted({one.since for one in raced})
    assert raced[0] == DAILY[0]


@pytest.mark.requirement("R-PAU-1")
def test_planned_end_stored_without_mark_survives_an_edit() -> None:
    stored = tuple(one.model_copy(update={"planned": None}) for one in paused_until_friday())
    edited = move_to_seven(stored, at(3, 8))
    assert states(edited)[-1] == (at(4, 0), True, False)
    assert edited[-1].cron == "0 7 * * *"


NEW_YORK, AUCKLAND = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")


@pytest.mark.requirement("R-REL-6")
@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        (UTC, at(4, 0)),
        (BERLIN, at(3, 23)),
        (NEW_YORK, at(4, 5)),
        (AUCKLAND, at(3, 11)),
        (ZoneInfo("Asia/Kolkata"), at(3, 18, 30)),
    ],
)
def test_with_dates_in_begins_the_chosen_date_in_the_zone(zone: ZoneInfo, begins: dt.datetime) -> None:
    moved = timelines.with_dates_in(paused_until_friday(), zone, planned_at=at(4, 0), before=UTC)
    assert states(moved) == [*states(paused_until_friday())[:2], (begins, True, False)]
    assert moved[-1].since_date == dt.date(2028, 2, 4)
    assert timelines.with_dates_in(moved, UTC, planned_at=begins, before=zone) == paused_until_friday()


@pytest.mark.requirement("R-REL-6")
def test_with_dates_in_keeps_order_when_the_date_began_before() -> None:
    edited = timelines.reschedule(paused_until_friday(), cron="0 7 * * *", by="b", now=at(3, 15))
    moved = timelines.with_dates_in(edited, AUCKLAND, planned_at=at(4, 0), before=UTC)
    assert moved[:-1] == edited[:-1]
    assert moved[-1].since == at(3, 15) + dt.timedelta(milliseconds=1)
    assert timelines.in_force(moved, at(3, 16)).enabled


@pytest.mark.requirement("R-REL-6")
@pytest.mark.parametrize(
    ("stored", "before", "begins"),
    [
        (at(4, 0), UTC, at(4, 5)),
        (at(3, 23), BERLIN, at(4, 5)),
        (at(4, 0), BERLIN, at(4, 0)),
        (at(4, 0), None, at(4, 0)),
    ],
)
def test_with_dates_in_finds_the_date_of_an_old_instant(
    stored: dt.datetime, before: ZoneInfo | None, begins: dt.datetime
) -> None:
    *held, planned = paused_until_friday()
    old = (*held, planned.model_copy(update={"since": stored, "since_date": None, "planned": None}))
    moved = timelines.with_dates_in(old, NEW_YORK, planned_at=stored, before=before)
    assert moved[-1].since == begins
    assert moved[-1].since_date == (dt.date(2028, 2, 4) if begins != stored else None)


@pytest.mark.requirement("R-REL-6")
def test_with_dates_in_leaves_what_has_come() -> None:
    paused_again = timelines.pause(paused_until_friday(), reason="moving", by="b", now=at(5, 8), until=until(9))
    moved = timelines.with_dates_in(paused_again, NEW_YORK, planned_at=at(9, 0), before=UTC)
    assert moved[:-1] == paused_again[:-1]
    assert moved[-1].since == at(9, 5)


@pytest.mark.requirement("R-REL-6")
def test_only_the_planned_end_of_a_pause_carries_a_date() -> None:
    edited = timelines.reschedule(paused_until_friday(), cron="0 7 * * *", by="b", now=at(5, 8))
    assert [revision.since_date for revision in edited] == [None, None, dt.date(2028, 2, 4), None]
