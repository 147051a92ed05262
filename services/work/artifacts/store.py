"""Artifacts, and the tasks and runs that they are proof for."""

import datetime as dt

from contracts.artifacts import Artifact, ListArtifacts
from contracts.values import TaskStatus
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, Query, Session
from services.kit.mongo.indexes import Index
from services.kit.mongo.reading import beyond
from services.work.artifacts.documents import ArtifactDocument
from services.work.artifacts.rules import artifact_of, listed, reference_to
from services.work.files.documents import FileDocument
from services.work.runs.documents import RunDocument
from services.work.tasks.documents import TaskDocument

INDEXES = (
    Index("artifacts", "of_task", ("task_id",), {"sparse": True}),
    Index("artifacts", "of_run", ("bundle_id",), {"sparse": True}),
    Index("artifacts", "by_age", ("created_at", "_id")),
    Index("tasks", "listing_artifact", ("artifact_refs.artifactId",), {"sparse": True}),
    Index("bundles", "listing_artifact", ("artifact_refs.artifactId",), {"sparse": True}),
)
_WANTING: Query = {"proof_requirement.type": "artifact"}
_FILTERS = ("task_id", "bundle_id", "assistant_job_id", "file_id", "status", "type")


class Artifacts:
    def __init__(self, database: Database) -> None:
        self._artifacts: AsyncCollection[ArtifactDocument] = database.artifacts
        self._tasks: AsyncCollection[TaskDocument] = database.tasks
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._files: AsyncCollection[FileDocument] = database.files

    async def find(self, id: str, session: Session | None = None) -> ArtifactDocument | None:
        return await self._artifacts.find_one({"_id": id, "deleted_at": None}, session=session)

    async def put(self, artifact: ArtifactDocument, session: Session) -> None:
        await self._artifacts.replace_one({"_id": artifact["_id"]}, artifact, upsert=True, session=session)

    async def page(self, question: ListArtifacts) -> list[Artifact] | None:
        """``after`` is the id of the last one of the page before; None when there is no such artifact."""
        asked = question.model_dump(include=set(_FILTERS), exclude_none=True)
        query: Query = {"deleted_at": None, **asked}
        if question.after is not None:
            last = await self._artifacts.find_one({"_id": question.after})
            if last is None:
                return None
            query |= beyond("created_at", (last["created_at"], question.after))
        order = [("created_at", ASCENDING), ("_id", ASCENDING)]
        return [artifact_of(one) async for one in self._artifacts.find(query).sort(order).limit(question.limit)]

    async def task(self, id: str, session: Session) -> TaskDocument | None:
        return await self._tasks.find_one({"_id": id, "deleted_at": None}, session=session)

    async def run(self, id: str, session: Session) -> RunDocument | None:
        return await self._runs.find_one({"_id": id, "deleted_at": None}, session=session)

    async def file(self, id: str, session: Session) -> FileDocument | None:
        return await self._files.find_one({"_id": id, "deleted_at": None}, session=session)

    async def list_on_task(
        self, task: TaskDocument, artifact: ArtifactDocument, now: dt.datetime, session: Session
    ) -> None:
        await self._tasks.update_one({"_id": task["_id"]}, _listing(task, artifact, now), session=session)

    async def list_on_run(
        self, run: RunDocument, artifact: ArtifactDocument, now: dt.datetime, session: Session
    ) -> None:
        await self._runs.update_one({"_id": run["_id"]}, _listing(run, artifact, now), session=session)

    async def depending_on(self, *states: ArtifactDocument, session: Session) -> Query:
        """A query for the tasks that an artifact counts for, before or after a change of it."""
        id = states[0]["_id"]
        listing = self._runs.find({"artifact_refs.artifactId": id}, ["_id"], session=session)
        runs: set[str] = {one["_id"] async for one in listing}
        runs |= {id for state in states if (id := state.get("bundle_id"))}
        tasks = sorted({id for state in states if (id := state.get("task_id"))})
        ways: list[Query] = [{"_id": {"$in": tasks}}, {"artifact_refs.artifactId": id}]
        return {"$or": [*ways, {"bundle_id": {"$in": sorted(runs)}}]}

    async def touch(self, query: Query, session: Session) -> None:
        """So that two changes of what a task's proof is made of, or one and its completion, collide."""
        await self._tasks.update_many({**query, **_WANTING}, {"$inc": {"artifact_changes": 1}}, session=session)

    async def done(self, query: Query, session: Session) -> list[TaskDocument]:
        """Done tasks for which an artifact is the proof."""
        wanted = {**query, **_WANTING, "status": TaskStatus.DONE.value, "deleted_at": None}
        return [one async for one in self._tasks.find(wanted, session=session)]


def _listing(owner: TaskDocument | RunDocument, artifact: ArtifactDocument, now: dt.datetime) -> Query:
    """The update that lists an artifact on a task or a run."""
    references = listed(owner.get("artifact_refs"), reference_to(artifact))
    return {"$set": {"artifact_refs": references, "updated_at": now}, "$inc": {"version": 1}}
