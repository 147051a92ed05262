"""Recurring configs and templates, each with its timeline."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from contracts.duties import KeptWhole, Phase, Reference, TaskDefinition
from contracts.fields.lenient import Raw, fault, faults, read
from contracts.recurring import RecurringConfig
from contracts.schedules import Revision, Schedule
from contracts.subjects import reply_size
from contracts.templates import Template
from contracts.values import FIRST_INSTANT, LAST_INSTANT, Kind
from services.kit.clock import Clock
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, Query, Row, Session
from services.kit.mongo.indexes import Index
from services.kit.mongo.reading import Reading, read_together
from services.work.schedules import messages
from services.work.schedules.documents import CurrentDocument, RevisionDocument, ScheduleDocument, TimelineFields
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
_LISTS: dict[str, type[KeptWhole]] = {
    "task_definitions": TaskDefinition,
    "phases": Phase,
    "references": Reference,
    "bundle_link_definitions": Reference,
}
_EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""In place of an instant that cannot be read."""
_TITLE = {Kind.RECURRING: "description", Kind.TEMPLATE: "name"}


@dataclass(frozen=True)
class Label:
    """What a row says of its schedule."""

    title: str
    cron: str | None


@dataclass(frozen=True)
class Unreadable:
    """What is stored makes no definition; ``fault`` says which field and why."""

    fault: str


