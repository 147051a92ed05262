"""What lies outside a task and counts as its proof: its files, the links of its run, approved artifacts."""

from typing import cast

from contracts.values import ProofType
from services.kit.mongo.driver import AsyncCollection, Database, Query, Session, UpdateOne
from services.work.artifacts.documents import ArtifactDocument
from services.work.files.documents import FileDocument
from services.work.runs.documents import RunDocument
from services.work.tasks.documents import TaskDocument
from services.work.tasks.proof import Proof, links_of, missing_items


class Proofs:
    def __init__(self, database: Database) -> None:
        self._tasks: AsyncCollection[TaskDocument] = database.tasks
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._files: AsyncCollection[FileDocument] = database.files
        self._artifacts: AsyncCollection[ArtifactDocument] = database.artifacts

    async def of(
        self,
        task: TaskDocument,
        session: Session,
        *,
        run: RunDocument | None = None,
        before: TaskDocument | None = None,
    ) -> Proof:
        """Reads only what the gates of this task ask for, and those that it had ``before``: a requirement that is
        dropped counts nevertheless. ``run`` is its workflow run as it would be, else as it is."""
        run = run or await self._run(task, session)
        wanted = {kind for kind in ProofType if _wants(task, kind) or (before is not None and _wants(before, kind))}
        return Proof(
            has_file=ProofType.FILE in wanted and await self._has_file(task, session),
            bundle_links=None if run is None else links_of(run.get("bundle_links")),
            approved_artifact=ProofType.ARTIFACT in wanted and await self._has_artifact(task, run, session),
        )

    async def refresh(self, query: Query, session: Session) -> None:
        """Store anew what the matching tasks still need; a task that needs nothing is no longer refused.

        Call it in the transaction that changes a file, an artifact or a run's links: so it conflicts with a
        completion of the same task meanwhile, and one of the two sees what the other one did.
        """
        tasks = await self._tasks.find({**query, "deleted_at": None}, session=session).to_list(None)
        updates: list[UpdateOne] = []
        for task, proof in zip(tasks, await self._of_each(tasks, session), strict=True):
            missing = missing_items(task, proof)
            if missing != task.get("missing"):
                forget = {} if missing else {"$unset": {"completion_refused_at": ""}}
                updates.append(UpdateOne({"_id": task["_id"]}, {"$set": {"missing": missing}, **forget}))
        if updates:
            await self._tasks.bulk_write(updates, ordered=False, session=session)

    async def _of_each(self, tasks: list[TaskDocument], session: Session) -> list[Proof]:
        """What ``of`` says of each, in three reads for all of them."""
        ids = sorted({id for task in tasks if (id := task.get("bundle_id"))})
        found = self._runs.find({"_id": {"$in": ids}, "deleted_at": None}, session=session)
        runs: dict[str, RunDocument] = {run["_id"]: run async for run in found}
        wanting_files = [task["_id"] for task in tasks if _wants(task, ProofType.FILE)]
        with_file = await self._files.distinct(
            "task_id", {"task_id": {"$in": wanting_files}, "deleted_at": None}, session=session
        )
        wanting = [task for task in tasks if _wants(task, ProofType.ARTIFACT)]
        approved = await self._approved_among(wanting, runs, session)
        return [_find_proof(task, runs.get(task.get("bundle_id", "")), set(with_file), approved) for task in tasks]

    async def _approved_among(
        self, tasks: list[TaskDocument], runs: dict[str, RunDocument], session: Session
    ) -> list[ArtifactDocument]:
        """Approved artifacts that count for one of the tasks or more."""
        if not tasks:
            return []
        of_tasks = [runs[id] for task in tasks if (id := task.get("bundle_id")) in runs]
        listed = [id for owner in (*tasks, *of_tasks) for id in _listed(owner)]
        owners: list[Query] = [
            {"task_id": {"$in": [task["_id"] for task in tasks]}},
            {"bundle_id": {"$in": [run["_id"] for run in of_tasks]}},
            {"_id": {"$in": listed}},
        ]
        query = {"status": "approved", "deleted_at": None, "$or": owners}
        return await self._artifacts.find(query, ["task_id", "bundle_id"], session=session).to_list(None)

    async def _run(self, task: TaskDocument, session: Session) -> RunDocument | None:
        if not (id := task.get("bundle_id")):
            return None
        return await self._runs.find_one({"_id": id, "deleted_at": None}, session=session)

    async def _has_file(self, task: TaskDocument, session: Session) -> bool:
        return await self._files.find_one({"task_id": task["_id"], "deleted_at": None}, session=session) is not None

    async def _has_artifact(self, task: TaskDocument, run: RunDocument | None, session: Session) -> bool:
        """Approved, and attached to the task or its run, or listed in their ``artifact_refs`` (``artifactId``)."""
        owners: list[Query] = [
            {"task_id": task["_id"]},
            {"_id": {"$in": [*_listed(task), *(_listed(run) if run else ())]}},
        ]
        if run is not None:
            owners.append({"bundle_id": run["_id"]})
        approved = {"status": "approved", "deleted_at": None, "$or": owners}
        return await self._artifacts.find_one(approved, session=session) is not None


def _find_proof(
    task: TaskDocument, run: RunDocument | None, with_file: set[str], approved: list[ArtifactDocument]
) -> Proof:
    listed = {*_listed(task), *(_listed(run) if run else ())}
    return Proof(
        has_file=task["_id"] in with_file,
        bundle_links=None if run is None else links_of(run.get("bundle_links")),
        approved_artifact=_wants(task, ProofType.ARTIFACT)
        and any(
            one["_id"] in listed
            or one.get("task_id") == task["_id"]
            or (run is not None and one.get("bundle_id") == run["_id"])
            for one in approved
        ),
    )


def _wants(task: TaskDocument, kind: ProofType) -> bool:
    proof = task.get("proof_requirement")
    return bool(proof and proof.get("type") == kind) or (kind is ProofType.FILE and bool(task.get("requires_file")))


def _listed(owner: TaskDocument | RunDocument) -> list[str]:
    return [cast("str", reference["artifactId"]) for reference in owner.get("artifact_refs") or ()]
