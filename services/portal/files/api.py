"""Files of tasks over JSON; the file itself comes as a form and goes as a download."""

import json
from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from contracts.fields.faults import IS_REQUIRED
from contracts.files import AddFile, DeleteFile, File, FileCategory, GetFile, ListFiles
from contracts.subjects import ADD_FILE, DELETE_FILE, GET_FILE, GET_TASK, LIST_FILES
from contracts.tasks import GetTask
from contracts.values import Model
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.files import messages
from services.portal.files.downloads import download
from services.portal.files.names import CONTENT_TYPES, content_type, display_name
from services.portal.files.uploads import MB, Upload, receive
from services.portal.http.api_requests import ApiRequest
from services.portal.http.bodies import JsonObject, read_model
from services.portal.http.errors import BadInput
from services.portal.http.paging import Paged, page_of
from services.portal.owners import Owners
from services.portal.store import PortalStore

FileId = Annotated[str, PathParameter(name="fileId")]


_FORM: JsonObject = {
    "type": "object",
    "required": ["taskId", "file"],
    "properties": {
        "taskId": {"type": "string"},
        "file": {"type": "string", "format": "binary"},
        "category": {"type": "string"},
        "tags": {"type": "string"},
    },
}
"""By hand, as the form is read by hand: for ``data`` Litestar would take in the whole file before it is looked at."""


class FilesQuestion(Paged):
    task_id: str | None = None
    category: str | None = None
    tag: str | None = None


class FilesReply(Model):
    files: list[File]
    after: str | None = None


class FileReply(Model):
    file: File


@post("/api/files", opt=OPERATOR | {"form": _FORM}, summary="Upload a file to a task")
async def upload_file(
    request: ApiRequest,
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> FileReply:
    """Stores the content and its record. `tags` is a JSON array as text, `category` is image, invoice or document. An
    empty file is refused; one above the limit of the server is 413."""
    kind = request.headers.get("content-type", "")
    upload = await receive(request.stream(), kind, store.bytes, largest=settings.upload_mb * MB)
    try:
        task_id = upload.fields.get("taskId", "").strip()
        return FileReply(file=await add_file(upload, task_id, owners, viewer, key))
    except (BadInput, Refused):
        # The bytes were safe before work heard of the file. When work is silent they stay: it may have kept the
        # record, and if not, the sweep finds them.
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
        raise BadInput(messages.FILE_EMPTY, {"file": messages.IS_EMPTY})
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
    return BadInput(messages.field_required(field), {field: IS_REQUIRED})


def _category(upload: Upload) -> FileCategory:
    text = upload.fields.get("category") or FileCategory.DOCUMENT
    if text not in set(FileCategory):
        raise BadInput(messages.CATEGORY_UNKNOWN, {"category": messages.MUST_BE_A_CATEGORY})
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
        raise BadInput(messages.TAGS_NO_ARRAY, {"tags": messages.MUST_BE_AN_ARRAY})
    return tags  # pyright: ignore[reportUnknownVariableType]


@get("/api/files", opt=OPERATOR, summary="Files; filters apply together")
async def list_files(question: NamedDependency[FilesQuestion], owners: NamedDependency[Owners]) -> FilesReply:
    """Records of uploaded files; the content comes from their `download`."""
    filters = ListFiles(task_id=question.task_id, category=question.category, tag=question.tag)
    page = await page_of(owners, LIST_FILES, filters, question)
    return FilesReply(files=page.items, after=page.after)


@get("/api/files/{fileId:str}", opt=OPERATOR, summary="One file")
async def show_file(owners: NamedDependency[Owners], file_id: FileId) -> FileReply:
    """The record of a file: name, size, checksum and task."""
    return FileReply(file=await owners.ask(GET_FILE, GetFile(id=file_id)))


@get(
    "/api/files/{fileId:str}/download",
    opt=OPERATOR | {"downloads": CONTENT_TYPES},
    summary="The content of a file",
)
async def download_file(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], file_id: FileId
) -> Response[Any]:
    """The bytes as they were uploaded. The content type follows from the extension of the name, never from the
    content."""
    return await download(await owners.ask(GET_FILE, GetFile(id=file_id)), store.bytes)


@delete("/api/files/{fileId:str}", opt=OPERATOR, summary="Delete a file that no longer proves anything")
async def delete_file(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    file_id: FileId,
) -> None:
    """Deletes record and content. The only file that proves a completed task is refused with 409."""
    await owners.ask(DELETE_FILE, DeleteFile(actor=viewer.user.id, id=file_id))
    await store.bytes.remove(file_id)  # after the record: bytes without one are swept
