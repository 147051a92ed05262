"""Making short what others may make as long and as deep as they like, before secrets are sought in it."""

from itertools import islice
from typing import cast

_LONGEST, _END = 4_096, 1_024
_LONGEST_KEY = 200
_CUT = 3
_MOST_OF_ALL = 16_384
_ENTRIES = 1_000
_DEEPEST = 8
_HARMLESS = (bool, int, float, type(None))


def shorten(text: str, longest: int = _LONGEST) -> str:
    """At most about ``longest`` characters: beginning and end, by whole words, for half a secret is not recognized."""
    if len(text) <= longest:
        return text
    end = min(_END, longest // 4)
    first, last = text[: longest - end], text[len(text) - end :]
    parts = *first.rsplit(None, 1)[:-1], f"[{len(text)} characters]", *_without_values_of_cut_labels(last)
    return " … ".join(parts)


def _without_values_of_cut_labels(last: str) -> list[str]:
    """``last`` without its first three words, and without a value whose label is the third: [] when nothing is left.

    The word before "is hunter2" may have been "password", and nobody could tell that from what is left.
    """
    words = last.split(None, _CUT + 1)
    cut = _CUT + words[_CUT - 1].endswith((":", "=")) if len(words) > _CUT else len(words)
    return [" ".join(words[cut:])] if words[cut:] else []


class Shortener:
    """Shortens values that are written together: at most about 16 384 characters in all."""

    def __init__(self) -> None:
        self._left = _MOST_OF_ALL

    def shorten(self, value: object, depth: int = 0) -> object:
        """A copy of ``value``: texts of at most 4 096 characters; lists and objects of at most 1 000 entries, eight
        levels deep. What JSON does not know is given as text. What was left out is counted in its place."""
        match value:
            case str():
                return self._text(value)
            case dict() | list() | tuple() if depth == _DEEPEST:
                return self._text(f"[{len(cast('list[object]', value))} entries]")
            case dict():
                return self._entries(cast("dict[object, object]", value), depth)
            case list() | tuple():
                return self._items(cast("list[object]", value), depth)
            case _ if isinstance(value, _HARMLESS):
                return value
            case _:
                return self._text(repr(value))

    def _text(self, text: str) -> str:
        shortened = shorten(text, max(0, min(_LONGEST, self._left)))
        self._left -= len(shortened)
        return shortened

    def _entries(self, value: dict[object, object], depth: int) -> dict[str, object]:
        kept: dict[str, object] = {}
        for number, (key, inner) in enumerate(value.items()):
            if self._is_full(number):
                kept["…"] = f"[{len(value) - number} more]"
                break
            name = shorten(key if isinstance(key, str) else repr(key), _LONGEST_KEY)
            self._left -= len(name) + 1
            kept[name] = self.shorten(inner, depth + 1)
        return kept

    def _items(self, value: list[object] | tuple[object, ...], depth: int) -> list[object]:
        kept: list[object] = []
        for inner in islice(value, _ENTRIES):
            if self._is_full(len(kept)):
                break
            self._left -= 1
            kept.append(self.shorten(inner, depth + 1))
        if len(kept) < len(value):
            kept.append(f"[{len(value) - len(kept)} more]")
        return kept

    def _is_full(self, number: int) -> bool:
        return number == _ENTRIES or self._left <= 0
