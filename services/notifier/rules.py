"""What a row of work's history means for people: which notifications it raises, and which it makes needless."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from contracts.values import IsoDate, Model, Trigger
from contracts.views import HistoryRow

WINDOW_GENERATED = "window.generated"
WINDOW_FAILED = "window.failed"
KINDS = (WINDOW_GENERATED, WINDOW_FAILED)
"""The kinds of history rows that have consequences here."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TASK_ANNOUNCED = frozenset({Trigger.SCHEDULE, Trigger.CATCH_UP, Trigger.MANUAL})
"""Who asks for a range of dates, or for one window again, knows what comes of it."""


class NotificationType(StrEnum):
    RECURRING_DUE = "recurring-due"
    STAGE_CHANGE = "stage-change"
    AUTOMATION_FAILURE = "automation-failure"


@dataclass(frozen=True, kw_only=True)
class Raise:
    """A notification, raised once per ``cause``. ``user_id`` None: for everyone."""

    cause: str
    type: NotificationType
    message: str
    at: dt.datetime
    due_on: dt.date
    user_id: str | None = None
    window_id: str | None = None
    task_id: str | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    recurring_config_id: str | None = None
    metadata: dict[str, JsonValue] | None = None


@dataclass(frozen=True)
class ResolveFailure:
    """A window was generated after all: its failure needs nobody any more."""

    window_id: str


Consequence = Raise | ResolveFailure


class _Generated(Model):
    window_id: str
    date: IsoDate
    trigger: Trigger
    title: str
    late: bool = False
    anchor_date: IsoDate | None = None
    user_id: str | None = None


class _Failed(Model):
    window_id: str
    date: IsoDate
    title: str
    code: str
    message: str
    attempts: int = 1


def consequences(row: HistoryRow) -> Iterator[Consequence]:
    """Raises pydantic.ValidationError for a row that lacks what its kind promises."""
    if row.kind == WINDOW_GENERATED:
        yield from _of_generated(row, _Generated.model_validate(row.data))
    elif row.kind == WINDOW_FAILED:
        yield _failure(row, _Failed.model_validate(row.data))


def _of_generated(row: HistoryRow, data: _Generated) -> Iterator[Consequence]:
    yield ResolveFailure(data.window_id)
    if row.bundle_id is not None:
        yield _run_explained(row, data)
    elif data.trigger in _TASK_ANNOUNCED:
        yield _task_due(row, data)


def _run_explained(row: HistoryRow, data: _Generated) -> Raise:
    anchor = data.anchor_date or data.date
    late = f", late: it was due to start on {_words(data.date)}" if data.late else ""
    return Raise(
        cause=f"{NotificationType.STAGE_CHANGE}:{data.window_id}",
        type=NotificationType.STAGE_CHANGE,
        message=f"{data.title}: the run for {_words(anchor)} was created{late}",
        at=row.at,
        due_on=anchor,
        user_id=data.user_id,
        bundle_id=row.bundle_id,
        template_id=row.template_id,
    )


def _task_due(row: HistoryRow, data: _Generated) -> Raise:
    return Raise(
        cause=f"{NotificationType.RECURRING_DUE}:{data.window_id}",
        type=NotificationType.RECURRING_DUE,
        message=f"{data.title} is due on {_words(data.date)}",
        at=row.at,
        due_on=data.date,
        user_id=data.user_id,
        task_id=row.task_id,
        recurring_config_id=row.recurring_config_id,
        metadata={"generatedDate": data.date.isoformat(), "recurringConfigId": row.recurring_config_id},
    )


def _failure(row: HistoryRow, data: _Failed) -> Raise:
    """For everyone: generated work is quiet, failures are loud."""
    source = {"recurringConfigId": row.recurring_config_id, "templateId": row.template_id}
    return Raise(
        cause=f"{NotificationType.AUTOMATION_FAILURE}:{data.window_id}:{data.code}",
        type=NotificationType.AUTOMATION_FAILURE,
        message=f"{data.title}: nothing was generated for {_words(data.date)}. {data.message}",
        at=row.at,
        due_on=data.date,
        window_id=data.window_id,
        template_id=row.template_id,
        recurring_config_id=row.recurring_config_id,
        metadata={
            "date": data.date.isoformat(),
            "kind": "recurring" if row.recurring_config_id else "template",
            "code": data.code,
            "attempts": data.attempts,
            **{name: id for name, id in source.items() if id is not None},
        },
    )


def _words(date: dt.date) -> str:
    return f"{_MONTHS[date.month - 1]} {date.day}, {date.year}"
