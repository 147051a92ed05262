"""What is written of a decided window: its ledger entry and its row of the history."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from contracts.fields.dates import format_instant
from contracts.recurring import RecurringConfig
from contracts.templates import Template
from contracts.values import RUN_PUT_AWAY, Outcome, Trigger, Window
from contracts.windows import Holder, WindowError
from services.kit.redaction.shortening import shorten
from services.kit.redaction.text import redact
from services.work.generation import messages
from services.work.generation.deciding import Broken, Decision, Hold, Make, NotScheduled, Repeat
from services.work.generation.making import Run
from services.work.generation.store import LedgerEntry
from services.work.history.documents import HistoryDocument, HistoryIds, ids_of_schedule
from services.work.history.store import new_history_entry
from services.work.schedules.reading import Source, Unreadable
from services.work.tasks.documents import TaskDocument


@dataclass(frozen=True)
class Asked:
    """A window to handle, and on whose account."""

    window: Window
    trigger: Trigger
    late: bool = False
    actor: str | None = None


@dataclass(frozen=True)
class Draft:
    """A decided window with the task or the run that it would write."""

    asked: Asked
    source: Source
    opened_at: dt.datetime | None
    item: TaskDocument | Run


def entry_of(asked: Asked, source: Source, decision: Decision) -> LedgerEntry:
    """The ledger entry of a window for which nothing is made."""
    entry = LedgerEntry(asked.window, Outcome.GENERATED, asked.trigger, source.schedule.title, late=asked.late)
    match decision:
        case Repeat():
            return replace(entry, repeated=True, item_id=asked.window.item_id)
        case Hold(reason, opened_at):
            return replace(entry, outcome=Outcome.PAUSED, opened_at=opened_at, reason=reason)
        case Broken(code, message, opened_at):
            error = WindowError(code=code, message=redact(shorten(message)))
            return replace(entry, outcome=Outcome.FAILED, opened_at=opened_at, error=error)
        case Make() | NotScheduled():
            raise AssertionError(f"{decision} has no ledger entry of this sort")


def settle_window(draft: Draft, item_id: str, *, own_id: str, fresh: bool) -> LedgerEntry:
    """Generated when the item carries the window's own id, by any process; skipped when another item does."""
    own = item_id == own_id
    return LedgerEntry(
        draft.asked.window,
        Outcome.GENERATED if own else Outcome.SKIPPED,
        draft.asked.trigger,
        draft.source.schedule.title,
        repeated=own and not fresh,
        opened_at=draft.opened_at,
        late=draft.asked.late,
        item_id=item_id,
    )


def put_away_error(holder: Holder, zone: ZoneInfo) -> WindowError:
    """Why nothing serves the date of a skipped window: the run that took it was archived or deleted."""
    at = format_instant(holder.at, zone) if holder.at else None
    return WindowError(code=RUN_PUT_AWAY, message=redact(messages.run_put_away(holder.title, holder.state, at)))


def missed(draft: Draft, reason: str) -> LedgerEntry:
    return LedgerEntry(
        draft.asked.window,
        Outcome.MISSED,
        Trigger.CATCH_UP,
        draft.source.schedule.title,
        opened_at=draft.opened_at,
        late=True,
        error=WindowError(code="missed", message=reason),
    )


def generated_history_entry(
    draft: Draft, entry: LedgerEntry, now: dt.datetime, run: Run | None = None
) -> HistoryDocument:
    window, definition = entry.window, draft.source.definition
    data: dict[str, object] = {
        "window_id": window.id,
        "date": window.date.isoformat(),
        "trigger": entry.trigger.value,
        "title": entry.title,
        "late": entry.late,
    }
    match definition:
        case RecurringConfig():
            owner = definition.assignee_id
            ids = HistoryIds(task_id=entry.item_id, recurring_config_id=definition.id)
        case Template():
            owner = definition.default_assignee_id
            ids = HistoryIds(bundle_id=entry.item_id, template_id=definition.id)
        case Unreadable():
            raise AssertionError("nothing is made of what cannot be read")
    if owner:
        data["user_id"] = owner
    if run is not None:
        data["anchor_date"] = run.document["anchor_date"]
        data["tasks"] = len(run.tasks)
    return new_history_entry(
        "window.generated", at=now, actor=draft.asked.actor, name=f"{window.id}:generated", data=data, **ids
    )


def failed_history_entry(entry: LedgerEntry, actor: str | None, now: dt.datetime) -> HistoryDocument:
    window, error = entry.window, entry.error
    assert error is not None
    data = {
        "window_id": window.id,
        "date": window.date.isoformat(),
        "trigger": entry.trigger.value,
        "title": entry.title,
        "code": error.code,
        "message": error.message,
    }
    return new_history_entry(
        "window.failed", at=now, actor=actor, data=data, **ids_of_schedule(window.kind, window.source_id)
    )
