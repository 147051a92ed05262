"""What must have become of every date of a duty, replayed from what people did to it.

Slow and obvious on purpose, and with nothing of the product in it: expressions come from a table whose meaning is
spelled out by hand, instants are found by walking the clock minute by minute, and what held at an instant is found by
going through everything that was done up to then.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Meaning:
    """The dates on which an expression fires, and the local time of its first firing on each."""

    hour: int
    minute: int
    fires_on: Callable[[dt.date], bool]


CRONS = {
    "0 9 * * *": Meaning(9, 0, lambda date: True),
    "0 0 * * *": Meaning(0, 0, lambda date: True),
    "59 23 * * *": Meaning(23, 59, lambda date: True),
    "30 2 * * *": Meaning(2, 30, lambda date: True),  # no such time on the night the clocks go forward
    "*/20 8-10 * * *": Meaning(8, 0, lambda date: True),  # nine firings, one window
    "0 15 * * 1-5": Meaning(15, 0, lambda date: date.strftime("%a") not in {"Sat", "Sun"}),
    "15 9 * * MON,THU": Meaning(9, 15, lambda date: date.strftime("%a") in {"Mon", "Thu"}),
    "0 12 * * 7": Meaning(12, 0, lambda date: date.strftime("%a") == "Sun"),
    "0 6 1,15 * *": Meaning(6, 0, lambda date: date.day in {1, 15}),
    "0 7 L * *": Meaning(7, 0, lambda date: (date + DAY).day == 1),
    "0 8 13 * 5": Meaning(8, 0, lambda date: date.day == 13 or date.strftime("%a") == "Fri"),
    "0 9 */2 * 3": Meaning(9, 0, lambda date: date.day % 2 == 1 and date.strftime("%a") == "Wed"),
    "0 10 29 2 *": Meaning(10, 0, lambda date: (date.month, date.day) == (2, 29)),
    "0 11 * * 2#1": Meaning(11, 0, lambda date: date.strftime("%a") == "Tue" and date.day <= 7),
}


@lru_cache(maxsize=100_000)
def first_instant(date: dt.date, hour: int, minute: int, zone: ZoneInfo) -> dt.datetime:
    """The first minute at which a clock on the wall shows that date and time, or has just jumped over it."""
    wanted = dt.datetime.combine(date, dt.time(hour, minute))
    instant = wanted.replace(tzinfo=dt.UTC) - 15 * HOUR
    for step in (HOUR, MINUTE):
        while (instant + step).astimezone(zone).replace(tzinfo=None) < wanted:
            instant += step
    return instant + MINUTE


@dataclass
class State:
    """What holds at an instant. ``lead``: days from a window to the anchor of its run."""

    cron: str
    lead: int = 0
    is_paused: bool = False
    runs_again_at: dt.datetime | None = None
    is_archived: bool = False

    @property
    def is_held(self) -> bool:
        return self.is_paused or self.is_archived


@dataclass
class Duty:
    """One schedule as people remember it. ``rows`` is what its ledger must say, by date; ``anchors`` the date whose
    window holds an anchor (a duty without lead holds each date itself)."""

    zone: ZoneInfo
    created_at: dt.datetime
    cron: str
    lead: int = 0
    deeds: list[tuple[dt.datetime, str, str | int | dt.datetime | None]] = field(default_factory=list)
    rows: dict[dt.date, str] = field(default_factory=dict)
    anchors: dict[dt.date, dt.date] = field(default_factory=dict)
    is_broken: bool = False
    is_deleted: bool = False
    imported_at: dt.datetime | None = None
    """What opened until then, nobody here has to answer for."""

    def copy(self) -> "Duty":
        return replace(self, deeds=[*self.deeds], rows={**self.rows}, anchors={**self.anchors})

    def move_to(self, zone: ZoneInfo, now: dt.datetime) -> None:
        """Another zone: a pause that is to end on a date still to come ends when that date begins there, but not before
        what was last changed. Pausing again what was paused only says when that pause ends."""
        state, before = self.state(now), self.zone
        self.zone = zone
        if state is None or state.runs_again_at is None:
            return
        date = state.runs_again_at.astimezone(before).date()
        latest = max([at for at, _, _ in self.deeds if self._changed(at)], default=self.created_at)
        ends_at = max(first_instant(date, 0, 0, zone), latest + dt.timedelta(milliseconds=1))
        began_at = max(at for at, deed, _ in self.deeds if deed == "pause" and self._changed(at))
        self.deeds = [
            (at, deed, ends_at if deed == "pause" and (at == began_at or detail == state.runs_again_at) else detail)
            for at, deed, detail in self.deeds
        ]

    def _changed(self, at: dt.datetime) -> bool:
        """Whether something else held before that instant, the end of a pause aside."""
        before, after = self.state(at - dt.timedelta(milliseconds=1)), self.state(at)
        return not (before and after) or replace(before, runs_again_at=None) != replace(after, runs_again_at=None)

    def do(self, at: dt.datetime, deed: str, detail: str | int | dt.datetime | None = None) -> None:
        self.deeds.append((at, deed, detail))

    def state(self, at: dt.datetime) -> State | None:
        """None before the duty existed."""
        if at < self.created_at:
            return None
        state = State(self.cron, self.lead)
        for done_at, deed, detail in self.deeds:
            if done_at > at:
                break
            _let_pauses_end(state, done_at)
            match deed, detail:
                case "edit", str(cron):
                    state.cron = cron
                case "new lead", int(lead):
                    state.lead = lead
                case "pause", until:
                    state.is_paused = True
                    if isinstance(until, dt.datetime):
                        state.runs_again_at = until
                case "resume", _:
                    state.is_paused, state.runs_again_at = False, None
                case "archive", _:
                    state.is_archived = True
                case "restore", _:
                    state.is_archived = False
        _let_pauses_end(state, at)
        return state

    def openings(self, date: dt.date) -> list[dt.datetime]:
        """When the date's window opens: once, unless the cron was moved to a later time on that very day."""
        found: list[dt.datetime] = []
        for cron in {self.cron, *(str(detail) for _, deed, detail in self.deeds if deed == "edit")}:
            meaning = CRONS[cron]
            if meaning.fires_on(date):
                opens_at = first_instant(date, meaning.hour, meaning.minute, self.zone)
                state = self.state(opens_at)
                if state is not None and state.cron == cron and not state.is_archived:
                    found.append(opens_at)
        return sorted(found)

    def dates_opened(self, after: dt.datetime, until: dt.datetime) -> set[dt.date]:
        """Dates of which a window opened after the one instant and not after the other."""
        found: set[dt.date] = set()
        after = max(after, self.imported_at or after)
        date = after.astimezone(self.zone).date()
        while date <= until.astimezone(self.zone).date():
            if any(after < opens_at <= until for opens_at in self.openings(date)):
                found.add(date)
            date += DAY
        return found

    def is_held(self, now: dt.datetime) -> bool:
        state = self.state(now)
        assert state is not None
        return self.is_deleted or state.is_held

    def matches_today(self, date: dt.date, now: dt.datetime) -> bool:
        """Whether the cron that holds now fires on the date."""
        state = self.state(now)
        assert state is not None
        return CRONS[state.cron].fires_on(date)

    def published(self, date: dt.date, now: dt.datetime) -> bool:
        """A message of the scheduler is handled, on time or late: the moment of opening decides, and a pause now.

        False when there is no such window, as in what follows.
        """
        if then := self._state_at_opening(date, now):
            held = self.is_held(now) or then.is_paused
            self._settle(date, "paused" if held else self._made(date, then.lead))
        return then is not None or self.rows.get(date) == "generated"

    def requested(self, date: dt.date, now: dt.datetime) -> bool:
        """Somebody asks for the date by hand: only a pause or an archive of now is in the way."""
        state = self.state(now)
        assert state is not None
        opened = any(opens_at <= now for opens_at in self.openings(date))
        is_window = opened or date in self.rows or self.matches_today(date, now)
        if is_window and not self.is_held(now):
            self._settle(date, self._made(date, state.lead))
        return is_window

    def replayed(self, date: dt.date, now: dt.datetime) -> bool:
        """A retry of what failed or was missed, or of a date nobody has recorded; otherwise like any message."""
        recorded = self.rows.get(date)
        since_creation = date >= self.created_at.astimezone(self.zone).date()
        if recorded in {"failed", "missed"} or (recorded is None and since_creation):
            return self.requested(date, now)
        return self.published(date, now)

    def too_old(self, date: dt.date, now: dt.datetime) -> None:
        """The scheduler came back too late to have it made."""
        if then := self._state_at_opening(date, now):
            held = self.is_held(now) or then.is_paused
            self._settle(date, "paused" if held else "failed" if self.is_broken else "missed")

    def would_be(self, date: dt.date, now: dt.datetime) -> str:
        """What a request for a matching date would make of it."""
        state = self.state(now)
        assert state is not None
        if self.rows.get(date) == "generated":
            return "generated before"
        if self.is_held(now):
            return "paused"
        if self.is_broken:
            return "failed"
        return "generated" if self.anchors.get(date + state.lead * DAY, date) == date else "skipped"

    def _state_at_opening(self, date: dt.date, now: dt.datetime) -> State | None:
        """None when the date never opened. What held at the first opening decides, unless a later one, which an edit
        brought and which has come, was not paused."""
        states = [(at, self.state(at)) for at in self.openings(date)]
        free = [state for at, state in states if at <= now and state is not None and not state.is_paused]
        return next(iter(free), states[0][1] if states else None)

    def _made(self, date: dt.date, lead: int) -> str:
        if self.rows.get(date) == "generated":
            return "generated"
        if self.is_broken:
            return "failed"
        return "generated" if self.anchors.setdefault(date + lead * DAY, date) == date else "skipped"

    def _settle(self, date: dt.date, outcome: str) -> None:
        """The first outcome stays, but anything may still become generated, and what went wrong skipped."""
        went_wrong = self.rows.get(date) in {"failed", "missed"}
        if date not in self.rows or outcome == "generated" or (went_wrong and outcome == "skipped"):
            self.rows[date] = outcome


def _let_pauses_end(state: State, at: dt.datetime) -> None:
    if state.runs_again_at is not None and state.runs_again_at <= at:
        state.is_paused, state.runs_again_at = False, None
