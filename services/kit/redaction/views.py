"""The views in which a text is searched for secrets: decoded once and twice, unescaped, in plain letters."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
_PIECE = 64
_LEADING_ZEROS = re.compile(r"(&#[xX]?)0++(?=[0-9a-fA-F])")
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")


def unquoted_twice(text: str) -> str:
    return unquote(unquote(text))


def unescaped(text: str) -> str:
    """As ``html.unescape``, which raises ValueError for a reference of more than 4 300 digits."""
    if "&#" in text:
        text = _NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub(r"\1", text))
    return unescape(text)


def plain(text: str) -> str:
    """NFKC, without characters that have no width; in pieces, since NFKC of many combining marks is quadratic."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", _normalized(_INVISIBLE.sub("", _normalized(text))))


def _normalized(text: str) -> str:
    return "".join(normalize("NFKC", text[start : start + _PIECE]) for start in range(0, len(text), _PIECE))


VIEWS: tuple[Callable[[str], str], ...] = (unquote, unquoted_twice, unescaped, plain)
"""How a reader, a browser or a second tool may come to see a text, besides as it is."""


def views(text: str) -> Iterator[str]:
    """The text, and what its views show that it does not."""
    yield text
    if "%" in text:
        yield unquote(text)
        yield unquoted_twice(text)
    if "&" in text:
        yield unescaped(text)
    if not text.isascii():
        yield plain(text)
