"""Workflow runs as stored, and what happens to their tasks when they are archived, restored or deleted."""

import datetime as dt
from collections.abc import Mapping

from contracts.fields.lenient import Raw
from contracts.runs import ListBundleCards
from contracts.values import BundleStatus, TaskStatus
from services.kit.mongo.driver import ASCENDING, DESCENDING, AsyncCollection, Database, Query, Session
from services.kit.mongo.indexes import Index
from services.kit.mongo.reading import beyond
from services.work.generation.making import run_key
from services.work.runs.documents import RunDocument
from services.work.search_keys import containing, search_fields, with_search_fields
from services.work.tasks.documents import TaskDocument

INDEXES = (
    Index("bundles", "listed", ("deleted_at", "_id")),
    Index("bundles", "by_status", ("status", "deleted_at", "anchor_date", "_id")),
    # Home counts the active runs without a look at those that are finished.
    Index("bundles", "by_stage", ("status", "deleted_at", "stage", "_id")),
)
_NOT_DELETED = {"deleted_at": None}
_OPEN = {"$in": [TaskStatus.TODO.value, TaskStatus.WAITING.value]}


class Runs:
    def __init__(self, database: Database) -> None:
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._tasks: AsyncCollection[TaskDocument] = database.tasks

    async def add(self, run: RunDocument, tasks: list[TaskDocument], session: Session) -> None:
        """Raises DuplicateKeyError when another run holds its ``run_key``."""
        await self._runs.insert_one(with_search_fields("bundles", run), session=session)
        if tasks:
            await self._tasks.insert_many([with_search_fields("tasks", task) for task in tasks], session=session)

    async def find(self, id: str, session: Session | None = None) -> RunDocument | None:
        return await self._runs.find_one({"_id": id, **_NOT_DELETED}, session=session)

    async def taken(self, run_keys: list[str]) -> set[str]:
        """Those of the keys that a run holds, a deleted one too."""
        found = await self._runs.find({"run_key": {"$in": run_keys}}, ["run_key"]).to_list(None)
        return {key for run in found if (key := run.get("run_key"))}

    async def anchors_made(self, template_id: str, start: dt.date) -> list[dt.date]:
        """The anchor dates from ``start`` on for which a run of the template was ever made."""
        keys = {"$gte": run_key(template_id, start), "$lte": run_key(template_id, dt.date.max)}
        found = await self._runs.find({"run_key": keys}, ["run_key"]).to_list(None)
        return [dt.date.fromisoformat(key.rpartition(":")[2]) for run in found if (key := run.get("run_key"))]

    async def holder(self, key: str, session: Session) -> str | None:
        """The id of the run that took a ``run_key``, also of one that was archived or deleted."""
        run = await self._runs.find_one({"run_key": key}, ["_id"], session=session)
        return run["_id"] if run else None

    async def serves(self, template_id: str, anchor: dt.date, session: Session) -> bool:
        """Whether a run that is neither archived nor deleted stands for an anchor date of a template.

        The run that took the date first is written to, so that of two commands that ask at once the second asks again.
        """
        key = run_key(template_id, anchor)
        asked: Query = {"$inc": {"joins": 1}}
        await self._runs.update_one({"run_key": key}, asked, session=session)
        of_date = {"$or": [{"run_key": key}, {"template_id": template_id, "anchor_date": anchor.isoformat()}]}
        query = {"status": BundleStatus.ACTIVE.value, **_NOT_DELETED, **of_date}
        return await self._runs.count_documents(query, limit=1, session=session) == 1

    async def join(self, id: str, session: Session) -> RunDocument | None:
        """The run that a task is about to join. It is written to, so that an archive in the same instant comes before
        or after, and hides the task or is seen by it."""
        joined: Query = {"$inc": {"joins": 1}}
        return await self._runs.find_one_and_update(
            {"_id": id, **_NOT_DELETED}, joined, return_document=True, session=session
        )

    async def change(self, id: str, changes: Mapping[str, object], session: Session) -> RunDocument:
        return await self._runs.find_one_and_update(
            {"_id": id},
            {"$set": {**changes, **search_fields("bundles", changes)}, "$inc": {"version": 1}},
            return_document=True,
            session=session,
        )

    async def page(self, *, after: str, limit: int) -> list[RunDocument]:
        """In the order of their ids, archived ones too."""
        query: Query = {**_NOT_DELETED, "_id": {"$gt": after}}
        return await self._runs.find(query).sort("_id", ASCENDING).limit(limit).to_list(limit)

    async def by_anchor(self, question: ListBundleCards) -> list[RunDocument]:
        """In the order of anchor date and id; ``after`` is a ``run_position``."""
        status = BundleStatus.ARCHIVED if question.archived else BundleStatus.ACTIVE
        query: Query = {"status": status.value, **_NOT_DELETED}
        direction = DESCENDING if question.latest_first else ASCENDING
        if question.title:
            query |= containing(question.title)
        if question.after is not None:
            anchor, _, id = question.after.partition("/")
            query |= beyond("anchor_date", (anchor, id), direction=direction)
        order = [("anchor_date", direction), ("_id", direction)]
        return await self._runs.find(query).sort(order).limit(question.limit).to_list(question.limit)

    async def open_tasks(self, id: str, session: Session, *, limit: int) -> tuple[int, list[TaskDocument]]:
        """How many tasks of a run are neither done nor archived, and the first of them by date."""
        query = {"bundle_id": id, "status": _OPEN, **_NOT_DELETED}
        count = await self._tasks.count_documents(query, session=session)
        cursor = self._tasks.find(query, ["description", "date"], session=session).sort("date", ASCENDING)
        return count, await cursor.limit(limit).to_list(limit)

    async def done_tasks(self, id: str, session: Session) -> list[TaskDocument]:
        query = {"bundle_id": id, "status": TaskStatus.DONE.value, **_NOT_DELETED}
        return await self._tasks.find(query, session=session).to_list(None)

    async def set_live(self, id: str, *, live: bool, session: Session) -> None:
        """Let the tasks of a run count, or count nowhere."""
        await self._tasks.update_many({"bundle_id": id, **_NOT_DELETED}, {"$set": {"live": live}}, session=session)

    async def delete_tasks(self, id: str, now: dt.datetime, session: Session) -> int:
        """Hide the tasks of a run for good; returns how many."""
        deletion = {"$set": {"deleted_at": now, "live": False}, "$inc": {"version": 1}}
        return (
            await self._tasks.update_many({"bundle_id": id, **_NOT_DELETED}, deletion, session=session)
        ).modified_count


def run_position(run: RunDocument) -> str:
    stored: Raw = run
    return f"{stored.get('anchor_date', '')}/{run['_id']}"
