"""Tasks and workflow runs as stored. ``live`` is false once something hides a task from all lists."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from contracts.fields.lenient import Raw, made_at, read
from contracts.runs import Bundle
from contracts.tasks import Attention, ListTaskRows, ListTasks, Task, TaskFilter, TaskRow
from contracts.values import BundleStatus, Kind, Stage, TaskStatus
from services.kit.mongo.driver import ASCENDING, DESCENDING, AsyncCollection, Database, Query, Session, UpdateOne
from services.kit.mongo.indexes import Index, only_with
from services.kit.mongo.reading import ONE_REPLY, beyond
from services.work.runs.documents import RunDocument
from services.work.schedules.store import Schedules
from services.work.search_keys import containing, tagged, with_search_fields
from services.work.tasks.documents import TaskDocument
from services.work.tasks.follow_ups import due_instant
from services.work.tasks.rows import row_of, task_of

_LIVE = {"live": True}
_OPEN = {"$in": [TaskStatus.TODO.value, TaskStatus.WAITING.value]}
_WEEK = dt.timedelta(days=7)
_UPDATES_PER_WRITE = 1_000

# A new task is written to few of these: generation pays for each of them, a thousand times in a morning.
INDEXES = (
    # The list of tasks and the sections of Home by date: their order, and all that they are filtered by, so that cost
    # follows what is due and not what is stored.
    Index(
        "tasks", "listed", ("status", "date", "_id", "overdue_from", "assignee_id", "search_text"), only_with(live=True)
    ),
    Index(
        "tasks", "follow_up", ("status", "follow_up_due_at", "assignee_id"), only_with("follow_up_due_at", live=True)
    ),
    Index("tasks", "done", ("status", "completed_at", "assignee_id"), only_with("completed_at", live=True)),
    Index("tasks", "refused", ("completion_refused_at",), {"sparse": True}),
    Index("tasks", "by_date", ("date", "_id")),
    Index("tasks", "of_run", ("bundle_id", "date", "_id"), only_with("bundle_id")),
    # All three keys are asked for, or the server does not leap from run to run.
    Index("tasks", "runs_with", ("live", "status", "bundle_id"), only_with("bundle_id")),
    Index("tasks", "of_config", ("recurring_config_id",), {"sparse": True}),
)


class Tasks:
    def __init__(self, database: Database, schedules: Schedules) -> None:
        self._tasks: AsyncCollection[TaskDocument] = database.tasks
        self._runs: AsyncCollection[RunDocument] = database.bundles
        self._schedules = schedules

    async def find(self, id: str, session: Session | None = None) -> TaskDocument | None:
        return await self._tasks.find_one({"_id": id, "deleted_at": None}, session=session)

    async def add(self, task: TaskDocument, session: Session) -> None:
        await self._tasks.insert_one(with_search_fields("tasks", task), session=session)

    async def save(self, before: TaskDocument, after: TaskDocument, session: Session) -> None:
        """Write what differs. Raises DuplicateKeyError when another task is this step of the run it moves to."""
        after = with_search_fields("tasks", after)
        update: Query = {"$set": {name: value for name, value in after.items() if before.get(name) != value}}
        if gone := before.keys() - after.keys():
            update["$unset"] = dict.fromkeys(gone, "")
        await self._tasks.update_one({"_id": before["_id"]}, update, session=session)

    async def note_refusal(self, id: str, now: dt.datetime) -> None:
        """The one thing a refused completion records, while something is missing."""
        lacking = {"_id": id, "missing.0": {"$exists": True}}
        await self._tasks.update_one(lacking, {"$set": {"completion_refused_at": now}})

    async def move_follow_ups(self, zone: ZoneInfo) -> int:
        """Make every follow-up that was planned for a date due when the date begins in ``zone``; how many changed."""
        changed, updates = 0, list[UpdateOne]()
        query = {"follow_up_at": {"$regex": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}
        async for task in self._tasks.find(query, ["follow_up_at", "follow_up_due_at"]):
            planned = task.get("follow_up_at")
            due_at = due_instant(planned, zone)
            if due_at != task.get("follow_up_due_at"):
                same = {"_id": task["_id"], "follow_up_at": planned}
                updates.append(UpdateOne(same, {"$set": {"follow_up_due_at": due_at}}))
            if len(updates) == _UPDATES_PER_WRITE:
                changed, updates = changed + await self._update(updates), []
        return changed + await self._update(updates)

    async def _update(self, updates: list[UpdateOne]) -> int:
        return (await self._tasks.bulk_write(updates, ordered=False)).modified_count if updates else 0

    async def page(self, question: ListTasks) -> list[Task]:
        """Tasks in the order of date and id; archived ones too, as API clients filter for themselves.

        Raises ValueError for an ``after`` that is no position.
        """
        query: Query = {"deleted_at": None}
        if question.date is not None:
            query["date"] = question.date.isoformat()
        elif question.start_date is not None and question.end_date is not None:
            query["date"] = {"$gte": question.start_date.isoformat(), "$lte": question.end_date.isoformat()}
        elif question.bundle_id is not None:
            query["bundle_id"] = question.bundle_id
        elif question.status is not None:
            query["status"] = question.status.value
        if question.after is not None:
            date, _, id = question.after.partition("/")
            dt.date.fromisoformat(date)
            query |= beyond("date", (date, id))
        cursor = self._tasks.find(query).sort([("date", ASCENDING), ("_id", ASCENDING)]).limit(question.limit)
        return [task_of(document) for document in await cursor.to_list(question.limit)]

    async def listed(self, question: ListTaskRows, *, today: dt.date, now: dt.datetime) -> list[TaskDocument]:
        """By date and id, one way or the other. Raises ValueError for an ``after`` that is no position."""
        statuses = {"$in": [status.value for status in question.statuses]}
        conditions: list[Query] = [{**_LIVE, "status": statuses, **matching(question)}]
        if question.attention is not None:
            conditions.append(needing(question.attention, today=today, now=now))
        if question.start_date is not None:
            conditions.append({"date": {"$gte": question.start_date.isoformat()}})
        if question.end_date is not None:
            conditions.append({"date": {"$lte": question.end_date.isoformat()}})
        direction = DESCENDING if question.newest_first else ASCENDING
        if question.after is not None:
            date, _, id = question.after.partition("/")
            dt.date.fromisoformat(date)
            conditions.append(beyond("date", (date, id), direction=direction))
        found = self._tasks.find({"$and": conditions}).sort([("date", direction), ("_id", direction)])
        return await found.limit(question.limit).to_list(question.limit)

    async def of_run(self, bundle_id: str, *, after: str | None, limit: int) -> list[TaskDocument]:
        """Stored tasks of a run in the order of date and id; ``after`` is a ``task_position``."""
        query: Query = {"bundle_id": bundle_id, "deleted_at": None}
        if after is not None:
            date, _, id = after.partition("/")
            query |= beyond("date", (date, id))
        order = [("date", ASCENDING), ("_id", ASCENDING)]
        return await self._tasks.find(query).sort(order).limit(limit).to_list(limit)

    async def matching(self, query: Query, *, after: str, limit: int, fields: Sequence[str] = ()) -> list[TaskDocument]:
        """Stored tasks in the order of their ids, of each only these ``fields`` if any are named."""
        found = self._tasks.find({**query, "_id": {"$gt": after}}, list(fields) or None)
        return await found.sort("_id", ASCENDING).limit(limit).to_list(limit)

    async def count_of_config(self, config_id: str, session: Session) -> int:
        return await self._tasks.count_documents({"recurring_config_id": config_id}, session=session)

    async def rows(
        self, documents: list[TaskDocument], *, today: dt.date, now: dt.datetime, session: Session | None = None
    ) -> list[TaskRow]:
        """Rows for stored tasks, with the titles of what they belong to, read in two queries."""
        config_ids = _ids(documents, "recurring_config_id")
        configs = await self._schedules.labels(Kind.RECURRING, config_ids, session)
        run_ids = _ids(documents, "bundle_id")
        titled = self._runs.find({"_id": {"$in": run_ids}}, ["title", "steps"], batch_size=ONE_REPLY, session=session)
        runs = {one["_id"]: one for one in await titled.to_list(None)}
        rows: list[TaskRow] = []
        for document in documents:
            config = configs.get(_id(document, "recurring_config_id"))
            run = runs.get(_id(document, "bundle_id"))
            rows.append(
                row_of(
                    document,
                    today=today,
                    now=now,
                    source_title=config.title if config else run and run.get("title"),
                    source_cron=config.cron if config else None,
                    steps=run and run.get("steps"),
                )
            )
        return rows


def _ids(documents: Sequence[Raw], field: str) -> list[str]:
    return sorted({_id(one, field) for one in documents} - {""})


def _id(document: Raw, field: str) -> str:
    """The id that a stored document refers to; empty when it refers to none, or to what is no id."""
    id = document.get(field)
    return id if isinstance(id, str) else ""


def task_position(task: Task) -> str:
    return f"{task.date.isoformat()}/{task.id}"


def run_of(document: Raw) -> Bundle:
    """The run as far as it can be read. Without a readable anchor it stands on the day it was made."""
    stand_ins: Raw = {
        "title": "Workflow without a title",
        "anchor_date": made_at(document).date(),
        "stage": Stage.PREPARATION,
        "status": BundleStatus.ACTIVE,
        "updated_at": made_at(document),
    }
    return read(Bundle, {**document, "id": document["_id"]}, stand_ins)


def matching(asked: TaskFilter) -> Query:
    assignee: Query = {"$nin": asked.others} if asked.others else {}
    if asked.assignee_id is not None:
        assignee["$eq"] = asked.assignee_id or None
    named = {"source": asked.source, "bundle_id": asked.bundle_id}
    query: Query = {name: value for name, value in named.items() if value is not None}
    if assignee:
        query["assignee_id"] = assignee
    if asked.tag is not None:
        query |= tagged(asked.tag)
    if asked.text is not None:
        query |= containing(asked.text)
    return query


OPEN: Query = {**_LIVE, "status": _OPEN}


def overdue(today: dt.date) -> Query:
    day = today.isoformat()
    return {**_LIVE, "status": TaskStatus.TODO.value, "date": {"$lt": day}, "overdue_from": {"$lte": day}}


def due_today(today: dt.date) -> Query:
    """Due today, or due before its run existed and seen on its first day."""
    day = today.isoformat()
    return {**_LIVE, "status": TaskStatus.TODO.value, "date": {"$lte": day}, "overdue_from": {"$gt": day}}


def follow_ups_due(now: dt.datetime) -> Query:
    return {**_LIVE, "status": TaskStatus.WAITING.value, "follow_up_due_at": {"$lte": now}}


def waiting(now: dt.datetime) -> Query:
    return {**_LIVE, "status": TaskStatus.WAITING.value, "follow_up_due_at": {"$gt": now}}


def coming_up(today: dt.date) -> Query:
    """Due within the next seven days, today not among them."""
    week = {"$gt": today.isoformat(), "$lte": (today + _WEEK).isoformat()}
    return {**_LIVE, "status": TaskStatus.TODO.value, "date": week}


def proof_due(today: dt.date) -> Query:
    """Open tasks, waiting ones too, that are due and lack their proof."""
    return {**OPEN, "date": {"$lte": today.isoformat()}, "missing.0": {"$exists": True}}


def needing(attention: Attention, *, today: dt.date, now: dt.datetime) -> Query:
    return {
        Attention.DUE_TODAY: due_today(today),
        Attention.OVERDUE: overdue(today),
        Attention.FOLLOW_UP_DUE: follow_ups_due(now),
    }[attention]


def refused_completion() -> Query:
    """Open tasks that somebody tried to complete without the proof, which has not arrived yet."""
    return {**OPEN, "completion_refused_at": {"$exists": True}, "missing.0": {"$exists": True}}


def done_since(midnight: dt.datetime) -> Query:
    return {**_LIVE, "status": TaskStatus.DONE.value, "completed_at": {"$gte": midnight}}
