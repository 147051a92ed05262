"""What an import finds, and what it writes. Unique indexes decide who holds a window, a step or an anchor date."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from contracts.fields.lenient import Raw
from contracts.transfer.export_records import Entity, Record
from services.kit.mongo.driver import AsyncCollection, Database, Query, Session
from services.kit.mongo.writing import insert_each
from services.work.runs.documents import RunDocument
from services.work.search_keys import TEXTS, search_fields, with_search_fields
from services.work.transfer.snapshots import COLLECTIONS

_HELD: dict[Entity, tuple[tuple[str, ...], ...]] = {
    Entity.TASKS: (("recurring_config_id", "window_date"), ("bundle_id", "template_task_ref")),
    Entity.BUNDLES: (("run_key",),),
}
"""Of each entity, what only one document may have; the last field is missing from those that do not claim it."""


@dataclass(frozen=True)
class Update:
    """``before`` as it was read; ``fields`` are set, ``gone`` are removed."""

    before: Record
    fields: Record
    gone: Set[str]


class Imports:
    def __init__(self, database: Database) -> None:
        self._by_entity: dict[Entity, AsyncCollection[Record]] = {
            entity: database[name] for entity, name in COLLECTIONS.items()
        }
        self._runs: AsyncCollection[RunDocument] = database.bundles

    async def find(self, entity: Entity, ids: list[str]) -> dict[str, Record]:
        """By id, tombstones included."""
        return {one["_id"]: one async for one in self._by_entity[entity].find({"_id": {"$in": ids}})}

    async def runs_of(self, tasks: Iterable[Record]) -> dict[str, RunDocument]:
        """Runs of the tasks by id, of each only its status; deleted ones are left out."""
        ids = sorted({task["bundle_id"] for task in tasks if task.get("bundle_id")})
        return {one["_id"]: one async for one in self._runs.find({"_id": {"$in": ids}, "deleted_at": None}, ["status"])}

    async def held(self, entity: Entity, documents: list[Record]) -> set[str]:
        """Ids of those that claim what another document has."""
        refused: set[str] = set()
        for names in _HELD.get(entity, ()):
            claims = {tuple(one.get(name) for name in names): one["_id"] for one in documents if one.get(names[-1])}
            if not claims:
                continue
            query = {"$or": [dict(zip(names, claim, strict=True)) for claim in claims]}
            async for holder in self._by_entity[entity].find(query, [*names]):
                claimant = claims[tuple(holder.get(name) for name in names)]
                if claimant != holder["_id"]:
                    refused.add(claimant)
        return refused

    async def insert(self, entity: Entity, documents: list[Record]) -> set[str]:
        """Returns the ids of those that an index refused: they are there by now, or claim what another has."""
        name = COLLECTIONS[entity]
        stored = [with_search_fields(name, one) for one in documents] if name in TEXTS else documents
        refused = await insert_each(self._by_entity[entity], stored)
        return {documents[position]["_id"] for position in refused}

    async def update(self, entity: Entity, update: Update, session: Session) -> bool:
        """False when somebody changed it since. Raises DuplicateKeyError when it claims what another has."""
        collection = COLLECTIONS[entity]
        unchanged = {"_id": update.before["_id"], "version": update.before.get("version")}
        change = _change(collection, update)
        return (await self._by_entity[entity].update_one(unchanged, change, session=session)).matched_count == 1


def _change(collection: str, update: Update) -> Query:
    keys: Raw = search_fields(collection, update.fields) if collection in TEXTS else {}
    change: Query = {"$set": {**update.fields, **keys}} if update.fields else {}
    if update.gone:
        gone = [*update.gone, *(["search_tags"] if "tags" in update.gone else [])]
        change["$unset"] = dict.fromkeys(gone, "")
    return change
