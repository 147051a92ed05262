"""Types for what people type. A refusal names the field (pydantic's location) and says what to change."""

import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr

from contracts.cron.expression import CronError, CronExpression

_INVISIBLE = {"Cf", "Zs", "Zl", "Zp", "Cc"}


def without_controls(text: str, allowed: str = "") -> str:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise ValueError(f"must not contain the control character U+{ord(character):04X}")
    return text


def not_blank(text: str) -> str:
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


def _web_address(text: str) -> str:
    """http and https only, and nothing in it that hides where it leads."""
    if not text:
        return text
    if any(character.isspace() or unicodedata.category(character) in _INVISIBLE for character in text):
        raise ValueError("must not contain spaces or invisible characters")
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host, parts = False, urlsplit("")
    if parts.scheme.lower() not in ("http", "https") or not has_host:
        raise ValueError("must be a web address that starts with https:// or http://")
    if "@" in parts.netloc or "\\" in text:
        raise ValueError("must not contain a user name, a password or a backslash")
    return text


NotNull = BeforeValidator(_not_null)
"""For optional fields that may be left out but not sent as null."""

Line = Annotated[
    StrictStr,
    Field(max_length=2_000),
    AfterValidator(lambda text: without_controls(text, "")),
    AfterValidator(not_blank),
]
"""One line of text with something visible in it."""

Prose = Annotated[StrictStr, Field(max_length=20_000), AfterValidator(lambda text: without_controls(text, "\n\r\t"))]
"""Several lines; may be empty."""

Name = Annotated[StrictStr, Field(max_length=200), AfterValidator(lambda text: without_controls(text, ""))]
"""A short label or an opaque id; may be empty."""

Cron = Annotated[StrictStr, AfterValidator(_readable_cron)]

Link = Annotated[StrictStr, Field(max_length=2_000), AfterValidator(_web_address)]
"""An http(s) address without credentials; may be empty. Nothing of ours ever opens it."""
