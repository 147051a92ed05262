"""Which tasks take files, and when a file may go."""

import datetime as dt
from typing import Any

from contracts.files import AddFile, File
from contracts.lenient import read
from contracts.values import TaskStatus
from services.kit.refused import conflict
from services.work.files import messages
from services.work.tasks.proof import Proof, missing_items

Document = dict[str, Any]


def refuse_upload(task: Document) -> None:
    """Raises Refused for a task that is closed: it takes no more files."""
    if task["status"] == TaskStatus.DONE:
        raise conflict(messages.TASK_DONE)
    if task["status"] == TaskStatus.ARCHIVED or not task["live"]:
        raise conflict(messages.TASK_ARCHIVED)


def undoes_proof(task: Document, *, before: Proof, after: Proof) -> bool:
    """Whether a done task would lose a proof that it has; what it lacked before is not held against the change."""
    if task["status"] != TaskStatus.DONE:
        return False
    return bool(set(missing_items(task, after)) - set(missing_items(task, before)))


def file_document(command: AddFile, task: Document, now: dt.datetime) -> Document:
    return {
        "_id": command.id,
        **command.model_dump(exclude={"actor", "key", "id"}, exclude_none=True, mode="json"),
        **({"bundle_id": task["bundle_id"]} if task.get("bundle_id") else {}),
        "storage_path": f"files/{command.id}",
        "storage_provider": "gridfs",
        "storage_uri": f"gridfs://files/{command.id}",
        "created_at": now,
        "deleted_at": None,
    }


def file_of(document: Document) -> File:
    return read(File, {**document, "id": document["_id"]}, {})
