"""Import of a portable export: pages of records for the owner of an entity, and what becomes of each."""

from enum import StrEnum

from pydantic import Field, JsonValue

from contracts.transfer.export_records import Entity
from contracts.values import Model


class ImportVerdict(StrEnum):
    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"


class ImportRecords(Model):
    """Records of one entity as an export has them; with ``dry_run`` nothing is written.

    Entities come in the order of what they lean on: a task after its run, its files and the artifacts that prove it.
    What was changed here after the record was is kept, unless they ``overwrite``.
    """

    entity: Entity
    records: list[dict[str, JsonValue]] = Field(max_length=500)
    dry_run: bool = False
    overwrite: bool = False


class ImportResult(Model):
    """``reason``: why it was refused or kept. ``changed``: the fields that get another value, of one that is there."""

    id: str
    verdict: ImportVerdict
    reason: str | None = None
    changed: list[str] = Field(default_factory=list[str])


class ImportedRecords(Model):
    """One result for each record, in their order."""

    results: list[ImportResult]
