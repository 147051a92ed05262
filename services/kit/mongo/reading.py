"""Reading at one instant, several pipelines in one round trip, and pages after a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bson import Timestamp
from bson.codec_options import DatetimeConversion

from services.kit.mongo.driver import ASCENDING, Database, OperationFailure, Query, Row, Session

_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE = 239, 246


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
