"""The refusal of what is not valid."""

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.faults import by_field
from contracts.subjects import Refusal

_BODY = "body"
"""What the broker's framework calls the whole of a message."""


def refusal(error: ValidationError) -> Refusal:
    """The first fault of each field, named as on HTTP."""
    faults = by_field(error, spelled=to_camel)
    fields = {"" if name == _BODY else name.removeprefix(f"{_BODY}."): reason for name, reason in faults.items()}
    name, reason = next(iter(fields.items()))
    return Refusal(code="invalid", message=f"{name} {reason}".strip(), fields=fields)
