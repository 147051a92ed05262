"""Connecting to a service's database, and refusing one that cannot keep its promises."""

import datetime as dt
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReadPreference, WriteConcern
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern

from services.kit.mongo.driver import AsyncCollection, Database
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.kit.tracing import TRACER

_FORMAT, _FORMAT_VERSION = "format", 1
"""Raise it with a change of stored documents that an older DataOps would misread."""


class FormatDocument(TypedDict):
    """The latest format that something in the database was written in; one document."""

    _id: str
    """`format`."""
    version: int
    """The number of the format. A DataOps that knows only lower ones does not start."""


COLLECTIONS = {"format": FormatDocument}
"""Stored in the database of each service, besides its own."""


class NotDurable(Exception):
    """The server cannot keep what it acknowledges; the message says what to change."""


@asynccontextmanager
async def connect(settings: Settings, name: str) -> AsyncGenerator[Database]:
    """The database ``<prefix>_<name>``: majority writes with journal, instants with zone.

    Raises NotDurable for a server without a replica set, StartError for a database of a newer DataOps, PyMongoError
    when none answers or a password is wrong.
    """
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        settings.mongo_url.get_secret_value(),
        tz_aware=True,
        tzinfo=dt.UTC,  # its own class for UTC answers in Python
        appname=f"dataops-{name}",
        serverSelectionTimeoutMS=5_000,
        retryWrites=True,
        event_listeners=list(_observing(settings)),
    )
    try:
        hello = await client.admin.command("hello")
        if "setName" not in hello:
            raise NotDurable(
                "MongoDB runs without a replica set, so it has no transactions and may lose acknowledged writes; "
                "start mongod with --replSet and initiate it"
            )
        database = client.get_database(
            f"{settings.mongo_prefix}_{name}",
            write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        await _refuse_newer(database)
        yield database
    finally:
        client.close()


def _observing(settings: Settings) -> Iterator[CommandListener]:
    """Each command to the server is a span of the trace that led to it; it names the collection, never the values."""
    if settings.otlp_endpoint is not None:
        from opentelemetry.instrumentation.pymongo import CommandTracer  # its libraries are an extra

        yield CommandTracer(TRACER)


async def _refuse_newer(database: Database) -> None:
    """Leave a mark of our format in the database; StartError when a later one is there, whose fields we would lose."""
    marks: AsyncCollection[FormatDocument] = database.format
    mark = await marks.find_one({"_id": _FORMAT})
    if mark is None or mark["version"] < _FORMAT_VERSION:
        await marks.update_one({"_id": _FORMAT}, {"$max": {"version": _FORMAT_VERSION}}, upsert=True)
    elif mark["version"] > _FORMAT_VERSION:
        raise StartError(
            f"The database {database.name} was written by a newer DataOps (format {mark['version']}, this one knows "
            f"{_FORMAT_VERSION}): start that one, or restore a backup from before the upgrade."
        )


async def drop(settings: Settings, name: str) -> None:
    """Delete the database ``<prefix>_<name>`` with all that is in it; no harm when there is none."""
    async with connect(settings, name) as database:
        await database.client.drop_database(database.name)
