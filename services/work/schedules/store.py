"""Recurring configs and templates, each with its timeline."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from contracts.fields.lenient import Raw
from contracts.schedules import Schedule
from contracts.values import Kind
from services.kit.clock import Clock
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, Query, Row, Session
from services.kit.mongo.indexes import Index
from services.kit.mongo.reading import Reading, read_together
from services.work.schedules.documents import CurrentDocument, RevisionDocument, ScheduleDocument, TimelineFields
from services.work.schedules.reading import (
    TITLE_FIELDS,
    Source,
    schedule_of,
    source_of,
    stored_timeline,
    timeline_of,
    title_of,
)
from services.work.schedules.timeline import Timeline, in_force, next_planned, with_dates_in

INDEXES = tuple(
    index
    for collection in ("recurring", "templates")
    for index in (
        Index(collection, "feed", ("changed_at", "_id")),
        Index(collection, "listed", ("deleted_at", "_id")),
        Index(collection, "planned", ("planned_at",), {"sparse": True}),
        Index(collection, "firing", ("current.cron", "_id")),
    )
)
_NOT_DELETED = {"deleted_at": None}
TALLIES = {
    kind: Reading(
        collection,
        [
            {"$match": {**_NOT_DELETED, "timeline": {"$exists": True}, "current.archived": False}},
            {"$group": {"_id": "$current", "count": {"$sum": 1}}},
        ],
    )
    for kind, collection in ((Kind.RECURRING, "recurring"), (Kind.TEMPLATE, "templates"))
}


@dataclass(frozen=True)
class Label:
    """What a row says of its schedule."""

    title: str
    cron: str | None


class NewDocument(TypedDict):
    """What every schedule begins with."""

    _id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    version: int


class InForce(TypedDict):
    """A timeline, and what is in force for counting."""

    timeline: list[RevisionDocument]
    current: CurrentDocument
    planned_at: dt.datetime | None
    changed_at: dt.datetime


class Schedules:
    """Collections ``recurring`` and ``templates``. ``changed_at`` is machine time: it orders the feed, so every attempt
    of a transaction takes it anew."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_kind: dict[Kind, AsyncCollection[ScheduleDocument]] = {
            Kind.RECURRING: database.recurring,
            Kind.TEMPLATE: database.templates,
        }

    async def add(self, kind: Kind, document: ScheduleDocument, session: Session) -> None:
        """Raises DuplicateKeyError when the id is taken."""
        await self._by_kind[kind].insert_one(
            cast("ScheduleDocument", {**document, "changed_at": Clock.wall()}), session=session
        )

    async def known(self, kind: Kind, id: str, session: Session | None = None) -> bool:
        """Also for one that was deleted: its id is never used again."""
        return await self._by_kind[kind].count_documents({"_id": id}, limit=1, session=session) == 1

    async def find(self, kind: Kind, id: str, session: Session | None = None) -> ScheduleDocument | None:
        return await self._by_kind[kind].find_one({"_id": id, **_NOT_DELETED}, session=session)

    async def change(self, kind: Kind, id: str, changes: Raw, session: Session) -> ScheduleDocument:
        return await self._by_kind[kind].find_one_and_update(
            {"_id": id}, {"$set": changes, "$inc": {"version": 1}}, return_document=True, session=session
        )

    async def page(
        self, kind: Kind, *, after: str, limit: int, start: str = "", only: Sequence[str] | None = None
    ) -> list[ScheduleDocument]:
        """Definitions in the order of their ids from ``start`` on, deleted ones left out; ``only`` names some."""
        ids: Query = {"$gt": after, "$gte": start}
        if only is not None:
            ids["$in"] = list(only)
        query: Query = {**_NOT_DELETED, "_id": ids}
        return await self._by_kind[kind].find(query).sort("_id", ASCENDING).limit(limit).to_list(limit)

    async def changed_since(self, kind: Kind, since: dt.datetime | None, *, after: str, limit: int) -> list[Schedule]:
        """Schedules changed at or after ``since``, tombstones included, in the order of their ids."""
        return await self.feed(kind, since, ids={"$gt": after}, limit=limit)

    async def feed(self, kind: Kind, since: dt.datetime | None, *, ids: Query, limit: int) -> list[Schedule]:
        """As ``changed_since``, for ids that a condition of the server names."""
        query: Query = {"timeline": {"$exists": True}, "_id": ids}
        if since is not None:
            query["changed_at"] = {"$gte": since}
        projection = ["timeline", "created_at", "changed_at", "deleted_at", "imported_at", "description", "name"]
        cursor = self._by_kind[kind].find(query, projection).sort("_id", ASCENDING).limit(limit)
        return [schedule_of(kind, document) for document in await cursor.to_list(limit)]

    async def estimate(self) -> int:
        """About how many there are, deleted ones included."""
        return sum([await collection.estimated_document_count() for collection in self._by_kind.values()])

    async def load(self, kind: Kind, ids: list[str], now: dt.datetime) -> dict[str, Source]:
        """Sources by id, deleted ones included: a window in flight asks what became of its schedule."""
        if not ids:
            return {}
        cursor = self._by_kind[kind].find({"_id": {"$in": ids}, "timeline": {"$exists": True}})
        return {document["_id"]: source_of(kind, document, now) for document in await cursor.to_list(None)}

    async def planned(self, kind: Kind, until: dt.datetime) -> list[str]:
        """Ids of schedules with a revision that comes into force by ``until`` and is not counted by yet."""
        found = self._by_kind[kind].find({"planned_at": {"$lte": until}}, ["_id"])
        return [document["_id"] async for document in found]

    async def apply_planned(self, kind: Kind, id: str, now: dt.datetime, session: Session) -> ScheduleDocument | None:
        """Bring up to date what is counted by; the document as it was before, None if nothing was planned any more."""
        document = await self._by_kind[kind].find_one({"_id": id, "planned_at": {"$lte": now}}, session=session)
        if document is not None:
            await self.change(kind, id, switched(kind, timeline_of(document), now), session)
        return document

    async def move_dates(self, before: ZoneInfo, zone: ZoneInfo) -> int:
        """Begin every planned revision on its date in ``zone``, once the zone ``before`` no longer holds; how many
        schedules changed. ``planned_at`` stays set for a revision that has come by that: it is applied as any other."""
        changed = 0
        for collection in self._by_kind.values():
            async for found in collection.find({"planned_at": {"$ne": None}}, ["_id"]):
                while (document := await collection.find_one({"_id": found["_id"], "planned_at": {"$ne": None}})) and (
                    fields := _move_planned_revisions(document, before, zone)
                ):
                    unchanged = {"_id": document["_id"], "version": document["version"]}
                    result = await collection.update_one(unchanged, {"$set": fields, "$inc": {"version": 1}})
                    changed += result.modified_count
        return changed

    async def tally(self, kind: Kind) -> list[tuple[str, bool, int]]:
        """``(cron, enabled, how many)`` of the schedules that are listed."""
        return tallied((await read_together(self._database, {"tally": TALLIES[kind]}))["tally"])

    async def list_with_cron(self, kind: Kind, cron: str, limit: int) -> list[tuple[str, str]]:
        """``(id, title)`` of active schedules with this expression, the first by id."""
        query = {**_NOT_DELETED, "current.cron": cron, "current.enabled": True, "current.archived": False}
        found = self._by_kind[kind].find(query, [TITLE_FIELDS[kind]]).sort("_id", ASCENDING).limit(limit)
        return [(document["_id"], title_of(kind, document)) async for document in found]

    async def list_resuming(self, kind: Kind, until: dt.datetime, limit: int) -> list[tuple[str, str, Timeline]]:
        """``(id, title, timeline)`` of schedules with a revision that comes into force by then, the first of them."""
        query = {**_NOT_DELETED, "planned_at": {"$lte": until}}
        fields = [TITLE_FIELDS[kind], "timeline", "created_at"]
        found = self._by_kind[kind].find(query, fields).sort("planned_at", ASCENDING).limit(limit)
        return [(document["_id"], title_of(kind, document), timeline_of(document)) async for document in found]

    async def labels(self, kind: Kind, ids: list[str], session: Session | None = None) -> dict[str, Label]:
        """Names by id, of deleted ones too."""
        if not ids:
            return {}
        cursor = self._by_kind[kind].find(
            {"_id": {"$in": ids}}, [TITLE_FIELDS[kind], "timeline", "created_at"], session=session
        )
        return {
            document["_id"]: Label(
                title_of(kind, document), timeline[-1].cron if (timeline := timeline_of(document)) else None
            )
            async for document in cursor
        }


