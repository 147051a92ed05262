"""Taking secrets out of text, for whatever leaves the system: exports, logs, failure messages."""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast

from services.kit.redaction.keys import WORDS_AS_KEYS, names_secret
from services.kit.redaction.links import MARK
from services.kit.redaction.rules import Rule, may_match, rules_for
from services.kit.redaction.views import VIEWS, views

ValueT = TypeVar("ValueT")

_ROUNDS = 20
_SHORT = 400
_WORD = re.compile(r"\S+")


def redact(text: str, counts: Counter[str] | None = None) -> str:
    """``text`` without secrets; the same object where there is none.

    Looked at as it is, URL-decoded once and twice, HTML-unescaped, and NFKC without characters of no width. A secret
    becomes ``[redacted]``; a URL keeps scheme, host and path, a password its label. Redacting twice changes nothing.
    What was taken out is added to ``counts``, by rule.
    """
    if is_harmless(text):
        return text
    counted: Counter[str] = Counter()
    cleaned = _cleaned(text, counted)
    if counts is not None:
        counts.update(counted)
    return cleaned


def is_harmless(text: str) -> bool:
    """True only when ``redact`` finds nothing in it."""
    return _is_harmless(text) if len(text) <= _SHORT else _looks_harmless(text)


def _looks_harmless(text: str) -> bool:
    return not any(map(may_match, views(text)))


_is_harmless = lru_cache(maxsize=16_384)(_looks_harmless)
"""Remembered, for most short texts stand in many records: the words of a duty, names of systems, states."""


def redact_values(value: ValueT, counts: Counter[str] | None = None) -> ValueT:
    """``value`` (of JSON: dicts, lists, strings, the rest) with every string redacted, in a copy.

    An entry whose key names a secret ("apiKey", "signed_url"), or is one, is left out and counted as ``key``.
    """
    return cast("ValueT", _redacted(value, counts, words_as_keys=False))


def _redacted(value: object, counts: Counter[str] | None, *, words_as_keys: bool) -> object:
    match value:
        case str():
            return redact(value, counts)
        case dict():
            entries = cast("dict[object, object]", value).items()
            kept = {
                key: _redacted(inner, counts, words_as_keys=key in WORDS_AS_KEYS)
                for key, inner in entries
                if not is_forbidden(key, is_word=words_as_keys)
            }
            if counts is not None and len(kept) < len(entries):
                counts["key"] += len(entries) - len(kept)
            return kept
        case list() | tuple():
            inside = cast("list[object]", value)
            return [_redacted(inner, counts, words_as_keys=words_as_keys) for inner in inside]
        case _:
            return value


@lru_cache(maxsize=4096)
def is_forbidden(key: object, *, is_word: bool = False) -> bool:
    """Whether a key of JSON names a secret or is one; ``is_word``: what people typed stands for a key there."""
    return isinstance(key, str) and ((not is_word and names_secret(key)) or redact(key) != key)


def _cleaned(text: str, counts: Counter[str]) -> str:
    """Until nothing is found in any view: what one rule takes out may bring together what another looks for."""
    for _ in range(_ROUNDS):
        cleaned = _once(text, counts)
        if cleaned == text:
            return text
        text = cleaned
    return MARK


def _once(text: str, counts: Counter[str]) -> str:
    """By the rules as the text is, else in the first view where one matches: the words it matches in, or all of it."""
    cleaned = _apply(text, counts)
    if cleaned != text:
        return cleaned
    for view in VIEWS:
        seen = view(text)
        if seen == text or (cleaned := _apply(seen, whole := Counter[str]())) == seen:
            continue
        by_word = _WORD.sub(_in_word(view, counts), text)
        if by_word != text:
            return by_word
        counts.update(whole)
        return cleaned
    return text


def _in_word(view: Callable[[str], str], counts: Counter[str]) -> Callable[[re.Match[str]], str]:
    def replace(word: re.Match[str]) -> str:
        seen = view(word[0])
        cleaned = _apply(seen, counts)
        return word[0] if cleaned == seen else cleaned

    return replace


def _apply(text: str, counts: Counter[str]) -> str:
    for rule in rules_for(text):

        def replace(match: re.Match[str], rule: Rule = rule) -> str:
            replacement = rule.replace(match)
            if replacement != match[0]:
                counts[rule.name] += 1
            return replacement

        text = rule.pattern.sub(replace, text)
    return text
