"""Notifications of an export, taken in."""

from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportedRecords, ImportRecords, ImportResult, ImportVerdict
from services.kit.mongo.writing import storing_fault
from services.kit.refused import invalid
from services.kit.transfer.import_changes import Changes, changes_of
from services.notifier import messages
from services.notifier.documents import NotificationDocument
from services.notifier.import_records import Unimportable, notification_of
from services.notifier.store import NotificationStore

_REMOVABLE = Entity.NOTIFICATIONS.fields - {"resolved", "user_id"}


class Importing:
    def __init__(self, store: NotificationStore) -> None:
        self._store = store

    async def notifications(self, question: ImportRecords) -> ImportedRecords:
        if question.entity is not Entity.NOTIFICATIONS:
            raise invalid(messages.not_kept(question.entity), {"entity": messages.KEPT_ELSEWHERE})
        documents: dict[str, NotificationDocument] = {}
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
        known = {one["_id"]: one for one in await self._store.stored(list(documents))}
        changes = {id: _changes(before, documents[id], overwrite=question.overwrite) for id, before in known.items()}
        if not question.dry_run:
            await self._store.take_in([one for id, one in documents.items() if id not in known], changes)
        for place, result in enumerate(results):
            if result.verdict is not ImportVerdict.REFUSED and result.id in known:
                results[place] = _with_changes(result, known[result.id], documents[result.id], changes[result.id])
        return ImportedRecords(results=results)


def _changes(before: NotificationDocument, given: NotificationDocument, *, overwrite: bool) -> Changes:
    """Nothing says which of the two is newer: who dismissed it here or there has dismissed it, what is over is over,
    and all else stays as it is here."""
    if overwrite:
        return changes_of(before, given, removable=_REMOVABLE)
    dismissed = [*before.get("dismissed_by", ()), *given.get("dismissed_by", ())]
    merged = {"dismissed_by": list(dict.fromkeys(dismissed)), "resolved": before["resolved"] or given["resolved"]}
    return changes_of(before, {**before, **merged}, removable=frozenset())


def _with_changes(
    result: ImportResult, before: NotificationDocument, given: NotificationDocument, changes: Changes
) -> ImportResult:
    if changes.beyond(frozenset()):
        changed = sorted(changes.fields.keys() | changes.gone)
        return result.model_copy(update={"verdict": ImportVerdict.UPDATED, "changed": changed})
    left = changes_of(before, given, removable=_REMOVABLE)
    if not left.beyond(frozenset()):
        return result.model_copy(update={"verdict": ImportVerdict.UNCHANGED})
    kept = {
        "verdict": ImportVerdict.KEPT,
        "reason": messages.STAYS_AS_IT_IS,
        "changed": sorted(left.fields.keys() | left.gone),
    }
    return result.model_copy(update=kept)
