"""A template's trigger fields, as changes of its timeline."""

import datetime as dt
from typing import Any

import pytest

from services.work.schedules.timeline import Timeline, in_force
from services.work.schedules.triggers import timeline_under

NOW = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=10)
MONDAYS = {"trigger_type": "automatic", "trigger_schedule": "0 9 * * 1", "trigger_lead_days": 14}


def under(timeline: Timeline, before: dict[str, Any], changes: dict[str, Any], now: dt.datetime = LATER) -> Timeline:
    return timeline_under(timeline, before, changes, by="olivia", now=now)


CREATED = under((), {}, MONDAYS, NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"trigger_type": "manual", "trigger_schedule": "0 9 * * 1"},
        {"trigger_type": "automatic", "trigger_schedule": ""},
    ],
)
def test_without_a_trigger_there_is_no_timeline(fields: dict[str, Any]) -> None:
    assert under((), {}, fields) == ()


def test_a_trigger_counts_from_the_instant_it_is_added() -> None:
    [only] = under((), {"name": "Newsletter"}, MONDAYS)
    assert (only.since, only.cron, only.lead_days, only.enabled, only.by) == (LATER, "0 9 * * 1", 14, True, "olivia")
    [paused] = under((), {}, MONDAYS | {"trigger_enabled": False})
    assert not paused.enabled


@pytest.mark.requirement("R-SCH-5")
@pytest.mark.parametrize(
    ("changes", "cron", "lead", "enabled"),
    [
        ({"trigger_schedule": "0 9 * * 5"}, "0 9 * * 5", 14, True),
        ({"trigger_lead_days": 3}, "0 9 * * 1", 3, True),
        ({"trigger_enabled": False}, "0 9 * * 1", 14, False),
        ({"trigger_schedule": "0 9 * * 5", "trigger_lead_days": 0, "trigger_enabled": False}, "0 9 * * 5", 0, False),
    ],
)
def test_an_edit_holds_from_now_on_and_leaves_the_past(
    changes: dict[str, Any], cron: str, lead: int, enabled: bool
) -> None:
    timeline = under(CREATED, MONDAYS, changes)
    assert timeline[0] == CREATED[0]
    current = in_force(timeline, LATER)
    assert (current.cron, current.lead_days, current.enabled) == (cron, lead, enabled)


def test_other_edits_leave_the_timeline_alone() -> None:
    assert under(CREATED, MONDAYS, {"name": "Digest"}) == CREATED
    assert under(CREATED, MONDAYS, MONDAYS | {"trigger_enabled": True}) == CREATED


@pytest.mark.parametrize("removal", [{"trigger_type": "manual"}, {"trigger_schedule": ""}])
def test_a_trigger_taken_away_makes_nothing_and_may_return(removal: dict[str, Any]) -> None:
    gone = under(CREATED, MONDAYS, removal)
    assert in_force(gone, LATER).archived
    much_later = LATER + dt.timedelta(days=1)
    back = under(gone, MONDAYS | removal, MONDAYS | {"trigger_schedule": "0 10 * * 2"}, much_later)
    assert [in_force(back, at).archived for at in (NOW, LATER, much_later)] == [False, True, False]
    assert in_force(back, much_later).cron == "0 10 * * 2"


def test_a_trigger_that_returns_is_as_enabled_as_its_template_says() -> None:
    paused = under(CREATED, MONDAYS, {"trigger_enabled": False}, NOW)
    off = MONDAYS | {"trigger_enabled": True, "trigger_type": "manual"}
    gone = under(paused, MONDAYS | {"trigger_enabled": False}, off, NOW)
    assert in_force(under(gone, off, {"trigger_type": "automatic"}), LATER).enabled
