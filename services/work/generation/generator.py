"""From windows to work: load, decide, write, say what happened. The consumer and the commands share it."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from contracts.fields.lenient import Raw
from contracts.generation import PlannedWindow, Verdict
from contracts.recurring import RecurringConfig
from contracts.templates import Template
from contracts.values import Kind, Outcome, Trigger, Window
from contracts.windows import FinishedWindow, WindowError, WindowsFinished
from services.kit.clock import Clock
from services.kit.mongo.writing import is_transient
from services.kit.redaction.shortening import shorten
from services.kit.redaction.text import redact
from services.work.generation import messages
from services.work.generation.deciding import EXPLICIT, Broken, Hold, Make, NotScheduled, decide
from services.work.generation.ledger import Ledger
from services.work.generation.making import InvalidDefinition, Run, automatic_run, recurring_task
from services.work.generation.records import (
    Asked,
    Draft,
    entry_of,
    failed_history_entry,
    generated_history_entry,
    missed,
    put_away_error,
    settle_window,
)
from services.work.generation.store import Generation, LedgerEntry
from services.work.history.store import History
from services.work.schedules.reading import Source, Unreadable
from services.work.schedules.store import Schedules

_TRANSACTIONS_AT_ONCE = 8
_TRIES = 5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Handled:
    """What became of one window. ``outcome`` is None for a date without a window and for an unexpected error."""

    window: Window
    outcome: Outcome | None
    repeated: bool = False
    error: WindowError | None = None
    unexpected: bool = False
    opened_at: dt.datetime | None = None
    documents: Sequence[Raw] = ()
    """What was made, new ones only: a task, or a run and then its tasks."""

    @property
    def is_new(self) -> bool:
        return self.outcome is Outcome.GENERATED and not self.repeated


def finished(results: Sequence[Handled]) -> WindowsFinished:
    return WindowsFinished(
        windows=[
            FinishedWindow(id=one.window.id, outcome=one.outcome, repeated=one.repeated)
            for one in results
            if not one.unexpected
        ]
    )


class Generator:
    def __init__(
        self,
        schedules: Schedules,
        generation: Generation,
        ledger: Ledger,
        history: History,
        *,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._schedules = schedules
        self._generation = generation
        self._holders = generation.holding
        self._ledger = ledger
        self._history = history
        self._clock = clock
        self._zone = zone
        self._worker = str(uuid4())
        self._transactions = asyncio.Semaphore(_TRANSACTIONS_AT_ONCE)
        self._inserts = asyncio.Lock()

    async def handle(self, asked: Sequence[Asked]) -> list[Handled]:
        """Handle windows of any schedules; results in the order asked, a window asked for twice handled once.

        One bad definition never stops its neighbours: after an unexpected error each window is tried alone, and the
        error is recorded for the one that raised it. A database that does not answer raises a transient
        PyMongoError: then nothing is known, and everything may safely be handled again.
        """
        try:
            return await self._handle_together(asked)
        except Exception as error:
            if is_transient(error):
                raise
            if len(asked) == 1:
                return [await self._record_unexpected(asked[0], error)]
            return [handled for one in asked for handled in await self.handle([one])]

    async def plan(self, asked: Sequence[Asked]) -> list[PlannedWindow]:
        """What ``handle`` would do, with nothing written. Windows that lie on no date are left out."""
        now = self._clock.now()
        sources = await self._load(asked, now)
        outcomes = await self._ledger.outcomes([one.window.id for one in asked])
        planned: list[PlannedWindow] = []
        drafts: list[Draft] = []
        for one in asked:
            step = self._decide(one, sources, outcomes.get(one.window.id), now)
            source = sources.get((one.window.kind, one.window.source_id))
            if isinstance(step, Draft):
                drafts.append(step)
            elif source is not None and step.outcome is not None:
                planned.append(_planned(one.window, source, step))
        held = await self._generation.holders([draft.item for draft in drafts])
        for draft, holder in zip(drafts, held, strict=True):
            verdict = Verdict.EXISTS if holder else Verdict.WOULD_CREATE
            planned.append(_plan_of(draft.asked.window, draft.source, verdict, item_id=holder))
        return sorted(planned, key=lambda one: (one.kind, one.source_id, one.date))

    async def record_missed(self, windows: Sequence[Window], reason: str) -> None:
        """Windows that are too old to be made: ``missed`` for this reason, or ``paused`` if they were."""
        now = self._clock.now()
        asked = [Asked(window, Trigger.CATCH_UP, late=True) for window in windows]
        sources = await self._load(asked, now)
        entries: list[LedgerEntry] = []
        for one in asked:
            step = self._decide(one, sources, None, now)
            if isinstance(step, Draft):
                step = missed(step, reason)
            if isinstance(step, LedgerEntry):
                entries.append(step)
        await self._generation.record(entries, now)

    async def record_failed(self, window: Window, error: WindowError, *, attempts: int) -> None:
        """A window that cannot be made, or leaves no trace: a failure, whatever its schedule says."""
        await self._fail(Asked(window, Trigger.CATCH_UP, late=True), error, attempts=attempts)

    async def handle_alone(self, asked: Asked) -> Handled:
        """Handle a window that may kill its worker: a failure once five workers ended over it.

        A worker notes its name before the try, so that a message which kills it is counted, and takes it away after:
        an error that comes back proves that it lived. Raises as ``handle`` does.
        """
        window = asked.window
        try:
            workers = await self._generation.note_lone_try(window.id, self._worker)
            if len(workers - {self._worker}) >= _TRIES:
                error = WindowError(code="kills_worker", message=messages.no_result(_TRIES))
                return await self._fail(asked, error, attempts=_since_last_failure(len(workers)))
            [handled] = await self.handle([asked])
        except Exception:  # whatever it was, it came back: the worker lives
            await self._generation.forget_lone_try(window.id, self._worker)
            raise
        await self._generation.forget_lone_try(window.id, self._worker)
        return handled

    async def reach_database(self) -> None:
        """Raises a transient PyMongoError while the database is out of reach or confirms no write."""
        await self._generation.reach()

    async def _handle_together(self, asked: Sequence[Asked]) -> list[Handled]:
        now = self._clock.now()
        sources = await self._load(asked, now)
        # A row is written last: one that says generated stands for the item and its history too.
        outcomes = await self._ledger.outcomes([one.window.id for one in asked])
        results: dict[str, Handled] = {}
        entries: list[LedgerEntry] = []
        drafts: list[Draft] = []
        for one in {one.window.id: one for one in asked}.values():
            step = self._decide(one, sources, outcomes.get(one.window.id), now)
            match step:
                case Draft():
                    drafts.append(step)
                case LedgerEntry():
                    entries.append(step)
                    results[one.window.id] = _handled(step)
                case Handled():
                    results[one.window.id] = step
        failed = [failed_history_entry(entry, None, now) for entry in entries if entry.error is not None]
        await self._history.add(failed)
        await self._generation.record(entries, now)
        for handled in [*await self._write_tasks(drafts, now), *await self._write_runs(drafts, now)]:
            results[handled.window.id] = handled
        return [results[one.window.id] for one in asked]

    async def _record_unexpected(self, asked: Asked, error: Exception) -> Handled:
        """Failed for good at the fifth error, or at once when somebody waits for the answer."""
        window = asked.window
        _log.error("window.attempt_failed", window=window.id, exc_info=error)
        reason = WindowError(code="unexpected", message=redact(shorten(f"{type(error).__name__}: {error}"))[:500])
        tries = await self._generation.count_error(window.id)
        if tries < _TRIES and asked.trigger not in EXPLICIT:
            return Handled(window, None, error=reason, unexpected=True)
        return await self._fail(asked, reason, attempts=_since_last_failure(tries))

    async def _fail(self, asked: Asked, error: WindowError, *, attempts: int) -> Handled:
        now, window = self._clock.now(), asked.window
        labels = await self._schedules.labels(window.kind, [window.source_id])
        if window.source_id not in labels:
            return _not_scheduled(window, error.message)
        title = labels[window.source_id].title
        entry = LedgerEntry(
            window, Outcome.FAILED, asked.trigger, title, late=asked.late, error=error, attempts=attempts
        )
        await self._history.add([failed_history_entry(entry, asked.actor, now)])
        await self._generation.record([entry], now)
        return _handled(entry)

    async def _load(self, asked: Sequence[Asked], now: dt.datetime) -> dict[tuple[Kind, str], Source]:
        sources: dict[tuple[Kind, str], Source] = {}
        for kind in Kind:
            ids = {one.window.source_id for one in asked if one.window.kind is kind}
            loaded = await self._schedules.load(kind, sorted(ids), now)
            sources.update({(kind, id): source for id, source in loaded.items()})
        return sources

    def _decide(
        self, asked: Asked, sources: dict[tuple[Kind, str], Source], outcome: Outcome | None, now: dt.datetime
    ) -> Draft | LedgerEntry | Handled:
        window = asked.window
        source = sources.get((window.kind, window.source_id))
        if source is None:
            return _not_scheduled(window, messages.no_schedule_of_kind(window.kind, window.source_id))
        decision = decide(source.schedule, window, asked.trigger, outcome=outcome, now=now, zone=self._zone)
        if isinstance(decision, Make):
            decision = self._draft(asked, source, decision, now)
        match decision:
            case Draft():
                return decision
            case NotScheduled(message):
                return _not_scheduled(window, message)
            case Hold(reason, opened_at) if opened_at is None:
                return Handled(window, Outcome.PAUSED, error=WindowError(code="paused", message=reason))
            case _:
                return entry_of(asked, source, decision)

    def _draft(self, asked: Asked, source: Source, make: Make, now: dt.datetime) -> Draft | Broken:
        try:
            match source.definition:
                case RecurringConfig() as config:
                    opened_on = make.opened_at.astimezone(self._zone).date() if make.opened_at else None
                    task = recurring_task(config, asked.window, now, opened_on=opened_on)
                    return Draft(asked, source, make.opened_at, task)
                case Template() as template:
                    today = now.astimezone(self._zone).date()
                    run = automatic_run(template, asked.window, make.revision.lead, now, today)
                    return Draft(asked, source, make.opened_at, run)
                case Unreadable(fault):
                    return Broken("invalid_definition", fault, make.opened_at)
        except InvalidDefinition as error:
            return Broken("invalid_definition", str(error), make.opened_at)

    async def _write_tasks(self, drafts: list[Draft], now: dt.datetime) -> list[Handled]:
        """All new tasks in one insert, then their history, then the ledger: a crash in between repeats the rest."""
        made = [(draft, draft.item) for draft in drafts if not isinstance(draft.item, Run)]
        if not made:
            return []
        async with self._inserts:  # two batches that insert at once end later than one after the other
            written = await self._generation.add_recurring_tasks([task for _, task in made])
            entries: list[LedgerEntry] = []
            handled: list[Handled] = []
            for (draft, task), result in zip(made, written, strict=True):
                entry = settle_window(draft, result.item_id, own_id=task["_id"], fresh=result.fresh)
                entries.append(entry)
                handled.append(_handled(entry, [task] if result.fresh else []))
            held_by_own = [
                generated_history_entry(draft, entry, now)
                for (draft, _), entry in zip(made, entries, strict=True)
                if entry.outcome is Outcome.GENERATED
            ]
            await self._history.add(held_by_own)
            await self._generation.record(entries, now)
        return handled

    async def _write_runs(self, drafts: list[Draft], now: dt.datetime) -> list[Handled]:
        runs = [(draft, draft.item) for draft in drafts if isinstance(draft.item, Run)]
        return list(await asyncio.gather(*(self._write_run(draft, run, now) for draft, run in runs)))

    async def _write_run(self, draft: Draft, run: Run, now: dt.datetime) -> Handled:
        own_id = run.document["_id"]
        entry = settle_window(draft, own_id, own_id=own_id, fresh=True)
        async with self._transactions:
            written = await self._generation.add_run(
                run, entry, partial(generated_history_entry, draft, entry, now, run), now
            )
            if written.fresh:
                return _handled(entry, [run.document, *run.tasks])
            entry = settle_window(draft, written.item_id, own_id=own_id, fresh=False)
            if entry.outcome is Outcome.SKIPPED:
                entry = await self._unless_served(entry, written.item_id)
            await self._generation.record([entry], now)
        return _handled(entry)

    async def _unless_served(self, entry: LedgerEntry, holder_id: str) -> LedgerEntry:
        """The entry with an error to act on, if the run that took the date was put away and none stands for it."""
        away = await self._holders.put_away(holder_id)
        return replace(entry, error=put_away_error(away, self._zone)) if away else entry


def _since_last_failure(tries: int) -> int:
    """Of all tries that went wrong, those that no failure has recorded yet: the first five, then each by itself."""
    return tries if tries <= _TRIES else 1


def _planned(window: Window, source: Source, step: LedgerEntry | Handled) -> PlannedWindow:
    reason = step.error.message if step.error else step.reason if isinstance(step, LedgerEntry) else None
    match step.outcome:
        case Outcome.GENERATED:
            return _plan_of(window, source, Verdict.EXISTS, item_id=window.item_id)
        case Outcome.PAUSED:
            return _plan_of(window, source, Verdict.PAUSED, reason=reason)
        case _:
            return _plan_of(window, source, Verdict.INVALID, reason=reason)


def _plan_of(
    window: Window, source: Source, verdict: Verdict, *, item_id: str | None = None, reason: str | None = None
) -> PlannedWindow:
    return PlannedWindow(
        kind=window.kind,
        source_id=window.source_id,
        title=source.schedule.title,
        date=window.date,
        verdict=verdict,
        item_id=item_id,
        reason=reason,
    )


def _handled(entry: LedgerEntry, documents: Sequence[Raw] = ()) -> Handled:
    return Handled(
        entry.window,
        entry.outcome,
        entry.repeated,
        entry.error,
        opened_at=entry.opened_at,
        documents=documents,
    )


def _not_scheduled(window: Window, message: str) -> Handled:
    return Handled(window, None, error=WindowError(code="not_scheduled", message=message))
