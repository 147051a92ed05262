"""Stored records, made fit for the format: what a reader of it could not take is kept beside, with the reason."""

import json
import re
from collections.abc import Callable
from typing import Any, cast

from contracts.transfer.export_records import UNREADABLE, Entity, Record
from contracts.values import BundleStatus, Stage, TaskStatus, Trigger
from services.exports.checks.fields import field_problems, is_absent
from services.exports.checks.quick_look import DEEPEST, is_deeper, is_sound
from services.exports.checks.single_record import RULES, source_problems
from services.exports.entities import SHAPES
from services.exports.faults import Problem

EPOCH = "1970-01-01T00:00:00.000Z"
_UNTITLED = "Untitled"
_ROUNDS = 12
"""Setting one field aside can break a rule about another one; no record of the tests needs more than four."""
_PLACE = re.compile(r"(?P<field>[a-z_]+)(?:\[(?P<index>\d+)\])?")
StandIn = object | Callable[[Record], object]


def repair(entity: Entity, record: Record) -> Record:
    """The record as it is when nothing is wrong with it. Else without what cannot be read, with stand-ins for what
    must be there, and under ``unreadable_fields`` the reason and the stored value of each such field.

    Relations to other records are not looked at.
    """
    if is_sound(entity, record) or not (problems := _problems(entity, record)):
        return record
    repaired, kept = {**record}, _kept_before(record)
    for _ in range(_ROUNDS):
        wrong = _by_field(entity, repaired, problems)
        for field, found in wrong.items():
            reason = found[0].reason
            if field in repaired:
                kept.setdefault(field, {"reason": reason, "value": _shallow(repaired[field])})
                _remove(entity, repaired, field, found)
            else:
                kept.setdefault(field, {"reason": reason})
        for field in wrong:  # once all that is wrong is gone, for they are made of other fields
            _stand_in(entity, repaired, field)
        repaired[UNREADABLE] = kept
        if not (problems := _problems(entity, repaired)):
            break
    return repaired


def leave_out(entity: Entity, record: Record, field: str, reason: str) -> Record:
    """The record without the value of a field, which is not kept beside either."""
    kept = {**_kept_before(record), field: {"reason": reason}}
    shorter = {name: value for name, value in record.items() if name != field}
    shorter[UNREADABLE] = kept
    _stand_in(entity, shorter, field)
    return repair(entity, shorter)


def _problems(entity: Entity, record: Record) -> list[Problem]:
    """``field`` of each is a path that begins with the field of the record."""
    # The order of keys is made when it is written; a source of its own words has a place of its own, `stated_source`.
    found = [one for one in field_problems(record, entity) if one.field and not _is_stated(one, record)]
    for rule in RULES.get(entity, ()):
        if rule is not source_problems:  # it depends on what other records are there
            found += rule(record)
    for name, value in record.items():
        if isinstance(value, dict | list) and is_deeper(cast("Any", value), DEEPEST):
            found.append(Problem(name, "is nested too deep"))
    return found


def _is_stated(problem: Problem, record: Record) -> bool:
    return problem.field == "source" and isinstance(record.get("source", ""), str)


def _shallow(value: Any) -> Any:
    """As it is, or as text when it is nested too deep to be kept beside."""
    return json.dumps(value, ensure_ascii=False) if is_deeper(value, DEEPEST) else value


def _kept_before(record: Record) -> dict[str, Any]:
    value = record.get(UNREADABLE)
    return dict(cast("Record", value)) if isinstance(value, dict) else {}


