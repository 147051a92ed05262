"""Everything that is stored, as it was at one instant: for the export."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import structlog

from contracts.transfer.export_records import Entity, Record
from contracts.values import TaskStatus
from services.kit.mongo.driver import Database, OperationFailure, Query, Row
from services.kit.mongo.reading import cluster_time, find_at
from services.work.transfer.export_records import ProofOutside

COLLECTIONS = {
    Entity.TASKS: "tasks",
    Entity.BUNDLES: "bundles",
    Entity.TEMPLATES: "templates",
    Entity.RECURRING_CONFIGS: "recurring",
    Entity.FILES: "files",
    Entity.ARTIFACTS: "artifacts",
    Entity.WINDOWS: "windows",
    Entity.HISTORY: "history",
}


_KEPT, _LONG_EXPORT_SECONDS = "minSnapshotHistoryWindowInSeconds", 1_800
_NAMED = 1_000
_log = structlog.get_logger(__name__)


class Snapshots:
    """Each method raises SnapshotGone when the database cannot look back so far."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Have the server keep as much of its past as a long export needs. Log what it keeps, in seconds, where we may
        not raise it, or that we may not ask."""
        admin = self._database.client.admin
        kept: int | None = None
        try:
            kept = (await admin.command({"getParameter": 1, _KEPT: 1}))[_KEPT]
            if kept is not None and kept < _LONG_EXPORT_SECONDS:
                await admin.command({"setParameter": 1, _KEPT: _LONG_EXPORT_SECONDS})
        except OperationFailure as error:
            event = "export.history_unknown" if kept is None else "export.history_is_short"
            _log.warning(event, seconds=kept, needed=_LONG_EXPORT_SECONDS, code=error.code)

    async def choose(self) -> tuple[str, int]:
        """The instant, and about how many documents there are."""
        counts = [await self._database[name].estimated_document_count() for name in COLLECTIONS.values()]
        return await cluster_time(self._database), sum(counts)

    async def page(self, entity: Entity, at: str, *, after: str, limit: int) -> list[Row]:
        """Tombstones included, in the order of their ids; nothing for what is not kept here."""
        if entity not in COLLECTIONS:
            return []
        return await find_at(self._database, at, COLLECTIONS[entity], {"_id": {"$gt": after}}, limit=limit)

    async def without_id(self, entity: Entity, at: str) -> list[object]:
        """The ids that are no text, or an empty one: no page has their documents, for nothing can name them."""
        if entity not in COLLECTIONS:
            return []
        query: Query = {"_id": {"$not": {"$gt": ""}}}
        found = await find_at(self._database, at, COLLECTIONS[entity], query, projection={"_id": 1}, limit=_NAMED)
        return [document["_id"] for document in found]

    async def known(self, at: str, ids: Mapping[Entity, Iterable[str]]) -> dict[Entity, set[str]]:
        """Those of the ids that belong to something; entities that are kept elsewhere are left out."""
        found: dict[Entity, set[str]] = {}
        for entity, wanted in ids.items():
            if entity in COLLECTIONS:
                found[entity] = {row["_id"] for row in await self._with_value(at, entity, "_id", wanted)}
        return found

    async def template_of_runs(self, at: str, ids: Iterable[str]) -> dict[str, str | None]:
        """The template of each run; runs that are not there are left out."""
        runs = await self._with_value(at, Entity.BUNDLES, "_id", ids, "template_id")
        return {run["_id"]: run.get("template_id") for run in runs}

    async def proof_of(self, at: str, tasks: Iterable[Record]) -> ProofOutside:
        """The files and artifacts that count for those of the tasks that are done."""
        done = [task for task in tasks if task["status"] == TaskStatus.DONE]
        with_file = [task["task_id"] for task in done if _wants(task, "file") or task.get("requires_file")]
        files = await self._with_value(at, Entity.FILES, "task_id", with_file, "task_id", "deleted_at")
        held = _texts(file["task_id"] for file in files if file.get("deleted_at") is None)
        wanting = [task for task in done if _wants(task, "artifact")]
        if not wanting:
            return ProofOutside(with_file=held)
        bundles = sorted({task["bundle_id"] for task in wanting if "bundle_id" in task})
        runs = await self._with_value(at, Entity.BUNDLES, "_id", bundles, "artifact_refs")
        listed = {run["_id"]: _listed(run) for run in runs}
        owners: list[Query] = [
            {"task_id": {"$in": [task["task_id"] for task in wanting]}},
            {"bundle_id": {"$in": bundles}},
            {"_id": {"$in": [id for owner in (*wanting, *runs) for id in _listed(owner)]}},
        ]
        query: Query = {"status": "approved", "deleted_at": None, "$or": owners}
        approved = await self._find(at, Entity.ARTIFACTS, query, "task_id", "bundle_id")
        return ProofOutside(
            with_file=held,
            approved={artifact["_id"] for artifact in approved},
            approved_for_task=_texts(artifact.get("task_id") for artifact in approved),
            approved_for_bundle=_texts(artifact.get("bundle_id") for artifact in approved),
            listed=listed,
        )

    async def _with_value(self, at: str, entity: Entity, field: str, values: Iterable[str], *fields: str) -> list[Row]:
        """Nobody is asked about nothing."""
        wanted = sorted(values)
        return await self._find(at, entity, {field: {"$in": wanted}}, *fields) if wanted else []

    async def _find(self, at: str, entity: Entity, query: Query, *fields: str) -> list[Row]:
        projection = dict.fromkeys(fields or ("_id",), 1)
        return await find_at(self._database, at, COLLECTIONS[entity], query, projection=projection)


def _wants(task: Record, kind: str) -> bool:
    proof: Record = task.get("proof_requirement") or {}
    return proof.get("type") == kind


def _listed(owner: Row) -> list[str]:
    """Runs are read as they are stored; what is no reference names nothing."""
    stored = owner.get("artifact_refs")
    references = cast("list[Any]", stored if isinstance(stored, list) else [])
    ids = [cast("Row", one).get("artifactId") for one in references if isinstance(one, dict)]
    return [id for id in ids if isinstance(id, str)]


def _texts(values: Iterable[object]) -> set[str]:
    return {value for value in values if isinstance(value, str)}
