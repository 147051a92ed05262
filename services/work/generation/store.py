"""What generation writes: tasks, runs, the window ledger. Unique indexes decide, never a look beforehand."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from contracts.values import Outcome, Trigger, Window
from contracts.windows import WindowError
from services.kit.clock import Clock
from services.kit.mongo.driver import AsyncCollection, Database, DuplicateKeyError, Query, Session, UpdateOne
from services.kit.mongo.indexes import Index, only_with
from services.kit.mongo.transactions import in_transaction
from services.kit.mongo.writing import insert_each
from services.work.generation.documents import ErrorDocument, WindowDocument, WindowErrorDocument
from services.work.generation.holders import Holders
from services.work.generation.making import Run
from services.work.history.documents import HistoryDocument
from services.work.runs.documents import RunDocument
from services.work.search_keys import with_search_fields
from services.work.tasks.documents import TaskDocument

_UNIQUE = {"unique": True}
INDEXES = (
    # What makes generation exact: a window, a step and an anchor date are each held by one document.
    Index("tasks", "one_per_window", ("recurring_config_id", "window_date"), _UNIQUE | only_with("window_date")),
    Index("tasks", "one_per_step", ("bundle_id", "template_task_ref"), _UNIQUE | only_with("template_task_ref")),
    Index("bundles", "one_per_anchor", ("run_key",), _UNIQUE | {"sparse": True}),
    Index("window_errors", "kept_a_month", ("at",), {"expireAfterSeconds": 30 * 86_400}),
)

_REACHED = "reached"
"""No window's id."""


@dataclass(frozen=True)
class LedgerEntry:
    """What the ledger is told of one handled window."""

    window: Window
    outcome: Outcome
    trigger: Trigger
    title: str
    repeated: bool = False
    opened_at: dt.datetime | None = None
    late: bool = False
    item_id: str | None = None
    error: WindowError | None = None
    reason: str | None = None
    attempts: int = 1
    """Tries that this entry ends: several when the earlier ones left no row."""


@dataclass(frozen=True)
class Written:
    """Whether the item was new, or which item holds the window (its own id, or another's)."""

    fresh: bool
    item_id: str


