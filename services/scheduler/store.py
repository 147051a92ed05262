"""How far windows have been published: all that the scheduler has to remember."""

import datetime as dt

from services.kit.mongo import Database

_PROGRESS = "windows"


class ProgressStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._progress = database.progress

    async def published(self) -> dt.datetime | None:
        """Every window that opened until then has been published; None before the first tick."""
        document = await self._progress.find_one({"_id": _PROGRESS})
        return document["published"] if document else None

    async def move_published(self, to: dt.datetime) -> None:
        """Forward only: of two schedulers the one that got further counts."""
        await self._progress.update_one({"_id": _PROGRESS}, {"$max": {"published": to}}, upsert=True)

    async def ping(self) -> None:
        """Raises PyMongoError when the database cannot be written to."""
        await self._database.command("hello")
