"""How a stored document differs from the one that an import brings."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import cast

from contracts.transfer.export_records import has_value, plain
from services.kit.redaction.links import MARK
from services.kit.redaction.text import is_forbidden, redact

_TAKEN_OUT = re.compile(rf"{re.escape(MARK)}|\?redacted")
_ONCE_FORBIDDEN = re.compile(r"(?i)secret|token|password|credential|cookie|authorization|signed[-_ ]?url|api[-_ ]?key")
"""Keys that exports left out before whole words decided: "secretary", "tokenizer"."""


@dataclass(frozen=True)
class Changes:
    """``fields`` are to be set, ``gone`` to be removed."""

    fields: dict[str, object]
    gone: Set[str]

    def beyond(self, names: Set[str]) -> bool:
        """Whether anything changes besides these fields."""
        return bool((self.fields.keys() | self.gone) - names)


def changes_of(before: Mapping[str, object], after: Mapping[str, object], *, removable: Set[str]) -> Changes:
    """``removable``: the fields whose absence from ``after`` says that there is no value."""
    fields = {name: value for name, value in after.items() if differs(before.get(name), value)}
    absent = (removable & before.keys()) - after.keys()
    return Changes(fields, {name for name in absent if has_value(before[name])})


def differs(stored: object, given: object) -> bool:
    """What an export took out, by the rules of its time, is no difference: what is stored stays."""
    if stored == given or not (has_value(stored) or has_value(given)):
        return False
    return not _may_be_exported_as(plain(stored), plain(given))


def _may_be_exported_as(stored: object, given: object) -> bool:
    """Whether an export of ``stored``, by the rules of today or earlier, may say ``given``."""
    match stored, given:
        case str(), str():
            return _fits(stored, given) or _fits(redact(stored), redact(given))
        case dict(), dict():
            before, after = cast("dict[str, object]", stored), cast("dict[str, object]", given)
            return (
                after.keys() <= before.keys()
                and all(map(_may_be_left_out, before.keys() - after.keys()))
                and all(_may_be_exported_as(before[name], value) for name, value in after.items())
            )
        case list(), list():
            one, other = cast("list[object]", stored), cast("list[object]", given)
            return len(one) == len(other) and all(map(_may_be_exported_as, one, other))
        case _:
            return stored == given


def _may_be_left_out(key: str) -> bool:
    return is_forbidden(key) or bool(_ONCE_FORBIDDEN.search(key))


def _fits(text: str, given: str) -> bool:
    """Whether ``given`` is ``text`` with a mark in place of something; pieces are sought once, from left to right."""
    first, *pieces = _TAKEN_OUT.split(given)
    if not pieces:
        return text == given
    *middle, last = pieces
    position, end = len(first), len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last)):
        return False
    for piece in middle:
        found = text.find(piece, position + 1, end)
        if found < 0:
            return False
        position = found + len(piece)
    return position < end