@dataclass(frozen=True)
class Source:
    """A schedule with the definition of what it makes."""

    schedule: Schedule
    definition: RecurringConfig | Template | Unreadable

    @cached_property
    def size(self) -> int:
        """Roughly its bytes in a reply."""
        if isinstance(self.definition, Unreadable):
            return len(self.definition.fault.encode())
        return reply_size(self.definition)


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
        found = self._by_kind[kind].find(query, [_TITLE[kind]]).sort("_id", ASCENDING).limit(limit)
        return [(document["_id"], _title(kind, document)) async for document in found]

    async def list_resuming(self, kind: Kind, until: dt.datetime, limit: int) -> list[tuple[str, str, Timeline]]:
        """``(id, title, timeline)`` of schedules with a revision that comes into force by then, the first of them."""
        query = {**_NOT_DELETED, "planned_at": {"$lte": until}}
        fields = [_TITLE[kind], "timeline", "created_at"]
        found = self._by_kind[kind].find(query, fields).sort("planned_at", ASCENDING).limit(limit)
        return [(document["_id"], _title(kind, document), timeline_of(document)) async for document in found]

    async def labels(self, kind: Kind, ids: list[str], session: Session | None = None) -> dict[str, Label]:
        """Names by id, of deleted ones too."""
        if not ids:
            return {}
        cursor = self._by_kind[kind].find(
            {"_id": {"$in": ids}}, [_TITLE[kind], "timeline", "created_at"], session=session
        )
        return {
            document["_id"]: Label(
                _title(kind, document), timeline[-1].cron if (timeline := timeline_of(document)) else None
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


def stored_timeline(timeline: Timeline) -> list[RevisionDocument]:
    return [cast("RevisionDocument", revision.model_dump(exclude_none=True)) for revision in timeline]


def timeline_of(document: Raw) -> tuple[Revision, ...]:
    """A revision that cannot be read has a cron that cannot be read either: its windows fail in sight."""
    if "timeline" not in document:
        return ()
    stored: object = document["timeline"]
    if not isinstance(stored, list) or not stored:
        return (_unreadable("timeline", document),)
    return tuple(_revision(entry, document) for entry in cast("list[object]", stored))


def _revision(entry: object, document: Raw) -> Revision:
    if not isinstance(entry, dict):
        return _unreadable("timeline", document)
    try:
        return Revision.model_validate(entry)
    except ValidationError as error:
        stand_ins = {"since": _created_at(document), "cron": ""}
        readable = read(Revision, cast("Raw", entry), stand_ins)
        return readable.model_copy(update={"cron": _no_cron(error.errors()[0]["loc"][0])})


def _unreadable(field: str, document: Raw) -> Revision:
    return Revision(since=_created_at(document), cron=_no_cron(field))


def _no_cron(field: object) -> str:
    """Five words, and no cron."""
    return messages.unreadable(field)


def _created_at(document: Raw) -> dt.datetime:
    return _instant(document.get("created_at")) or _EARLIEST


def _instant(stored: object) -> dt.datetime | None:
    return stored if isinstance(stored, dt.datetime) and FIRST_INSTANT <= stored <= LAST_INSTANT else None


def _title(kind: Kind, document: Raw) -> str:
    title = document.get(_TITLE[kind])
    return title if isinstance(title, str) else messages.without_title(kind, _TITLE[kind])


def schedule_of(kind: Kind, document: Raw) -> Schedule:
    values = {
        "kind": kind,
        "source_id": document["_id"],
        "title": _title(kind, document),
        "created_at": _created_at(document),
        "changed_at": _instant(document.get("changed_at")) or _EARLIEST,
        "timeline": document.get("timeline", []),
        "deleted": document.get("deleted_at") is not None,
        "imported_at": _instant(document.get("imported_at")),
    }
    try:
        if not values["timeline"]:
            return Schedule.model_validate(values | {"timeline": timeline_of(document)})
        return Schedule.model_validate(values)
    except ValidationError:  # one by one, with something in place of what cannot be read
        return Schedule.model_validate(values | {"timeline": timeline_of(document)})


def source_of(kind: Kind, document: Raw, now: dt.datetime) -> Source:
    schedule = schedule_of(kind, document)
    try:
        if kind is Kind.RECURRING:
            definition = RecurringConfig.model_validate(
                _config_values(document, in_force(schedule.timeline or (_unreadable("timeline", document),), now))
            )
        else:
            definition = Template.model_validate(_template_values(document))
    except ValidationError as error:
        definition = Unreadable(fault(error))
    return Source(schedule, definition)


def config_of(document: Raw, now: dt.datetime) -> RecurringConfig:
    """The config as clients see it, as far as it can be read: cron and enabled are those of the revision in force."""
    timeline = timeline_of(document) or (_unreadable("timeline", document),)
    values = _config_values(document, in_force(timeline, now))
    try:
        return RecurringConfig.model_validate(values)
    except ValidationError as error:
        stand_ins = {"description": _title(Kind.RECURRING, document)}
        return read(RecurringConfig, {**values, "unreadable": faults(error)}, stand_ins)


def template_of(document: Raw) -> Template:
    """The template as clients see it, as far as it can be read."""
    values = _template_values(document)
    try:
        return Template.model_validate(values)
    except ValidationError as error:
        stand_ins: Raw = {"name": _title(Kind.TEMPLATE, document), "type": "", "task_definitions": []}
        items = {name: _items(model, values[name]) for name, model in _LISTS.items() if name in values}
        return read(Template, {**values, **items, "unreadable": faults(error)}, stand_ins)


def _items(model: type[KeptWhole], stored: object) -> object:
    """Each as far as it can be read, so that saving the others again loses none; no list stays what it is."""
    if not isinstance(stored, list):
        return stored
    items = cast("list[object]", stored)
    objects = [cast("Raw", item if isinstance(item, dict) else {}) for item in items]
    return [read(model, one, _stand_ins(f"unreadable-{place}")) for place, one in enumerate(objects, start=1)]


def _stand_ins(mark: str) -> Raw:
    """``mark`` tells an item apart from the others of its list."""
    return {"ref_id": mark, "id": mark, "name": mark, "description": "", "offset_days": 0}


def _config_values(document: Raw, current: Revision) -> Raw:
    ours = {"id": document["_id"], "cron_expression": current.cron, "enabled": current.enabled, "unreadable": None}
    return {**document, **ours}


def _template_values(document: Raw) -> Raw:
    return {**document, "id": document["_id"], "unreadable": None}