def tallied(found: list[Row]) -> list[tuple[str, bool, int]]:
    """``found`` is what one of ``TALLIES`` reads."""
    return [(one["_id"]["cron"], one["_id"]["enabled"], one["count"]) for one in found]


def new_document(id: str | None, now: dt.datetime) -> NewDocument:
    """What a schedule begins with; ``id`` None takes a new one."""
    return {
        "_id": id or str(uuid4()),
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
        "version": 1,
    }


def _move_planned_revisions(document: ScheduleDocument, before: ZoneInfo, zone: ZoneInfo) -> TimelineFields:
    """What changes in a stored schedule when its planned revisions move to ``zone``; empty when nothing does."""
    timeline, planned_at = timeline_of(document), document.get("planned_at")
    if planned_at is None:
        return {}
    revisions = with_dates_in(timeline, zone, planned_at=planned_at, before=before)
    if revisions == timeline:
        return {}
    planned = next(one for one, old in zip(revisions, timeline, strict=True) if old.since >= planned_at)
    return {
        "timeline": stored_timeline(revisions),
        "planned_at": planned.since,
        "changed_at": Clock.wall(),
    }


def timeline_fields(timeline: Timeline, now: dt.datetime) -> InForce:
    """What a change of the timeline stores: all of it, and what is in force for counting."""
    current, planned = in_force(timeline, now), next_planned(timeline, now)
    return {
        "timeline": stored_timeline(timeline),
        "current": {"cron": current.cron, "enabled": current.enabled, "archived": current.archived},
        "planned_at": planned.since if planned else None,
        "changed_at": Clock.wall(),
    }


def switched(kind: Kind, timeline: Timeline, now: dt.datetime) -> Raw:
    """What a change of the timeline alone stores; the trigger of a template says whether it is enabled, too."""
    fields = timeline_fields(timeline, now)
    return {**fields, "trigger_enabled": fields["current"]["enabled"]} if kind is Kind.TEMPLATE else fields
