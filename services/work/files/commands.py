"""Files of tasks: the record, the proof it is, and its history change together."""

from dataclasses import replace

from contracts import files, subjects
from contracts.subjects import TASK_CHANGED, Nothing
from services.kit.clock import Clock
from services.kit.mongo.driver import Session
from services.kit.refused import conflict, invalid_field, not_found
from services.work.committing import Committer
from services.work.files import messages
from services.work.files.documents import FileDocument
from services.work.files.rules import file_document, file_of, refuse_upload, undoes_proof
from services.work.files.store import Files, NotAPosition, file_position
from services.work.history.store import History, new_history_entry
from services.work.messages import NOT_A_POSITION
from services.work.queries import page_of
from services.work.tasks.proof_store import Proofs
from services.work.tasks.store import Tasks


class FileCommands:
    def __init__(
        self, stored: Files, tasks: Tasks, proofs: Proofs, history: History, *, clock: Clock, committer: Committer
    ) -> None:
        self._files = stored
        self._tasks = tasks
        self._proofs = proofs
        self._history = history
        self._clock = clock
        self._committer = committer

    async def add(self, command: files.AddFile) -> files.File:
        now = self._clock.now()

        async def write(session: Session) -> files.File:
            task = await self._tasks.find(command.task_id, session)
            if task is None:
                raise not_found("Task")
            refuse_upload(task)
            document = file_document(command, task, now)
            await self._files.add(document, session)
            await self._record("file.added", document, command.actor, session)
            return file_of(document)

        return await self._committer.commit(subjects.ADD_FILE, command, write, TASK_CHANGED, command.task_id)

    async def delete(self, command: files.DeleteFile) -> Nothing:
        async def write(session: Session) -> Nothing:
            file = await self._files.find(command.id, session)
            if file is None:
                raise not_found("File")
            if await self._is_last_proof(file, session):
                raise conflict(messages.IS_PROOF)
            await self._files.delete(file, self._clock.now(), session)
            await self._record("file.deleted", file, command.actor, session)
            return Nothing()

        file = await self._files.find(command.id)
        task_id = file["task_id"] if file and file["task_id"] else command.id
        return await self._committer.commit(subjects.DELETE_FILE, command, write, TASK_CHANGED, task_id)

    async def _is_last_proof(self, file: FileDocument, session: Session) -> bool:
        task = await self._tasks.find(file["task_id"], session) if file["task_id"] else None
        if task is None:
            return False
        before = await self._proofs.of(task, session)
        left = before.has_file and await self._files.has_others(file, session)
        return undoes_proof(task, before=before, after=replace(before, has_file=left))

    async def _record(self, kind: str, file: FileDocument, actor: str | None, session: Session) -> None:
        await self._proofs.refresh({"_id": file["task_id"]}, session)
        entry = new_history_entry(
            kind,
            at=self._clock.now(),
            actor=actor,
            task_id=file["task_id"],
            bundle_id=file.get("bundle_id"),
            data={"file_id": file["_id"], "filename": file["filename"], "category": file["category"]},
        )
        await self._history.append(entry, session)

    async def show(self, question: files.GetFile) -> files.File:
        file = await self._files.find(question.id)
        if file is None:
            raise not_found("File")
        return file_of(file)

    async def page(self, question: files.ListFiles) -> files.FilePage:
        try:
            found = await self._files.page(question)
        except NotAPosition:
            raise invalid_field("after", NOT_A_POSITION) from None
        items, after = page_of(found, question.limit, file_position)
        return files.FilePage(items=items, after=after)

    async def strays(self, question: files.FindStrayFiles) -> files.StrayFiles:
        known = await self._files.known(question.ids)
        return files.StrayFiles(ids=[id for id in question.ids if id not in known])
