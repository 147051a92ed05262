"""Notifications for the export, in pages, as they were at the instant at which all services are read."""

from nats.aio.client import Client

from contracts.subjects import FIND_EXPORTED
from contracts.transfer.export_records import Entity, Known, Record, references_of, resolved
from contracts.transfer.exports import ExportedRecords, ExportRecords, FindExported
from services.exports.repair import repair
from services.kit.broker import ask
from services.kit.mongo.reading import SnapshotGone
from services.kit.transfer.export_lines import ExportLines, snapshot_gone
from services.notifier.export_records import notification_record
from services.notifier.store import NotificationStore


class Exporting:
    def __init__(self, client: Client, store: NotificationStore) -> None:
        self._client = client
        self._store = store

    async def notifications(self, question: ExportRecords) -> ExportedRecords:
        """Raises Unavailable or Refused when work does not say what there is to refer to."""
        lines = ExportLines(Entity.NOTIFICATIONS)
        try:
            found = await self._store.page_at(question.cluster_time, after=question.after or "", limit=lines.limit)
            if question.after is None:
                lines.leave_out(await self._store.without_id_at(question.cluster_time))
            active = set(question.active_users)
            drafts = [notification_record(document, active) for document in found]
            known = await self._known(question, drafts)
        except SnapshotGone:
            raise snapshot_gone() from None
        for draft in drafts:
            if not lines.add(repair(Entity.NOTIFICATIONS, resolved(Entity.NOTIFICATIONS, draft, known))):
                break
        return lines.page(len(found))

    async def _known(self, question: ExportRecords, drafts: list[Record]) -> Known:
        named = references_of(Entity.NOTIFICATIONS, drafts)
        asked = FindExported(
            cluster_time=question.cluster_time, ids={entity: sorted(ids) for entity, ids in named.items()}
        )
        found = await ask(self._client, FIND_EXPORTED, asked)
        return {
            **{entity: set(ids) for entity, ids in found.ids.items()},
            Entity.USERS: set(question.users),
        }
