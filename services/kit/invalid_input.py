"""The refusal of a message that is not valid."""

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.fields.faults import by_field
from services.kit.refused import Refused, invalid


def invalid_input(error: ValidationError) -> Refused:
    """To be raised. The first fault of each field, named as on HTTP."""
    fields = by_field(error, spelled=to_camel)
    name, reason = next(iter(fields.items()))
    return invalid(f"{name} {reason}".strip(), fields)
