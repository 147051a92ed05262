"""What becomes of a window: the rule of the timeline, sentence by sentence."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.schedules import Revision, Schedule
from contracts.values import Kind, Outcome, Trigger, Window
from services.work.generation.deciding import Broken, Decision, Hold, Make, NotScheduled, Repeat, decide
from services.work.schedules import timeline as timelines

UTC = ZoneInfo("UTC")
MONDAY = dt.date(2028, 1, 31)
WEDNESDAY = dt.date(2028, 2, 2)
THURSDAY = dt.date(2028, 2, 3)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), dt.UTC)


def daily(timeline: tuple[Revision, ...] | None = None, **fields: object) -> Schedule:
    """Slack invites, every day at 09:00, created on Monday at 08:00."""
    created = at(MONDAY, 8)
    timeline = timeline or timelines.create(cron="0 9 * * *", enabled=True, by=None, now=created)
    return Schedule.model_validate(
        {
            "kind": "recurring",
            "source_id": "slack",
            "title": "Slack invites",
            "created_at": created,
            "changed_at": created,
            "timeline": timeline,
            **fields,
        }
    )


def decided(
    schedule: Schedule,
    date: dt.date = WEDNESDAY,
    trigger: Trigger = Trigger.SCHEDULE,
    *,
    outcome: Outcome | None = None,
    now: dt.datetime | None = None,
) -> Decision:
    window = Window(kind=Kind.RECURRING, source_id="slack", date=date)
    return decide(schedule, window, trigger, outcome=outcome, now=now or at(WEDNESDAY, 9), zone=UTC)


@pytest.mark.requirement("R-GEN-1")
def test_a_window_that_opened_under_an_enabled_revision_is_made() -> None:
    assert decided(daily()) == Make(daily().timeline[0], at(WEDNESDAY, 9))


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.parametrize("trigger", list(Trigger))
def test_generated_window_is_only_counted_again(trigger: Trigger) -> None:
    assert decided(daily(), trigger=trigger, outcome=Outcome.GENERATED) == Repeat()


@pytest.mark.requirement("R-SCH-5")
def test_a_date_that_does_not_match_is_not_scheduled() -> None:
    mondays = daily(timelines.create(cron="0 9 * * 1", enabled=True, by=None, now=at(MONDAY, 8)))
    assert isinstance(decided(mondays), NotScheduled)
    assert isinstance(decided(mondays, trigger=Trigger.BACKFILL), NotScheduled)
    assert isinstance(decided(mondays, trigger=Trigger.REPLAY), NotScheduled)


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.parametrize("trigger", list(Trigger))
def test_paused_schedule_makes_nothing_on_any_request(trigger: Trigger) -> None:
    schedule = daily()
    paused = daily(timelines.pause(schedule.timeline, reason="holiday", by="ops", now=at(WEDNESDAY, 8)))
    assert isinstance(held := decided(paused, trigger=trigger), Hold)
    assert held.reason == "holiday"


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.requirement("R-REP-1")
@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_date_that_does_not_match_is_not_scheduled_while_paused_either(trigger: Trigger) -> None:
    mondays = timelines.create(cron="0 9 * * 1", enabled=True, by=None, now=at(MONDAY, 8))
    paused = daily(timelines.pause(mondays, reason=None, by=None, now=at(WEDNESDAY, 8)))
    assert isinstance(decided(paused, trigger=trigger), NotScheduled)


@pytest.mark.requirement("R-PAU-1")
def test_a_window_in_flight_when_its_schedule_is_paused_is_held() -> None:
    paused = daily(timelines.pause(daily().timeline, reason=None, by=None, now=at(WEDNESDAY, 9, 1)))
    assert decided(paused, now=at(WEDNESDAY, 9, 2)) == Hold("paused", at(WEDNESDAY, 9))


@pytest.mark.requirement("R-PAU-2")
def test_a_window_opening_at_the_instant_of_pausing_is_held_and_at_that_of_resuming_is_made() -> None:
    paused = timelines.pause(daily().timeline, reason=None, by=None, now=at(WEDNESDAY, 9))
    resumed = timelines.resume(paused, by=None, now=at(THURSDAY, 9))
    assert isinstance(decided(daily(paused), WEDNESDAY, now=at(WEDNESDAY, 9)), Hold)
    assert isinstance(decided(daily(resumed), WEDNESDAY, now=at(THURSDAY, 9)), Hold)
    assert isinstance(decided(daily(resumed), THURSDAY, now=at(THURSDAY, 9)), Make)


@pytest.mark.requirement("R-PAU-2")
def test_windows_missed_while_paused_are_made_by_an_explicit_backfill_after_resuming() -> None:
    paused = timelines.pause(daily().timeline, reason=None, by=None, now=at(WEDNESDAY, 8))
    schedule = daily(timelines.resume(paused, by=None, now=at(WEDNESDAY, 12)))
    noon = at(WEDNESDAY, 12)
    assert isinstance(decided(schedule, outcome=Outcome.PAUSED, now=noon), Hold)
    assert isinstance(decided(schedule, trigger=Trigger.REPLAY, outcome=Outcome.PAUSED, now=noon), Hold)
    assert isinstance(decided(schedule, trigger=Trigger.BACKFILL, outcome=Outcome.PAUSED, now=noon), Make)


@pytest.mark.requirement("R-SCH-5")
def test_editing_a_cron_at_noon_neither_refires_the_morning_nor_loses_it() -> None:
    later = daily(timelines.reschedule(daily().timeline, cron="0 7 * * *", by=None, now=at(WEDNESDAY, 12)))
    made = decided(later, now=at(WEDNESDAY, 12, 30))
    assert isinstance(made, Make)
    assert made.opened_at == at(WEDNESDAY, 9)
    assert later.windows_between(at(WEDNESDAY, 12), at(WEDNESDAY, 23), UTC) == []
    assert [opening.opens_at for opening in later.windows_between(at(WEDNESDAY, 0), at(THURSDAY, 12), UTC)] == [
        at(WEDNESDAY, 9),
        at(THURSDAY, 7),
    ]


@pytest.mark.requirement("R-SCH-5")
def test_a_cron_moved_to_later_the_same_day_opens_the_same_window_once() -> None:
    moved = daily(timelines.reschedule(daily().timeline, cron="0 15 * * *", by=None, now=at(WEDNESDAY, 12)))
    openings = moved.windows_between(at(WEDNESDAY, 0), at(WEDNESDAY, 23), UTC)
    assert [(opening.date, opening.opens_at) for opening in openings] == [(WEDNESDAY, at(WEDNESDAY, 9))]


@pytest.mark.requirement("R-PAU-2")
def test_a_paused_morning_that_was_resumed_and_moved_to_the_afternoon_is_made_in_the_afternoon_not_before() -> None:
    timeline = timelines.pause(daily().timeline, reason=None, by="u", now=at(WEDNESDAY, 8))
    resumed = timelines.resume(timeline, by="u", now=at(WEDNESDAY, 12))
    moved = daily(timelines.reschedule(resumed, cron="0 15 * * *", by="u", now=at(WEDNESDAY, 12)))
    assert isinstance(decided(moved, now=at(WEDNESDAY, 13)), Hold)
    assert decided(moved, now=at(WEDNESDAY, 15)) == Make(moved.timeline[-1], at(WEDNESDAY, 15))


@pytest.mark.requirement("R-REP-1")
def test_a_replay_retries_what_failed_was_missed_or_never_had_a_row_since_creation() -> None:
    broken_then_moved = timelines.reschedule(daily().timeline, cron="0 9 * * 1", by=None, now=at(THURSDAY, 8))
    schedule, now = daily(broken_then_moved), at(THURSDAY, 10)
    for outcome in (Outcome.FAILED, Outcome.MISSED):
        assert isinstance(decided(schedule, trigger=Trigger.REPLAY, outcome=outcome, now=now), Make)
    assert isinstance(decided(daily(), THURSDAY, Trigger.REPLAY), Make), "a date ahead may be asked for"
    before = MONDAY - dt.timedelta(days=1)
    assert isinstance(decided(daily(), before, Trigger.REPLAY), NotScheduled), "before its creation it never was due"


@pytest.mark.requirement("R-GEN-7")
def test_an_explicit_request_takes_todays_cron_and_whole_dates() -> None:
    sunday = MONDAY - dt.timedelta(days=1)
    assert decided(daily(), sunday, Trigger.BACKFILL) == Make(daily().timeline[0], None)
    assert decided(daily(), THURSDAY, Trigger.MANUAL) == Make(daily().timeline[0], None)


@pytest.mark.requirement("R-REL-4")
def test_a_cron_that_cannot_be_read_fails_in_sight_every_date() -> None:
    unreadable = daily(timelines.create(cron="banana", enabled=True, by=None, now=at(MONDAY, 8)))
    openings = unreadable.windows_between(at(WEDNESDAY, 0), at(THURSDAY, 12), UTC)
    assert [opening.opens_at for opening in openings] == [at(THURSDAY, 0)]
    assert isinstance(broken := decided(unreadable, THURSDAY, now=at(THURSDAY, 0)), Broken)
    assert broken.code == "invalid_cron"


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize("lead", ["soon", -1, 1.5, True, 4000])
def test_lead_days_that_are_no_whole_number_fail_the_window(lead: object) -> None:
    timeline = timelines.create(cron="0 9 * * *", lead_days=lead, enabled=True, by=None, now=at(MONDAY, 8))
    schedule = daily(timeline, kind="template")
    window = Window(kind=Kind.TEMPLATE, source_id="slack", date=WEDNESDAY)
    decision = decide(schedule, window, Trigger.SCHEDULE, outcome=None, now=at(WEDNESDAY, 9), zone=UTC)
    assert isinstance(decision, Broken)
    assert decision.code == "invalid_lead"


@pytest.mark.requirement("R-PAU-4")
def test_a_deleted_schedule_makes_nothing_and_says_so() -> None:
    assert decided(daily(deleted=True)) == Hold("deleted", at(WEDNESDAY, 9))


@pytest.mark.requirement("R-PAU-1")
def test_pausing_twice_keeps_the_first_reason_and_resuming_twice_changes_nothing() -> None:
    once = timelines.pause(daily().timeline, reason="holiday", by="a", now=at(WEDNESDAY, 8))
    assert timelines.pause(once, reason="other", by="b", now=at(WEDNESDAY, 9)) == once
    resumed = timelines.resume(once, by="a", now=at(WEDNESDAY, 10))
    assert timelines.resume(resumed, by="b", now=at(WEDNESDAY, 11)) == resumed
    assert [revision.enabled for revision in resumed] == [True, False, True]


@pytest.mark.requirement("R-REL-3")
@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.BACKFILL, Trigger.REPLAY])
def test_a_worker_whose_clock_is_a_little_behind_the_creation_still_makes_what_is_asked(trigger: Trigger) -> None:
    assert isinstance(decided(daily(), MONDAY, trigger, now=at(MONDAY, 7, 59)), Make)
