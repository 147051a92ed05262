"""Reading documents that somebody may have broken in the database: one of them never hides the others."""

import datetime as dt
import types
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AwareDatetime, ValidationError
from pydantic.alias_generators import to_camel

from contracts.fields.faults import by_field
from contracts.values import FIRST_DATE, FIRST_INSTANT, LAST_INSTANT, Model

ModelT = TypeVar("ModelT", bound=Model)
Raw = Mapping[str, object]
"""A document as it is stored, by us or by hand: any field may be missing or hold anything."""
_BLANKS: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False, list: [], dict: {}, tuple: ()}


def read(model: type[ModelT], values: Mapping[str, Any], stand_ins: Mapping[str, Any]) -> ModelT:
    """As much as can be read: a broken field is left out. One that the model cannot do without has a stand-in, else
    the blank of its type: an empty text, the first instant of 1970, the first of an enumeration."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        broken = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
    fields = {name: field for name, field in model.model_fields.items() if {name, field.alias} & broken}
    kept = {name: value for name, value in values.items() if name not in fields}
    instead = {
        name: stand_ins[name] if name in stand_ins else _blank(field.annotation)
        for name, field in fields.items()
        if name in stand_ins or field.is_required()
    }
    return model.model_validate({**kept, **instead})


def _blank(kind: Any) -> Any:
    """A value of a field's type that says nothing."""
    if get_origin(kind) is Annotated:
        return _blank(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return None if type(None) in get_args(kind) else _blank(get_args(kind)[0])
    if kind in (dt.datetime, AwareDatetime):
        return FIRST_INSTANT
    if kind is dt.date:
        return FIRST_DATE
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, Model):
        return read(kind, {}, {})
    return _BLANKS.get(get_origin(kind) or kind)


def made_at(document: Raw) -> dt.datetime:
    """When a stored document was made; the first instant of 1970 where that cannot be read."""
    at = document.get("created_at")
    return at if isinstance(at, dt.datetime) and FIRST_INSTANT <= at <= LAST_INSTANT else FIRST_INSTANT


def texts(value: object) -> list[str]:
    """The texts of a stored list; none for anything else."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def faults(error: ValidationError) -> dict[str, str]:
    """What cannot be read, and why, by the names on HTTP."""
    return by_field(error, spelled=to_camel)


def fault(error: ValidationError) -> str:
    """The first thing that is wrong, with the field: ``taskDefinitions[0].offsetDays must be a whole number``."""
    name, reason = next(iter(faults(error).items()))
    return f"{name} {reason}"
