"""What is stored of an artifact, in the collection ``artifacts``."""

import datetime as dt
from typing import TypedDict

from pydantic import JsonValue


class ArtifactFields(TypedDict, total=False):
    """What not every artifact has."""

    description: str
    """What it is about."""
    filename: str
    """The name of the file that it leads to."""
    content_type: str
    """The media type of that file."""
    checksum: str
    """The checksum of that file, as it was sent."""
    size_bytes: int
    """The size of that file."""
    tags: list[str]
    """Words that people sort it by."""
    metadata: dict[str, JsonValue]
    """What clients keep with it."""
    task_id: str
    """The task that it is proof for."""
    bundle_id: str
    """The run that it is proof for."""
    file_id: str
    """The uploaded file that it stands for."""
    assistant_job_id: str
    """The job of an assistant that made it."""
    created_by: str
    """The user who added it."""
    reviewed_at: dt.datetime
    """When it was approved or rejected, while it is no draft."""
    reviewed_by: str
    """The user who reviewed it, while it is no draft."""


class ArtifactChanges(ArtifactFields, total=False):
    """What a client may set of an artifact."""

    type: str
    title: str
    storage_uri: str
    status: str
    storage_provider: str
    data_class: str
    visibility: str
    source_type: str


class ArtifactDocument(ArtifactFields):
    """A reference to a document elsewhere, and the state of its review."""

    _id: str
    """Random."""
    type: str
    """An `ArtifactType`."""
    title: str
    """What people call it."""
    storage_uri: str
    """Where it is."""
    status: str
    """An `ArtifactStatus`."""
    storage_provider: str
    """A `StorageProvider`, told by the address unless it was sent."""
    data_class: str
    """A `DataClass`: how confidential it is."""
    visibility: str
    """A `DataClass`: to whom it may be shown."""
    source_type: str
    """A `SourceType`: how it came here."""
    created_at: dt.datetime
    """When it was added, in application time."""
    updated_at: dt.datetime
    """When it changed last, in application time."""
    deleted_at: dt.datetime | None
    """When it was deleted; only an import brings one that was."""
    version: int
    """Raised with each change."""


class ArtifactReference(TypedDict):
    """How a task or a run lists an artifact. The status is that of the moment."""

    artifactId: str
    type: str
    title: str
    storageUri: str
    status: str


COLLECTIONS = {"artifacts": ArtifactDocument}
