"""What the driver calls its things. Only this room imports it; stores get a database and use the names of this room.

A store types each collection by what is stored in it: ``self._tasks: AsyncCollection[TaskDocument] = database.tasks``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "AsyncCollection",
    "BulkWriteError",
    "Database",
    "DocumentT",
    "DuplicateKeyError",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "Query",
    "Row",
    "Session",
    "UpdateOne",
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
