"""Files of tasks: the record, the proof it is, and its history change together."""

from dataclasses import replace

from contracts import files, subjects
from contracts.subjects import TASK_CHANGED, Nothing, Refusal
from services.kit.clock import Clock
from services.kit.mongo import Document, Session
from services.work.committing import Committer
from services.work.domain.files import file_document, file_of, refuse_upload, undoes_proof
from services.work.queries import page_of
from services.work.stores.evidence import Evidences
from services.work.stores.files import Files, NotAPosition, file_position
from services.work.stores.history import History, history_row
from services.work.stores.tasks import Tasks

NO_TASK = Refusal(code="not_found", message="Task not found")
NO_FILE = Refusal(code="not_found", message="File not found")
NO_PLACE = Refusal(
    code="invalid", message="after is no place in this list", fields={"after": "is no place in this list"}
)
_IS_PROOF = Refusal(
    code="conflict",
    message="This file is the proof of a task that is done; reopen the task or add another file before deleting it",
)


class FileCommands:
    def __init__(
        self, stored: Files, tasks: Tasks, evidences: Evidences, history: History, *, clock: Clock, committer: Committer
    ) -> None:
        self._files = stored
        self._tasks = tasks
        self._evidences = evidences
        self._history = history
        self._clock = clock
        self._committer = committer

    async def add(self, command: files.AddFile) -> files.File | Refusal:
        now = self._clock.now()

        async def write(session: Session) -> files.File | Refusal:
            task = await self._tasks.find(command.task_id, session)
            if task is None:
                return NO_TASK
            if refused := refuse_upload(task):
                return refused
            document = file_document(command, task, now)
            await self._files.add(document, session)
            await self._record("file.added", document, command.actor, session)
            return file_of(document)

        return await self._committer.commit(subjects.ADD_FILE, command, write, TASK_CHANGED, command.task_id)

    async def delete(self, command: files.DeleteFile) -> Nothing | Refusal:
        async def write(session: Session) -> Nothing | Refusal:
            file = await self._files.find(command.id, session)
            if file is None:
                return NO_FILE
            if await self._is_last_proof(file, session):
                return _IS_PROOF
            await self._files.delete(file, self._clock.now(), session)
            await self._record("file.deleted", file, command.actor, session)
            return Nothing()

        file = await self._files.find(command.id)
        task_id = file["task_id"] if file and file["task_id"] else command.id
        return await self._committer.commit(subjects.DELETE_FILE, command, write, TASK_CHANGED, task_id)

    async def _is_last_proof(self, file: Document, session: Session) -> bool:
        task = await self._tasks.find(file["task_id"], session)
        if task is None:
            return False
        before = await self._evidences.of(task, session)
        left = before.has_file and await self._files.has_others(file, session)
        return undoes_proof(task, before=before, after=replace(before, has_file=left))

    async def _record(self, kind: str, file: Document, actor: str | None, session: Session) -> None:
        await self._evidences.refresh({"_id": file["task_id"]}, session)
        row = history_row(
            kind,
            at=self._clock.now(),
            actor=actor,
            task_id=file["task_id"],
            bundle_id=file.get("bundle_id"),
            data={"file_id": file["_id"], "filename": file["filename"], "category": file["category"]},
        )
        await self._history.append(row, session)

    async def show(self, question: files.GetFile) -> files.File | Refusal:
        file = await self._files.find(question.id)
        return file_of(file) if file else NO_FILE

    async def page(self, question: files.ListFiles) -> files.FilePage | Refusal:
        try:
            found = await self._files.page(question)
        except NotAPosition:
            return NO_PLACE
        items, after = page_of(found, question.limit, file_position)
        return files.FilePage(items=items, after=after)

    async def strays(self, question: files.FindStrayFiles) -> files.StrayFiles:
        known = await self._files.known(question.ids)
        return files.StrayFiles(ids=[id for id in question.ids if id not in known])
