"""Which zone the stored instants of chosen dates were made in."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.kit.mongo.driver import AsyncCollection, Database
from services.kit.zone_data import VERSION
from services.work.schedules.documents import MarkDocument

_ZONE = "zone"


class ZoneMark:
    """Document ``zone`` of the collection ``marks``: the application zone and the zone data that work last ran with."""

    def __init__(self, database: Database) -> None:
        self._marks: AsyncCollection[MarkDocument] = database.marks

    async def last(self, zone: ZoneInfo) -> ZoneInfo | None:
        """The zone before this start, ``zone`` itself when nothing is known of one; None while nothing changed."""
        mark = await self._marks.find_one({"_id": _ZONE})
        if mark is None:
            return zone
        if (mark["name"], mark["data"]) == (zone.key, VERSION):
            return None
        try:
            return ZoneInfo(mark["name"])
        except ZoneInfoNotFoundError:  # newer zone data may lack a name
            return zone

    async def move(self, zone: ZoneInfo) -> None:
        mark = {"name": zone.key, "data": VERSION}
        await self._marks.update_one({"_id": _ZONE}, {"$set": mark}, upsert=True)
