"""The portable export: its manifest, and the pages in which the owners of the records hand them over."""

from typing import Annotated

from pydantic import Field

from contracts.transfer.export_records import Entity
from contracts.values import Instant, Model

SCHEMA_VERSION = "dataops.execution.v1"
FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
NEVER_EXPORTED = ("users.password_hash", "sessions")


ClusterTime = Annotated[str, Field(pattern=r"^[0-9]{1,10}\.[0-9]{1,10}$", examples=["1.1"])]
"""Seconds and count of an instant of the database server."""


class SkippedReference(Model):
    """An id that leads to no exported record, and in how many records of a file it stood in this field."""

    entity: str
    field: str
    id: str
    records: int


class ZoneData(Model):
    """With which data the dates of an export were computed, and in which application timezone."""

    timezone: str
    version: str
    source: str


class OddRecord(Model):
    """A stored record that the format cannot say as it is: each field with the reason. ``left_out``: it has no id that
    could be exported, so that no file has it, and ``id`` is what stands there."""

    entity: str
    id: str
    fields: dict[str, str]
    left_out: bool = False


ODD_RECORDS_LISTED = 1_000


class Manifest(Model):
    """``redaction_counts``: by field (``tasks.comment``) and rule, how often something was taken out. ``odd_records``:
    the first thousand; ``odd_record_counts`` counts all, by entity."""

    schema_version: str = SCHEMA_VERSION
    export_format_version: int = FORMAT_VERSION
    generated_at: Instant
    producer: str
    source_environment: str
    source_stack: str
    source_region: str
    app_git_sha: str
    entity_files: dict[str, str]
    entity_counts: dict[str, int]
    checksums: dict[str, str]
    redactions: tuple[str, ...] = NEVER_EXPORTED
    redaction_counts: dict[str, dict[str, int]]
    omitted_entities: tuple[str, ...] = ("sessions",)
    skipped_references: list[SkippedReference]
    zone_data: ZoneData
    odd_records: list[OddRecord] = Field(default_factory=list[OddRecord])
    odd_record_counts: dict[str, int] = Field(default_factory=dict[str, int])


class ChooseSnapshot(Model):
    """Asks for the instant at which all owners are then read."""


class Snapshot(Model):
    """An instant of the database server, opaque to everyone else, and about how many records work has."""

    cluster_time: ClusterTime
    records: int = 0


class ExportRecords(Model):
    """The records of one entity at a snapshot, in the order of their ids. ``users`` and ``active_users`` are ids.

    Refused with ``snapshot_gone`` when the database cannot look back so far any more: choose another one.
    """

    entity: Entity
    cluster_time: ClusterTime
    users: list[str]
    active_users: list[str] = Field(default_factory=list[str])
    after: str | None = None


class ExportedRecords(Model):
    """``lines`` are finished, each with its newline. Counts are those of this page alone."""

    lines: str
    count: int
    redactions: dict[str, dict[str, int]] = Field(default_factory=dict[str, dict[str, int]])
    skipped: list[SkippedReference] = Field(default_factory=list[SkippedReference])
    odd: list[OddRecord] = Field(default_factory=list[OddRecord])
    after: str | None = None


class FindExported(Model):
    """Which of these ids belong to records that an export at this snapshot has?"""

    cluster_time: ClusterTime
    ids: dict[Entity, list[str]]


class Exported(Model):
    ids: dict[Entity, list[str]]
