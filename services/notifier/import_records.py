"""Records of an export, turned back into notifications: the inverse of `services.notifier.export_records`."""

import datetime as dt
from typing import cast

from pydantic import ValidationError

from contracts.notifications import Notification, Severity
from contracts.transfer.export_records import Entity, Record
from services.notifier import messages
from services.notifier.documents import NotificationDocument

_SPELT = {"notification_id": "_id", "notification_type": "type"}
_DERIVED_ON_EXPORT = frozenset({"dismissed", "unresolved_references"})


class Unimportable(ValueError):
    """A record that cannot be kept; the message says which field and why."""


def notification_of(record: Record) -> NotificationDocument:
    """As it is stored. One of another system has no cause of ours; once dismissed there, it is over. Raises
    Unimportable."""
    fields = {name: value for name, value in record.items() if name in Entity.NOTIFICATIONS.fields}
    document = {_SPELT.get(name, name): value for name, value in fields.items() if name not in _DERIVED_ON_EXPORT}
    document |= record.get("unresolved_references") or {}
    try:
        document["created_at"] = dt.datetime.fromisoformat(document["created_at"]).astimezone(dt.UTC)
        document = {
            "severity": Severity.INFO.value,
            "user_id": None,
            "cause": f"imported:{document['_id']}",
            "resolved": bool(record.get("dismissed")) if "cause" not in record else False,
            **document,
        }
        Notification.model_validate({**document, "id": document["_id"]})
    except KeyError as error:
        raise Unimportable(messages.field_missing(error.args[0])) from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise Unimportable(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}") from None
    except (TypeError, ValueError) as error:
        raise Unimportable(f"created_at: {error}") from error
    return cast("NotificationDocument", document)
