"""The workflow runs that took the anchor dates of skipped windows, and what became of them since."""

from typing import Any

from contracts.values import BundleStatus, Kind, Outcome, Stage, TaskStatus
from contracts.views import Holder, HolderState, WindowRow
from services.kit.mongo import ASCENDING, Database, Document

_FIELDS = ["title", "status", "deleted_at", "run_key", "stage"]
_PUT_AWAY = ["bundle.archived", "bundle.deleted"]


class Holders:
    def __init__(self, database: Database) -> None:
        self._bundles: Any = database.bundles
        self._tasks: Any = database.tasks
        self._history: Any = database.history

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
        stage = await self._bundles.find_one({"_id": id}, ["stage"])
        is_finished = stage["stage"] == Stage.DONE.value and not await self._tasks.count_documents(
            {"bundle_id": id, "status": opened}, limit=1
        )
        return None if is_finished else holder

    async def _of(self, ids: list[str]) -> dict[str, Holder]:
        """By the id of the run that took the date; the holder is another one if that was put away and another stands
        for the date now."""
        if not ids:
            return {}
        found = {one["_id"]: one async for one in self._bundles.find({"_id": {"$in": ids}}, _FIELDS)}
        away = [one for one in found.values() if _state(one) is not HolderState.ACTIVE]
        instead, events = await self._instead_of(away), await self._events([one["_id"] for one in away])
        holders: dict[str, Holder] = {}
        for id, taker in found.items():
            key = taker.get("run_key", "")
            run = instead.get(key) or taker
            event = events.get(run["_id"], {})
            holders[id] = Holder(
                id=run["_id"],
                title=run["title"],
                state=_state(run),
                anchor_date=key.rpartition(":")[2] or None,
                by=event.get("actor"),
                at=event.get("at"),
            )
        return holders

    async def _instead_of(self, away: list[Document]) -> dict[str, Document]:
        """Active runs by the key of the run that was put away."""
        keys = [run["run_key"] for run in away if "run_key" in run]
        wanted = [dict(zip(("template_id", "anchor_date"), key.rsplit(":", 1), strict=True)) for key in keys]
        if not wanted:
            return {}
        query = {"status": BundleStatus.ACTIVE.value, "deleted_at": None, "$or": wanted}
        runs = self._bundles.find(query, [*_FIELDS, "template_id", "anchor_date"])
        return {f"{run['template_id']}:{run['anchor_date']}": run async for run in runs}

    async def _events(self, ids: list[str]) -> dict[str, Document]:
        """The history entry of the last time that each run was archived or deleted."""
        query = {"bundle_id": {"$in": ids}, "kind": {"$in": _PUT_AWAY}}
        entries = self._history.find(query, ["bundle_id", "actor", "at"]).sort("recorded_at", ASCENDING)
        return {entry["bundle_id"]: entry async for entry in entries}


def _state(run: Document) -> HolderState:
    if run.get("deleted_at") is not None:
        return HolderState.DELETED
    return HolderState.ARCHIVED if run.get("status") == BundleStatus.ARCHIVED.value else HolderState.ACTIVE
