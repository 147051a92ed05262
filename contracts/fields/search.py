"""The form in which typed text is compared with stored text; what is stored and shown stays as it was typed.

NFKC and case folding as in Unicode's "compatibility caseless matching", one kind of space, apostrophe, quotation mark
and hyphen, no invisible characters, and no accents or vowel points. Marks that make another letter of a script (the
voicing mark of Japanese, the nukta and virama of Indic scripts) stay.
"""

import unicodedata
from functools import lru_cache

_APOSTROPHES = "`´\u1ffd‘’‛ʹʻʼʽˈ′‵׳"
_QUOTES = "“”„‟«»״"
_MINUS = "−"
_ONE_KIND = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_MINUS, "-"))
_FIRST_ACCENT_CLASS = 10
"""Canonical combining classes below it belong to the letter: overlays, nukta, kana voicing and virama."""


@lru_cache(maxsize=16_384)
def search_key(text: str) -> str:
    """The form of `text` that is compared; its words are separated by one space, and "" is left of blank text."""
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    # Twice: folding may leave a character that NFKC takes apart, and the other way round.
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text.translate(_ONE_KIND)).casefold()
    letters = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    return " ".join(unicodedata.normalize("NFKC", letters).split())


def search_words(text: str) -> list[str]:
    """The words that a text must contain, in any order and each anywhere in it; none when `text` is blank."""
    return list(dict.fromkeys(search_key(text).split()))


class _Plain(dict[int, str]):
    """For `str.translate`: what stays of each character, worked out when it first comes up."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _plain(chr(code))
        return kept


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Pd":
        return "-"
    is_invisible = category == "Cf" or "\ufe00" <= character <= "\ufe0f"
    return "" if is_invisible or unicodedata.combining(character) >= _FIRST_ACCENT_CLASS else character


_PLAIN = _Plain()
