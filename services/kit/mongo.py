"""The driver, in one place. Only this file imports motor; stores get a database and use the names below.

A store types each collection by what is stored in it: ``self._tasks: AsyncCollection[TaskDocument] = database.tasks``.
"""

import asyncio
import datetime as dt
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

import structlog
from bson import BSON, Timestamp
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ASCENDING, DESCENDING, InsertOne, ReadPreference, UpdateOne, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern

from services.kit import deadlines
from services.kit.deadlines import DeadlinePassed
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.kit.tracing import TRACER

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "AsyncCollection",
    "BulkWriteError",
    "Database",
    "DuplicateKeyError",
    "Index",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "Query",
    "Row",
    "Session",
    "SnapshotGone",
    "UpdateOne",
    "beyond",
    "cluster_time",
    "connect",
    "create_indexes",
    "drop",
    "find_at",
    "in_transaction",
    "insert_each",
    "is_transient",
    "missing_indexes",
    "only_with",
    "storing_fault",
    "update_each",
]

if TYPE_CHECKING:
    Database = AsyncIOMotorDatabase[Any]
    """Its collections hold documents of any type until a store says which."""
else:  # the driver's classes are generic for type checkers alone
    Database = AsyncIOMotorDatabase
AsyncCollection = AsyncIOMotorCollection
Session = AsyncIOMotorClientSession
Row = dict[str, Any]
"""What a pipeline gives, of the shape that the pipeline says; or a document of a collection that a variable names."""
Query = dict[str, object]
"""A filter, an update or a stage of a pipeline, in the server's words."""
DocumentT = TypeVar("DocumentT", bound=Mapping[str, Any])
ResultT = TypeVar("ResultT")

_FORMAT, _FORMAT_VERSION = "format", 1
"""Raised by whoever changes stored documents so that an older DataOps would misread them."""
_DUPLICATE_KEY = 11000
_DEFINED_OTHERWISE = {85, 86}
"""IndexOptionsConflict and IndexKeySpecsConflict."""
_NOTHING_TO_DROP = {26, 27}
"""NamespaceNotFound and IndexNotFound."""
_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE = 239, 246
_OUTLIVED = 290
"""TransactionExceededLifetimeLimitSeconds, also of a read at one instant: the machine was suspended in the middle."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.5
_TRIED_SECONDS = 120.0
"""How long a transaction is tried without a deadline: as long as the drivers do it."""
_LARGEST_DOCUMENT = 16_000_000
_log = structlog.get_logger(__name__)


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


async def in_transaction(database: Database, work: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
    """Run ``work`` in one transaction, again as a whole after a write conflict.

    A duplicate key leaves it as DuplicateKeyError: it aborts the transaction, so the caller names it outside. Raises
    DeadlinePassed when the deadline of the request comes before the commit was sent; nothing was written then.
    """
    ends = time.monotonic() + _TRIED_SECONDS
    for pause in _pauses():
        deadlines.raise_if_passed()
        async with await database.client.start_session() as session:
            try:
                return await _attempt(session, work, ends)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError") or time.monotonic() > ends:
                    raise
        await asyncio.sleep(pause)
    raise AssertionError("there is always another pause")


async def _attempt(session: Session, work: Callable[[Session], Awaitable[ResultT]], ends: float) -> ResultT:
    """One transaction; whatever ``work`` raises aborts it when the session ends. A commit whose outcome the server does
    not know is sent again until it does, or until ``ends``, an instant of the monotonic clock."""
    session.start_transaction(
        read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000)
    )
    result = await work(session)
    deadlines.raise_if_passed()
    for pause in _pauses():
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > ends:
                raise
            await asyncio.sleep(pause)
        else:
            return result
    raise AssertionError("there is always another pause")


def _pauses() -> Iterator[float]:
    """Seconds to wait before each retry, growing as in the drivers' own loop. Random, so that two writers that
    collided do not collide again. Without pauses a waiting task kept a core busy."""
    return (random.uniform(0, min(_FIRST_PAUSE * 1.5**tried, _LONGEST_PAUSE)) for tried in count())


class SnapshotGone(Exception):
    """The server does not keep that instant any more, or what was there has been rebuilt since."""


async def cluster_time(database: Database) -> str:
    """The server's instant of its last write, for ``find_at``: in this database or any other of the same server."""
    instant: Timestamp = (await database.command("ping"))["operationTime"]
    return f"{instant.time}.{instant.inc}"


_LENIENT: Row = {
    "datetime_conversion": DatetimeConversion.DATETIME_AUTO,
    "unicode_decode_error_handler": "replace",
}


async def find_at(database: Database, at: str, collection: str, query: Query, **options: object) -> list[Row]:
    """The documents that matched at ``at``, a ``cluster_time``, in the order of their ids. ``options`` are those of
    the server's ``find``. Raises SnapshotGone, and ValueError for an ``at`` that is no instant.

    A command, because the driver's sessions cannot be given a time. Instants that Python has no datetime for come as
    ``DatetimeMS``, and texts that are no UTF-8 with replacement characters: one of them must not cost the others.
    """
    seconds, _, count = at.partition(".")
    concern = {"level": "snapshot", "atClusterTime": Timestamp(int(seconds), int(count))}
    asked = {"find": collection, "filter": query, "sort": {"_id": ASCENDING}, "batchSize": ONE_REPLY}
    command = {**asked, "readConcern": concern, **options}
    try:
        # Of the database too: every batch but the first is read by the options of the database.
        lenient = database.with_options(codec_options=database.codec_options.with_options(**_LENIENT))
        found = await lenient.cursor_command(command, codec_options=lenient.codec_options)
        return [document async for document in found]
    except OperationFailure as error:
        if error.code in (_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE):
            raise SnapshotGone from error
        raise