class Generation:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: AsyncCollection[TaskDocument] = database.tasks
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._windows: AsyncCollection[WindowDocument] = database.windows
        self._history: AsyncCollection[HistoryDocument] = database.history
        self._errors: AsyncCollection[WindowErrorDocument] = database.window_errors
        self.holding = Holders(database)

    async def reach(self) -> None:
        """A write, for a server that no majority follows still answers. Raises PyMongoError."""
        await self._errors.update_one({"_id": _REACHED}, {"$set": {"at": Clock.wall()}}, upsert=True)

    async def add_recurring_tasks(self, tasks: list[TaskDocument]) -> list[Written]:
        """Insert tasks that are not there yet; for each refused one, say which task holds its window."""
        refused = await insert_each(self._tasks, [with_search_fields("tasks", task) for task in tasks])
        again = [tasks[position] for position in sorted(refused)]
        own = await self._present([task["_id"] for task in again])
        holders = await self._holders([task for task in again if task["_id"] not in own])
        return [
            Written(position not in refused, holders.get(window_key(task)) or task["_id"])
            for position, task in enumerate(tasks)
        ]

    async def _present(self, ids: list[str]) -> set[str]:
        """A repeat is nearly always refused for its own id, which is far cheaper to ask for than its window."""
        if not ids:
            return set()
        return {task["_id"] async for task in self._tasks.find({"_id": {"$in": ids}}, ["_id"])}

    async def _holders(self, tasks: list[TaskDocument]) -> dict[tuple[str, str], str]:
        if not tasks:
            return {}
        query = {
            "$or": [{"recurring_config_id": config, "window_date": date} for config, date in map(window_key, tasks)]
        }
        return {window_key(task): task["_id"] async for task in self._tasks.find(query, [*_WINDOW_KEY])}

    async def holders(self, items: Sequence[Run | TaskDocument]) -> list[str | None]:
        """For each task or run that would be written, the id of what holds its window already."""
        tasks = await self._holders([item for item in items if not isinstance(item, Run)])
        keys = [key for item in items if isinstance(item, Run) and (key := item.document.get("run_key"))]
        found = await self._runs.find({"run_key": {"$in": keys}}, ["run_key"]).to_list(None)
        runs = {one.get("run_key"): one["_id"] for one in found}
        return [
            runs.get(item.document.get("run_key")) if isinstance(item, Run) else tasks.get(window_key(item))
            for item in items
        ]

    async def add_run(
        self, run: Run, entry: LedgerEntry, history: Callable[[], HistoryDocument], now: dt.datetime
    ) -> Written:
        """Run, tasks, history and ledger entry in one transaction, or nothing at all.

        Every attempt asks for its own history row: one recorded before a long wait lies behind who reads history.
        """
        document = with_search_fields("bundles", run.document)
        tasks = [with_search_fields("tasks", task) for task in run.tasks]

        async def write(session: Session) -> None:
            await self._runs.insert_one(document, session=session)
            await self._tasks.insert_many(tasks, session=session)
            await self._history.insert_one(history(), session=session)
            await self._windows.bulk_write([_ledger_update(entry, now)], session=session)

        try:
            await in_transaction(self._database, write)
        except DuplicateKeyError:
            same: list[Query] = [{"_id": document["_id"]}]
            if "run_key" in document:
                same.append({"run_key": document["run_key"]})
            holder = await self._runs.find_one({"$or": same}, ["_id"])
            if holder is None:
                raise
            return Written(fresh=False, item_id=holder["_id"])
        return Written(fresh=True, item_id=document["_id"])

    async def record(self, entries: Iterable[LedgerEntry], now: dt.datetime) -> None:
        """Write each window's ledger row by the rule: ``generated`` is final, others may become it, and failed and
        missed ones may become ``skipped``; nothing else changes."""
        entries = list(entries)
        first_time = [entry for entry in entries if not entry.repeated]
        known = await insert_each(self._windows, [_new_entry_document(entry, now) for entry in first_time])
        again = [entry for entry in entries if entry.repeated] + [first_time[position] for position in sorted(known)]
        if again:
            await self._windows.bulk_write([_ledger_update(entry, now) for entry in again], ordered=False)

    async def count_error(self, window_id: str) -> int:
        """Note an unexpected error of a window; returns how many there were, this one included."""
        changed = {"$inc": {"errors": 1}, "$set": {"at": Clock.wall()}}
        counts = await self._errors.find_one_and_update({"_id": window_id}, changed, upsert=True, return_document=True)
        return counts.get("errors", 0)

    async def note_lone_try(self, window_id: str, worker: str) -> set[str]:
        """Note that a worker is about to try a window alone; returns who had noted it before and not been forgotten.

        A set, because an error may leave the note written: a worker that comes again is the same one.
        """
        changed = {"$addToSet": {"tried_alone_by": worker}, "$set": {"at": Clock.wall()}}
        before = await self._errors.find_one_and_update({"_id": window_id}, changed, upsert=True)
        return set(before.get("tried_alone_by", ())) if before else set()

    async def forget_lone_try(self, window_id: str, worker: str) -> None:
        await self._errors.update_one({"_id": window_id}, {"$pull": {"tried_alone_by": worker}})


_WINDOW_KEY = ("recurring_config_id", "window_date")


class _Identity(TypedDict):
    """What the first entry of a window says for good."""

    kind: str
    source_id: str
    date: str
    opened_at: dt.datetime | None
    late: bool
    first_at: dt.datetime


_UNMADE = [Outcome.FAILED.value, Outcome.MISSED.value]


def window_key(task: TaskDocument) -> tuple[str, str]:
    return task.get("recurring_config_id", ""), task.get("window_date", "")


