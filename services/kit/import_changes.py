"""How a stored document differs from the one that an import brings."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from contracts.export_records import has_value, plain
from services.kit.redaction import redact_values

Document = dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """``fields`` are to be set, ``gone`` to be removed."""

    fields: Document
    gone: Set[str]

    def beyond(self, names: Set[str]) -> bool:
        """Whether anything changes besides these fields."""
        return bool((self.fields.keys() | self.gone) - names)


def changes_of(before: Document, after: Document, *, removable: Set[str]) -> Changes:
    """``removable``: the fields whose absence from ``after`` says that there is no value."""
    fields = {name: value for name, value in after.items() if differs(before.get(name), value)}
    absent = (removable & before.keys()) - after.keys()
    return Changes(fields, {name for name in absent if has_value(before[name])})


def differs(stored: object, given: object) -> bool:
    """What an export took out of a text is no difference: the text that is stored stays."""
    if stored == given or not (has_value(stored) or has_value(given)):
        return False
    return redact_values(plain(stored)) != plain(given)
