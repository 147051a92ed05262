"""The workflow runs that took the anchor dates of skipped windows, and what became of them since."""

from contracts.values import BundleStatus, Kind, Outcome, Stage, TaskStatus, calendar_date
from contracts.windows import Holder, HolderState, WindowRow
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database
from services.work.history.documents import HistoryDocument
from services.work.runs.documents import RunDocument
from services.work.tasks.documents import TaskDocument

_FIELDS = ["title", "status", "deleted_at", "run_key", "stage"]
_PUT_AWAY = ["bundle.archived", "bundle.deleted"]


class Holders:
    def __init__(self, database: Database) -> None:
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._tasks: AsyncCollection[TaskDocument] = database.tasks
        self._history: AsyncCollection[HistoryDocument] = database.history

    async def beside(self, entries: list[WindowRow]) -> list[WindowRow]:
        """The rows, each skipped window of a template with the run that holds its anchor date."""
        ids = {entry.item_id for entry in entries if entry.kind is Kind.TEMPLATE and entry.outcome is Outcome.SKIPPED}
        held = await self._of(sorted(id for id in ids if id is not None))
        return [
            entry.model_copy(update={"holder": held[entry.item_id]}) if entry.item_id in held else entry
            for entry in entries
        ]

    async def put_away(self, id: str) -> Holder | None:
        """The run that took an anchor date, if it was archived or deleted unfinished and no other run stands for that
        date; else None."""
        holder = (await self._of([id])).get(id)
        if holder is None or holder.state is HolderState.ACTIVE:
            return None
        opened = {"$in": [TaskStatus.TODO.value, TaskStatus.WAITING.value]}
        run = await self._runs.find_one({"_id": id}, ["stage"])
        is_finished = (
            run is not None
            and run["stage"] == Stage.DONE.value
            and not await self._tasks.count_documents({"bundle_id": id, "status": opened}, limit=1)
        )
        return None if is_finished else holder

    async def _of(self, ids: list[str]) -> dict[str, Holder]:
        """By the id of the run that took the date; the holder is another one if that was put away and another stands
        for the date now."""
        if not ids:
            return {}
        found: dict[str, RunDocument] = {
            one["_id"]: one async for one in self._runs.find({"_id": {"$in": ids}}, _FIELDS)
        }
        away = [one for one in found.values() if _state(one) is not HolderState.ACTIVE]
        instead, events = await self._instead_of(away), await self._events([one["_id"] for one in away])
        holders: dict[str, Holder] = {}
        for id, taker in found.items():
            key = taker.get("run_key", "")
            run = instead.get(key) or taker
            event = events.get(run["_id"])
            holders[id] = Holder(
                id=run["_id"],
                title=run["title"],
                state=_state(run),
                anchor_date=calendar_date(anchor) if (anchor := key.rpartition(":")[2]) else None,
                by=event and event.get("actor"),
                at=event and event.get("at"),
            )
        return holders

    async def _instead_of(self, away: list[RunDocument]) -> dict[str, RunDocument]:
        """Active runs by the key of the run that was put away."""
        keys = [key for run in away if (key := run.get("run_key")) is not None]
        wanted = [dict(zip(("template_id", "anchor_date"), key.rsplit(":", 1), strict=True)) for key in keys]
        if not wanted:
            return {}
        query = {"status": BundleStatus.ACTIVE.value, "deleted_at": None, "$or": wanted}
        runs = await self._runs.find(query, [*_FIELDS, "template_id", "anchor_date"]).to_list(None)
        return {f"{run.get('template_id')}:{run['anchor_date']}": run for run in runs}

    async def _events(self, ids: list[str]) -> dict[str, HistoryDocument]:
        """The history entry of the last time that each run was archived or deleted."""
        query = {"bundle_id": {"$in": ids}, "kind": {"$in": _PUT_AWAY}}
        entries = self._history.find(query, ["bundle_id", "actor", "at"]).sort("recorded_at", ASCENDING)
        return {id: entry for entry in await entries.to_list(None) if (id := entry.get("bundle_id"))}


def _state(run: RunDocument) -> HolderState:
    if run.get("deleted_at") is not None:
        return HolderState.DELETED
    return HolderState.ARCHIVED if run.get("status") == BundleStatus.ARCHIVED.value else HolderState.ACTIVE
