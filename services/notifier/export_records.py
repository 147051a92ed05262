"""What the notifier stores, as records of the export. An importer turns the same records back into documents."""

from collections.abc import Set
from typing import Any

from contracts.export_records import Entity, Record, record_of
from services.notifier.store import EVERYBODY

_SPELT = {"type": "notification_type"}


def notification_record(document: dict[str, Any], active_users: Set[str]) -> Record:
    """Dismissed is what nobody sees any more who should: its owner, or all active users when it is everyone's."""
    record = record_of(Entity.NOTIFICATIONS, {_SPELT.get(name, name): value for name, value in document.items()})
    record["dismissed"] = document["resolved"] or _is_dismissed(document, active_users)
    return record


def _is_dismissed(document: dict[str, Any], active_users: Set[str]) -> bool:
    dismissed_by = set[str](document.get("dismissed_by") or ())
    if EVERYBODY in dismissed_by:
        return True
    if document.get("user_id") is not None:
        return document["user_id"] in dismissed_by
    return bool(active_users) and dismissed_by.issuperset(active_users)
