"""Dates that were found without a ledger entry, and how far the search for them is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import cast

from contracts.values import Kind, Window, calendar_date
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, Query, Row, UpdateOne
from services.kit.mongo.reading import Reading
from services.kit.mongo.writing import update_each
from services.work.generation.documents import SearchDocument, UnexplainedDocument, WindowDocument
from services.work.generation.reconciling import UNDER_WAY, Found

_SEARCH = "dates"
_IDS_ASKED = 10_000


@dataclass(frozen=True, kw_only=True)
class Search:
    """One look at all schedules. ``after``: the schedule (``<kind>/<id>``) up to which it has come, None: none yet.

    ``until`` is what it reconciles, ``reconciled`` what the last complete one did, which ended at ``completed_at``
    (machine time). ``made_late`` counts the dates published again so far; ``first`` is when the earliest date that was
    found opened. ``is_wanted``: all schedules, without a pause. The zone is that of the last look.
    """

    after: str | None = None
    until: dt.datetime | None = None
    reconciled: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    made_late: int = 0
    first: dt.datetime | None = None
    is_wanted: bool = False
    timezone: str | None = None
    zone_rules: str | None = None
    zone_data: str | None = None


class Unexplained:
    """Collections ``unexplained``, one document a date, and ``reconciliation``, the one search of all workers."""

    def __init__(self, database: Database) -> None:
        self._dates: AsyncCollection[UnexplainedDocument] = database.unexplained
        self._windows: AsyncCollection[WindowDocument] = database.windows
        self._search: AsyncCollection[SearchDocument] = database.reconciliation

    async def recorded(self, window_ids: Sequence[str]) -> set[str]:
        """Those that have a ledger entry. Mostly all have one, so they are counted first, from the index alone."""
        recorded: set[str] = set()
        for start in range(0, len(window_ids), _IDS_ASKED):
            ids = list(window_ids[start : start + _IDS_ASKED])
            query: Query = {"_id": {"$in": ids}}
            if await self._windows.count_documents(query) == len(ids):
                recorded.update(ids)
            else:
                recorded.update([row["_id"] async for row in self._windows.find(query, ["_id"])])
        return recorded

    async def add(self, found: Iterable[Found]) -> None:
        """Those that are known already keep what is known of them, but for their opening."""
        updates = [
            UpdateOne(
                {"_id": one.window.id},
                {"$set": {"opens_at": one.opens_at}, "$setOnInsert": _document(one)},
                upsert=True,
            )
            for one in found
        ]
        if updates:
            await update_each(self._dates, updates)

    async def all(self, limit: int) -> list[Found]:
        """The earliest first."""
        cursor = self._dates.find({}).sort("opens_at", ASCENDING).limit(limit)
        return [_found(document) async for document in cursor]

    async def find(self, window_id: str) -> Found | None:
        document = await self._dates.find_one({"_id": window_id})
        return _found(document) if document else None

    async def note_sent(self, window_ids: Sequence[str], now: dt.datetime) -> None:
        query: Query = {"_id": {"$in": list(window_ids)}}
        await self._dates.update_many(query, {"$set": {"sent_at": now}, "$inc": {"tries": 1}})

    async def remove(self, window_ids: Sequence[str]) -> None:
        if window_ids:
            await self._dates.delete_many({"_id": {"$in": list(window_ids)}})

    async def count(self, now: dt.datetime) -> int:
        found = await self._dates.aggregate([*unexplained(now).pipeline, {"$count": "count"}]).to_list(None)
        return cast("list[Row]", found)[0]["count"] if found else 0

    async def search(self) -> Search:
        return _read(await self._search.find_one({"_id": _SEARCH}) or {})

    async def begin(self) -> Search:
        """The search as it stands; a wish to begin anew is granted with it."""
        change: Query = {"$unset": {"is_wanted": ""}}
        found = await self._search.find_one_and_update({"_id": _SEARCH}, change)
        return _read(found or {})

    async def save(self, search: Search) -> None:
        """Two workers that search at once do so from where each began: neither leaves out what the other saved."""
        stored = {name: value for name, value in vars(search).items() if name != "is_wanted"}
        await self._search.update_one({"_id": _SEARCH}, {"$set": stored}, upsert=True)

    async def want(self) -> None:
        """Have all schedules looked at, from the first one on, at the next minute."""
        await self._search.update_one({"_id": _SEARCH}, {"$set": {"is_wanted": True}}, upsert=True)


SEARCH = Reading("reconciliation", [{"$match": {"_id": _SEARCH}}])


def unexplained(now: dt.datetime) -> Reading:
    """Dates without an entry of which no message is under way."""
    sent = {"$or": [{"sent_at": None}, {"sent_at": {"$lte": now - UNDER_WAY}}, {"sent_at": {"$gt": now}}]}
    entry = {"from": "windows", "localField": "_id", "foreignField": "_id", "as": "entry"}
    return Reading("unexplained", [{"$match": sent}, {"$lookup": entry}, {"$match": {"entry": []}}])


def _document(found: Found) -> Query:
    window = found.window
    return {
        "kind": window.kind.value,
        "source_id": window.source_id,
        "date": window.date.isoformat(),
        "found_at": found.found_at,
        "sent_at": None,
        "tries": 0,
    }


def _found(document: UnexplainedDocument) -> Found:
    window = Window(kind=Kind(document["kind"]), source_id=document["source_id"], date=calendar_date(document["date"]))
    return Found(window, document["opens_at"], document["found_at"], document["sent_at"], document["tries"])


def _read(document: SearchDocument) -> Search:
    stored = cast("Row", document)
    return Search(**{one.name: stored[one.name] for one in fields(Search) if one.name in stored})