def _new_entry_document(entry: LedgerEntry, now: dt.datetime) -> WindowDocument:
    document: WindowDocument = {
        "_id": entry.window.id,
        **_identity(entry, now),
        "outcome": entry.outcome.value,
        "trigger": entry.trigger.value,
        "attempts": entry.attempts,
        "generated": int(entry.outcome is Outcome.GENERATED),
        "skipped": int(entry.outcome is Outcome.SKIPPED),
        "last_at": now,
    }
    if entry.item_id is not None:
        document["item_id"] = entry.item_id
    if entry.error is not None:
        document["error"] = _error(entry.error)
        document["open"] = True
    if entry.reason is not None:
        document["reason"] = entry.reason
    return document


def _error(error: WindowError) -> ErrorDocument:
    return {"code": error.code, "message": error.message}


def _identity(entry: LedgerEntry, now: dt.datetime) -> _Identity:
    window = entry.window
    return {
        "kind": window.kind.value,
        "source_id": window.source_id,
        "date": window.date.isoformat(),
        "opened_at": entry.opened_at,
        "late": entry.late,
        "first_at": now,
    }


def _ledger_update(entry: LedgerEntry, now: dt.datetime) -> UpdateOne:
    """How an existing row changes; a row that is not there yet is made when an item exists for it."""
    if entry.outcome is not Outcome.GENERATED:
        return _unsettled_update(entry, now)
    changes: Query = {"outcome": Outcome.GENERATED.value, "generated": 1, "item_id": entry.item_id, "last_at": now}
    at_first: Query = {**_identity(entry, now)}
    if entry.repeated:
        at_first["trigger"] = entry.trigger.value
        counted = {"skipped": 1, "attempts": 0}
    else:
        changes["trigger"] = entry.trigger.value
        counted = {"skipped": 0, "attempts": 1}
    return UpdateOne(
        {"_id": entry.window.id},
        {"$set": changes, "$unset": {"error": "", "open": ""}, "$inc": counted, "$setOnInsert": at_first},
        upsert=True,
    )


def _unsettled_update(entry: LedgerEntry, now: dt.datetime) -> UpdateOne:
    """The outcome stays what it was. But what failed or was missed is skipped once another item is found to hold the
    window: then nothing is left to mend."""
    if entry.error is not None and entry.outcome is not Outcome.SKIPPED:
        return _failed_again(entry, entry.error, now)
    outcomes, changes, unset = [entry.outcome.value], Query(last_at=now), Query()
    if entry.outcome is Outcome.SKIPPED:
        outcomes += _UNMADE
        changes |= {"outcome": Outcome.SKIPPED.value, "trigger": entry.trigger.value, "item_id": entry.item_id}
        if entry.error is None:
            unset = {"error": "", "open": ""}
        else:
            changes |= {"error": entry.error.model_dump(), "open": True}
    same = {"_id": entry.window.id, "outcome": {"$in": outcomes}}
    counted = {"attempts": entry.attempts, "skipped": int(entry.outcome is Outcome.SKIPPED)}
    return UpdateOne(same, {"$set": changes, "$inc": counted, **({"$unset": unset} if unset else {})})


def _failed_again(entry: LedgerEntry, error: WindowError, now: dt.datetime) -> UpdateOne:
    """It is open again: anew, with ``reopened_at``, unless it still was for the same cause."""
    still_open = {"$and": ["$open", {"$eq": ["$error.code", error.code]}]}
    changes: Query = {
        "reopened_at": {"$cond": [still_open, "$reopened_at", now]},
        "error": {"$literal": error.model_dump()},
        "open": True,
        "attempts": {"$add": [{"$ifNull": ["$attempts", 0]}, entry.attempts]},
        "last_at": now,
    }
    return UpdateOne({"_id": entry.window.id, "outcome": {"$in": _UNMADE}}, [{"$set": changes}])
