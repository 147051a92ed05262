"""One record against the table: what is missing, of the wrong kind or unknown, field by field."""

from collections.abc import Iterator
from typing import Any, cast

from contracts.transfer.export_records import Entity
from services.exports.entities import SHAPES
from services.exports.faults import Level, Problem, quoted
from services.exports.shapes import Field, ListedRefs

Record = dict[str, Any]


def field_problems(record: Record, entity: Entity) -> Iterator[Problem]:
    shape = SHAPES[entity]
    for name, level in shape.needed.items():
        if is_absent(record.get(name)):
            yield missing(name, level)
    for name, value in record.items():
        field = shape.fields.get(name)
        if field is None:
            if name not in entity.fields:
                yield Problem(quoted(name), f"has the unknown field {quoted(name)}", Level.STRICT)
        elif not is_absent(value) and (problem := _problem(name, value, field)) is not None:
            yield problem
    for listed in shape.listed:
        yield from listed_problems(record, listed)
    if list(record) != sorted(record):
        yield Problem("", "keys must be in alphabetical order", Level.STRICT)


def is_absent(value: object) -> bool:
    """An empty text stands for none, also one of spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def missing(name: str, level: Level = Level.FORMAT, at: str = "") -> Problem:
    path = f"{at.removeprefix('.')}.{name}" if at else name
    return Problem(path, f"missing required string field {name}", level, at)


def wrong(name: str, reason: str, level: Level = Level.FORMAT, at: str = "") -> Problem:
    path = f"{at.removeprefix('.')}.{name}" if at else name
    return Problem(path, f"field {name} {reason}", level, at)


def _problem(name: str, value: object, field: Field) -> Problem | None:
    if reason := field.check(value):
        if field.needed is Level.FORMAT and not isinstance(value, str):
            return missing(name)
        return wrong(name, reason, field.level)
    if field.strictly is not None and (reason := field.strictly(value)):
        return wrong(name, reason, Level.STRICT)
    return None


def listed_problems(record: Record, listed: ListedRefs, at: str = "", name: str | None = None) -> Iterator[Problem]:
    """Objects that name nothing. ``name`` is what the field is called where it is not in snake_case."""
    field = name or listed.field
    for position, entry in enumerate(entries(record, field)):
        key = entry.get(listed.key)
        if not isinstance(key, str) or is_absent(key):
            yield missing(listed.key, at=f"{at}.{field}[{position}]")


def entries(record: Record, field: str) -> list[Record]:
    """The objects of a list; none where it is no list of objects, which is told elsewhere."""
    value = record.get(field)
    if not isinstance(value, list):
        return []
    return [cast("Record", one) for one in cast("list[object]", value) if isinstance(one, dict)]
