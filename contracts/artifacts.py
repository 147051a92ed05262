"""Artifacts: references to documents elsewhere, and how far their review has come. Nothing of ours opens them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, StrictInt, model_validator

from contracts.commands import Command
from contracts.fields.stored_json import Storable
from contracts.fields.text import Line, Name, NotNull, Prose
from contracts.values import Instant, Model


class ArtifactType(StrEnum):
    PODCAST_DOC = "podcast-doc"
    TRANSCRIPT = "transcript"
    RECORDING = "recording"
    REPORT = "report"
    INVOICE = "invoice"
    EVENT_PAGE = "event-page"
    ASSISTANT_OUTPUT = "assistant-output"
    EXTERNAL_LINK = "external-link"
    OTHER = "other"


class ArtifactStatus(StrEnum):
    """Only an approved artifact is a proof."""

    DRAFT = "draft"
    NEEDS_REVIEW = "needs-review"
    APPROVED = "approved"
    REJECTED = "rejected"
    ARCHIVED = "archived"
    SUPERSEDED = "superseded"


class StorageProvider(StrEnum):
    S3 = "s3"
    DROPBOX = "dropbox"
    GOOGLE_DRIVE = "google-drive"
    GITHUB = "github"
    EXTERNAL_URL = "external-url"
    LOCAL_DEV = "local-dev"
    UNKNOWN = "unknown"


class DataClass(StrEnum):
    """Of the data and of its visibility."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PRIVATE = "private"
    SENSITIVE = "sensitive"


class SourceType(StrEnum):
    MANUAL_LINK = "manual-link"
    MANUAL_UPLOAD = "manual-upload"
    ASSISTANT_OUTPUT = "assistant-output"
    IMPORT = "import"
    MIGRATION = "migration"
    SYSTEM = "system"


class Artifact(Model):
    id: str
    type: ArtifactType
    title: str
    storage_uri: str
    status: ArtifactStatus
    storage_provider: StorageProvider
    data_class: DataClass
    visibility: DataClass
    source_type: SourceType
    description: str | None = None
    filename: str | None = None
    content_type: str | None = None
    checksum: str | None = None
    size_bytes: int | None = None
    tags: list[str] | None = None
    metadata: dict[str, JsonValue] | None = None
    task_id: str | None = None
    bundle_id: str | None = None
    file_id: str | None = None
    assistant_job_id: str | None = None
    created_by: str | None = None
    reviewed_at: Instant | None = None
    reviewed_by: str | None = None
    created_at: Instant
    updated_at: Instant


class ArtifactFields(Model):
    """Fields that were not sent keep their value, or get their default."""

    status: Annotated[ArtifactStatus | None, NotNull] = None
    storage_provider: Annotated[StorageProvider | None, NotNull] = None
    data_class: Annotated[DataClass | None, NotNull] = None
    visibility: Annotated[DataClass | None, NotNull] = None
    source_type: Annotated[SourceType | None, NotNull] = None
    description: Annotated[Prose | None, NotNull] = None
    filename: Annotated[Name | None, NotNull] = None
    content_type: Annotated[Name | None, NotNull] = None
    checksum: Annotated[Name | None, NotNull] = None
    size_bytes: Annotated[Annotated[StrictInt, Field(ge=0, le=2**53)] | None, NotNull] = None
    tags: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    metadata: Annotated[Annotated[dict[str, JsonValue], Storable] | None, NotNull] = None
    task_id: Annotated[Name | None, NotNull] = None
    bundle_id: Annotated[Name | None, NotNull] = None
    file_id: Annotated[Name | None, NotNull] = None
    assistant_job_id: Annotated[Name | None, NotNull] = None
    reviewed_by: Annotated[Name | None, NotNull] = None


class NewArtifact(ArtifactFields):
    type: ArtifactType
    title: Line
    storage_uri: Line


class ArtifactChanges(ArtifactFields):
    type: Annotated[ArtifactType | None, NotNull] = None
    title: Annotated[Line | None, NotNull] = None
    storage_uri: Annotated[Line | None, NotNull] = None


class AddArtifact(Command):
    artifact: NewArtifact


class UpdateArtifact(Command):
    id: str
    changes: ArtifactChanges


class ArchiveArtifact(Command):
    id: str


class AttachArtifact(Command):
    """To a task, a workflow, or both: it is listed there from then on, once."""

    id: str
    task_id: Annotated[Name | None, NotNull] = None
    bundle_id: Annotated[Name | None, NotNull] = None

    @model_validator(mode="after")
    def _to_something(self) -> "AttachArtifact":
        if not self.task_id and not self.bundle_id:
            raise ValueError("taskId or bundleId is required")
        return self


class GetArtifact(Model):
    id: str


class ArtifactFilter(Model):
    """Filters of the list; they apply together."""

    task_id: str | None = None
    bundle_id: str | None = None
    assistant_job_id: str | None = None
    file_id: str | None = None
    status: str | None = None
    type: str | None = None


class ListArtifacts(ArtifactFilter):
    """Filters apply together; the oldest comes first."""

    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class ArtifactPage(Model):
    items: list[Artifact]
    after: str | None = None
