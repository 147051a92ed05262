"""Anchor dates that an edit of a template's trigger leaves without a run, or asks for again."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.work.schedules import timeline as timelines
from services.work.schedules.anchors import AnchorDates, anchor_dates
from services.work.schedules.timeline import Timeline

BERLIN = ZoneInfo("Europe/Berlin")
MONDAYS, TUESDAYS = "0 9 * * 1", "0 9 * * 2"
NO_DATES: tuple[dt.date, ...] = ()


def at(text: str) -> dt.datetime:
    """``02-15 10:00`` of 2028 in Berlin."""
    return dt.datetime.fromisoformat(f"2028-{text}").replace(tzinfo=BERLIN)


def on(*texts: str) -> tuple[dt.date, ...]:
    return tuple(dt.date.fromisoformat(f"2028-{text}") for text in texts)


def edited(*edits: tuple[str, str, int], created: str = "01-03 08:00") -> Timeline:
    """A timeline of ``(when, cron, lead days)``; the first is what it was created with."""
    (cron, lead), *later = [(cron, lead) for _, cron, lead in edits]
    timeline = timelines.create(cron=cron, lead_days=lead, enabled=True, by=None, now=at(created))
    for (when, _, _), (cron, lead) in zip(edits[1:], later, strict=True):
        timeline = timelines.reschedule(timeline, cron=cron, lead_days=lead, by=None, now=at(when))
    return timeline


CASES: dict[str, tuple[Timeline, str, tuple[dt.date, ...], AnchorDates]] = {
    "nothing was edited": (edited(("", MONDAYS, 7)), "02-15 10:00", on("02-21"), AnchorDates()),
    "lead grows by a week": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14)),
        "02-15 10:00",
        on("02-21"),
        AnchorDates(on("02-28")),
    ),
    "lead grows, the run was started by hand": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14)),
        "02-15 10:00",
        on("02-21", "02-28"),
        AnchorDates(),
    ),
    "lead grows, a week later it is still left out": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14)),
        "02-25 10:00",
        on("03-06"),
        AnchorDates(on("02-28")),
    ),
    "lead grows, the date has passed": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14)),
        "02-29 10:00",
        NO_DATES,
        AnchorDates(),
    ),
    "lead grows to three weeks": (
        edited(("", MONDAYS, 0), ("02-15 10:00", MONDAYS, 21)),
        "02-15 10:00",
        NO_DATES,
        AnchorDates(on("02-21", "02-28", "03-06")),
    ),
    "lead grows before the window of the day opens": (
        edited(("", MONDAYS, 7), ("02-14 08:00", MONDAYS, 14)),
        "02-14 08:00",
        on("02-14"),
        AnchorDates(on("02-21")),
    ),
    "lead grows twice": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14), ("02-16 10:00", MONDAYS, 21)),
        "02-16 10:00",
        on("02-21"),
        AnchorDates(on("02-28", "03-06")),
    ),
    "lead grows and is put back": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14), ("02-16 10:00", MONDAYS, 7)),
        "02-16 10:00",
        on("02-21"),
        AnchorDates(),
    ),
    "lead grows, a later edit of the hour forgets nothing": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, 14), ("02-22 10:00", "0 10 * * 1", 14)),
        "02-22 10:00",
        on("02-21", "03-07"),
        AnchorDates(on("02-28")),
    ),
    "lead shrinks": (
        edited(("", MONDAYS, 14), ("02-15 10:00", MONDAYS, 7)),
        "02-15 10:00",
        on("02-21", "02-28"),
        AnchorDates(NO_DATES, on("02-28")),
    ),
    "lead shrinks, the window had failed": (
        edited(("", MONDAYS, 14), ("02-15 10:00", MONDAYS, 7)),
        "02-15 10:00",
        on("02-21"),
        AnchorDates(),
    ),
    "weekday moves to one whose time has passed": (
        edited(("", MONDAYS, 7), ("02-15 10:00", TUESDAYS, 7)),
        "02-15 10:00",
        on("02-21"),
        AnchorDates(on("02-22")),
    ),
    "weekday moves to one that comes": (
        edited(("", MONDAYS, 7), ("02-14 10:00", TUESDAYS, 7)),
        "02-14 10:00",
        on("02-21"),
        AnchorDates(),
    ),
    "hour moves back past now": (
        edited(("", "0 18 * * 1", 7), ("02-14 12:00", MONDAYS, 7)),
        "02-14 12:00",
        on("02-14"),
        AnchorDates(on("02-21")),
    ),
    "lead grows over the change of clocks": (
        edited(("", "30 2 * * *", 0), ("03-26 02:00", "30 2 * * *", 1)),
        "03-26 03:30",
        on("03-25"),
        AnchorDates(on("03-26")),
    ),
    "lead that cannot be read is mended": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, -1), ("02-15 11:00", MONDAYS, 14)),
        "02-15 11:00",
        on("02-21"),
        AnchorDates(on("02-28")),
    ),
    "lead cannot be read": (
        edited(("", MONDAYS, 7), ("02-15 10:00", MONDAYS, -1)),
        "02-15 10:00",
        on("02-21"),
        AnchorDates(),
    ),
    "created late in the week": (edited(("", MONDAYS, 14), created="02-15 10:00"), "02-15 10:00", (), AnchorDates()),
    "edited before it ever opened": (
        edited(("", MONDAYS, 7), ("02-16 10:00", MONDAYS, 14), created="02-15 10:00"),
        "02-16 10:00",
        NO_DATES,
        AnchorDates(on("02-28")),
    ),
    "no timeline": ((), "02-15 10:00", NO_DATES, AnchorDates()),
}


@pytest.mark.requirement("R-REL-5")
@pytest.mark.requirement("R-SCH-5")
@pytest.mark.parametrize(("timeline", "now", "with_run", "expected"), CASES.values(), ids=CASES.keys())
def test_anchor_dates(timeline: Timeline, now: str, with_run: tuple[dt.date, ...], expected: AnchorDates) -> None:
    assert anchor_dates(timeline, with_run, now=at(now), zone=BERLIN) == expected


def changed(timeline: Timeline, change: str, when: str) -> Timeline:
    rules: dict[str, Any] = {
        "archive": timelines.archive,
        "restore": timelines.restore,
        "resume": timelines.resume,
    }
    if change == "pause":
        return timelines.pause(timeline, reason=None, by=None, now=at(when))
    return rules[change](timeline, by=None, now=at(when))


@pytest.mark.requirement("R-PAU-2")
def test_anchor_dates_edited_in_a_pause_are_left_out() -> None:
    paused = changed(edited(("", MONDAYS, 7)), "pause", "02-12 10:00")
    grown = timelines.reschedule(paused, cron=MONDAYS, lead_days=14, by=None, now=at("02-15 10:00"))
    resumed = changed(grown, "resume", "02-16 10:00")
    assert anchor_dates(resumed, (), now=at("02-16 10:00"), zone=BERLIN) == AnchorDates(on("02-28"))


@pytest.mark.requirement("R-PAU-4")
def test_anchor_dates_of_a_returned_trigger_count_from_then() -> None:
    archived = changed(edited(("", MONDAYS, 7)), "archive", "02-12 10:00")
    assert anchor_dates(archived, (), now=at("02-15 10:00"), zone=BERLIN) == AnchorDates()
    back = changed(archived, "restore", "02-15 10:00")
    grown = timelines.reschedule(back, cron=MONDAYS, lead_days=14, by=None, now=at("02-15 10:00"))
    assert anchor_dates(grown, (), now=at("02-15 10:00"), zone=BERLIN) == AnchorDates()
