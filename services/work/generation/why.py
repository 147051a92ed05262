"""Why is there a task on that date, or none? One answer for every schedule and every date."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.dates import format_instant
from contracts.schedules import Revision, Schedule
from contracts.values import Kind, Outcome
from contracts.views import Holder, HolderState, Why, WhyCode, WindowRow

_BY_OUTCOME = {
    Outcome.GENERATED: WhyCode.GENERATED,
    Outcome.SKIPPED: WhyCode.SKIPPED,
    Outcome.PAUSED: WhyCode.PAUSED,
    Outcome.FAILED: WhyCode.FAILED,
    Outcome.MISSED: WhyCode.MISSED,
}


Moment = Callable[[dt.datetime], str]
"""Gives an instant as the asker reads it."""

_UNDER_WAY = dt.timedelta(minutes=10)
"""An opening older than this is not said to be on its way."""


@dataclass(frozen=True)
class Held:
    """What may hold up a window that opened. ``silent_since``: the last minute that a scheduler told, if that was too
    long ago (machine time). ``waiting``: windows in the queue, None without a queue. ``sent_at``: when it was published
    again last, ``tries`` times in all."""

    is_silent: bool = False
    silent_since: dt.datetime | None = None
    waiting: int | None = 0
    consumer_fault: str | None = None
    sent_at: dt.datetime | None = None
    tries: int = 0


def why(
    schedule: Schedule,
    date: dt.date,
    entry: WindowRow | None,
    *,
    now: dt.datetime,
    zone: ZoneInfo,
    held: Held | None = None,
) -> Why:
    """What the ledger says if it has a row; else what the timeline says. ``by`` is the id of who paused or archived."""
    moment = partial(format_instant, zone=zone, today=now.astimezone(zone).date())
    opened = schedule.opening_on(date, zone, now)
    opens_at = opened[1] if opened else None
    if entry is not None:
        again = schedule.still_opens_on(date, zone, now) if entry.outcome is Outcome.PAUSED else None
        return _opens_again(entry, again, moment) if again else _recorded(schedule, entry, opens_at, moment)
    current = schedule.revision_at(now) or schedule.timeline[0]
    if current.archived:
        archived = _first(schedule, current, lambda revision: revision.archived)
        return Why(code=WhyCode.ARCHIVED, sentence=f"Archived{_since(archived.since, moment)}.", by=archived.by)
    if opens_at is None:
        return _no_window(schedule, date, zone, moment)
    if opens_at > now:
        if not current.enabled and (ahead := schedule.revision_at(opens_at)) is not None and not ahead.enabled:
            sentence = f"Still to come, but paused now{_reason(current.reason)}: it is made if it is resumed before."
            by = _first(schedule, current, _holds).by
            return Why(code=WhyCode.PAUSED, sentence=sentence, opens_at=opens_at, by=by)
        return Why(code=WhyCode.TO_COME, sentence=f"Still to come: {moment(opens_at)}.", opens_at=opens_at)
    if schedule.imported_at is not None and not schedule.opened_after_import(opens_at):
        sentence = f"It opened before the schedule was imported here, on {moment(schedule.imported_at)}."
        return Why(code=WhyCode.BEFORE_CREATION, sentence=sentence, opens_at=opens_at)
    if now - opens_at <= _UNDER_WAY:
        sentence = f"Opened {moment(opens_at)} and is not handled yet; it is on its way."
        return Why(code=WhyCode.DUE_NOW, sentence=sentence, opens_at=opens_at)
    sentence = f"Opened {moment(opens_at)} and is not made yet: {_what_holds(held or Held(), moment)}"
    return Why(code=WhyCode.HELD_UP, sentence=sentence, opens_at=opens_at)


def _what_holds(held: Held, moment: Moment) -> str:
    if held.is_silent:
        since = f" since {moment(held.silent_since)}" if held.silent_since else ""
        return f"no scheduler has told the time{since}. It is made when one runs."
    if held.waiting is None:
        return "the queue of windows is missing at the broker. It is made when the queue is back."
    if held.consumer_fault:
        return f"work takes no windows ({held.consumer_fault}). It is made when that is over."
    if held.waiting:
        windows = f"{held.waiting} window{'s wait' if held.waiting > 1 else ' waits'}"
        return f"{windows} in the queue, and it is among them or comes after them."
    if held.sent_at:
        times = f"{held.tries} time{'s' * (held.tries > 1)}"
        return (
            f"it left no record and was published again {times}, last {moment(held.sent_at)}. "
            "After three times it is recorded as failed."
        )
    return "it has no record. All dates are checked within an hour, and it is then made or recorded with the reason."


def _opens_again(entry: WindowRow, again: dt.datetime, moment: Moment) -> Why:
    """It was resumed since, and moved to a later hour of its day."""
    sentence = f"Still to come: {moment(again)}. It was paused at first{_reason(entry.reason)}."
    return Why(code=WhyCode.TO_COME, sentence=sentence, opens_at=again, window=entry)


def _recorded(schedule: Schedule, entry: WindowRow, opens_at: dt.datetime | None, moment: Moment) -> Why:
    made = "task" if entry.kind is Kind.RECURRING else "workflow run"
    by = None
    match entry.outcome:
        case Outcome.GENERATED:
            sentence = f"The {made} was generated ({entry.trigger})."
            if entry.skipped:
                sentence += (
                    f" It was asked for again {entry.skipped} time{'s' if entry.skipped > 1 else ''} and skipped."
                )
        case Outcome.SKIPPED:
            sentence, by = _skipped(made, entry.holder, moment), entry.holder.by if entry.holder else None
        case Outcome.PAUSED:
            by = _find_pausing_actor(schedule, entry, opens_at)
            sentence = f"Paused{_reason(entry.reason)}, so nothing was made. Generate the date to make it after all."
        case Outcome.FAILED:
            assert entry.error is not None
            tries = f"{entry.attempts} time{'s' if entry.attempts > 1 else ''}"
            sentence = f"Failed, tried {tries}: {entry.error.message}"
        case Outcome.MISSED:
            sentence = "Missed: no scheduler ran, and on its return the date lay beyond the catch-up horizon."
    return Why(code=_BY_OUTCOME[entry.outcome], sentence=sentence, opens_at=opens_at, by=by, window=entry)


def _skipped(made: str, holder: Holder | None, moment: Moment) -> str:
    """``by`` is said after it."""
    if holder is None:
        return f"Skipped: another {made} already stands for that date."
    if holder.state is HolderState.ACTIVE:
        return f"Skipped: the {made} “{holder.title}” already stands for that date."
    when = f" on {moment(holder.at)}" if holder.at else ""
    return f"Skipped: the {made} “{holder.title}” had taken that date, and it was {holder.state}{when}."


def _find_pausing_actor(schedule: Schedule, entry: WindowRow, opens_at: dt.datetime | None) -> str | None:
    """Who paused it before it opened or, for a window in flight, before it was handled."""
    for instant in (opens_at, entry.first_at):
        revision = schedule.revision_at(instant) if instant else None
        if revision is not None and _holds(revision):
            return _first(schedule, revision, _holds).by
    return None


def _holds(revision: Revision) -> bool:
    return revision.archived or not revision.enabled


def _first(schedule: Schedule, last: Revision, held: Callable[[Revision], bool]) -> Revision:
    """The revision that began what ``last`` goes on with: an edit during a pause has not paused it."""
    first = last
    for revision in reversed(schedule.timeline[: schedule.timeline.index(last)]):
        if not held(revision):
            break
        first = revision
    return first


def _no_window(schedule: Schedule, date: dt.date, zone: ZoneInfo, moment: Moment) -> Why:
    """The date fires under no revision while that was in force: it never matched, or matched at the wrong time."""
    first = schedule.timeline[0]
    if date < first.since.astimezone(zone).date() or (
        (opening := first.opening_on(date, zone)) is not None and opening < first.since
    ):
        sentence = f"Created only{_since(first.since, moment)}; nothing is due before."
        return Why(code=WhyCode.BEFORE_CREATION, sentence=sentence)
    for revision in schedule.timeline:
        opening = revision.opening_on(date, zone) if revision.archived else None
        if opening is not None and schedule.revision_at(opening) is revision:
            archived = _first(schedule, revision, lambda revision: revision.archived)
            sentence = f"It was archived then,{_since(archived.since, moment)}."
            return Why(code=WhyCode.ARCHIVED, sentence=sentence, by=archived.by)
    for revision in reversed(schedule.timeline):
        if (opening := revision.opening_on(date, zone)) is not None and opening < revision.since:
            sentence = f"The schedule was changed{_since(revision.since, moment)}, after that day's time had passed."
            return Why(code=WhyCode.NOT_A_DATE, sentence=sentence, by=revision.by)
    revision = schedule.revision_at(dt.datetime.combine(date, dt.time(23, 59), zone)) or first
    try:
        sentence = f"Not one of its dates: it runs {CronExpression.parse(revision.cron).sentence()}."
    except CronError as error:
        sentence = f"Its schedule cannot be read: {error}"
    return Why(code=WhyCode.NOT_A_DATE, sentence=sentence)


def _reason(reason: str | None) -> str:
    return f" ({reason})" if reason and reason != "paused" else ""


def _since(at: dt.datetime, moment: Moment) -> str:
    return f" since {moment(at)}"
