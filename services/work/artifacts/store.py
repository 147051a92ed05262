"""Artifacts, and the tasks and runs that they are proof for."""

import datetime as dt
from typing import Any

from contracts.artifacts import Artifact, ListArtifacts
from contracts.values import TaskStatus
from services.kit.mongo import ASCENDING, Database, Document, Index, Session, beyond
from services.work.artifacts.rules import artifact_of, listed, reference_to

INDEXES = (
    Index("artifacts", "of_task", ("task_id",), {"sparse": True}),
    Index("artifacts", "of_run", ("bundle_id",), {"sparse": True}),
    Index("artifacts", "by_age", ("created_at", "_id")),
    Index("tasks", "listing_artifact", ("artifact_refs.artifactId",), {"sparse": True}),
    Index("bundles", "listing_artifact", ("artifact_refs.artifactId",), {"sparse": True}),
)
_WANTING: Document = {"proof_requirement.type": "artifact"}
_FILTERS = ("task_id", "bundle_id", "assistant_job_id", "file_id", "status", "type")


class Artifacts:
    def __init__(self, database: Database) -> None:
        self._artifacts: Any = database.artifacts
        self._tasks: Any = database.tasks
        self._bundles: Any = database.bundles
        self._files: Any = database.files

    async def find(self, id: str, session: Session | None = None) -> Document | None:
        return await self._artifacts.find_one({"_id": id, "deleted_at": None}, session=session)

    async def put(self, artifact: Document, session: Session) -> None:
        await self._artifacts.replace_one({"_id": artifact["_id"]}, artifact, upsert=True, session=session)

    async def page(self, question: ListArtifacts) -> list[Artifact] | None:
        """``after`` is the id of the last one of the page before; None when there is no such artifact."""
        asked = question.model_dump(include=set(_FILTERS), exclude_none=True)
        query: Document = {"deleted_at": None} | asked
        if question.after is not None:
            last: Document | None = await self._artifacts.find_one({"_id": question.after})
            if last is None:
                return None
            query |= beyond("created_at", (last["created_at"], question.after))
        order = [("created_at", ASCENDING), ("_id", ASCENDING)]
        return [artifact_of(one) async for one in self._artifacts.find(query).sort(order).limit(question.limit)]

    async def task(self, id: str, session: Session) -> Document | None:
        return await self._tasks.find_one({"_id": id, "deleted_at": None}, session=session)

    async def bundle(self, id: str, session: Session) -> Document | None:
        return await self._bundles.find_one({"_id": id, "deleted_at": None}, session=session)

    async def file(self, id: str, session: Session) -> Document | None:
        return await self._files.find_one({"_id": id, "deleted_at": None}, session=session)

    async def list_on_task(self, task: Document, artifact: Document, now: dt.datetime, session: Session) -> None:
        await self._list_on(self._tasks, task, artifact, now, session)

    async def list_on_bundle(self, bundle: Document, artifact: Document, now: dt.datetime, session: Session) -> None:
        await self._list_on(self._bundles, bundle, artifact, now, session)

    async def _list_on(
        self, owners: Any, owner: Document, artifact: Document, now: dt.datetime, session: Session
    ) -> None:
        references = listed(owner.get("artifact_refs"), reference_to(artifact))
        change = {"$set": {"artifact_refs": references, "updated_at": now}, "$inc": {"version": 1}}
        await owners.update_one({"_id": owner["_id"]}, change, session=session)

    async def depending_on(self, *states: Document, session: Session) -> Document:
        """A query for the tasks that an artifact counts for, before or after a change of it."""
        id = states[0]["_id"]
        listing = self._bundles.find({"artifact_refs.artifactId": id}, ["_id"], session=session)
        bundles = {one["_id"] async for one in listing}
        bundles |= {state["bundle_id"] for state in states if state.get("bundle_id")}
        tasks = sorted({state["task_id"] for state in states if state.get("task_id")})
        ways: list[Document] = [{"_id": {"$in": tasks}}, {"artifact_refs.artifactId": id}]
        return {"$or": [*ways, {"bundle_id": {"$in": sorted(bundles)}}]}

    async def touch(self, query: Document, session: Session) -> None:
        """So that two changes of what a task's proof is made of, or one and its completion, collide."""
        await self._tasks.update_many({**query, **_WANTING}, {"$inc": {"artifact_changes": 1}}, session=session)

    async def done(self, query: Document, session: Session) -> list[Document]:
        """Done tasks for which an artifact is the proof."""
        wanted = {**query, **_WANTING, "status": TaskStatus.DONE.value, "deleted_at": None}
        return [one async for one in self._tasks.find(wanted, session=session)]
