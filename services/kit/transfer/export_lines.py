"""Lines of the export as an owner hands them over: redacted, counted, and not more than a reply holds."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from contracts.transfer.export_records import REFERENCE_LISTS, UNREADABLE, Entity, Record, line_of
from contracts.transfer.exports import ExportedRecords, OddRecord, SkippedReference
from services.exports.repair import leave_out
from services.kit.redaction.text import is_harmless, redact, redact_values
from services.kit.refused import Refused, refused

SNAPSHOT_GONE = "snapshot_gone"
"""Code of the refusal to read an instant that the database does not keep any longer."""
_PAGE = 250
_SMALL = {Entity.WINDOWS: 800, Entity.HISTORY: 600}
"""More of the small ones fit."""
_REPLY_BYTES = 350_000
"""Quotation marks take two bytes once the lines are a text inside a reply."""
_LONGEST = 900_000
"""Of one record inside a reply; the broker carries 1 MiB."""
_LONGEST_ID = 200
_ID_OR_TIME = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{3}Z)?", re.A
)
"""What can hold no secret, and makes up half of all texts."""


def snapshot_gone() -> Refused:
    message = "The database does not keep the instant that was to be exported any longer; try again"
    return refused(SNAPSHOT_GONE, message)


class ExportLines:
    """One page. Records that no longer fit are left for the next."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._lines: list[str] = []
        self._size = 0
        self._last_id: str | None = None
        self._found: Counter[str] = Counter()
        self._redactions: dict[str, Counter[str]] = {}
        self._skipped: Counter[tuple[str, str]] = Counter()
        self._odd: list[OddRecord] = []

    def add(self, record: Record) -> bool:
        """Whether it fitted; the first one always does."""
        record = {name: value if _is_harmless(value) else self._redacted(name, value) for name, value in record.items()}
        line = line_of(record)
        size = len(line.encode())
        while size > _REPLY_BYTES and len(json.dumps(line, ensure_ascii=False).encode()) > _LONGEST:
            record = _shortened(self._entity, record)
            line = line_of(record)
            size = len(line.encode())
        self._size += size
        if self._lines and self._size > _REPLY_BYTES:
            return False
        self._lines.append(line)
        self._last_id = record[self._entity.id_field]
        self._skipped.update(_skipped(record))
        if UNREADABLE in record:
            reasons = _reasons(record[UNREADABLE])
            self._odd.append(OddRecord(entity=self._entity, id=record[self._entity.id_field], fields=reasons))
        return True

    def leave_out(self, ids: Iterable[object]) -> None:
        """Name records that cannot be exported: an id is a text that is not empty."""
        for id in ids:
            shown = redact(f"{type(id).__name__} {id}"[:_LONGEST_ID])
            reason = {self._entity.id_field: "must be a text that is not empty"}
            self._odd.append(OddRecord(entity=self._entity, id=shown, fields=reason, left_out=True))

    def _redacted(self, name: str, value: Any) -> Any:
        redacted = redact_values(value, self._found)
        if self._found:
            self._redactions.setdefault(f"{self._entity}.{name}", Counter()).update(self._found)
            self._found.clear()
        return redacted

    @property
    def limit(self) -> int:
        """How many records to read for a page."""
        return _SMALL.get(self._entity, _PAGE)

    def page(self, found: int) -> ExportedRecords:
        """``found``: how many records there were to add; as many as were asked for means that there may be more."""
        more = len(self._lines) < found or found == self.limit
        skipped = [
            SkippedReference(entity=self._entity, field=field, id=id, records=records)
            for (field, id), records in self._skipped.items()
        ]
        return ExportedRecords(
            lines="".join(self._lines),
            count=len(self._lines),
            redactions={field: dict(counts) for field, counts in self._redactions.items()},
            skipped=skipped,
            odd=self._odd,
            after=self._last_id if more else None,
        )


def _is_harmless(value: Any) -> bool:
    if isinstance(value, str):
        return _ID_OR_TIME.fullmatch(value) is not None or is_harmless(value)
    return isinstance(value, int | float)


def _shortened(entity: Entity, record: Record) -> Record:
    """Without the value that takes the most room."""
    sizes = {name: len(line_of({name: value})) for name, value in record.items() if name != entity.id_field}
    longest = max(sizes, key=sizes.__getitem__)
    reason = f"is {sizes[longest]} characters long, more than a message carries"
    if longest != UNREADABLE:
        return leave_out(entity, record, longest, reason)
    kept = {field: {"reason": why} for field, why in _reasons(record[UNREADABLE]).items()}
    return {**record, UNREADABLE: kept}


def _reasons(kept: Any) -> dict[str, str]:
    """By field. What an import has stored is read leniently."""
    fields = cast("dict[str, Any]", kept if isinstance(kept, dict) else {})
    return {
        name: str(cast("dict[str, Any]", one).get("reason", "") if isinstance(one, dict) else one)
        for name, one in fields.items()
    }


def _skipped(record: Record) -> Iterator[tuple[str, str]]:
    """Field and id of each reference that was left out."""
    unresolved: dict[str, Any] = record.get("unresolved_references", {})
    for field, value in unresolved.items():
        yield from ((field, id) for id in _ids(value))


def _ids(value: Any) -> Iterator[str]:
    """An id, objects that name one each, or what the steps of a template name, by step and by field."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (str(one[key]) for one in cast("list[Any]", value) for key in _KEYS if key in one)
    else:
        for inner in cast("dict[str, Any]", value).values():
            yield from _ids(inner)


_KEYS = [key for key, _ in REFERENCE_LISTS.values()]
