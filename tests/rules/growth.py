"""How a function's time grows with the length of a text, in processor time of this thread."""

import gc
import math
import time
from collections.abc import Callable

LENGTHS = (1_000, 4_000), (4_000, 16_000)
MOST = 5.0
_MOST_PAIRS, _ENOUGH_PAIRS = 300, 20
_CLEAR = 2 * MOST
_TOO_SHORT = 0.001
"""Seconds at 4 000 characters that say enough: comparing every character with every other takes ten times it."""


def growth(act: Callable[[str], object], start: str, unit: str, end: str, *, most: float = MOST) -> float:
    """Time at 4 000 characters against 1 000: about 4 when linear, 16 when quadratic.

    When it is between five and ten, 16 000 against 4 000 decides. A search through the next 200 characters, from each
    one, has less to do near the end; that makes the shorter text up to a fifth too cheap, and the longer one hardly.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        least = _seconds(act, text_of(start, unit, end, LENGTHS[0][1]))
        if least < _TOO_SHORT:
            return 0.0
        grown = _CLEAR
        for lengths in LENGTHS:
            grown = _grown(act, [text_of(start, unit, end, length) for length in lengths], most, least)
            least = math.inf
            if not most < grown < _CLEAR:
                break
        return grown
    finally:
        if enabled:
            gc.enable()


def _grown(act: Callable[[str], object], texts: list[str], most: float, longer: float) -> float:
    """The least of measurements that take turns, until it says no more than ``most``: noise only adds, in bursts.
    ``longer`` is what the longer text has taken already.
    """
    shorter = math.inf
    for pair in range(_MOST_PAIRS):
        shorter = min(shorter, _seconds(act, texts[0]))
        if longer / shorter > most:
            longer = min(longer, _seconds(act, texts[1]))
        grown = longer / shorter
        if grown <= most or (pair >= _ENOUGH_PAIRS and grown >= _CLEAR):
            break
    return longer / shorter


def text_of(start: str, unit: str, end: str, length: int) -> str:
    return (start + unit * length)[: length - len(end)] + end


def _seconds(act: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    act(text)
    return time.thread_time() - began
