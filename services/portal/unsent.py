"""A form that was sent after its sign-in had ended: carried through sign-in, then shown and sent by one more press."""

import datetime as dt
from urllib.parse import urlencode

from pydantic.alias_generators import to_snake

from services.portal.forms import MANY_FIELDS, Form, read_text
from services.portal.words import capital, day_in_full

_NEVER_CARRIED = {"csrf", "password", "current", "new", "again"}
_NOT_TYPED = {"back", "version", "key", "do", "seen", "complete"}
_LONGEST = 80_000
"""Characters: inside the sign-in form they are encoded once more, and that form has a limit too."""
_SHOWN = 12


def carried(form: Form) -> str:
    """All but what proves who sent it, and passwords; empty when it is too long."""
    text = urlencode([(name, value) for name, value in form.items() if name not in _NEVER_CARRIED])
    return text if len(text) <= _LONGEST else ""


def read_carried(text: str) -> Form:
    """Raises BadInput for what ``carried`` cannot have made."""
    return read_text(text, MANY_FIELDS)


def typed(form: Form) -> list[tuple[str, str]]:
    """The first things that a person may have typed, each with its name in words."""
    filled = [(name, text.strip()) for name, text in form.items() if text.strip() and name not in _NOT_TYPED]
    return [
        (capital(to_snake(name.rpartition(".")[2]).replace("_", " ")), _read(text)) for name, text in filled[:_SHOWN]
    ]


def _read(text: str) -> str:
    """A date in words; anything else as it was typed."""
    try:
        return day_in_full(dt.date.fromisoformat(text))
    except ValueError:
        return text
