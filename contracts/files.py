"""Files that people upload to tasks: the record in work, and what is asked of it. The portal keeps the bytes."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt

from contracts.commands import Command
from contracts.fields.text import Line, Name
from contracts.values import Instant, Model

_LARGEST = 2**53
_FILE_ID = "6f0cbf6a-6f4f-4d7c-9f0f-0c6f3b2f4c11"
FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[_FILE_ID])]


class FileCategory(StrEnum):
    IMAGE = "image"
    INVOICE = "invoice"
    DOCUMENT = "document"


class File(Model):
    """``filename`` is a label: the bytes lie under the id. ``bundle_id`` is the task's at the time of the upload.
    One that an import brought may have no task."""

    id: str
    task_id: str | None = None
    bundle_id: str | None = None
    filename: str
    category: FileCategory
    storage_path: str
    storage_provider: str
    storage_uri: str
    content_type: str
    checksum: str
    size_bytes: int
    tags: list[str] | None = None
    created_at: Instant


class AddFile(Command):
    """Sent once the bytes are safe under ``id``. Refused for a task that is done, archived or gone."""

    id: FileId
    task_id: Name
    filename: Annotated[Line, Field(max_length=200)]
    category: FileCategory = FileCategory.DOCUMENT
    tags: list[Name] | None = Field(default=None, max_length=50)
    content_type: Annotated[str, Field(max_length=200, pattern=r"^[a-z]+/[a-z0-9.+-]+$", examples=["text/csv"])]
    checksum: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=[f"sha256:{'0' * 64}"])]
    size_bytes: Annotated[StrictInt, Field(ge=1, le=_LARGEST)]


class DeleteFile(Command):
    """Refused when a done task would be left without a proof that it needed."""

    id: str


class GetFile(Model):
    id: str


class ListFiles(Model):
    """Filters apply together; the oldest file comes first. Nothing is found by a value that nothing has."""

    task_id: str | None = None
    category: str | None = None
    tag: str | None = None
    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class FilePage(Model):
    items: list[File]
    after: str | None = None


class FindStrayFiles(Model):
    """Which of these ids belong to no file, or to one that was deleted?"""

    ids: list[str] = Field(max_length=1_000)


class StrayFiles(Model):
    ids: list[str]
