"""What must not leave the system: keys that name a secret, values that let in anyone who holds them."""

import re
from collections.abc import Iterator
from typing import cast

from services.exports.faults import Level, Problem, quoted
from services.kit.redaction.keys import WORDS_AS_KEYS
from services.kit.redaction.text import is_forbidden, redact

_SIGNED = re.compile("X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|signature=|sig=|token=")
_DATABASE_KEYS = frozenset({"_id", "PK", "SK"})


def secrets_in(record: dict[str, object], level: Level) -> Iterator[Problem]:
    """Of the keys at the top only the values are looked at: the table says which keys there may be.

    ``level``: of what the format itself forbids. What else looks like a secret breaks the stricter rules.
    """
    for name, value in record.items():
        yield from _within(value, name, level)


def _within(value: object, path: str, level: Level, *, words_as_keys: bool = False) -> Iterator[Problem]:
    if isinstance(value, str):
        if _SIGNED.search(value):
            yield _at(path, "must not contain signed URLs or tokens", level)
        elif redact(value) != value:
            # An earlier version's rules let it leave, and here it is no worse than what people write themselves.
            yield _at(path, "must not contain secrets", Level.STRICT)._replace(sound=True)
    elif isinstance(value, list):
        for position, inner in enumerate(cast("list[object]", value)):
            yield from _within(inner, f"{path}[{position}]", level, words_as_keys=words_as_keys)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            if is_forbidden(key, is_word=words_as_keys):
                yield _at(f"{path}.{key}", "must not contain secrets", level)
            if key in _DATABASE_KEYS:
                yield _at(f"{path}.{key}", "must not contain a key of the database", Level.STRICT)
            yield from _within(inner, f"{path}.{key}", level, words_as_keys=key in WORDS_AS_KEYS)


def _at(path: str, reason: str, level: Level) -> Problem:
    shown = quoted(path)
    return Problem(shown, reason, level, f".{shown}")
