"""Operations Home: every number and row from one snapshot, each served by an index."""

import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from contracts.cron import CronError, CronExpression
from contracts.queries import TaskFilter
from contracts.values import BundleStatus, Kind, Stage, TaskStatus
from contracts.views import BundleSection, Home, ScheduleHealth, TaskRow, TaskSection
from services.kit.mongo import ASCENDING, DESCENDING, ONE_REPLY, Database, Document, OperationFailure, Session
from services.work.domain.rows import brief, fitting
from services.work.stores import tasks as filters
from services.work.stores.cards import Cards
from services.work.stores.ledger import Ledger
from services.work.stores.schedules import Schedules
from services.work.stores.tasks import Tasks

_SHOWN = 50
_SECTION_BYTES = 58_000
_CARDS_BYTES = 65_000
"""Six sections and twice the cards leave in one reply of 512 KB; of rows with much text, fewer are shown."""
_NOT_ON_HOME = dict.fromkeys(
    ("description", "references", "bundle_links", "artifact_refs", "assistant_job_refs", "audit_event_refs"), 0
)
"""Of a run, its card on Home shows the title."""
_SNAPSHOT_GONE = {239, 246}
"""SnapshotTooOld, and SnapshotUnavailable: a collection or index was created in that moment. A new one will do."""


