"""Reading documents that somebody may have broken in the database: one of them never hides the others."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.faults import by_field
from contracts.values import Model

ModelT = TypeVar("ModelT", bound=Model)


def read(model: type[ModelT], values: Mapping[str, Any], stand_ins: Mapping[str, Any]) -> ModelT:
    """As much as can be read: a broken field is left out, or has a stand-in if the model cannot do without it."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        broken = {str(one["loc"][0]) for one in error.errors()}
    names = {name for name, field in model.model_fields.items() if {name, field.alias} & broken}
    kept = {name: value for name, value in values.items() if name not in names}
    return model.model_validate({**kept, **{name: stand_ins[name] for name in names if name in stand_ins}})


def faults(error: ValidationError) -> dict[str, str]:
    """What cannot be read, and why, by the names on HTTP."""
    return by_field(error, spelled=to_camel)


def fault(error: ValidationError) -> str:
    """The first thing that is wrong, with the field: ``taskDefinitions[0].offsetDays must be a whole number``."""
    name, reason = next(iter(faults(error).items()))
    return f"{name} {reason}"
