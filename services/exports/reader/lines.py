"""Reading JSON that anybody may have written, a line at a time, without ever keeping a whole file."""

import codecs
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, cast

from services.exports.reader.container import READ_ERRORS, Unreadable

Record = dict[str, Any]
_LONGEST_LINE = 32 * 2**20
"""MongoDB keeps documents of up to 16 MB; as JSON they may be longer."""
_DEEPEST = 100
_MOST_DIGITS = 20


class NotJson(ValueError):
    """In words: where JSON breaks, or what of it cannot be kept."""


class Line(NamedTuple):
    """``number`` counts from 1. ``record`` is None where ``fault`` says why there is none."""

    number: int
    record: Record | None
    fault: str | None


@dataclass
class Reading:
    """The lines of one file; ``checksum`` and ``ends_with_newline`` hold once all were read."""

    stream: IO[bytes]
    _digest: Any = field(default_factory=hashlib.sha256)
    _before: Any = None
    _is_first: bool = True
    ends_with_newline: bool = True
    changes: list[str] = field(default_factory=list[str])
    """What another system did to the bytes and JSON does not mind, in words."""

    @property
    def checksum(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"

    @property
    def checksum_before_changes(self) -> str:
        return f"sha256:{self._before.hexdigest()}" if self._before else self.checksum

    def lines(self) -> Iterator[Line]:
        """Raises Unreadable when the file breaks off."""
        for number, raw in enumerate(self._raw(), start=1):
            yield _line(number, raw)

    def _raw(self) -> Iterator[bytes]:
        while raw := self._next():
            self.ends_with_newline = raw.endswith(b"\n")
            yield raw

    def _next(self) -> bytes:
        try:
            raw = self.stream.readline(_LONGEST_LINE)
        except READ_ERRORS as error:
            raise Unreadable(f"cannot be read: {error}") from error
        self._digest.update(raw)
        if self._is_first:
            self._is_first = False
            raw = self._without_mark(raw)
        if self._before is not None:
            self._before.update(raw.removesuffix(b"\r\n") + b"\n" if raw.endswith(b"\r\n") else raw)
        return raw

    def _without_mark(self, raw: bytes) -> bytes:
        """Raises Unreadable for UTF-16."""
        refuse_utf_16(raw)
        if raw.startswith(codecs.BOM_UTF8):
            self.changes.append("begins with a byte order mark")
        if raw.endswith(b"\r\n"):
            self.changes.append("has the line ends of Windows")
        if self.changes:
            self._before = hashlib.sha256()
        return raw.removeprefix(codecs.BOM_UTF8)


def refuse_utf_16(raw: bytes) -> None:
    """Raises Unreadable when a file that begins like this is UTF-16, with or without a byte order mark."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{")):
        raise Unreadable("is UTF-16, an export is UTF-8; take the file as it was exported")


def _line(number: int, raw: bytes) -> Line:
    if len(raw) >= _LONGEST_LINE and not raw.endswith(b"\n"):
        return Line(number, None, f"is longer than {_LONGEST_LINE} bytes")
    if not raw.strip():
        return Line(number, None, "is blank")
    try:
        value = parsed(raw)
    except NotJson as error:
        return Line(number, None, f"is not JSON: {error}")
    if not isinstance(value, dict):
        return Line(number, None, f"is {_kind(value)}, not an object")
    return Line(number, cast("Record", value), None)


def parsed(raw: bytes) -> object:
    """Raises NotJson, also for what other readers of JSON refuse or read differently."""
    try:
        text = raw.decode()
        value = json.loads(
            text,
            object_pairs_hook=_distinct,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_eight_bytes,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise NotJson("nested too deep") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise NotJson("half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
    if text.count("{") + text.count("[") > _DEEPEST and _depth_exceeds(value, _DEEPEST):
        raise NotJson("nested too deep")
    return value


def _distinct(pairs: list[tuple[str, object]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJson("a key is given twice")
    if any("\0" in key for key in found):
        raise NotJson("a key holds a NUL")
    return found


def _refuse_constant(name: str) -> object:
    raise NotJson(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson("a number is too large")
    return number


def _eight_bytes(digits: str) -> int:
    """Larger ones are rounded by some readers, and nothing here can store them."""
    number = int(digits) if len(digits) <= _MOST_DIGITS else 2**63
    if not -(2**63) <= number < 2**63:
        raise NotJson("a number is too large")
    return number


def _depth_exceeds(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        inner = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    else:
        return False
    return levels == 0 or any(_depth_exceeds(one, levels - 1) for one in inner)


def _kind(value: object) -> str:
    names = {"NoneType": "null", "bool": "a boolean", "str": "a string", "list": "an array"}
    return names.get(type(value).__name__, "a number")
