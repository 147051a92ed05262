"""The refusal of what is not valid."""

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.subjects import Refused


def refusal(error: ValidationError) -> Refused:
    """The first fault of each field, named as on HTTP."""
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=False):
        place = fault["loc"][1:] if fault["loc"][:1] == ("body",) else fault["loc"]
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{to_camel(part)}" for part in place).lstrip(".")
        fields.setdefault(name, fault["msg"].removeprefix("Value error, "))
    name, reason = next(iter(fields.items()))
    return Refused(code="invalid", message=f"{name} {reason}".strip(), fields=fields)
