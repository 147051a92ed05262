"""Which tasks take files, and when a file may go."""

import datetime as dt
from typing import cast

from contracts.fields.lenient import Raw, read
from contracts.files import AddFile, File
from contracts.values import TaskStatus
from services.kit.refused import conflict
from services.work.files import messages
from services.work.files.documents import FileDocument
from services.work.tasks.documents import TaskDocument
from services.work.tasks.proof import Proof, missing_items


def refuse_upload(task: TaskDocument) -> None:
    """Raises Refused for a task that is closed: it takes no more files."""
    if task["status"] == TaskStatus.DONE:
        raise conflict(messages.TASK_DONE)
    if task["status"] == TaskStatus.ARCHIVED or not task["live"]:
        raise conflict(messages.TASK_ARCHIVED)


def undoes_proof(task: TaskDocument, *, before: Proof, after: Proof) -> bool:
    """Whether a done task would lose a proof that it has; what it lacked before is not held against the change."""
    if task["status"] != TaskStatus.DONE:
        return False
    return bool(set(missing_items(task, after)) - set(missing_items(task, before)))


def file_document(command: AddFile, task: TaskDocument, now: dt.datetime) -> FileDocument:
    sent = cast("FileDocument", command.model_dump(exclude={"actor", "key", "id"}, exclude_none=True, mode="json"))
    document: FileDocument = {
        **sent,
        "_id": command.id,
        "storage_path": f"files/{command.id}",
        "storage_provider": "gridfs",
        "storage_uri": f"gridfs://files/{command.id}",
        "created_at": now,
        "deleted_at": None,
    }
    if run_id := task.get("bundle_id"):
        document["bundle_id"] = run_id
    return document


def file_of(document: Raw) -> File:
    return read(File, {**document, "id": document["_id"]}, {})