ONE_REPLY = 10_000
"""Batch size of reads that come whole: a second round trip costs more than the documents do."""


@dataclass(frozen=True)
class Reading:
    """A pipeline over a collection."""

    collection: str
    pipeline: Sequence[Mapping[str, object]]


async def read_together(
    database: Database, readings: Mapping[str, Reading], session: Session | None = None
) -> dict[str, list[Row]]:
    """What each reading finds, by name: one question to the server, where each uses an index of its own."""
    named = [
        (one.collection, [*one.pipeline, {"$replaceWith": {"name": name, "found": "$$ROOT"}}])
        for name, one in readings.items()
    ]
    (collection, first), *others = named
    union = [{"$unionWith": {"coll": collection, "pipeline": pipeline}} for collection, pipeline in others]
    results: dict[str, list[Row]] = {name: [] for name in readings}
    cursor = database[collection].aggregate([*first, *union], batchSize=ONE_REPLY, session=session)
    for one in await cursor.to_list(None):
        results[one["name"]].append(one["found"])
    return results


def beyond(field: str, place: tuple[object, str], *, direction: int = ASCENDING) -> Query:
    """A query for what comes after ``place``, a value of the field and an id, in the order of the field and the id."""
    value, id = place
    further = "$gt" if direction == ASCENDING else "$lt"
    return {"$or": [{field: {further: value}}, {field: value, "_id": {further: id}}]}


async def insert_each(collection: "AsyncCollection[DocumentT]", documents: list[DocumentT]) -> set[int]:
    """Insert what is not there yet, unordered; returns the positions that a unique index refused.

    Any other error is raised: a refusal by the index is a result, a failure is not.
    """
    if not documents:
        return set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return _refused_by_index(error)
    return set()


async def update_each(collection: "AsyncCollection[Any]", updates: list[UpdateOne]) -> set[int]:
    """Apply updates, unordered; returns the positions that a unique index refused. Any other error is raised."""
    if not updates:
        return set()
    try:
        await collection.bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        return _refused_by_index(error)
    return set()


def _refused_by_index(error: BulkWriteError) -> set[int]:
    details = cast("Row", error.details)
    refused: list[Row] = details["writeErrors"]
    if details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE_KEY for one in refused):
        raise error
    return {one["index"] for one in refused}


def storing_fault(document: Mapping[str, object]) -> str | None:
    """Why a document cannot be stored as it is: a number or a key that BSON has no room for, or too much of all."""
    try:
        size = len(BSON.encode(document))
    except (BSONError, OverflowError) as error:
        return str(error)
    return f"it is larger than {_LARGEST_DOCUMENT} bytes" if size > _LARGEST_DOCUMENT else None


def is_transient(error: BaseException) -> bool:
    """Whether the database was out of reach or slow, or the time was up: the same call may succeed later."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WriteConcernError | DeadlinePassed):
        return True
    if isinstance(error, OperationFailure) and error.code == _OUTLIVED:
        return True
    if isinstance(error, BulkWriteError) and _is_only_unacknowledged(error):
        return True
    return isinstance(error, PyMongoError) and (
        error.has_error_label("TransientTransactionError") or error.has_error_label("RetryableWriteError")
    )


def _is_only_unacknowledged(error: BulkWriteError) -> bool:
    """Whether nothing is wrong with what was written but that a majority did not confirm it in time."""
    details = cast("Row", error.details)
    refused: list[Row] = details["writeErrors"]
    return bool(details.get("writeConcernErrors")) and all(one["code"] == _DUPLICATE_KEY for one in refused)


@dataclass(frozen=True)
class Index:
    """An index that a store cannot do without. ``options`` are the server's, such as ``unique``."""

    collection: str
    name: str
    keys: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def directions(self) -> list[tuple[str, int]]:
        """A key that begins with a minus is descending."""
        return [(key.lstrip("-"), DESCENDING if key.startswith("-") else ASCENDING) for key in self.keys]


def only_with(*fields: str, **values: object) -> Query:
    """Options of an index that leaves documents without these fields and values alone; a sparse one takes in each that
    has any of its keys."""
    return {"partialFilterExpression": values | {field: {"$exists": True} for field in fields}}


async def create_indexes(
    database: Database, indexes: Sequence[Index], *, retired: Sequence[tuple[str, str]] = ()
) -> None:
    """Create those that are not there, and drop the ``retired`` ones of earlier versions, by collection and name.

    One that an earlier version defined otherwise is built again, unless it is
    unique: then OperationFailure, for without it writers would undo what it guards."""
    for index in indexes:
        try:
            await _create(database, index)
        except OperationFailure as error:
            if error.code not in _DEFINED_OTHERWISE or index.options.get("unique"):
                raise
            await _drop(database, index.collection, index.name)
            await _create(database, index)
    for collection, name in retired:
        await _drop(database, collection, name)


async def _create(database: Database, index: Index) -> None:
    await database[index.collection].create_index(index.directions, name=index.name, **cast("Row", index.options))


async def _drop(database: Database, collection: str, name: str) -> None:
    """No harm when there is none."""
    try:
        await database[collection].drop_index(name)
    except OperationFailure as error:
        if error.code not in _NOTHING_TO_DROP:
            raise


async def missing_indexes(database: Database, indexes: Sequence[Index]) -> list[str]:
    """``collection.name`` of each that somebody dropped."""
    present: set[str] = set()
    for collection in {index.collection for index in indexes}:
        present |= {f"{collection}.{name}" for name in await database[collection].index_information()}
    return [name for index in indexes if (name := f"{index.collection}.{index.name}") not in present]
