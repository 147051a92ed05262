"""Telling words that a machine drew at random (keys, tokens) from words that people or file systems made."""

import re


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


UUID = re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
_SHORTEST = 12
_UNNATURAL = 0.55
_LONG = 20
_UNNATURAL_LONG = 0.47
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_CHANGE = re.compile(r"[0-9](?=[a-zA-Z])|[a-zA-Z](?=[0-9])")
_HEX_CHANGES = 4
_PAIRS = word_set(
    "ab ac ad ag ai ak al am an ap ar as at au av ay ba be bi bl bo br bu ca ce ch ci ck cl co cr ct cu da de di "
    "do dr du ea ec ed ee ef ei el em en ep er es et ev ew ex ey fa fe fi fo fr fu ga ge gh gi gl go gr gu ha he "
    "hi ho ht hu ia ib ic id ie if ig ik il im in io ip ir is it iv ke ki la ld le li ll lo ls lt lu ly ma me mi "
    "mm mo mp mu my na nc nd ne ng ni nk nn no ns nt nu ob oc od of og oi ok ol om on oo op or os ot ou ov ow pa "
    "pe ph pi pl po pp pr ps pt pu qu ra rc rd re ri rk rl rm rn ro rs rt ru ry sa sc se sh si sk sl so sp ss st "
    "su ta te th ti tl to tr ts tt tu ty ub uc ud ue ug ui ul um un up ur us ut va ve vi vo wa we wh wi wo wn xp "
    "xt ye yo ys ze zi"
)
"""Pairs of letters that are common in English or German: about nine in ten pairs of a text, a third of all pairs."""


def is_hex(word: str) -> bool:
    return bool(_HEX.fullmatch(word))


def is_abbreviation(word: str) -> bool:
    """Whether at least half the neighbours in ``word``, all letters, are seldom neighbours: "lf", "mws", not "task"."""
    return word.isalpha() and 2 * sum(map(_is_natural, word, word[1:])) < len(word)


def is_random(word: str, *, shortest: int = _SHORTEST) -> bool:
    """Whether ``word`` (letters, digits and ``+/_-=.~``) is at least ``shortest`` long and reads like drawn lots.

    Neighbours are natural when both are digits, or letters that are often neighbours within one word or follow each
    other in the alphabet. Where more than half are not, nobody wrote it. Of hexadecimal digits it is how often letters
    and digits take turns.
    """
    if len(word) < shortest or word.isdigit():
        return False
    if is_hex(word):
        return len(_CHANGE.findall(word)) >= _HEX_CHANGES
    if word.isalpha() and (word.islower() or word.isupper()):
        return False
    natural = sum(map(_is_natural, word, word[1:]))
    return 1 - natural / (len(word) - 1) >= (_UNNATURAL_LONG if len(word) >= _LONG else _UNNATURAL)


def _is_natural(one: str, other: str) -> bool:
    if one.isdigit():
        return other.isdigit()
    if one.islower() and other.isupper():
        return False
    return one == other or ord(one) + 1 == ord(other) or (one + other).lower() in _PAIRS