def _by_field(entity: Entity, record: Record, problems: list[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        place = _PLACE.match(problem.field)
        field = place["field"] if place else problem.field
        instead = _INSTEAD.get((entity, field))
        if instead is not None and _gives_way(entity, record, field):
            field = instead
        if field != entity.id_field:
            found.setdefault(field, []).append(problem)
    return found


def _gives_way(entity: Entity, record: Record, field: str) -> bool:
    """The field is right in itself, so that a rule found it wrong together with another one; or it is absent, and
    nothing can stand for it."""
    value = record.get(field)
    if is_absent(value):
        return field not in record and field not in _STAND_INS[entity]
    return SHAPES[entity].fields[field].check(value) is None


def _remove(entity: Entity, record: Record, field: str, problems: list[Problem]) -> None:
    """Of a list, only the entries with a problem; of anything else, all."""
    value = record.pop(field)
    if not isinstance(value, list):
        return
    entries = cast("list[Any]", value)
    places = [_PLACE.match(problem.field) for problem in problems]
    wrong = {int(place["index"]) for place in places if place is not None and place["index"] is not None}
    shape = SHAPES[entity].fields.get(field)
    kept = [
        entry
        for index, entry in enumerate(entries)
        if index not in wrong and not is_deeper(entry, DEEPEST - 1) and (shape is None or shape.check([entry]) is None)
    ]
    if kept and len(kept) < len(entries):
        record[field] = kept


def _stand_in(entity: Entity, record: Record, field: str) -> None:
    stand_in = _STAND_INS.get(entity, {}).get(field)
    value = stand_in(record) if callable(stand_in) else stand_in
    if value is not None and is_absent(record.get(field)):
        record[field] = value


def _created(record: Record) -> object:
    return record.get("updated_at") or EPOCH


def _updated(record: Record) -> object:
    return record.get("created_at") or EPOCH


def _day(record: Record) -> object:
    return str(_updated(record))[:10]


def _completed(task: Record) -> object:
    return (task.get("updated_at") or _updated(task)) if task.get("status") == TaskStatus.DONE else None


_STAMPS: dict[str, StandIn] = {"created_at": _created, "updated_at": _updated}
_STAND_INS: dict[Entity, dict[str, StandIn]] = {
    Entity.USERS: {
        "name": _UNTITLED,
        "email": lambda user: f"{user['user_id']}@unreadable.invalid",
        "role": "operator",
        "active": False,
        "created_at": EPOCH,
    },
    Entity.TASKS: {
        "description": _UNTITLED,
        "date": _day,
        "status": TaskStatus.TODO.value,
        "source": "manual",
        "waiting_for": "unknown",
        "follow_up_at": _day,
        "comment": "unknown",
        "completed_at": _completed,
        **_STAMPS,
    },
    Entity.BUNDLES: {
        "title": _UNTITLED,
        "status": BundleStatus.ACTIVE.value,
        "stage": Stage.PREPARATION.value,
        **_STAMPS,
    },
    Entity.TEMPLATES: {"name": _UNTITLED, "type": "workflow", "trigger_enabled": False, **_STAMPS},
    Entity.RECURRING_CONFIGS: {
        "description": _UNTITLED,
        "cron_expression": "unreadable",
        "enabled": False,
        **_STAMPS,
    },
    Entity.FILES: {
        "filename": _UNTITLED,
        "category": "document",
        "storage_uri": "unknown",
        "checksum": "unknown",
        "size_bytes": 0,
        **_STAMPS,
    },
    Entity.ARTIFACTS: {
        "type": "other",
        "title": _UNTITLED,
        "storage_uri": "unknown",
        "storage_provider": "unknown",
        "reviewed_at": _updated,
        **_STAMPS,
    },
    Entity.NOTIFICATIONS: {
        "message": _UNTITLED,
        "notification_type": "missing-evidence",
        "dismissed": False,
        "due_at": _day,
        **_STAMPS,
    },
    Entity.WINDOWS: {
        "kind": "recurring",
        "source_id": "unknown",
        "date": lambda window: str(window.get("first_at") or EPOCH)[:10],
        "outcome": "failed",
        "trigger": Trigger.SCHEDULE.value,
        "first_at": lambda window: window.get("last_at") or EPOCH,
        "last_at": lambda window: window.get("first_at") or EPOCH,
    },
    Entity.HISTORY: {
        "kind": "unknown",
        "at": lambda entry: entry.get("recorded_at") or EPOCH,
        "recorded_at": lambda entry: entry.get("at") or EPOCH,
    },
}
"""What stands for a field that must be there: a value, or one made of the record, None where it need not be there.
Nobody keeps assistant jobs and audit events."""

_INSTEAD: dict[tuple[Entity, str], str] = {
    (Entity.TEMPLATES, "trigger_schedule"): "trigger_enabled",
    (Entity.RECURRING_CONFIGS, "cron_expression"): "enabled",
    (Entity.ARTIFACTS, "checksum"): "storage_provider",
    (Entity.NOTIFICATIONS, "task_id"): "notification_type",
    (Entity.NOTIFICATIONS, "recurring_config_id"): "notification_type",
    (Entity.NOTIFICATIONS, "bundle_id"): "notification_type",
}
"""Which field gives way when a rule finds that the first does not go with it."""
