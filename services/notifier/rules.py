"""What a row of work's history means for people: which notifications it raises."""

import datetime as dt
from collections.abc import Iterator

from pydantic import Field

from contracts.fields.dates import format_date, format_instant
from contracts.history import HistoryRow
from contracts.notifications import Severity
from contracts.values import Incident, Instant, IsoDate, Model, TaskStatus, Trigger
from services.notifier import messages
from services.notifier.notices import NewNotification, NotificationType, number

WINDOW_GENERATED = "window.generated"
STAGE_CHANGED = "bundle.stage_changed"
INCIDENT_REPORTED = "incident.reported"
_TO_TODO = ("task.reopened", "task.restored", "task.undone", "task.response_received", "task.updated")
KINDS = (WINDOW_GENERATED, STAGE_CHANGED, INCIDENT_REPORTED, *_TO_TODO)
"""The kinds of history rows that have consequences here."""

OUTAGE = f"incident:{Incident.OUTAGE}"
CLOCK_WENT_BACK = f"incident:{Incident.CLOCK_WENT_BACK}"
_TASK_ANNOUNCED = frozenset({Trigger.SCHEDULE, Trigger.MANUAL})
"""Who asks for a range of dates, or for one window again, knows what comes of it. Late ones are told together."""


class _Generated(Model):
    window_id: str
    date: IsoDate
    trigger: Trigger
    title: str
    late: bool = False
    anchor_date: IsoDate | None = None
    user_id: str | None = None


class _StageChanged(Model):
    before: str
    after: str
    title: str = messages.A_WORKFLOW


class _Reported(Model):
    incident: Incident
    since: Instant
    until: Instant
    made_late: int = 0
    missed: int = 0
    names: list[str] = Field(default_factory=list[str])
    before: str | None = None
    after: str | None = None


def consequences(entry: HistoryRow) -> Iterator[NewNotification]:
    """Raises pydantic.ValidationError for a row that lacks what its kind promises."""
    if entry.kind == WINDOW_GENERATED:
        yield from _notify_generated(entry, _Generated.model_validate(entry.data))
    elif entry.kind == STAGE_CHANGED:
        before, after = entry.data.get("from"), entry.data.get("to")
        yield _notify_stage_change(
            entry, _StageChanged.model_validate({**entry.data, "before": before, "after": after})
        )
    elif entry.kind == INCIDENT_REPORTED:
        yield from _notify_incident(entry, _Reported.model_validate(entry.data))


def came_back(entry: HistoryRow) -> bool:
    """Whether a task is to do again that was done, archived or waiting."""
    changes = entry.data.get("changes")
    status = changes.get("status") if isinstance(changes, dict) else None
    return entry.kind in _TO_TODO and isinstance(status, dict) and status.get("to") == TaskStatus.TODO


def _notify_generated(entry: HistoryRow, data: _Generated) -> Iterator[NewNotification]:
    if entry.bundle_id is not None:
        yield _notify_run(entry, data)
    elif data.trigger in _TASK_ANNOUNCED and not data.late:
        yield _notify_task(entry, data)


def _notify_run(entry: HistoryRow, data: _Generated) -> NewNotification:
    anchor = data.anchor_date or data.date
    due = format_date(data.date) if data.late else None
    return NewNotification(
        cause=f"{NotificationType.STAGE_CHANGE}:{data.window_id}",
        type=NotificationType.STAGE_CHANGE,
        severity=Severity.INFO,
        message=messages.run_created(data.title, format_date(anchor), due=due),
        at=entry.at,
        due_at=anchor.isoformat(),
        user_id=data.user_id,
        bundle_id=entry.bundle_id,
        template_id=entry.template_id,
    )


def _notify_task(entry: HistoryRow, data: _Generated) -> NewNotification:
    return NewNotification(
        cause=f"{NotificationType.RECURRING_DUE}:{data.window_id}",
        type=NotificationType.RECURRING_DUE,
        severity=Severity.INFO,
        message=messages.task_due(data.title, format_date(data.date)),
        at=entry.at,
        due_at=data.date.isoformat(),
        user_id=data.user_id,
        task_id=entry.task_id,
        recurring_config_id=entry.recurring_config_id,
        metadata={"generatedDate": data.date.isoformat(), "recurringConfigId": entry.recurring_config_id},
    )


def _notify_stage_change(entry: HistoryRow, data: _StageChanged) -> NewNotification:
    return NewNotification(
        cause=f"{NotificationType.STAGE_CHANGE}:{entry.id}",
        type=NotificationType.STAGE_CHANGE,
        severity=Severity.INFO,
        message=messages.stage_changed(data.title, data.before, data.after),
        at=entry.at,
        bundle_id=entry.bundle_id,
        template_id=entry.template_id,
        metadata={"from": data.before, "to": data.after},
    )


def _notify_incident(entry: HistoryRow, data: _Reported) -> Iterator[NewNotification]:
    """One for all windows of an incident, however many, and for everyone. An outage without consequences is quiet."""
    if data.incident is Incident.OUTAGE and not data.made_late and not data.missed:
        return
    yield NewNotification(
        cause=f"incident:{data.incident}:{data.since.isoformat()}:{data.until.isoformat()}",
        type=NotificationType.AUTOMATION_FAILURE,
        severity=Severity.CRITICAL if data.missed else Severity.WARNING,
        message=_describe_incident(data),
        at=entry.at,
        metadata={
            "incident": data.incident.value,
            "since": data.since.isoformat(),
            "until": data.until.isoformat(),
            "madeLate": data.made_late,
            "missed": data.missed,
        },
    )


def _describe_incident(data: _Reported) -> str:
    since, until = _format(data.since), _format(data.until)
    match data.incident:
        case Incident.CLOCK_WENT_BACK:
            return messages.clock_went_back(until, since)
        case Incident.STREAMS_DELETED:
            return messages.streams_deleted(since, ", ".join(data.names))
        case Incident.WINDOWS_LOST:
            return messages.windows_lost(since, until, _describe_consequences(data))
        case Incident.TIMEZONE_CHANGED:
            return messages.timezone_changed(data.before, data.after)
        case Incident.OUTAGE:
            return messages.scheduler_stopped(since, until, _describe_consequences(data))


def _format(at: Instant) -> str:
    """In the zone of the application, in which work writes the instants of an incident."""
    return format_instant(at, at.tzinfo or dt.UTC)


def _describe_consequences(data: _Reported) -> str:
    sentences: list[str] = []
    if data.made_late:
        sentences.append(messages.came_late(number(data.made_late, "scheduled date")))
    if data.missed:
        sentences.append(messages.were_missed(number(data.missed, "scheduled date")))
    return " ".join(sentences)
