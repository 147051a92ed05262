"""Records of files. A deleted one stays as a tombstone, so that history and exports can name it."""

import datetime as dt

from contracts.files import File, ListFiles
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, Query, Session
from services.kit.mongo.indexes import Index
from services.kit.mongo.reading import beyond
from services.work.files.documents import FileDocument
from services.work.files.rules import file_of
from services.work.search_keys import tagged, with_search_fields
from services.work.tasks.documents import TaskDocument

INDEXES = (
    Index("files", "of_task", ("task_id", "created_at", "_id")),
    Index("files", "by_age", ("created_at", "_id")),
)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class NotAPosition(ValueError):
    """``after`` was not given by an earlier page."""


class Files:
    def __init__(self, database: Database) -> None:
        self._files: AsyncCollection[FileDocument] = database.files
        self._tasks: AsyncCollection[TaskDocument] = database.tasks

    async def find(self, id: str, session: Session | None = None) -> FileDocument | None:
        return await self._files.find_one({"_id": id, "deleted_at": None}, session=session)

    async def add(self, document: FileDocument, session: Session) -> None:
        await self._files.insert_one(with_search_fields("files", document), session=session)
        await self._collide(document["task_id"], session)

    async def delete(self, file: FileDocument, now: dt.datetime, session: Session) -> None:
        await self._files.update_one({"_id": file["_id"]}, {"$set": {"deleted_at": now}}, session=session)
        await self._collide(file["task_id"], session)

    async def _collide(self, task_id: str | None, session: Session) -> None:
        """Two changes of a task's files, or one and its completion, must not both see the state before."""
        await self._tasks.update_one({"_id": task_id}, {"$inc": {"file_changes": 1}}, session=session)

    async def has_others(self, file: FileDocument, session: Session) -> bool:
        query = {"task_id": file["task_id"], "deleted_at": None, "_id": {"$ne": file["_id"]}}
        return await self._files.find_one(query, ["_id"], session=session) is not None

    async def page(self, question: ListFiles) -> list[File]:
        """Raises NotAPosition for an ``after`` that no page gave."""
        query: Query = {"deleted_at": None}
        query |= {"task_id": question.task_id} if question.task_id is not None else {}
        query |= {"category": question.category} if question.category is not None else {}
        query |= tagged(question.tag) if question.tag is not None else {}
        if question.after is not None:
            query |= beyond("created_at", _position(question.after))
        order = [("created_at", ASCENDING), ("_id", ASCENDING)]
        return [file_of(one) async for one in self._files.find(query).sort(order).limit(question.limit)]

    async def known(self, ids: list[str]) -> set[str]:
        return {one["_id"] async for one in self._files.find({"_id": {"$in": ids}, "deleted_at": None}, ["_id"])}


def file_position(file: File) -> str:
    return f"{round(file.created_at.timestamp() * 1000)}/{file.id}"


def _position(after: str) -> tuple[dt.datetime, str]:
    milliseconds, _, id = after.partition("/")
    try:
        return _EPOCH + dt.timedelta(milliseconds=int(milliseconds)), id
    except (ValueError, OverflowError):
        raise NotAPosition(after) from None
