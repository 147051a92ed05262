"""The rule that decides what becomes of a window: one pure function over a schedule's timeline."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.fields.dates import format_date
from contracts.schedules import Revision, Schedule
from contracts.values import Kind, Outcome, Trigger, Window
from services.work.generation import messages

EXPLICIT = frozenset({Trigger.BACKFILL, Trigger.MANUAL})


@dataclass(frozen=True)
class Make:
    """Generate the item. ``opened_at`` is None for a date whose window never opened by itself."""

    revision: Revision
    opened_at: dt.datetime | None


@dataclass(frozen=True)
class Repeat:
    """The window is settled; only its skip counter rises."""


@dataclass(frozen=True)
class Hold:
    """Paused: nothing is made. ``opened_at`` is None when an explicit request met a pause, which is no window."""

    reason: str
    opened_at: dt.datetime | None


@dataclass(frozen=True)
class Broken:
    """The stored definition cannot make work, now or on any retry."""

    code: str
    message: str
    opened_at: dt.datetime | None = None


@dataclass(frozen=True)
class NotScheduled:
    """No window of this schedule lies on that date."""

    message: str


Decision = Make | Repeat | Hold | Broken | NotScheduled


def decide(
    schedule: Schedule,
    window: Window,
    trigger: Trigger,
    *,
    outcome: Outcome | None,
    now: dt.datetime,
    zone: ZoneInfo,
) -> Decision:
    """What to do about ``window``; ``outcome`` is what the ledger says of it so far.

    A window counts when the revision in force at its opening fires then and is enabled, and the schedule is not
    paused now. Explicit requests set the timeline aside; so does the replay of a window that failed, was missed or
    never had a row.
    """
    if outcome is Outcome.GENERATED:
        return Repeat()
    opened = schedule.opening_on(window.date, zone, now)
    # The clock of the worker that created it may run a little ahead of this one's.
    current = schedule.revision_at(now) or schedule.timeline[0]
    if trigger in EXPLICIT or (trigger is Trigger.REPLAY and _is_retry(schedule, window, outcome, zone)):
        opened_at = opened[1] if opened and opened[1] <= now else None
        return _on_request(schedule, window, current, outcome, opened_at, zone)
    if opened is None:
        return NotScheduled(messages.no_window(schedule.title, format_date(window.date)))
    revision, opened_at = opened
    held = _why_held(schedule, current) or _why_held(schedule, revision)
    return Hold(held, opened_at) if held else _make(window, revision, opened_at)


def _is_retry(schedule: Schedule, window: Window, outcome: Outcome | None, zone: ZoneInfo) -> bool:
    if outcome in {Outcome.FAILED, Outcome.MISSED}:
        return True
    return outcome is None and window.date >= schedule.created_at.astimezone(zone).date()


def _on_request(
    schedule: Schedule,
    window: Window,
    current: Revision,
    outcome: Outcome | None,
    opened_at: dt.datetime | None,
    zone: ZoneInfo,
) -> Decision:
    """Whole dates under today's cron; one that opened or failed once counts, whatever was edited since."""
    if opened_at is None and outcome is None and current.opening_on(window.date, zone) is None:
        return NotScheduled(messages.not_a_date(schedule.title, current.cron, format_date(window.date)))
    if held := _why_held(schedule, current):
        return Hold(held, opened_at if outcome is not None else None)
    return _unreadable(current.cron) or _make(window, current, opened_at)


def _why_held(schedule: Schedule, revision: Revision | None) -> str | None:
    if schedule.deleted:
        return "deleted"
    if revision is None or (revision.enabled and not revision.archived):
        return None
    return revision.reason or ("archived" if revision.archived else "paused")


def _make(window: Window, revision: Revision, opened_at: dt.datetime | None) -> Decision:
    broken = _unreadable(revision.cron, opened_at)
    if broken:
        return broken
    if window.kind is Kind.TEMPLATE:
        try:
            _ = revision.lead
        except ValueError as error:
            return Broken("invalid_lead", str(error), opened_at)
    return Make(revision, opened_at)


def _unreadable(cron: str, opened_at: dt.datetime | None = None) -> Broken | None:
    try:
        CronExpression.parse(cron)
    except CronError as error:
        return Broken("invalid_cron", str(error), opened_at)
    return None
