"""A quick look at the records of which there are very many: most have nothing wrong, and need no list of problems."""

from collections.abc import Callable
from typing import Any, cast

from pydantic_core import SchemaValidator, core_schema

from contracts.transfer.export_records import Entity, Record
from contracts.values import TaskStatus
from services.exports import kinds
from services.exports.checks.nested import proof_problems
from services.exports.checks.single_record import RULES
from services.exports.entities import SHAPES
from services.exports.shapes import Field, Shape

DEEPEST = 90
"""Readers of JSON give up at 100 levels; what is kept beside lies two deeper."""


def is_sound(entity: Entity, record: Record) -> bool:
    """True only when no rule about the record by itself finds a problem. False: it must be looked at closely."""
    quick = _QUICK.get(entity)
    return quick is not None and quick.isinstance_python(record) and _RULES[entity](record)


def is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        inner = list(cast("dict[str, Any]", value).values())
    elif isinstance(value, list):
        inner = cast("list[Any]", value)
    else:
        return False
    return levels == 0 or any(is_deeper(one, levels - 1) for one in inner)


# The patterns are matched by the regular expressions of Rust: in linear time, and with no look ahead.
_YEAR = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_DAY_OF_YEAR = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DATE = f"{_YEAR}-{_DAY_OF_YEAR}"
_INSTANT = rf"{_DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{{3}}Z"
"""The forms that the export writes. A 29 February is looked at closely."""


def _text(pattern: str) -> core_schema.CoreSchema:
    return core_schema.str_schema(pattern=pattern, strict=True)


def _shallow(value: object) -> object:
    if is_deeper(value, DEEPEST):
        raise ValueError
    return value


_WORDS = _text(r"[^\s\x1c-\x1f]")
"""With a character that Python, too, does not take for a space."""
_FLAG = core_schema.bool_schema(strict=True)
_SCALAR = core_schema.union_schema(
    [
        core_schema.str_schema(strict=True),
        _FLAG,
        core_schema.int_schema(strict=True),
        core_schema.float_schema(strict=True),
        core_schema.none_schema(),
    ],
    mode="left_to_right",
)
_TEXTS = core_schema.list_schema(core_schema.str_schema(strict=True), strict=True)
_FLAT = core_schema.dict_schema(core_schema.str_schema(strict=True), _SCALAR, strict=True)
_NESTED = core_schema.no_info_after_validator_function(_shallow, core_schema.dict_schema(strict=True))
_OBJECT = core_schema.union_schema([_FLAT, _NESTED], mode="left_to_right")
_FORMS: dict[Callable[[object], str | None], core_schema.CoreSchema] = {
    kinds.text: _WORDS,
    kinds.texts: _TEXTS,
    kinds.timestamp: _text(f"^{_INSTANT}$"),
    kinds.instant: _text(f"^{_INSTANT}$"),
    kinds.date: _text(f"^{_DATE}$"),
    kinds.mapping: _OBJECT,
    kinds.text_or_object: core_schema.union_schema([_WORDS, _OBJECT], mode="left_to_right"),
    kinds.boolean: _FLAG,
    kinds.count: core_schema.int_schema(strict=True, ge=0),
}


def _form(field: Field) -> core_schema.CoreSchema:
    if field.strictly is kinds.moment:
        return _text(f"^(?:{_DATE}|{_INSTANT})$")
    if isinstance(field.check, kinds.OneOf):
        return core_schema.literal_schema(sorted(field.check.names))
    if field.check in _FORMS:
        return _FORMS[field.check]

    def check(value: object) -> object:
        if isinstance(value, dict | list) or field.check(value) is not None:
            raise ValueError
        return value

    return core_schema.no_info_after_validator_function(check, _WORDS)


def _quick(entity: Entity, shape: Shape) -> SchemaValidator:
    needed = {entity.id_field, *shape.needed}
    fields = {
        name: core_schema.typed_dict_field(_form(field), required=name in needed)
        for name, field in shape.fields.items()
    }
    return SchemaValidator(
        core_schema.typed_dict_schema(fields, strict=True, extra_behavior="allow", extras_schema=_SCALAR)
    )


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
_QUICK = {entity: _quick(entity, SHAPES[entity]) for entity in _RULES}
