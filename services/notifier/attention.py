"""Which notifications the open tasks and failures call for now: pure, compared with what is open by a sweep."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.fields.dates import format_date
from contracts.generation import Failure
from contracts.home import AttentionRow
from contracts.notifications import Severity
from services.notifier import messages
from services.notifier.notices import NewNotification, NotificationType, number

THRESHOLDS = (7, 3, 1)
"""Days late at which an overdue task is told of, the highest first."""
_DATES_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Attended:
    """Open tasks of all people, as work lists them."""

    follow_ups: Sequence[AttentionRow]
    due_today: Sequence[AttentionRow]
    overdue: Sequence[AttentionRow]

    @property
    def open_ids(self) -> set[str]:
        return {row.id for row in (*self.follow_ups, *self.due_today, *self.overdue)}


def called_for_by_tasks(attended: Attended, now: dt.datetime) -> Iterator[NewNotification]:
    for row in attended.follow_ups:
        yield _follow_up_due(row, now)
    for row in attended.due_today:
        if not row.recurring:
            yield _task_due(row, now)
        if row.missing and not row.made_late:
            yield _missing_proof(row, now)
    for row in attended.overdue:
        threshold = next((days for days in THRESHOLDS if row.days_late >= days), None)
        if threshold is not None:
            yield _overdue(row, threshold, now)
        if row.missing and row.days_late:
            yield _missing_proof(row, now)


def _follow_up_due(task: AttentionRow, now: dt.datetime) -> NewNotification:
    return NewNotification(
        cause=f"{NotificationType.FOLLOW_UP_DUE}:{task.id}:{task.follow_up_at}",
        type=NotificationType.FOLLOW_UP_DUE,
        severity=Severity.WARNING,
        message=messages.follow_up_due(task.description, task.waiting_for),
        at=now,
        due_at=task.follow_up_at,
        task_id=task.id,
        bundle_id=task.bundle_id,
    )


def _task_due(task: AttentionRow, now: dt.datetime) -> NewNotification:
    return _of_task(
        task,
        cause=f"{NotificationType.TASK_DUE}:{task.id}:{task.date}",
        type=NotificationType.TASK_DUE,
        severity=Severity.INFO,
        message=messages.task_due(task.description, format_date(task.date)),
        now=now,
    )


def _overdue(task: AttentionRow, threshold: int, now: dt.datetime) -> NewNotification:
    return _of_task(
        task,
        cause=f"{NotificationType.TASK_OVERDUE}:{task.id}:{task.date}:{threshold}",
        type=NotificationType.TASK_OVERDUE,
        severity=Severity.CRITICAL if threshold == max(THRESHOLDS) else Severity.WARNING,
        message=messages.task_overdue(task.description, format_date(task.date), days=threshold),
        now=now,
    )


def _missing_proof(row: AttentionRow, now: dt.datetime) -> NewNotification:
    return _of_task(
        row,
        cause=f"{NotificationType.MISSING_PROOF}:{row.id}",
        type=NotificationType.MISSING_PROOF,
        severity=Severity.WARNING,
        message=messages.proof_missing(row.description, ", ".join(row.missing)),
        now=now,
    )


def _of_task(
    task: AttentionRow, *, cause: str, type: NotificationType, severity: Severity, message: str, now: dt.datetime
) -> NewNotification:
    """About the task alone: what names a run or a schedule tells of that run or schedule."""
    return NewNotification(
        cause=cause,
        type=type,
        severity=severity,
        message=message,
        at=now,
        due_at=task.date.isoformat(),
        user_id=task.assignee_id,
        task_id=task.id,
    )


def called_for_by_failures(failures: Sequence[Failure], now: dt.datetime) -> Iterator[NewNotification]:
    """One for each schedule and error code. What an outage left unmade has been told by the digest of the outage."""
    for failure in failures:
        if failure.kind is not None and failure.source_id is not None:
            yield _failure(failure, now)


def _failure(failure: Failure, now: dt.datetime) -> NewNotification:
    kind, is_template = failure.kind, failure.kind == "template"
    source = {"templateId" if is_template else "recurringConfigId": failure.source_id}
    key = f"{NotificationType.AUTOMATION_FAILURE}:{kind}:{failure.source_id}:{failure.error.code}"
    dates = sorted(failure.dates)
    return NewNotification(
        cause=f"{key}@{failure.since.isoformat(timespec='milliseconds')}",
        type=NotificationType.AUTOMATION_FAILURE,
        severity=Severity.CRITICAL,
        message=messages.window_failed(failure.title, _dates(dates), failure.error.message),
        at=now,
        due_at=dates[0].isoformat(),
        template_id=failure.source_id if is_template else None,
        recurring_config_id=None if is_template else failure.source_id,
        metadata={
            "kind": kind,
            "code": failure.error.code,
            "date": dates[0].isoformat(),
            "dates": [date.isoformat() for date in dates[:_DATES_SHOWN]],
            "attempts": failure.attempts,
            **source,
        },
    )


def _dates(dates: Sequence[dt.date]) -> str:
    if len(dates) == 1:
        return format_date(dates[0])
    return messages.dates_between(number(len(dates), "date"), format_date(dates[0]), format_date(dates[-1]))
