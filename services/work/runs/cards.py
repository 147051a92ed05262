"""Workflow runs as cards: the database counts progress and risk, and finds the task that comes next."""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict, cast

from contracts.fields.lenient import Raw
from contracts.runs import BundleCard
from contracts.values import TaskStatus
from services.kit.mongo.driver import AsyncCollection, Database, Query, Session
from services.kit.mongo.reading import ONE_REPLY
from services.work.runs.documents import RunDocument
from services.work.tasks.documents import TaskDocument
from services.work.tasks.rows import next_of
from services.work.tasks.store import run_of


class _Tally(TypedDict):
    """What is counted of the tasks of a run."""

    _id: str
    done: int
    total: int
    overdue: int
    waiting: int
    follow_ups_due: int
    missing: list[list[str]]
    next: Raw | None


_EMPTY: _Tally = {
    "_id": "",
    "done": 0,
    "total": 0,
    "overdue": 0,
    "waiting": 0,
    "follow_ups_due": 0,
    "missing": [],
    "next": None,
}


class Cards:
    def __init__(self, database: Database) -> None:
        self._tasks: AsyncCollection[TaskDocument] = database.tasks

    async def of(
        self, runs: Sequence[RunDocument], *, today: dt.date, now: dt.datetime, session: Session | None = None
    ) -> list[BundleCard]:
        """Cards in the order of ``runs``. Tasks of an archived run count on its own card."""
        if not runs:
            return []
        ids = [one["_id"] for one in runs]
        counted = {"bundle_id": {"$in": ids}, "deleted_at": None, "status": {"$ne": TaskStatus.ARCHIVED.value}}
        pipeline = [{"$match": counted}, {"$group": {"_id": "$bundle_id", **_tally(today, now)}}]
        found = self._tasks.aggregate(pipeline, batchSize=ONE_REPLY, session=session)
        tallies = {one["_id"]: one for one in cast("list[_Tally]", await found.to_list(None))}
        return [_card(one, tallies.get(one["_id"], _EMPTY), today=today, now=now) for one in runs]


def _tally(today: dt.date, now: dt.datetime) -> Query:
    """Proof that is not due yet is not missing, unless completion was refused for it. A task whose date somebody
    removed is due, not lost. ``next`` is the open task with the earliest date."""
    day = today.isoformat()
    date = {"$ifNull": ["$date", ""]}
    open_task = {"$ne": ["$status", TaskStatus.DONE.value]}
    todo = {"$eq": ["$status", TaskStatus.TODO.value]}
    waiting = {"$eq": ["$status", TaskStatus.WAITING.value]}
    refused_or_due = {"$or": [{"$gt": ["$completion_refused_at", None]}, {"$lte": [date, day]}]}
    lacking: Query = {"$and": [open_task, {"$ne": ["$missing", []]}, refused_or_due]}
    follow_up_due = {"$and": [waiting, {"$gt": ["$follow_up_due_at", None]}, {"$lte": ["$follow_up_due_at", now]}]}
    position = {"date": date, "step": {"$ifNull": ["$step", 0]}, "_id": "$_id"}
    shown = {name: f"${name}" for name in ("description", "status", "assignee_id", "created_at")}
    following = position | shown | {name: f"${name}" for name in ("overdue_from", "follow_up_due_at")}
    return {
        "total": {"$sum": 1},
        "done": _count_where({"$not": [open_task]}),
        "overdue": _count_where({"$and": [todo, {"$lte": ["$overdue_from", day]}]}),
        "waiting": _count_where(waiting),
        "follow_ups_due": _count_where(follow_up_due),
        "missing": {"$push": {"$cond": [lacking, "$missing", "$$REMOVE"]}},
        "next": {"$min": {"$cond": [open_task, following, "$$REMOVE"]}},
    }


def _count_where(condition: Raw) -> Query:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _card(run: RunDocument, tally: _Tally, *, today: dt.date, now: dt.datetime) -> BundleCard:
    return BundleCard(
        bundle=run_of(run),
        done=tally["done"],
        total=tally["total"],
        overdue=tally["overdue"],
        waiting=tally["waiting"],
        follow_ups_due=tally["follow_ups_due"],
        missing=list(dict.fromkeys(item for items in tally["missing"] for item in items)),
        next_task=next_of(tally["next"], today=today, now=now) if tally["next"] else None,
    )
