"""An export: everything that the services own, as it was at one instant, written into a directory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from contracts.subjects import CHOOSE_SNAPSHOT, EXPORT_NOTIFICATIONS, EXPORT_WORK
from contracts.transfer.export_records import Entity, record_of
from contracts.transfer.exports import (
    ODD_RECORDS_LISTED,
    ChooseSnapshot,
    ExportedRecords,
    ExportRecords,
    Manifest,
    OddRecord,
    SkippedReference,
    ZoneData,
)
from services.exports.repair import repair
from services.kit import zone_data
from services.kit.clock import Clock
from services.kit.mongo.driver import Row
from services.kit.mongo.reading import SnapshotGone
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.kit.transfer.export_lines import SNAPSHOT_GONE, ExportLines, snapshot_gone
from services.portal.exports.files import EntityFile, write_manifest
from services.portal.owners import Owners
from services.portal.store import PortalStore

_NOBODY_KEEPS = (Entity.ASSISTANT_JOBS, Entity.AUDIT_EVENTS)
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Progress:
    """``total`` is about how many records there will be."""

    records: int
    total: int
    size: int


OnProgress = Callable[[Progress], None]


class Exporter:
    def __init__(self, owners: Owners, store: PortalStore, settings: Settings, clock: Clock) -> None:
        self._owners = owners
        self._store = store
        self._settings = settings
        self._clock = clock

    async def write(self, directory: Path, on_progress: OnProgress | None = None) -> Manifest:
        """Write the files of an export, the manifest last; all of it survives a power cut once this returns.

        Raises Unavailable, Refused, PyMongoError and OSError; what is there then is no export. Should the
        database lose the instant that is read, everything is read once more at another one.
        """
        try:
            return await self._write(directory, on_progress)
        except Refused as error:
            if error.refusal.code != SNAPSHOT_GONE:
                raise
        return await self._write(directory, on_progress)

    async def _write(self, directory: Path, on_progress: OnProgress | None) -> Manifest:
        generated_at = self._clock.now()
        snapshot = await self._owners.ask(CHOOSE_SNAPSHOT, ChooseSnapshot())
        users = await self._users_at(snapshot.cluster_time)
        tally = _Tally(total=snapshot.records + len(users), on_progress=on_progress)
        for entity in Entity:
            file = EntityFile(directory, entity)
            try:
                async for page in _one_ahead(self._pages(entity, snapshot.cluster_time, users)):
                    await asyncio.to_thread(file.write, page.lines, page.count)
                    tally.add(page)
            finally:
                await asyncio.to_thread(file.close)
            tally.files.append(file)
        manifest = Manifest(
            generated_at=generated_at,
            producer="dataops",
            source_environment=self._settings.environment,
            source_stack=_UNKNOWN,
            source_region=_UNKNOWN,
            app_git_sha=self._settings.app_git_sha,
            entity_files={entity: entity.file_name for entity in Entity},
            entity_counts={entity: file.count for entity, file in zip(Entity, tally.files, strict=True)},
            checksums={file.name: file.checksum for file in tally.files},
            redaction_counts={field: dict(sorted(rules.items())) for field, rules in sorted(tally.redactions.items())},
            skipped_references=tally.skipped_references(),
            odd_records=tally.odd,
            odd_record_counts=dict(sorted(tally.odd_counts.items())),
            zone_data=ZoneData(timezone=self._settings.timezone, version=zone_data.VERSION, source=zone_data.SOURCE),
        )
        await asyncio.to_thread(write_manifest, directory, manifest)
        return manifest

    async def _users_at(self, cluster_time: str) -> list[Row]:
        try:
            return await self._store.users_at(cluster_time)
        except SnapshotGone as error:
            raise snapshot_gone() from error

    async def _pages(self, entity: Entity, cluster_time: str, users: list[Row]) -> AsyncIterator[ExportedRecords]:
        if entity in _NOBODY_KEEPS:
            return
        if entity is Entity.USERS:
            for page in _user_pages(users):
                yield page
            return
        question = ExportRecords(
            entity=entity,
            cluster_time=cluster_time,
            users=[user["_id"] for user in users if _has_id(user)],
            active_users=[user["_id"] for user in users if _has_id(user) and user.get("active", True)],
        )
        request = EXPORT_NOTIFICATIONS if entity is Entity.NOTIFICATIONS else EXPORT_WORK
        async for page in self._owners.pages(request, question):
            yield page


async def _one_ahead(pages: AsyncIterator[ExportedRecords]) -> AsyncIterator[ExportedRecords]:
    """Each page is asked for while the one before it is written."""
    coming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


class _Tally:
    """What came of the pages so far."""

    def __init__(self, total: int, on_progress: OnProgress | None) -> None:
        self.files: list[EntityFile] = []
        self.redactions: dict[str, Counter[str]] = {}
        self.odd: list[OddRecord] = []
        self.odd_counts: Counter[str] = Counter()
        self._skipped: Counter[tuple[str, str, str]] = Counter()
        self._total = total
        self._on_progress = on_progress
        self._records = self._size = 0

    def add(self, page: ExportedRecords) -> None:
        for field, rules in page.redactions.items():
            self.redactions.setdefault(field, Counter()).update(rules)
        for one in page.skipped:
            self._skipped[one.entity, one.field, one.id] += one.records
        self.odd += page.odd[: ODD_RECORDS_LISTED - len(self.odd)]
        self.odd_counts.update(one.entity for one in page.odd)
        self._records += page.count
        self._size += len(page.lines)
        if self._on_progress is not None:
            self._on_progress(Progress(self._records, max(self._total, self._records), self._size))

    def skipped_references(self) -> list[SkippedReference]:
        return [
            SkippedReference(entity=entity, field=field, id=id, records=records)
            for (entity, field, id), records in sorted(self._skipped.items())
        ]


def _has_id(user: Row) -> bool:
    return isinstance(user["_id"], str) and user["_id"] != ""


def _user_pages(users: list[Row]) -> Iterator[ExportedRecords]:
    lines = ExportLines(Entity.USERS)
    lines.leave_out(user["_id"] for user in users if not _has_id(user))
    left = [user for user in users if _has_id(user)]
    while left:
        records = (repair(Entity.USERS, record_of(Entity.USERS, user)) for user in left[: lines.limit])
        added = list(takewhile(lines.add, records))
        left = left[len(added) :]
        yield lines.page(len(added))
        lines = ExportLines(Entity.USERS)
    yield lines.page(0)
