"""A quick look at the records of which there are very many: most have nothing wrong, and need no list of problems."""

import re
from collections.abc import Callable
from typing import Any, cast

from contracts.transfer.export_records import Entity, Record
from contracts.values import TaskStatus
from services.exports import kinds
from services.exports.entities import SHAPES
from services.exports.nested import proof_problems
from services.exports.rules import RULES
from services.exports.shapes import Field

_DAY_OF_YEAR = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_INSTANT = re.compile(rf"(?!0000)[0-9]{{4}}-{_DAY_OF_YEAR}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{{3}}Z")
_DATE = re.compile(rf"(?!0000)[0-9]{{4}}-{_DAY_OF_YEAR}")
"""The forms that the export writes. A 29 February is looked at closely."""
DEEPEST = 90
"""Readers of JSON give up at 100 levels; what is kept beside lies two deeper."""


def is_sound(entity: Entity, record: Record) -> bool:
    """True only when no rule about the record by itself finds a problem. False: it must be looked at closely."""
    quick = _QUICK.get(entity)
    if quick is None or not record.keys() >= _NEEDED[entity]:
        return False
    for name, value in record.items():
        is_right = quick.get(name)
        if not (_is_scalar(value) if is_right is None else is_right(value)):
            return False
    return _RULES[entity](record)


def _is_scalar(value: object) -> bool:
    return not isinstance(value, dict | list)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and not value.isspace()


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        inner = list(cast("dict[str, Any]", value).values())
    elif isinstance(value, list):
        inner = cast("list[Any]", value)
    else:
        return False
    return levels == 0 or any(is_deeper(one, levels - 1) for one in inner)


def _is_object(value: object) -> bool:
    return isinstance(value, dict) and not is_deeper(cast("Any", value), DEEPEST)


def _quick(field: Field) -> Callable[[object], bool]:
    if field.strictly is kinds.moment:
        return lambda value: _is_date(value) or _is_instant(value)
    if field.check in _FORMS:
        return _FORMS[field.check]
    return lambda value: _is_text_or_number(value) and field.check(value) is None


def _is_text_or_number(value: object) -> bool:
    return isinstance(value, bool | int | float) or _is_text(value)


_FORMS: dict[Callable[[object], str | None], Callable[[object], bool]] = {
    kinds.text: _is_text,
    kinds.timestamp: _is_instant,
    kinds.instant: _is_instant,
    kinds.date: _is_date,
    kinds.texts: lambda value: kinds.texts(value) is None,
    kinds.mapping: _is_object,
    kinds.text_or_object: lambda value: _is_text(value) or _is_object(value),
}


_OF_WAITING = frozenset({"waiting_for", "follow_up_at", "comment"})


def _task_rules(task: Record) -> bool:
    status, is_done = task["status"], task["status"] == TaskStatus.DONE
    if status == TaskStatus.WAITING and not task.keys() >= _OF_WAITING:
        return False
    if ("completed_at" in task) != is_done or any(True for _ in proof_problems(task, "proof_requirement")):
        return False
    return task["created_at"] <= task["updated_at"] and (is_done or "completed_by" not in task)


def _notification_rules(notification: Record) -> bool:
    return not any(True for rule in RULES[Entity.NOTIFICATIONS] for _ in rule(notification))


_RULES: dict[Entity, Callable[[Record], bool]] = {
    Entity.TASKS: _task_rules,
    Entity.NOTIFICATIONS: _notification_rules,
    Entity.WINDOWS: lambda _: True,
    Entity.HISTORY: lambda _: True,
}
_NEEDED = {entity: frozenset({entity.id_field, *SHAPES[entity].needed}) for entity in _RULES}
_QUICK = {entity: {name: _quick(field) for name, field in SHAPES[entity].fields.items()} for entity in _RULES}
