"""Why is there a task on that date, or none? One answer for every schedule and every date."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.fields.dates import format_instant
from contracts.schedules import Revision, Schedule
from contracts.values import Kind, Outcome
from contracts.windows import Holder, HolderState, Why, WhyCode, WindowRow
from services.work.generation import messages

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
        return Why(code=WhyCode.ARCHIVED, sentence=messages.archived(moment(archived.since)), by=archived.by)
    if opens_at is None:
        return _no_window(schedule, date, zone, moment)
    if opens_at > now:
        if not current.enabled and (ahead := schedule.revision_at(opens_at)) is not None and not ahead.enabled:
            sentence = messages.paused_now(_reason(current.reason))
            by = _first(schedule, current, _holds).by
            return Why(code=WhyCode.PAUSED, sentence=sentence, opens_at=opens_at, by=by)
        return Why(code=WhyCode.TO_COME, sentence=messages.to_come(moment(opens_at)), opens_at=opens_at)
    if schedule.imported_at is not None and not schedule.opened_after_import(opens_at):
        sentence = messages.opened_before_import(moment(schedule.imported_at))
        return Why(code=WhyCode.BEFORE_CREATION, sentence=sentence, opens_at=opens_at)
    if now - opens_at <= _UNDER_WAY:
        sentence = messages.on_its_way(moment(opens_at))
        return Why(code=WhyCode.DUE_NOW, sentence=sentence, opens_at=opens_at)
    sentence = messages.not_made_yet(moment(opens_at), _what_holds(held or Held(), moment))
    return Why(code=WhyCode.HELD_UP, sentence=sentence, opens_at=opens_at)


def _what_holds(held: Held, moment: Moment) -> str:
    if held.is_silent:
        return messages.no_scheduler(moment(held.silent_since) if held.silent_since else None)
    if held.waiting is None:
        return messages.QUEUE_MISSING
    if held.consumer_fault:
        return messages.consumer_fault(held.consumer_fault)
    if held.waiting:
        return messages.in_the_queue(held.waiting)
    if held.sent_at:
        times = f"{held.tries} time{'s' * (held.tries > 1)}"
        return messages.published_again(times, moment(held.sent_at))
    return messages.NO_RECORD_YET


def _opens_again(entry: WindowRow, again: dt.datetime, moment: Moment) -> Why:
    """It was resumed since, and moved to a later hour of its day."""
    sentence = messages.opens_again(moment(again), _reason(entry.reason))
    return Why(code=WhyCode.TO_COME, sentence=sentence, opens_at=again, window=entry)


def _recorded(schedule: Schedule, entry: WindowRow, opens_at: dt.datetime | None, moment: Moment) -> Why:
    made = "task" if entry.kind is Kind.RECURRING else "workflow"
    by = None
    match entry.outcome:
        case Outcome.GENERATED:
            sentence = messages.generated(made, entry.trigger)
            if entry.skipped:
                sentence += messages.asked_again(f"{entry.skipped} time{'s' if entry.skipped > 1 else ''}")
        case Outcome.SKIPPED:
            sentence, by = _skipped(made, entry.holder, moment), entry.holder.by if entry.holder else None
        case Outcome.PAUSED:
            by = _find_pausing_actor(schedule, entry, opens_at)
            sentence = messages.paused(_reason(entry.reason))
        case Outcome.FAILED:
            assert entry.error is not None
            tries = f"{entry.attempts} time{'s' if entry.attempts > 1 else ''}"
            sentence = messages.failed(tries, entry.error.message)
        case Outcome.MISSED:
            sentence = messages.MISSED
    return Why(code=_BY_OUTCOME[entry.outcome], sentence=sentence, opens_at=opens_at, by=by, window=entry)


def _skipped(made: str, holder: Holder | None, moment: Moment) -> str:
    """``by`` is said after it."""
    if holder is None:
        return messages.skipped_for_another(made)
    if holder.state is HolderState.ACTIVE:
        return messages.skipped_for_active(made, holder.title)
    at = moment(holder.at) if holder.at else None
    return messages.skipped_for_past(made, holder.title, holder.state, at)


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
        sentence = messages.created_later(moment(first.since))
        return Why(code=WhyCode.BEFORE_CREATION, sentence=sentence)
    for revision in schedule.timeline:
        opening = revision.opening_on(date, zone) if revision.archived else None
        if opening is not None and schedule.revision_at(opening) is revision:
            archived = _first(schedule, revision, lambda revision: revision.archived)
            sentence = messages.archived_then(moment(archived.since))
            return Why(code=WhyCode.ARCHIVED, sentence=sentence, by=archived.by)
    for revision in reversed(schedule.timeline):
        if (opening := revision.opening_on(date, zone)) is not None and opening < revision.since:
            sentence = messages.changed_later(moment(revision.since))
            return Why(code=WhyCode.NOT_A_DATE, sentence=sentence, by=revision.by)
    revision = schedule.revision_at(dt.datetime.combine(date, dt.time(23, 59), zone)) or first
    try:
        sentence = messages.not_one_of_its_dates(CronExpression.parse(revision.cron).sentence())
    except CronError as error:
        sentence = messages.unreadable(error)
    return Why(code=WhyCode.NOT_A_DATE, sentence=sentence)


def _reason(reason: str | None) -> str:
    return f" ({reason})" if reason and reason != "paused" else ""
