"""The records of the export that work owns, in pages, all as they were at one instant."""

from contracts.transfer.export_records import Entity, Known
from contracts.transfer.exports import ChooseSnapshot, Exported, ExportedRecords, ExportRecords, FindExported, Snapshot
from services.kit.mongo.reading import SnapshotGone
from services.kit.transfer.export_lines import ExportLines, snapshot_gone
from services.work.transfer.export_records import draft_record, finished_record, named_by, with_proof
from services.work.transfer.snapshots import Snapshots


class Exporting:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def choose(self, _: ChooseSnapshot) -> Snapshot:
        cluster_time, records = await self._snapshots.choose()
        return Snapshot(cluster_time=cluster_time, records=records)

    async def records(self, question: ExportRecords) -> ExportedRecords:
        try:
            return await self._page(question)
        except SnapshotGone:
            raise snapshot_gone() from None

    async def _page(self, question: ExportRecords) -> ExportedRecords:
        entity, at = question.entity, question.cluster_time
        lines = ExportLines(entity)
        documents = await self._snapshots.page(entity, at, after=question.after or "", limit=lines.limit)
        if question.after is None:
            lines.leave_out(await self._snapshots.without_id(entity, at))
        drafts = [draft_record(entity, document) for document in documents]
        named = named_by(entity, drafts)
        runs = await self._snapshots.template_of_runs(at, named.pop(Entity.BUNDLES, ()))
        found = await self._snapshots.known(at, named)
        known: Known = {**found, Entity.BUNDLES: runs.keys(), Entity.USERS: set(question.users)}
        records = (finished_record(entity, draft, known, runs) for draft in drafts)
        if entity is Entity.TASKS:
            outside = await self._snapshots.proof_of(at, drafts)
            records = (with_proof(record, outside) for record in records)
        for record in records:
            if not lines.add(record):
                break
        return lines.page(len(documents))

    async def find(self, question: FindExported) -> Exported:
        try:
            known = await self._snapshots.known(question.cluster_time, question.ids)
        except SnapshotGone:
            raise snapshot_gone() from None
        return Exported(ids={entity: sorted(ids) for entity, ids in known.items()})
