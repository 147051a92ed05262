"""What the notifier stores, as records of the export. An importer turns the same records back into documents."""

from collections.abc import Set
from typing import cast

from contracts.fields.lenient import Raw
from contracts.transfer.export_records import Entity, Record, record_of
from services.exports.repair import repair
from services.notifier.store import EVERYBODY

_SPELT = {"type": "notification_type"}


def notification_record(document: Raw, active_users: Set[str]) -> Record:
    """Dismissed is what nobody sees any more who should: its owner, or all active users when it is everyone's."""
    record = record_of(Entity.NOTIFICATIONS, {_SPELT.get(name, name): value for name, value in document.items()})
    record["dismissed"] = bool(document.get("resolved")) or _is_dismissed(document, active_users)
    return repair(Entity.NOTIFICATIONS, record)


def _is_dismissed(document: Raw, active_users: Set[str]) -> bool:
    stored = document.get("dismissed_by")
    ids = cast("list[object]", stored if isinstance(stored, list) else [])
    dismissed_by = {id for id in ids if isinstance(id, str)}
    if EVERYBODY in dismissed_by:
        return True
    if isinstance(owner := document.get("user_id"), str):
        return owner in dismissed_by
    return bool(active_users) and dismissed_by.issuperset(active_users)
