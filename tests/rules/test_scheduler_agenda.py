"""The agenda answers for all schedules what each of them would answer alone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cron.expression import Opening
from contracts.schedules import Revision, Schedule
from contracts.values import Kind
from services.scheduler.agenda import Agenda, DueWindow, windows_of

UTC = ZoneInfo("UTC")
SPRING = dt.datetime(2028, 3, 24, tzinfo=dt.UTC)

crons = st.sampled_from(
    [
        "0 9 * * *",
        "30 2 * * *",
        "0 0 * * 1",
        "15,45 1-3 * * *",
        "0 9 L * *",
        "0 9 1 * 5",
        "59 23 * * *",
        "0 0 * * *",
        "not a cron",
        "0 9 31 2 *",
    ]
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]).map(ZoneInfo)
instants = st.integers(0, 12 * 24 * 60).map(lambda minutes: SPRING + dt.timedelta(minutes=minutes))
revisions = st.builds(Revision, since=instants, cron=crons, enabled=st.booleans(), archived=st.booleans())


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    timeline = sorted(draw(st.lists(revisions, min_size=1, max_size=4)), key=lambda revision: revision.since)
    return Schedule(
        kind=draw(st.sampled_from(Kind)),
        source_id=draw(st.sampled_from("abcdef")),
        title="A duty",
        created_at=timeline[0].since,
        changed_at=SPRING,
        timeline=tuple(timeline),
        deleted=draw(st.booleans()) and draw(st.booleans()),
        imported_at=draw(st.none() | instants),
    )


def daily(cron: str = "0 9 * * *", *, since: dt.datetime = SPRING, source_id: str = "slack") -> Schedule:
    return Schedule(
        kind=Kind.RECURRING,
        source_id=source_id,
        title="Slack invites",
        created_at=since,
        changed_at=since,
        timeline=(Revision(since=since, cron=cron),),
    )


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2028, 3, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.requirement("R-SCH-3")
@given(st.lists(schedules(), max_size=12), instants, instants, zones)
def test_it_finds_what_asking_every_schedule_finds(
    changes: list[Schedule], one: dt.datetime, other: dt.datetime, zone: ZoneInfo
) -> None:
    agenda, latest = Agenda(), dict[tuple[Kind, str], Schedule]()
    for change in changes:
        agenda.put(change)
        latest[change.kind, change.source_id] = change
    after, until = min(one, other), max(one, other)

    slow = [due for schedule in latest.values() for due in windows_of(schedule, after, until, zone)]

    found = agenda.windows_between(after, until, zone)
    assert sorted(found) == sorted(slow)
    assert found == sorted(found, key=lambda due: due.opens_at)
    assert len(agenda) == sum(1 for schedule in latest.values() if not schedule.deleted)


def test_a_window_opens_at_its_minute_and_not_again_after_it() -> None:
    agenda = Agenda()
    agenda.put(daily())

    assert agenda.windows_between(at(25, 8, 59), at(25, 9), UTC) == [
        DueWindow(Kind.RECURRING, "slack", dt.date(2028, 3, 25), at(25, 9))
    ]
    assert agenda.windows_between(at(25, 9), at(25, 9, 1), UTC) == []


def test_a_schedule_created_at_the_very_minute_opens_its_window() -> None:
    agenda = Agenda()
    agenda.put(daily(since=at(25, 9)))
    agenda.put(daily(since=at(25, 9, 1), source_id="too-late"))

    assert [due.source_id for due in agenda.windows_between(at(24, 9), at(25, 12), UTC)] == ["slack"]


def test_a_changed_expression_replaces_the_old_one() -> None:
    agenda = Agenda()
    agenda.put(daily("0 9 * * *"))
    agenda.put(daily("0 10 * * *"))

    assert [due.opens_at for due in agenda.windows_between(at(25, 0), at(25, 23), UTC)] == [at(25, 10)]


@pytest.mark.requirement("R-EXP-5")
def test_an_imported_schedule_opens_nothing_from_before_its_import() -> None:
    agenda = Agenda()
    agenda.put(daily().model_copy(update={"imported_at": at(26, 9)}))
    found = agenda.windows_between(SPRING, at(28, 12), UTC)
    assert [due.opens_at for due in found] == [at(27, 9), at(28, 9)]


def test_a_deleted_schedule_opens_nothing() -> None:
    agenda = Agenda()
    agenda.put(daily())
    agenda.put(daily().model_copy(update={"deleted": True}))

    assert agenda.windows_between(at(25, 0), at(27, 0), UTC) == []


@pytest.mark.requirement("R-REL-4")
def test_a_stored_expression_that_cannot_be_read_opens_every_date_at_midnight_to_fail_in_sight() -> None:
    agenda = Agenda()
    agenda.put(daily("every other tuesday"))

    assert [due.opens_at for due in agenda.windows_between(at(25, 0), at(27, 0), UTC)] == [at(26, 0), at(27, 0)]


@pytest.mark.requirement("R-GEN-4")
def test_agenda_opens_unreadable_schedule_at_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_for_one(self: Schedule, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
        if self.source_id == "broken":
            raise OverflowError("date value out of range")
        return reckon(self, after, until, zone)

    reckon = Schedule.windows_between
    monkeypatch.setattr(Schedule, "windows_between", raise_for_one)
    agenda, start = Agenda(), dt.datetime(2028, 2, 2, tzinfo=dt.UTC)
    for name in ("broken", "sound"):
        revisions = tuple(Revision(since=start - dt.timedelta(days=days), cron=f"0 {days} * * *") for days in (9, 8))
        agenda.put(
            Schedule(
                kind=Kind.RECURRING,
                source_id=name,
                title=name,
                created_at=start,
                changed_at=start,
                timeline=revisions,
            )
        )
    found = agenda.windows_between(start, start + dt.timedelta(days=1), ZoneInfo("UTC"))
    assert [(one.source_id, one.opens_at.hour) for one in found] == [("sound", 8), ("broken", 0)]
