"""Files of tasks over JSON; the file itself comes as a form and goes as a download."""

import json
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.files import AddFile, DeleteFile, File, FileCategory, GetFile, ListFiles
from contracts.queries import GetTask
from contracts.subjects import ADD_FILE, DELETE_FILE, GET_FILE, GET_TASK, LIST_FILES
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.files.downloads import download
from services.portal.files.names import content_type, display_name
from services.portal.files.uploads import MB, Upload, receive
from services.portal.http.bodies import JsonObject, query_of, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners
from services.portal.store import PortalStore

_CATEGORY = "must be image, invoice or document"
_TAGS = "must be a JSON array of strings"


@post("/api/files", opt=OPERATOR)
async def upload_file(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer],
) -> JsonObject:
    """The bytes are safe before work hears of the file; if work refuses it they go again.

    When work is silent they stay: it may have kept the record, and if not, the sweep finds them.
    """
    kind = request.headers.get("content-type", "")
    upload = await receive(request.stream(), kind, store.bytes, largest=settings.upload_mb * MB)
    try:
        key = key_of(request, viewer.user.id)
        return {"file": shown(await add_file(upload, upload.fields.get("taskId", "").strip(), owners, viewer, key))}
    except (BadInput, Refused):
        await upload.discard()
        raise


async def add_file(upload: Upload, task_id: str, owners: Owners, viewer: Viewer, key: str | None = None) -> File:
    """The record of bytes that are safe, or under a key that was used before the earlier one, and these bytes go.
    Raises BadInput and Refused."""
    if not task_id:
        raise _missing("taskId")
    if upload.file is None:
        raise _missing("file")
    if upload.file.size == 0:
        raise BadInput("The file is empty", {"file": "is empty"})
    if key is None:  # with one, the first answer counts, whatever has become of the task
        await owners.ask(GET_TASK, GetTask(id=task_id))
    name = display_name(upload.filename)
    command = {
        "actor": viewer.user.id,
        "key": key or f"file:{upload.file.id}",
        "id": upload.file.id,
        "taskId": task_id,
        "filename": name,
        "category": _category(upload),
        "tags": _tags(upload),
        "contentType": content_type(name),
        "checksum": upload.file.checksum,
        "sizeBytes": upload.file.size,
    }
    await upload.file.offer()
    file = await owners.ask(ADD_FILE, read_model(AddFile, command))
    if file.id != upload.file.id:
        await upload.discard()
    return file


def _missing(field: str) -> BadInput:
    return BadInput(f"Missing required field: {field}", {field: "is required"})


def _category(upload: Upload) -> FileCategory:
    text = upload.fields.get("category") or FileCategory.DOCUMENT
    if text not in set(FileCategory):
        raise BadInput(f"category {_CATEGORY}", {"category": _CATEGORY})
    return FileCategory(text)


def _tags(upload: Upload) -> list[str] | None:
    text = upload.fields.get("tags", "").strip()
    if not text:
        return None
    try:
        tags: Any = json.loads(text)
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, list) or not all(isinstance(one, str) for one in tags):  # pyright: ignore[reportUnknownVariableType]
        raise BadInput(f"tags {_TAGS}", {"tags": _TAGS})
    return tags  # pyright: ignore[reportUnknownVariableType]


@get("/api/files", opt=OPERATOR)
async def list_files(request: Request[Any, Any, Any], owners: NamedDependency[Owners]) -> Response[bytes]:
    """All that match, unless the caller asks for pages with ``limit`` and follows ``after``."""
    query = query_of(request)
    question = ListFiles(task_id=query.get("taskId"), category=query.get("category"), tag=query.get("tag"))
    return await listed(owners, LIST_FILES, question, query, name="files")


@get("/api/files/{file_id:str}", opt=OPERATOR)
async def show_file(owners: NamedDependency[Owners], file_id: FromPath[str]) -> JsonObject:
    return {"file": shown(await owners.ask(GET_FILE, GetFile(id=file_id)))}


@get("/api/files/{file_id:str}/download", opt=OPERATOR)
async def download_file(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], file_id: FromPath[str]
) -> Response[Any]:
    return await download(await owners.ask(GET_FILE, GetFile(id=file_id)), store.bytes)


@delete("/api/files/{file_id:str}", opt=OPERATOR)
async def delete_file(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    file_id: FromPath[str],
) -> None:
    """The record goes first: bytes without one are swept, a record without bytes would be a lie."""
    await owners.ask(DELETE_FILE, DeleteFile(actor=viewer.user.id, id=file_id))
    await store.bytes.remove(file_id)
