"""Artifacts: the record, what it is proof for, and its history change together."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import uuid4

from contracts import artifacts, subjects
from contracts.artifacts import Artifact, ArtifactStatus
from contracts.commands import Command
from contracts.subjects import TASK_CHANGED, Request
from services.kit.clock import Clock
from services.kit.mongo.driver import Session
from services.kit.refused import conflict, invalid, invalid_field, not_found
from services.work.artifacts import messages
from services.work.artifacts.documents import ArtifactChanges, ArtifactDocument
from services.work.artifacts.rules import artifact_of, changed_artifact, new_artifact, sent_fields
from services.work.artifacts.store import Artifacts
from services.work.committing import Committer
from services.work.files.rules import undoes_proof
from services.work.history.store import History, new_history_entry
from services.work.messages import NOT_A_POSITION, NOTHING_TO_CHANGE
from services.work.queries import page_of
from services.work.tasks.proof_store import Proofs

Change = Callable[[ArtifactDocument, Session], Awaitable[ArtifactDocument]]


class ArtifactCommands:
    def __init__(
        self, stored: Artifacts, proofs: Proofs, history: History, *, clock: Clock, committer: Committer
    ) -> None:
        self._artifacts = stored
        self._proofs = proofs
        self._history = history
        self._clock = clock
        self._committer = committer

    async def add(self, command: artifacts.AddArtifact) -> Artifact:
        now, id = self._clock.now(), str(uuid4())

        async def write(session: Session) -> Artifact:
            made = new_artifact(sent_fields(command.artifact), id=id, actor=command.actor, now=now)
            await self._refuse_dangling(made, session)
            await self._store(made, made, "artifact.created", command.actor, session)
            return artifact_of(made)

        return await self._committer.commit(subjects.ADD_ARTIFACT, command, write, TASK_CHANGED, id)

    async def update(self, command: artifacts.UpdateArtifact) -> Artifact:
        sent = sent_fields(command.changes)
        if not sent:
            raise invalid(NOTHING_TO_CHANGE)

        async def change(before: ArtifactDocument, session: Session) -> ArtifactDocument:
            after = changed_artifact(before, sent, actor=command.actor, now=self._clock.now())
            await self._refuse_dangling(sent, session)
            return after

        return await self._change(subjects.UPDATE_ARTIFACT, command, command.id, "artifact.updated", change)

    async def archive(self, command: artifacts.ArchiveArtifact) -> Artifact:
        async def change(before: ArtifactDocument, _: Session) -> ArtifactDocument:
            sent: ArtifactChanges = {"status": ArtifactStatus.ARCHIVED.value}
            return changed_artifact(before, sent, actor=command.actor, now=self._clock.now())

        return await self._change(subjects.ARCHIVE_ARTIFACT, command, command.id, "artifact.archived", change)

    async def attach(self, command: artifacts.AttachArtifact) -> Artifact:
        async def change(before: ArtifactDocument, session: Session) -> ArtifactDocument:
            now = self._clock.now()
            sent = cast("ArtifactChanges", command.model_dump(include={"task_id", "bundle_id"}, exclude_none=True))
            after = changed_artifact(before, sent, actor=command.actor, now=now)
            await self._refuse_dangling(sent, session)
            if task := await self._artifacts.task(sent.get("task_id", ""), session):
                await self._artifacts.list_on_task(task, after, now, session)
            if run := await self._artifacts.run(sent.get("bundle_id", ""), session):
                await self._artifacts.list_on_run(run, after, now, session)
            return after

        return await self._change(subjects.ATTACH_ARTIFACT, command, command.id, "artifact.attached", change)

    async def _change(
        self, request: Request[Any, Artifact], command: Command, id: str, kind: str, change: Change
    ) -> Artifact:
        async def write(session: Session) -> Artifact:
            before = await self._artifacts.find(id, session)
            if before is None:
                raise not_found("Artifact")
            after = await change(before, session)
            await self._store(before, after, kind, command.actor, session)
            return artifact_of(after)

        return await self._committer.commit(request, command, write, TASK_CHANGED, id)

    async def _refuse_dangling(self, fields: ArtifactDocument | ArtifactChanges, session: Session) -> None:
        """Raises Refused for a relation that leads to nothing."""
        if "task_id" in fields and not await self._artifacts.task(fields["task_id"], session):
            raise not_found("Task")
        if "bundle_id" in fields and not await self._artifacts.run(fields["bundle_id"], session):
            raise not_found("Bundle")
        if "file_id" in fields and not await self._artifacts.file(fields["file_id"], session):
            raise not_found("File")

    async def _store(
        self, before: ArtifactDocument, after: ArtifactDocument, kind: str, actor: str | None, session: Session
    ) -> None:
        """Raises Refused when a done task would be left without the approved artifact that closed it."""
        query = await self._artifacts.depending_on(before, after, session=session)
        done = [(task, await self._proofs.of(task, session)) for task in await self._artifacts.done(query, session)]
        await self._artifacts.put(after, session)
        for task, proof in done:
            if undoes_proof(task, before=proof, after=await self._proofs.of(task, session)):
                raise conflict(messages.IS_PROOF)
        await self._artifacts.touch(query, session)
        await self._proofs.refresh(query, session)
        row = new_history_entry(
            kind,
            at=after["updated_at"],
            actor=actor,
            task_id=after.get("task_id"),
            bundle_id=after.get("bundle_id"),
            data={"artifact_id": after["_id"], "title": after["title"], "status": after["status"]},
        )
        await self._history.append(row, session)

    async def show(self, question: artifacts.GetArtifact) -> Artifact:
        found = await self._artifacts.find(question.id)
        if found is None:
            raise not_found("Artifact")
        return artifact_of(found)

    async def page(self, question: artifacts.ListArtifacts) -> artifacts.ArtifactPage:
        found = await self._artifacts.page(question)
        if found is None:
            raise invalid_field("after", NOT_A_POSITION)
        items, after = page_of(found, question.limit, lambda artifact: artifact.id)
        return artifacts.ArtifactPage(items=items, after=after)
