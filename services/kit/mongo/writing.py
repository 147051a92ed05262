"""Writing many documents at once, and telling which were refused."""

from collections.abc import Mapping
from typing import Any, cast

from bson import BSON
from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WriteConcernError

from services.kit.deadlines import DeadlinePassed
from services.kit.mongo.driver import (
    AsyncCollection,
    BulkWriteError,
    DocumentT,
    OperationFailure,
    PyMongoError,
    Row,
    UpdateOne,
)

_DUPLICATE_KEY = 11000
_OUTLIVED = 290
"""TransactionExceededLifetimeLimitSeconds, also of a read at one instant: the machine was suspended in the middle."""
_LARGEST_DOCUMENT = 16_000_000


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
