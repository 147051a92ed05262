"""What work says of windows: why one was not created, why a request is refused, why there is no task on a date."""

from contracts.values import Trigger

_BY_TRIGGER = {
    Trigger.SCHEDULE: "by its schedule",
    Trigger.CATCH_UP: "late, after an outage",
    Trigger.BACKFILL: "for a date range",
    Trigger.REPLAY: "by a replay",
    Trigger.MANUAL: "by hand",
}
NO_SCHEDULER = "No scheduler ran, and the date is older than the catch-up horizon"
NOT_OPEN = "This failure is not open; it may be resolved by now"
ID_NOT_PUBLISHABLE = "The id of this schedule cannot be part of a message; generate the dates instead"
DELETED = "It was deleted"
REF_ID_TWICE = "Two task definitions have the same refId"
NO_RECORD = "It had no record, and was older than the catch-up horizon when this was found"
NO_RECORD_YET = (
    "it has no record. All dates are checked within an hour; it is then created, or recorded with the reason."
)
QUEUE_MISSING = "the queue of scheduled dates is missing at the broker. It is created when the queue is back."
MISSED = "Missed: no scheduler ran, and the date was older than the catch-up horizon when one ran again."


def unknown_schema(schema_version: object) -> str:
    return f"schema_version {schema_version} is not 1"


def no_window(title: object, date: object) -> str:
    return f"{title!r} had no scheduled date on {date}"


def not_a_date(title: object, cron: object, date: object) -> str:
    return f"{title!r} ({cron}) does not fall on {date}"


def no_schedule(unknown: object) -> str:
    return f"No schedule has the id {unknown}"


def no_schedule_of_kind(kind: object, source_id: object) -> str:
    return f"no {kind} schedule has the id {source_id}"


def no_result(tries: object) -> str:
    return f"Processing stopped {tries} times without a result"


def not_stored(kind: object, source_id: object) -> str:
    return f"{kind} {source_id} (no longer stored)"


def no_description(ref_id: object) -> str:
    return f"Task definition {ref_id!r} has no description"


def beyond_calendar(days: object, date: object) -> str:
    return f"Day {days} after {date} is beyond the calendar"


def offset_beyond_calendar(ref_id: object) -> str:
    return f"Task definition {ref_id!r} has an offset beyond the calendar"


def published_without_record(tries: object) -> str:
    return f"Published {tries} times without a record. The dead letters may say why."


def id_not_publishable(source_id: object) -> str:
    return f"The id {source_id!r} cannot be part of a message. Generate the date instead."


def run_put_away(title: object, state: object, at: str | None) -> str:
    """``at``: when it was archived or deleted, if that is known."""
    when = f" on {at}" if at else ""
    return f"The workflow “{title}” had taken this date and was {state}{when}; start a new one or restore it"


def not_made_yet(opens_at: object, cause: object) -> str:
    return f"Opened {opens_at} and is not created yet: {cause}"


def opens_again(again: object, reason: object) -> str:
    return f"Scheduled for {again}. It was paused at first{reason}."


def skipped_for_past(made: object, title: object, state: object, at: str | None) -> str:
    when = f" on {at}" if at else ""
    return f"Skipped: the {made} “{title}” had taken that date, and it was {state}{when}."


def opened_before_import(imported_at: object) -> str:
    return f"It opened before the schedule was imported here, on {imported_at}."


def on_its_way(opens_at: object) -> str:
    return f"Opened {opens_at} and is being processed."


def no_scheduler(since: str | None) -> str:
    return f"no scheduler has run{f' since {since}' if since else ''}. It is created when one runs."


def consumer_fault(consumer_fault: object) -> str:
    return f"work takes no scheduled dates ({consumer_fault}). It is created when that is over."


def in_the_queue(waiting: int) -> str:
    dates = f"{waiting} scheduled date{'s wait' if waiting > 1 else ' waits'}"
    return f"{dates} in the queue, and this date is among them or behind them."


def published_again(times: object, sent_at: object) -> str:
    return (
        f"it left no record and was published again {times}, last {sent_at}. After three times it is recorded "
        "as failed."
    )


def skipped_for_another(made: object) -> str:
    return f"Skipped: another {made} already covers that date."


def skipped_for_active(made: object, title: object) -> str:
    return f"Skipped: the {made} “{title}” already covers that date."


def created_later(at: object) -> str:
    return f"The schedule was created on {at}; nothing is due before."


def not_one_of_its_dates(sentence: object) -> str:
    return f"Not one of its dates: it runs {sentence}."


def paused_now(reason: object) -> str:
    return f"Scheduled, currently paused{reason}. It will be created if you resume before then."


def generated(made: object, trigger: Trigger) -> str:
    return f"The {made} was created {_BY_TRIGGER[trigger]}."


def asked_again(times: object) -> str:
    return f" It was requested again {times} and skipped."


def paused(reason: object) -> str:
    return f"Paused{reason}, so nothing was created. Generate the date to create it after all."


def failed(tries: object, message: object) -> str:
    return f"Failed, tried {tries}: {message}"


def archived_then(since: object) -> str:
    return f"It was archived at that time, since {since}."


def changed_later(at: object) -> str:
    return f"The schedule was changed on {at}, after the time of that date had passed."


def unreadable(error: object) -> str:
    return f"The cron expression cannot be read: {error}"


def to_come(opens_at: object) -> str:
    return f"Scheduled for {opens_at}."


def archived(since: object) -> str:
    return f"Archived since {since}."
