"""Types for what people type. A refusal names the field (pydantic's location) and says what to change."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr

from contracts.cron import CronError, CronExpression

_INVISIBLE = {"Cf", "Zs", "Zl", "Zp", "Cc"}


def _no_controls(text: str, allowed: str) -> str:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise ValueError(f"must not contain the control character U+{ord(character):04X}")
    return text


def _not_blank(text: str) -> str:
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise ValueError("must not be blank")
    return text


def _not_null(value: object) -> object:
    if value is None:
        raise ValueError("must not be null")
    return value


def _readable_cron(text: str) -> str:
    try:
        CronExpression.parse(text)
    except CronError as error:
        raise ValueError(str(error)) from None
    return text


NotNull = BeforeValidator(_not_null)
"""For optional fields that may be left out but not sent as null."""

Line = Annotated[
    StrictStr,
    Field(max_length=2_000),
    AfterValidator(lambda text: _no_controls(text, "")),
    AfterValidator(_not_blank),
]
"""One line of text with something visible in it."""

Prose = Annotated[StrictStr, Field(max_length=20_000), AfterValidator(lambda text: _no_controls(text, "\n\r\t"))]
"""Several lines; may be empty."""

Name = Annotated[StrictStr, Field(max_length=200), AfterValidator(lambda text: _no_controls(text, ""))]
"""A short label or an opaque id; may be empty."""

Cron = Annotated[StrictStr, AfterValidator(_readable_cron)]
