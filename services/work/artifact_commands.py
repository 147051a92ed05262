"""Artifacts: the record, what it is proof for, and its history change together."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from contracts import artifacts, subjects
from contracts.artifacts import Artifact, ArtifactStatus
from contracts.commands import Command
from contracts.subjects import TASK_CHANGED, Refusal, Request
from services.kit.clock import Clock
from services.kit.mongo import Document, Session
from services.work.committing import Committer
from services.work.domain.artifacts import artifact_of, changed_artifact, new_artifact, sent_fields
from services.work.domain.files import undoes_proof
from services.work.file_commands import NO_FILE, NO_PLACE, NO_TASK
from services.work.queries import page_of
from services.work.stores.artifacts import Artifacts
from services.work.stores.evidence import Evidences
from services.work.stores.history import History, history_row

_UNKNOWN = Refusal(code="not_found", message="Artifact not found")
_NO_BUNDLE = Refusal(code="not_found", message="Bundle not found")
_IS_PROOF = Refusal(
    code="conflict",
    message="This artifact is the proof of a task that is done; reopen the task or approve another artifact first",
)
Change = Callable[[Document, Session], Awaitable[Document | Refusal]]


class _UndoesProof(Exception):
    """Leaves a transaction that must not be kept."""


class ArtifactCommands:
    def __init__(
        self, stored: Artifacts, evidences: Evidences, history: History, *, clock: Clock, committer: Committer
    ) -> None:
        self._artifacts = stored
        self._evidences = evidences
        self._history = history
        self._clock = clock
        self._committer = committer

    async def add(self, command: artifacts.AddArtifact) -> Artifact | Refusal:
        now, id = self._clock.now(), str(uuid4())

        async def write(session: Session) -> Artifact | Refusal:
            made = new_artifact(sent_fields(command.artifact), id=id, actor=command.actor, now=now)
            if isinstance(made, Refusal):
                return made
            if refused := await self._dangling(made, session):
                return refused
            await self._store(made, made, "artifact.created", command.actor, session)
            return artifact_of(made)

        return await self._committer.commit(subjects.ADD_ARTIFACT, command, write, TASK_CHANGED, id)

    async def update(self, command: artifacts.UpdateArtifact) -> Artifact | Refusal:
        sent = sent_fields(command.changes)
        if not sent:
            return Refusal(code="invalid", message="No valid fields to update")

        async def change(before: Document, session: Session) -> Document | Refusal:
            after = changed_artifact(before, sent, actor=command.actor, now=self._clock.now())
            if isinstance(after, Refusal):
                return after
            return await self._dangling(sent, session) or after

        return await self._change(subjects.UPDATE_ARTIFACT, command, command.id, "artifact.updated", change)

    async def archive(self, command: artifacts.ArchiveArtifact) -> Artifact | Refusal:
        async def change(before: Document, _: Session) -> Document | Refusal:
            sent = {"status": ArtifactStatus.ARCHIVED.value}
            return changed_artifact(before, sent, actor=command.actor, now=self._clock.now())

        return await self._change(subjects.ARCHIVE_ARTIFACT, command, command.id, "artifact.archived", change)

    async def attach(self, command: artifacts.AttachArtifact) -> Artifact | Refusal:
        async def change(before: Document, session: Session) -> Document | Refusal:
            now = self._clock.now()
            sent = command.model_dump(include={"task_id", "bundle_id"}, exclude_none=True)
            after = changed_artifact(before, sent, actor=command.actor, now=now)
            if isinstance(after, Refusal):
                return after
            if refused := await self._dangling(sent, session):
                return refused
            if task := await self._artifacts.task(sent.get("task_id", ""), session):
                await self._artifacts.list_on_task(task, after, now, session)
            if bundle := await self._artifacts.bundle(sent.get("bundle_id", ""), session):
                await self._artifacts.list_on_bundle(bundle, after, now, session)
            return after

        return await self._change(subjects.ATTACH_ARTIFACT, command, command.id, "artifact.attached", change)

    async def _change(
        self, request: Request[Any, Artifact], command: Command, id: str, kind: str, change: Change
    ) -> Artifact | Refusal:
        async def write(session: Session) -> Artifact | Refusal:
            before = await self._artifacts.find(id, session)
            if before is None:
                return _UNKNOWN
            after = await change(before, session)
            if isinstance(after, Refusal):
                return after
            await self._store(before, after, kind, command.actor, session)
            return artifact_of(after)

        try:
            return await self._committer.commit(request, command, write, TASK_CHANGED, id)
        except _UndoesProof:
            return _IS_PROOF

    async def _dangling(self, fields: Document, session: Session) -> Refusal | None:
        """The relation that leads to nothing, if one does."""
        if "task_id" in fields and not await self._artifacts.task(fields["task_id"], session):
            return NO_TASK
        if "bundle_id" in fields and not await self._artifacts.bundle(fields["bundle_id"], session):
            return _NO_BUNDLE
        if "file_id" in fields and not await self._artifacts.file(fields["file_id"], session):
            return NO_FILE
        return None

    async def _store(self, before: Document, after: Document, kind: str, actor: str | None, session: Session) -> None:
        """Raises _UndoesProof when a done task would be left without the approved artifact that closed it."""
        query = await self._artifacts.depending_on(before, after, session=session)
        done = [(task, await self._evidences.of(task, session)) for task in await self._artifacts.done(query, session)]
        await self._artifacts.put(after, session)
        for task, evidence in done:
            if undoes_proof(task, before=evidence, after=await self._evidences.of(task, session)):
                raise _UndoesProof
        await self._artifacts.touch(query, session)
        await self._evidences.refresh(query, session)
        row = history_row(
            kind,
            at=after["updated_at"],
            actor=actor,
            task_id=after.get("task_id"),
            bundle_id=after.get("bundle_id"),
            data={"artifact_id": after["_id"], "title": after["title"], "status": after["status"]},
        )
        await self._history.append(row, session)

    async def show(self, question: artifacts.GetArtifact) -> Artifact | Refusal:
        found = await self._artifacts.find(question.id)
        return artifact_of(found) if found else _UNKNOWN

    async def page(self, question: artifacts.ListArtifacts) -> artifacts.ArtifactPage | Refusal:
        found = await self._artifacts.page(question)
        if found is None:
            return NO_PLACE
        items, after = page_of(found, question.limit, lambda artifact: artifact.id)
        return artifacts.ArtifactPage(items=items, after=after)
