"""What is stored of an uploaded file, in the collection ``files``. Its bytes are the portal's."""

import datetime as dt
from typing import NotRequired, TypedDict


class FileDocument(TypedDict):
    """One file of a task."""

    _id: str
    """The id under which the portal keeps the bytes."""
    task_id: str | None
    """The task that it belongs to; none of some that an import brought."""
    bundle_id: NotRequired[str]
    """The run of that task when it was uploaded."""
    filename: str
    """What people call it."""
    category: str
    """A `FileCategory`."""
    tags: NotRequired[list[str]]
    """Words that people search it by."""
    content_type: str
    """The media type, as it was sent."""
    checksum: str
    """`sha256:` and the hash of the bytes; empty of some that an import brought."""
    size_bytes: int
    """How many bytes it has."""
    storage_path: str
    """Where the bytes are, within their storage."""
    storage_provider: str
    """The storage that has them: `gridfs` for all that were uploaded here."""
    storage_uri: str
    """Where the bytes are, as an address."""
    created_at: dt.datetime
    """When it was uploaded, in application time."""
    deleted_at: dt.datetime | None
    """When it was deleted. It stays as a tombstone, so that history and exports can name it."""
    search_tags: NotRequired[list[str]]
    """The keys of `tags` that typed text is compared with."""


COLLECTIONS = {"files": FileDocument}