class HomeView:
    def __init__(self, database: Database, tasks: Tasks, schedules: Schedules, ledger: Ledger, zone: ZoneInfo) -> None:
        self._database = database
        self._tasks: Any = database.tasks
        self._bundles: Any = database.bundles
        self._windows: Any = database.windows
        self._ticks: Any = database.ticks
        self._rows = tasks.rows
        self._cards = Cards(database, tasks)
        self._schedules = schedules
        self._ledger = ledger
        self._zone = zone

    async def record_tick(self, at: dt.datetime) -> None:
        """Machine time at which a scheduler was last heard of."""
        await self._ticks.update_one({"_id": "last"}, {"$max": {"at": at}}, upsert=True)

    async def last_tick(self) -> dt.datetime | None:
        tick = await self._ticks.find_one({"_id": "last"})
        return tick["at"] if tick else None

    async def at(self, now: dt.datetime, asked: TaskFilter) -> Home:
        """Home as it stands at ``now``, in its task sections what is asked for; what is late there of ``others`` is
        counted apart. Failures and workflows are everybody's."""
        try:
            return await self._at_one_instant(now, asked)
        except OperationFailure as error:
            if error.code not in _SNAPSHOT_GONE:
                raise
            return await self._at_one_instant(now, asked)

    async def _at_one_instant(self, now: dt.datetime, asked: TaskFilter) -> Home:
        async with await self._database.client.start_session(snapshot=True) as session:
            return await self._read(now, asked, session)

    async def _read(self, now: dt.datetime, asked: TaskFilter, session: Session) -> Home:
        local = now.astimezone(self._zone)
        today = local.date()
        midnight = dt.datetime.combine(today, dt.time(), self._zone).astimezone(dt.UTC)
        meant = filters.matching(asked)
        overdue, follow_ups = filters.overdue(today), filters.follow_ups_due(now)
        sections = await self._sections(
            {
                "follow_ups_due": ({**follow_ups, **meant}, {"follow_up_due_at": ASCENDING}),
                "overdue": ({**overdue, **meant}, {"date": ASCENDING}),
                "due_today": ({**filters.due_today(today), **meant}, {"date": ASCENDING}),
                "waiting": ({**filters.waiting(now), **meant}, {"follow_up_due_at": ASCENDING}),
                "done_today": ({**filters.done_since(midnight), **meant}, {"completed_at": DESCENDING}),
                "coming_up": ({**filters.coming_up(today), **meant}, {"date": ASCENDING}),
            },
            today,
            now,
            session,
        )
        at_risk, active = await self._workflows(today, now, session)
        tick = await self._ticks.find_one({"_id": "last"}, session=session)
        failures = await self._ledger.failures(session)
        return Home(
            today=today,
            now=now,
            timezone=str(self._zone),
            failures=failures[:_SHOWN],
            failure_count=len(failures),
            **sections,
            at_risk=at_risk,
            active=active,
            for_others=await self._late_for(asked, [overdue, follow_ups], session),
            schedules=await self._health(now, session),
            last_tick_at=tick["at"] if tick else None,
        )

    async def _sections(
        self, wanted: dict[str, tuple[Document, Document]], today: dt.date, now: dt.datetime, session: Session
    ) -> dict[str, TaskSection]:
        """Sections by name, each of a filter and an order."""
        first = [
            [{"$match": query}, {"$sort": {**order, "_id": ASCENDING}}, {"$limit": _SHOWN}, {"$set": {"section": name}}]
            for name, (query, order) in wanted.items()
        ]
        counted = [
            [{"$match": query}, {"$count": "in_all"}, {"$set": {"section": name}}]
            for name, (query, _) in wanted.items()
        ]
        counts = dict.fromkeys(wanted, 0)
        tasks: list[Document] = []
        for one in await self._union(first + counted, session):
            if "in_all" in one:
                counts[one["section"]] = one["in_all"]
            else:
                tasks.append(one)
        rows: dict[str, list[TaskRow]] = {name: [] for name in wanted}
        read = await self._rows([brief(task) for task in tasks], today=today, now=now, session=session)
        for task, row in zip(tasks, read, strict=True):
            rows[task["section"]].append(row)
        return {name: TaskSection(count=counts[name], rows=fitting(rows[name], _SECTION_BYTES)) for name in wanted}

    async def _union(self, pipelines: list[list[Document]], session: Session) -> list[Document]:
        """What several pipelines over the tasks give, one after the other: each uses an index of its own, and all
        together are one question to the database."""
        union = [{"$unionWith": {"coll": self._tasks.name, "pipeline": pipeline}} for pipeline in pipelines[1:]]
        found = self._tasks.aggregate([*pipelines[0], *union], batchSize=ONE_REPLY, session=session)
        return await found.to_list(None)

    async def _late_for(self, asked: TaskFilter, queries: list[Document], session: Session) -> int:
        if not asked.others:
            return 0
        theirs = {**filters.matching(asked), "assignee_id": {"$in": asked.others}}
        return sum([await self._tasks.count_documents({**query, **theirs}, session=session) for query in queries])

    async def _workflows(
        self, today: dt.date, now: dt.datetime, session: Session
    ) -> tuple[BundleSection, BundleSection]:
        """Active runs, those at risk apart; finished ones (stage done, nothing open) left out."""
        risks = (
            filters.overdue(today),
            filters.follow_ups_due(now),
            filters.proof_due(today),
            filters.refused_completion(),
        )
        of_runs = [[{"$match": query}, {"$group": {"_id": "$bundle_id"}}] for query in risks]
        risky_ids = sorted({one["_id"] for one in await self._union(of_runs, session) if one["_id"] is not None})
        active: Document = {"status": BundleStatus.ACTIVE.value, "deleted_at": None}
        order = [("anchor_date", ASCENDING), ("_id", ASCENDING)]

        async def shown(query: Document) -> list[Document]:
            found = self._bundles.find(query, _NOT_ON_HOME, session=session).sort(order).limit(_SHOWN)
            return await found.to_list(_SHOWN)

        risky_query = {**active, "_id": {"$in": risky_ids}}
        calm_query = {**active, "_id": {"$nin": [*risky_ids, *await self._finished_ids(session)]}}
        risky, calm = await shown(risky_query), await shown(calm_query)
        cards = await self._cards.of([*risky, *calm], today=today, now=now, session=session)
        return (
            BundleSection(
                count=await self._bundles.count_documents(risky_query, session=session),
                cards=fitting(cards[: len(risky)], _CARDS_BYTES),
            ),
            BundleSection(
                count=await self._bundles.count_documents(calm_query, session=session),
                cards=fitting(cards[len(risky) :], _CARDS_BYTES),
            ),
        )

    async def _finished_ids(self, session: Session) -> list[str]:
        staged_done = {"status": BundleStatus.ACTIVE.value, "stage": Stage.DONE.value}
        done_ids: list[str] = await self._bundles.distinct("_id", staged_done, session=session)
        if not done_ids:
            return []
        open_task = {"live": True, "status": {"$in": [TaskStatus.TODO.value, TaskStatus.WAITING.value]}}
        unfinished = set(
            await self._tasks.distinct("bundle_id", {**open_task, "bundle_id": {"$in": done_ids}}, session=session)
        )
        return [id for id in done_ids if id not in unfinished]

    async def _health(self, now: dt.datetime, session: Session) -> ScheduleHealth:
        crons: dict[str, int] = defaultdict(int)
        paused = 0
        for kind in Kind:
            for cron, enabled, count in await self._schedules.tally(kind, session):
                crons[cron] += count if enabled else 0
                paused += 0 if enabled else count
        last = await self._windows.find_one(
            {"opened_at": {"$ne": None}}, sort=[("opened_at", DESCENDING)], session=session
        )
        generated = skipped = 0
        if last is not None:
            async for row in self._windows.find({"opened_at": last["opened_at"]}, session=session):
                generated += row["generated"]
                skipped += row["skipped"]
        return ScheduleHealth(
            active=sum(crons.values()),
            paused=paused,
            last_at=last["opened_at"] if last else None,
            last_generated=generated,
            last_skipped=skipped,
            next_at=min((at for cron in crons if crons[cron] and (at := self._next(cron, now))), default=None),
        )

    def _next(self, cron: str, now: dt.datetime) -> dt.datetime | None:
        try:
            return CronExpression.parse(cron).next_openings(now, 1, self._zone)[0].opens_at
        except CronError:
            return None
