"""Why is there a task on that date, or none? Every answer, with the sentence that the operator reads."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.schedules import Schedule
from contracts.values import Kind, Outcome, Trigger
from contracts.windows import Why, WhyCode, WindowError, WindowRow
from services.work.generation.why import Held, why
from services.work.schedules import timeline as timelines

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """February 2028; the second is a Wednesday."""
    return dt.datetime(2028, 2, day, hour, minute, tzinfo=dt.UTC)


def until(day: int) -> timelines.Until:
    """A pause until that date, in UTC."""
    return timelines.Until(dt.date(2028, 2, day), at(day, 0))


def day(number: int) -> dt.date:
    return dt.date(2028, 2, number)


DAILY = timelines.create(cron="0 9 * * *", enabled=True, by="maria", now=at(1, 8))
MONDAYS = timelines.create(cron="0 9 * * 1", enabled=True, by="maria", now=at(1, 8))
PAUSED = timelines.pause(DAILY, reason="holiday", by="olivia", now=at(2, 12))


def asked(
    timeline: timelines.Timeline,
    date: dt.date,
    row: WindowRow | None = None,
    *,
    now: dt.datetime | None = None,
    kind: Kind = Kind.RECURRING,
    zone: ZoneInfo = UTC,
    held: Held | None = None,
) -> Why:
    created = timeline[0].since
    schedule = Schedule(
        kind=kind, source_id="s", title="Slack", created_at=created, changed_at=created, timeline=timeline
    )
    return why(schedule, date, row, now=now or at(5, 12), zone=zone, held=held)


def row(outcome: Outcome, date: dt.date, **fields: object) -> WindowRow:
    opened = dt.datetime.combine(date, dt.time(9), dt.UTC)
    values = {
        "id": f"recurring:s:{date}",
        "kind": Kind.RECURRING,
        "source_id": "s",
        "date": date,
        "outcome": outcome,
        "trigger": Trigger.SCHEDULE,
        "opened_at": opened,
        "attempts": 1,
        "first_at": opened,
        "last_at": opened,
        **fields,
    }
    return WindowRow.model_validate(values)


@pytest.mark.requirement("R-PAU-5")
def test_a_generated_window_says_so_and_carries_its_row() -> None:
    made = row(Outcome.GENERATED, day(2), item_id="task-1")
    answer = asked(DAILY, day(2), made)
    assert (answer.code, answer.window, answer.opens_at) == (WhyCode.GENERATED, made, at(2, 9))
    assert answer.sentence == "The task was created by its schedule."


@pytest.mark.requirement("R-PAU-5")
@pytest.mark.parametrize(("skipped", "words"), [(1, "1 time and"), (3, "3 times and")])
def test_a_window_asked_for_again_says_how_often(skipped: int, words: str) -> None:
    made = row(Outcome.GENERATED, day(2), kind=Kind.TEMPLATE, trigger=Trigger.BACKFILL, skipped=skipped)
    sentence = asked(DAILY, day(2), made, kind=Kind.TEMPLATE).sentence
    assert sentence.startswith("The workflow was created for a date range.")
    assert words in sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_date_generated_on_request_before_the_creation_is_generated_all_the_same() -> None:
    answer = asked(DAILY, dt.date(2028, 1, 20), row(Outcome.GENERATED, dt.date(2028, 1, 20), opened_at=None))
    assert (answer.code, answer.opens_at) == (WhyCode.GENERATED, None)


@pytest.mark.requirement("R-PAU-5")
def test_a_skipped_window_names_what_holds_it() -> None:
    answer = asked(DAILY, day(2), row(Outcome.SKIPPED, day(2), item_id="imported"))
    assert answer.code is WhyCode.SKIPPED
    assert answer.window is not None
    assert answer.window.item_id == "imported"
    assert answer.sentence == "Skipped: another task already covers that date."


@pytest.mark.requirement("R-PAU-5")
@pytest.mark.parametrize(("attempts", "words"), [(1, "tried 1 time:"), (5, "tried 5 times:")])
def test_a_failed_window_says_with_what_and_how_often_it_was_tried(attempts: int, words: str) -> None:
    error = WindowError(code="invalid_definition", message="task definition 'a' has no description")
    answer = asked(DAILY, day(2), row(Outcome.FAILED, day(2), error=error, attempts=attempts))
    assert answer.code is WhyCode.FAILED
    assert words in answer.sentence
    assert "task definition 'a' has no description" in answer.sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_missed_window_says_that_no_scheduler_ran() -> None:
    answer = asked(DAILY, day(2), row(Outcome.MISSED, day(2), error=WindowError(code="missed", message="m")))
    assert answer.code is WhyCode.MISSED
    assert "no scheduler ran" in answer.sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_paused_window_says_by_whom_and_why() -> None:
    answer = asked(PAUSED, day(3), row(Outcome.PAUSED, day(3), reason="holiday"))
    assert (answer.code, answer.by) == (WhyCode.PAUSED, "olivia")
    assert "(holiday)" in answer.sentence
    without_reason = timelines.pause(DAILY, reason=None, by="olivia", now=at(2, 12))
    answer = asked(without_reason, day(3), row(Outcome.PAUSED, day(3), reason="paused"))
    assert "(" not in answer.sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_window_in_flight_when_its_schedule_was_paused_names_who_paused_it() -> None:
    handled = row(Outcome.PAUSED, day(2), reason="holiday", first_at=at(2, 12, 1), last_at=at(2, 12, 1))
    assert asked(PAUSED, day(2), handled).by == "olivia"
    resumed = timelines.resume(PAUSED, by="bob", now=at(4, 8))
    assert asked(resumed, day(2), handled).by == "olivia", "also after it was resumed"


@pytest.mark.requirement("R-PAU-5")
def test_a_date_that_was_paused_and_opens_again_later_that_day_is_still_to_come() -> None:
    later = timelines.reschedule(PAUSED, cron="0 15 * * *", by="bob", now=at(3, 10))
    held = row(Outcome.PAUSED, day(3), reason="holiday")
    assert asked(later, day(3), held, now=at(3, 11)).code is WhyCode.PAUSED, "it is not resumed yet"
    resumed = timelines.resume(later, by="bob", now=at(3, 12))
    answer = asked(resumed, day(3), held, now=at(3, 13))
    assert (answer.code, answer.opens_at) == (WhyCode.TO_COME, at(3, 15))
    assert answer.sentence == "Scheduled for Thu 3 Feb 15:00. It was paused at first (holiday)."
    assert asked(resumed, day(3), held, now=at(3, 16)).code is WhyCode.PAUSED


@pytest.mark.requirement("R-PAU-5")
def test_who_edits_the_cron_of_a_paused_schedule_has_not_paused_it() -> None:
    edited = timelines.reschedule(PAUSED, cron="0 10 * * *", by="bob", now=at(3, 8))
    assert asked(edited, day(3), row(Outcome.PAUSED, day(3), reason="holiday")).by == "olivia"
    assert asked(edited, day(9)).by == "olivia"


@pytest.mark.requirement("R-PAU-5")
def test_a_date_ahead_is_still_to_come() -> None:
    answer = asked(DAILY, day(9))
    assert (answer.code, answer.opens_at, answer.by) == (WhyCode.TO_COME, at(9, 9), None)
    assert answer.sentence == "Scheduled for Wed 9 Feb 09:00."


@pytest.mark.requirement("R-SCH-3")
def test_instants_are_told_in_the_application_timezone() -> None:
    answer = asked(DAILY, day(9), zone=BERLIN)
    assert answer.opens_at == at(9, 8)
    assert answer.sentence == "Scheduled for Wed 9 Feb 09:00."


@pytest.mark.requirement("R-PAU-5")
def test_a_date_ahead_of_a_paused_schedule_is_paused_unless_the_pause_ends_before() -> None:
    answer = asked(PAUSED, day(9))
    assert (answer.code, answer.by, answer.opens_at) == (WhyCode.PAUSED, "olivia", at(9, 9))
    assert "(holiday)" in answer.sentence
    ending = timelines.pause(DAILY, reason="holiday", by="olivia", now=at(2, 12), until=until(8))
    assert asked(ending, day(7)).code is WhyCode.PAUSED
    assert asked(ending, day(9)).code is WhyCode.TO_COME


@pytest.mark.requirement("R-PAU-5")
def test_a_window_that_opened_and_has_no_row_yet_is_due_now() -> None:
    for minute in (0, 10):
        answer = asked(DAILY, day(5), now=at(5, 9, minute))
        assert (answer.code, answer.opens_at) == (WhyCode.DUE_NOW, at(5, 9))
    assert asked(DAILY, day(5), now=at(5, 8, 59)).code is WhyCode.TO_COME


HOLDS = [
    (Held(is_silent=True, silent_since=at(5, 8)), "no scheduler has run since Sat 5 Feb 08:00"),
    (Held(is_silent=True), "no scheduler has run."),
    (Held(waiting=None), "the queue of scheduled dates is missing"),
    (
        Held(consumer_fault="ConnectionError: refused", waiting=3),
        "work takes no scheduled dates (ConnectionError: refused)",
    ),
    (Held(waiting=1), "1 scheduled date waits in the queue"),
    (Held(waiting=4_000), "4000 scheduled dates wait in the queue"),
    (Held(sent_at=at(5, 9, 20), tries=2), "published again 2 times, last Sat 5 Feb 09:20"),
    (Held(), "it has no record"),
]


@pytest.mark.requirement("R-PAU-5")
@pytest.mark.parametrize(("held", "said"), HOLDS)
def test_why_after_ten_minutes_names_what_holds_it(held: Held, said: str) -> None:
    answer = asked(DAILY, day(5), now=at(5, 9, 11), held=held)
    assert (answer.code, answer.opens_at) == (WhyCode.HELD_UP, at(5, 9))
    assert said in answer.sentence
    assert "on its way" not in answer.sentence


@pytest.mark.requirement("R-PAU-5")
def test_an_archived_schedule_says_since_when_and_by_whom() -> None:
    archived = timelines.archive(DAILY, by="olivia", now=at(3, 12))
    for date in (day(9), day(4)):
        answer = asked(archived, date)
        assert (answer.code, answer.by) == (WhyCode.ARCHIVED, "olivia")
        assert answer.sentence == "Archived since Thu 3 Feb 12:00."
    made = asked(archived, day(2), row(Outcome.GENERATED, day(2)))
    assert made.code is WhyCode.GENERATED, "what it made before stays explained"


@pytest.mark.requirement("R-PAU-5")
def test_the_end_of_a_pause_while_archived_does_not_hide_who_archived_it() -> None:
    paused = timelines.pause(DAILY, reason="holiday", by="maria", now=at(2, 12), until=until(4))
    archived = timelines.archive(paused, by="olivia", now=at(3, 12))
    answer = asked(archived, day(9))
    assert (answer.code, answer.by) == (WhyCode.ARCHIVED, "olivia")
    assert "Thu 3 Feb 12:00" in answer.sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_date_from_the_time_it_was_archived_says_so_after_it_was_restored() -> None:
    archived = timelines.archive(DAILY, by="olivia", now=at(2, 12))
    restored = timelines.restore(archived, by="bob", now=at(4, 12))
    answer = asked(restored, day(3))
    assert (answer.code, answer.by) == (WhyCode.ARCHIVED, "olivia")
    assert asked(restored, day(6)).code is WhyCode.TO_COME


@pytest.mark.requirement("R-PAU-5")
def test_a_date_before_the_creation_says_so_also_on_the_very_day() -> None:
    for date in (dt.date(2028, 1, 20), dt.date(2028, 1, 31)):
        assert asked(DAILY, date).code is WhyCode.BEFORE_CREATION
    late = timelines.create(cron="0 9 * * *", enabled=True, by="maria", now=at(1, 10))
    assert asked(late, day(1)).code is WhyCode.BEFORE_CREATION
    assert "Tue 1 Feb 10:00" in asked(late, day(1)).sentence
    at_nine = timelines.create(cron="0 9 * * *", enabled=True, by="maria", now=at(1, 9))
    assert asked(at_nine, day(1), now=at(1, 9)).code is WhyCode.DUE_NOW


@pytest.mark.requirement("R-PAU-5")
def test_a_date_that_does_not_match_says_on_which_days_it_runs() -> None:
    answer = asked(MONDAYS, day(9))
    assert (answer.code, answer.opens_at) == (WhyCode.NOT_A_DATE, None)
    assert answer.sentence == "Not one of its dates: it runs Mondays at 09:00."


@pytest.mark.requirement("R-PAU-5")
def test_a_date_whose_new_time_had_passed_when_the_cron_was_edited_says_who_edited_it() -> None:
    daily = timelines.reschedule(MONDAYS, cron="0 7 * * *", by="olivia", now=at(2, 12))
    answer = asked(daily, day(2))
    assert (answer.code, answer.by) == (WhyCode.NOT_A_DATE, "olivia")
    assert "Wed 2 Feb 12:00" in answer.sentence
    assert asked(daily, day(9)).code is WhyCode.TO_COME


@pytest.mark.requirement("R-PAU-5")
def test_a_date_is_explained_by_the_cron_that_held_then_not_by_todays() -> None:
    tuesdays = timelines.reschedule(MONDAYS, cron="0 9 * * 2", by="olivia", now=at(8, 12))
    assert "Mondays" in asked(tuesdays, day(3), now=at(20, 12)).sentence
    assert "Tuesdays" in asked(tuesdays, day(17), now=at(20, 12)).sentence


@pytest.mark.requirement("R-PAU-5")
def test_a_cron_that_cannot_be_read_opens_every_date_and_each_is_explained() -> None:
    broken = timelines.create(cron="banana", enabled=True, by=None, now=at(1, 8))
    assert asked(broken, day(9)).code is WhyCode.TO_COME
    assert asked(broken, day(1)).code is WhyCode.BEFORE_CREATION
