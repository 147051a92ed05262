"""Notifications of an export, taken in."""

from contracts.export_records import Entity
from contracts.imports import ImportedRecords, ImportRecords, ImportResult, ImportVerdict
from contracts.subjects import Refused
from services.kit.import_changes import Changes, changes_of
from services.kit.mongo import Document, storing_fault
from services.notifier.import_records import Unimportable, notification_of
from services.notifier.store import NotificationStore

_REMOVABLE = Entity.NOTIFICATIONS.fields - {"resolved", "user_id"}


class Importing:
    def __init__(self, store: NotificationStore) -> None:
        self._store = store

    async def notifications(self, question: ImportRecords) -> ImportedRecords | Refused:
        if question.entity is not Entity.NOTIFICATIONS:
            message = f"the notifier keeps no {question.entity}"
            return Refused(code="invalid", message=message, fields={"entity": "is kept elsewhere"})
        documents: dict[str, Document] = {}
        results: list[ImportResult] = []
        for record in question.records:
            id = str(record.get("notification_id"))
            try:
                document = notification_of(record)
                if fault := storing_fault(document):
                    raise Unimportable(fault)
            except Unimportable as error:
                results.append(ImportResult(id=id, verdict=ImportVerdict.REFUSED, reason=str(error)))
            else:
                documents[id] = document
                results.append(ImportResult(id=id, verdict=ImportVerdict.INSERTED))
        changes = await self._changes(documents)
        if not question.dry_run:
            await self._store.take_in([one for id, one in documents.items() if id not in changes], changes)
        return ImportedRecords(results=[_settled(result, changes) for result in results])

    async def _changes(self, documents: dict[str, Document]) -> dict[str, Changes]:
        """What changes in those that are there already."""
        known = await self._store.stored(list(documents))
        return {before["_id"]: changes_of(before, documents[before["_id"]], removable=_REMOVABLE) for before in known}


def _settled(result: ImportResult, changes: dict[str, Changes]) -> ImportResult:
    if result.verdict is ImportVerdict.REFUSED or result.id not in changes:
        return result
    is_changed = changes[result.id].beyond(frozenset())
    return result.model_copy(update={"verdict": ImportVerdict.UPDATED if is_changed else ImportVerdict.UNCHANGED})
