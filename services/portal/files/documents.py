"""What is stored of the bytes of uploads: GridFS as its readers expect it, and what is known of each upload."""

import datetime as dt
from typing import NotRequired, TypedDict


class UploadDocument(TypedDict):
    """An upload that is complete, in the words of GridFS."""

    _id: str
    """The id of the file."""
    length: int
    """How many bytes it has."""
    chunkSize: int
    """How many bytes each chunk has but the last."""
    uploadDate: dt.datetime
    """When it was complete, in machine time."""


class ChunkDocument(TypedDict):
    """A piece of an upload, in the words of GridFS."""

    _id: object
    """Made by the driver."""
    files_id: str
    """The id of the file."""
    n: int
    """The number of the piece, from 0."""
    data: bytes
    """The bytes."""


class NoteDocument(TypedDict):
    """What is known of an upload besides its bytes. Written before the first of them."""

    _id: str
    """The id of the file."""
    at: dt.datetime
    """When the bytes began to arrive, in machine time."""
    offered: NotRequired[bool]
    """Whether it was sent to work, so that a record may name it."""
    unnamed_since: NotRequired[dt.datetime | None]
    """When a sweep first found that no record names it."""


class SweepDocument(TypedDict):
    """The last sweep of uploads that no record names; one document."""

    _id: str
    """`uploads`."""
    at: dt.datetime
    """When it ended, in machine time."""


COLLECTIONS = {
    "uploads.files": UploadDocument,
    "uploads.chunks": ChunkDocument,
    "uploads_noted": NoteDocument,
    "sweeps": SweepDocument,
}
