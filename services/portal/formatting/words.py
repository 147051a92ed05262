"""Dates, people and sources in words, as one viewer reads them at one instant."""

import datetime as dt
import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.fields.dates import format_date, format_instant, format_time
from contracts.generation import Failure, Verdict
from contracts.tasks import TaskRow
from contracts.values import Kind, Outcome, Trigger
from services.portal.auth.access import User

_DAY = dt.timedelta(days=1)
_DATES_NAMED = 3
_NEAR = {-1: " (yesterday)", 0: " (today)", 1: " (tomorrow)"}
_NEXT_FOLLOW_UP = re.compile(
    r"(?<=; next follow-up )[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
"""In a line of a task's comment, as work and API clients write it."""
_OUTCOMES = {
    Outcome.GENERATED: "created",
    Outcome.SKIPPED: "already there",
    Outcome.PAUSED: "paused, not created",
    Outcome.FAILED: "failed",
    Outcome.MISSED: "missed",
}


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """Only the first letter changes: names of months and days keep theirs."""
    return text[:1].upper() + text[1:]


_TRIGGERS = {
    Trigger.SCHEDULE: "By schedule",
    Trigger.CATCH_UP: "Caught up",
    Trigger.BACKFILL: "For a date range",
    Trigger.REPLAY: "Replayed",
    Trigger.MANUAL: "By hand",
}


_VERDICTS = {
    Verdict.WOULD_CREATE: "Would be created",
    Verdict.EXISTS: "Already there",
    Verdict.PAUSED: "Paused",
    Verdict.INVALID: "Invalid",
}


def verdict(value: Verdict) -> str:
    return _VERDICTS[value]


def trigger(value: Trigger) -> str:
    return _TRIGGERS[value]


def outcome(value: Outcome) -> str:
    return _OUTCOMES[value]


def mechanism(kind: Kind) -> str:
    return "Recurring task" if kind is Kind.RECURRING else "Workflow trigger"


def cron_sentence(cron: str) -> str:
    """A stored expression may be unreadable; then it is shown as it is."""
    try:
        return CronExpression.parse(cron).sentence()
    except CronError:
        return cron


def web_address(text: str | None) -> str | None:
    """An http(s) address without credentials, or None for what must not become a link."""
    if not text or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def size(number: int) -> str:
    """Of a file: ``740 bytes``, ``12 KB``, ``3.4 MB``."""
    if number < 1_000:
        return count(number, "byte")
    return f"{number / 1_000:.0f} KB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def _stamped(line: str) -> tuple[dt.datetime | None, str]:
    stamp, bracket, text = line.removeprefix("[").partition("] ")
    try:
        at = dt.datetime.fromisoformat(stamp) if bracket and line.startswith("[") else None
    except ValueError:
        at = None
    return (at, text) if at is not None and at.tzinfo is not None else (None, line)


class Words:
    def __init__(self, *, zone: ZoneInfo, now: dt.datetime, viewer: User, people: Iterable[User]) -> None:
        self._zone = zone
        self._now = now
        self._today = now.astimezone(zone).date()
        self._viewer = viewer
        self._people = {person.id: person for person in people}

    @property
    def today(self) -> dt.date:
        return self._today

    @property
    def now(self) -> str:
        """For a page that may be left open: its date and time without *today*."""
        return format_instant(self._now, self._zone, today=self._today)

    def names_today(self, cron: str) -> bool:
        """Whether today is one of the dates of an expression; of one that cannot be read it is not."""
        try:
            return CronExpression.parse(cron).opening_on(self._today, self._zone) is not None
        except CronError:
            return False

    def day(self, date: dt.date) -> str:
        """``Mon 7 Feb``, with the year when it is another one; ``Wed 2 Feb (today)`` for the dates next to it."""
        return self.date(date) + self._near(date)

    def date(self, date: dt.date) -> str:
        """As ``day``, beside words that say how near it is."""
        return format_date(date, today=self._today)

    def comment_lines(self, comment: str) -> list[tuple[dt.datetime | None, str]]:
        """Each line of a task's comment with the instant that is stamped before it, the latest first."""
        lines = [_stamped(line) for line in reversed(comment.splitlines()) if line.strip()]
        return [(at, self.comment_text(text)) for at, text in lines]

    def comment_text(self, text: str) -> str:
        """A line without its stamp; the next follow-up in it is stored in ISO form and shown as dates are."""
        return _NEXT_FOLLOW_UP.sub(lambda found: self.date_or_moment(found[0]), text)

    def next_days(self, *, today: bool = False) -> list[tuple[str, dt.date]]:
        """The dates that people mostly mean: ``Tomorrow``, ``Fri 4 Feb``, ``Mon 7 Feb``, ``In a week, Wed 9 Feb``."""
        tomorrow, week = self._today + _DAY, self._today + 7 * _DAY
        monday = self._today + (7 - self._today.weekday()) * _DAY
        named = {tomorrow: "Tomorrow", week: f"In a week, {self.day(week)}"}
        dates = sorted({tomorrow, tomorrow + _DAY, monday, week})
        choices = [(named.get(date) or self.day(date), date) for date in dates]
        return [("Today", self._today), *choices] if today else choices

    def assignable(self, chosen: str | None = None) -> list[tuple[str, str]]:
        """Ids and names of whom work can be given to, the viewer first; the present assignee stays among them."""
        listed = [person.id for person in self._people.values() if person.active]
        ids = [self._viewer.id, *listed, *([chosen] if chosen else [])]
        return [(id, self.person(id)) for id in dict.fromkeys(ids)]

    def moment(self, at: dt.datetime) -> str:
        """``Mon 7 Feb 09:00``, ``Wed 2 Feb 09:00 (today)``."""
        return format_instant(at, self._zone, today=self._today) + self._near(at.astimezone(self._zone).date())

    def day_of(self, at: dt.datetime) -> str:
        """The date of an instant, as ``day``."""
        return self.day(at.astimezone(self._zone).date())

    def time(self, at: dt.datetime) -> str:
        """``09:00``."""
        return format_time(at, self._zone)

    def local(self, at: dt.datetime) -> str:
        """For ``datetime`` attributes: with the offset of the application's zone."""
        return at.astimezone(self._zone).isoformat(timespec="minutes")

    def dates(self, dates: list[dt.date], total: int) -> str:
        """``Fri 4 Feb``; ``Fri 4 Feb, Mon 7 Feb, Tue 8 Feb and 7 more dates``."""
        named = ", ".join(self.day(date) for date in dates[:_DATES_NAMED])
        more = total - min(len(dates), _DATES_NAMED)
        return f"{named} and {count(more, 'more date')}" if more else named

    def report(self, failure: Failure) -> str:
        """Plain text for the person who mends it; it is sent on, so dates have their year and times their zone."""
        about = f"{mechanism(failure.kind)} {failure.source_id}" if failure.kind else "All schedules"
        more = failure.windows - len(failure.dates)
        named = ", ".join(map(format_date, failure.dates))
        named += f" and {count(more, 'more date')}" if more else ""
        tried = f"Tried {count(failure.attempts, 'time')}, " if failure.attempts else ""
        when = f"{tried}{self._in_full(failure.since)} to {self._in_full(failure.last_at)} {self._zone.key}"
        cause = f"{failure.error.code}: {failure.error.message}"
        return "\n".join([f"{failure.title} ({about})", cause, f"Dates: {named}", capital(when)])

    def person(self, user_id: str | None) -> str:
        """By name, never by id. Work of people who left counts as nobody's."""
        if user_id is None:
            return "Unassigned"
        if user_id == self._viewer.id:
            return "You"
        known = self._people.get(user_id)
        if known is None:
            return "Unassigned (unknown person)"
        return known.name if known.active else f"{known.name} (has left)"

    def assignee(self, user_id: str | None) -> str:
        """As ``person`` within a sentence: ``you``; empty for nobody."""
        if user_id is None:
            return ""
        return "you" if user_id == self._viewer.id else self.person(user_id)

    def actor(self, user_id: str | None) -> str:
        """Who did something; what nobody did, the system did."""
        if user_id is None:
            return "DataOps"
        if user_id == self._viewer.id:
            return "you"
        known = self._people.get(user_id)
        return known.name if known else "someone unknown"

    def source(self, row: TaskRow) -> str:
        """Where a task comes from: ``Recurring · daily at 09:00``, ``Newsletter · 7 Feb · step 3 of 15``."""
        if row.task.recurring_config_id is not None:
            title = row.source_title if row.source_title != row.task.description else None
            parts = ["Recurring", cron_sentence(row.source_cron) if row.source_cron else None, title]
        elif row.task.bundle_id is not None:
            step = f"step {row.step} of {row.steps}" if row.step and row.steps else None
            parts = [row.source_title or "Workflow", step]
        else:
            parts = ["Added by hand" if row.task.source == "manual" else f"From {row.task.source}"]
        return " · ".join(part for part in parts if part)

    def follow_up(self, row: TaskRow) -> str | None:
        """When to follow up: a date as a date, an instant as a moment, anything else as it is stored."""
        return self.date_or_moment(row.task.follow_up_at) if row.task.follow_up_at else None

    def date_or_moment(self, stored: str) -> str:
        try:
            return self.day(dt.date.fromisoformat(stored)) if len(stored) == 10 else self._instant(stored)
        except ValueError:
            return stored

    def _near(self, date: dt.date) -> str:
        return _NEAR.get((date - self._today).days, "")

    def _in_full(self, at: dt.datetime) -> str:
        return format_instant(at, self._zone)

    def _instant(self, text: str) -> str:
        at = dt.datetime.fromisoformat(text)
        return self.moment(at if at.tzinfo else at.replace(tzinfo=self._zone))
