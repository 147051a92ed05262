"""What is wrong with a document, in words: each field named as on HTTP, each reason as people say it."""

from collections.abc import Callable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

IS_REQUIRED = "is required"
_INPUT = "Input should be "
_REASONS = {
    "missing": IS_REQUIRED,
    "string_type": "must be text",
    "bool_type": "must be a boolean: true or false",
    "bool_parsing": "must be a boolean: true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def by_field(error: ValidationError, *, spelled: Callable[[str], str] = str) -> dict[str, str]:
    """The first fault of each field, in the model's order; what is wrong with the whole stands under ``""``.

    ``spelled`` turns the name of a field into that on HTTP where the document was read by our own names.
    """
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=True):
        fields.setdefault(_name(fault["loc"], spelled), _reason(fault))
    return fields


def _name(location: tuple[int | str, ...], spelled: Callable[[str], str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{spelled(part)}" for part in location).lstrip(".")


def _reason(fault: ErrorDetails) -> str:
    if fault["type"] == "string_too_long" or (fault["type"] == "too_long" and isinstance(fault["input"], str)):
        return f"must have at most {fault.get('ctx', {}).get('max_length')} characters"
    if reason := _REASONS.get(fault["type"]):
        return reason
    words = fault["msg"].removeprefix("Value error, ")
    return f"must be {words.removeprefix(_INPUT)}" if words.startswith(_INPUT) else words
