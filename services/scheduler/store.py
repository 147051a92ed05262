"""How far windows have been published, and which incidents are still to be told: one document."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from services.kit.mongo.driver import AsyncCollection, Database
from services.scheduler.documents import ProgressDocument, SpanDocument

_PROGRESS = "windows"


class Span(NamedTuple):
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Progress:
    """``published``: every window that opened until then is with the broker. ``outages`` are not told yet. ``jump``
    lasts until the clock has caught up with what is published.
    """

    published: dt.datetime | None = None
    outages: tuple[Span, ...] = ()
    jump: Span | None = None
    jump_reported: bool = False


class ProgressStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._progress: AsyncCollection[ProgressDocument] = database.progress

    async def progress(self) -> Progress:
        document = await self._progress.find_one({"_id": _PROGRESS}) or ProgressDocument()
        jump = document.get("jump")
        return Progress(
            published=document.get("published"),
            outages=tuple(_span(one) for one in document.get("outages", ())),
            jump=_span(jump) if jump else None,
            jump_reported=bool(jump and jump.get("told")),
        )

    async def move_published(self, to: dt.datetime) -> None:
        """Forward only: of two schedulers the one that got further counts."""
        await self._progress.update_one({"_id": _PROGRESS}, {"$max": {"published": to}}, upsert=True)

    async def begin_outage(self, outage: Span) -> None:
        """Remember that the cursor, at ``since``, fell behind until ``until``; nothing when it moved meanwhile, or
        when another scheduler noticed first."""
        covered = {"$elemMatch": {"until": {"$gt": outage.since}}}
        query = {"_id": _PROGRESS, "published": outage.since, "outages": {"$not": covered}}
        await self._progress.update_one(query, {"$push": {"outages": outage._asdict()}})

    async def end_outage(self, outage: Span) -> None:
        await self._progress.update_one({"_id": _PROGRESS}, {"$pull": {"outages": outage._asdict()}})

    async def begin_jump(self, jump: Span) -> None:
        query = {"_id": _PROGRESS, "jump": {"$exists": False}}
        await self._progress.update_one(query, {"$set": {"jump": jump._asdict()}})

    async def mark_jump_reported(self, jump: Span) -> None:
        query = {"_id": _PROGRESS, "jump.since": jump.since, "jump.until": jump.until}
        await self._progress.update_one(query, {"$set": {"jump.told": True}})

    async def end_jump(self) -> None:
        await self._progress.update_one({"_id": _PROGRESS, "jump.told": True}, {"$unset": {"jump": ""}})

    async def ping(self) -> None:
        """Raises PyMongoError when the database cannot be written to."""
        await self._database.command("hello")


def _span(document: SpanDocument) -> Span:
    return Span(document["since"], document["until"])
