"""Operations Home: every number and row from one snapshot, each served by an index."""

import datetime as dt
from collections import defaultdict
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.fields.lenient import Raw, read
from contracts.home import BundleSection, Home, MadeAgain, ScheduleHealth, TaskSection
from contracts.tasks import TaskFilter
from contracts.values import BundleStatus, Kind, Stage, TaskStatus
from services.kit.clock import Clock
from services.kit.mongo.driver import (
    ASCENDING,
    DESCENDING,
    AsyncCollection,
    Database,
    DuplicateKeyError,
    OperationFailure,
    Query,
    Row,
    Session,
)
from services.kit.mongo.reading import Reading, read_together
from services.work.generation.ledger import LAST_RUN, OPEN_FAILURES, Ledger
from services.work.generation.unexplained import SEARCH, unexplained
from services.work.home.documents import TickDocument
from services.work.runs.cards import Cards
from services.work.runs.documents import RunDocument
from services.work.schedules.store import TALLIES, tallied
from services.work.tasks import store as filters
from services.work.tasks.documents import TaskDocument
from services.work.tasks.rows import brief, fitting
from services.work.tasks.store import Tasks

_SHOWN = 50
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_REPORTED_RECENTLY = dt.timedelta(minutes=3)
_SECTION_BYTES = 58_000
_CARDS_BYTES = 65_000
"""Six sections and twice the cards leave in one reply of 512 KB; of rows with much text, fewer are shown."""
_NOT_ON_HOME = dict.fromkeys(
    ("description", "references", "bundle_links", "artifact_refs", "assistant_job_refs", "audit_event_refs"), 0
)
"""Of a run, its card on Home shows the title."""
_ACTIVE_RUNS: Query = {"status": BundleStatus.ACTIVE.value, "deleted_at": None}
RUNS_WITH_OPEN_TASKS = {
    f"runs with {status}": Reading(
        "tasks",
        [
            {"$match": {"live": True, "status": status.value, "bundle_id": {"$gte": ""}}},
            {"$group": {"_id": "$bundle_id"}},
        ],
    )
    for status in (TaskStatus.TODO, TaskStatus.WAITING)
}
"""One for each status, so that the index leads from run to run past its tasks."""
_MADE_AGAIN = "made again"
_ONE_DELETION, _SHOWN_FOR = dt.timedelta(minutes=1), dt.timedelta(days=1)
_SNAPSHOT_GONE = {239, 246}
"""SnapshotTooOld, and SnapshotUnavailable: a collection or index was created in that moment. A new one will do."""


class HomeView:
    def __init__(self, database: Database, tasks: Tasks, ledger: Ledger, zone: ZoneInfo) -> None:
        self._database = database
        self._ticks: AsyncCollection[TickDocument] = database.ticks
        self._rows = tasks.rows
        self._cards = Cards(database)
        self._ledger = ledger
        self._zone = zone

    async def record_tick(self, at: dt.datetime, *, ahead_until: dt.datetime | None = None) -> None:
        """Machine time at which a scheduler was last heard of, and up to when its clock was ahead."""
        change: Query = {"$max": {"at": at}}
        if ahead_until is not None:
            change["$set"] = {"ahead_until": ahead_until, "ahead_told_at": at}
        await self._ticks.update_one({"_id": "last"}, change, upsert=True)

    async def record_made_again(self, names: list[str], at: dt.datetime) -> bool:
        """Note which streams and consumers were made again, at machine time. False for what follows within a minute,
        by this worker or another: one deletion."""
        earlier = {"_id": _MADE_AGAIN, "at": {"$gt": at - _ONE_DELETION}}
        more = {"$addToSet": {"names": {"$each": names}}, "$max": {"at": at}}
        if (await self._ticks.update_one(earlier, more)).matched_count:
            return False
        try:
            fresh = {"_id": _MADE_AGAIN, "at": {"$lte": at - _ONE_DELETION}}
            await self._ticks.replace_one(fresh, {"at": at, "names": names}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

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
        overdue, follow_ups, waiting = filters.overdue(today), filters.follow_ups_due(now), filters.waiting(now)
        sections: dict[str, tuple[Query, Query]] = {
            "follow_ups_due": ({**follow_ups, **meant}, {"follow_up_due_at": ASCENDING}),
            "overdue": ({**overdue, **meant}, {"date": ASCENDING}),
            "due_today": ({**filters.due_today(today), **meant}, {"date": ASCENDING}),
            "waiting": ({**waiting, **meant}, {"follow_up_due_at": ASCENDING}),
            "done_today": ({**filters.done_since(midnight), **meant}, {"completed_at": DESCENDING}),
            "coming_up": ({**filters.coming_up(today), **meant}, {"date": ASCENDING}),
        }
        at_risk = [overdue, follow_ups, filters.proof_due(today), filters.refused_completion()]
        theirs = {**meant, "assignee_id": {"$in": asked.others}}
        late_for_others = [{**overdue, **theirs}, {**follow_ups, **theirs}] if asked.others else []
        readings = _readings(sections, at_risk, late_for_others, now)
        found = await read_together(self._database, readings, session)
        tasks = [brief(cast("TaskDocument", task)) for name in sections for task in found[f"rows of {name}"]]
        rows = iter(await self._rows(tasks, today=today, now=now, session=session))
        shown = {name: list(islice(rows, len(found[f"rows of {name}"]))) for name in sections}
        risky, calm = await self._workflows(found, today, now, session)
        failures = await self._ledger.read_failures(found, session)
        return Home(
            today=today,
            now=now,
            timezone=str(self._zone),
            failures=failures[:_SHOWN],
            failure_count=len(failures),
            **{
                name: TaskSection(count=_count(found[f"count of {name}"]), rows=fitting(shown[name], _SECTION_BYTES))
                for name in sections
            },
            at_risk=risky,
            active=calm,
            for_others=_count(found.get("late for others", [])),
            schedules=self._health(found, now),
            last_tick_at=found["tick"][0]["at"] if found["tick"] else None,
            streams_made_again=MadeAgain.model_validate(again[0]) if (again := found["made again"]) else None,
            unexplained=await self._ledger.unexplained_of(found["unexplained"], session),
            dates_checked_at=found["search"][0].get("completed_at") if found["search"] else None,
            clock_ahead_until=_ahead_until(cast("TickDocument", found["tick"][0]), now) if found["tick"] else None,
        )

    async def _workflows(
        self, found: dict[str, list[Row]], today: dt.date, now: dt.datetime, session: Session
    ) -> tuple[BundleSection, BundleSection]:
        """Active runs, those at risk apart; finished ones (stage done, nothing open) left out: there are ever more of
        them, so they are not asked for."""
        risky_ids = {one["_id"] for one in found["runs at risk"]} - {None}
        open_ids = {one["_id"] for name in RUNS_WITH_OPEN_TASKS for one in found[name]}
        at_risk = {**_ACTIVE_RUNS, "_id": {"$in": sorted(risky_ids)}}
        calm = calm_runs(risky_ids, open_ids)
        runs = await read_together(
            self._database,
            {
                "at risk": _first_runs(at_risk),
                "count at risk": _counted("bundles", at_risk),
                "calm": _first_runs(calm),
                "count calm": _counted("bundles", calm),
            },
            session,
        )
        documents = cast("list[RunDocument]", [*runs["at risk"], *runs["calm"]])
        cards = iter(await self._cards.of(documents, today=today, now=now, session=session))
        risky, others = list(islice(cards, len(runs["at risk"]))), list(cards)
        return (
            BundleSection(count=_count(runs["count at risk"]), cards=fitting(risky, _CARDS_BYTES)),
            BundleSection(count=_count(runs["count calm"]), cards=fitting(others, _CARDS_BYTES)),
        )

    def _health(self, found: dict[str, list[Row]], now: dt.datetime) -> ScheduleHealth:
        crons: dict[str, int] = defaultdict(int)
        paused = 0
        for kind in Kind:
            for cron, enabled, count in tallied(found[f"tally of {kind}"]):
                crons[cron] += count if enabled else 0
                paused += 0 if enabled else count
        last = found["last run"][0] if found["last run"] else None
        values: Raw = {
            "active": sum(crons.values()),
            "paused": paused,
            "last_at": last["_id"] if last else None,
            "last_generated": last["generated"] if last else 0,
            "last_skipped": last["skipped"] if last else 0,
            "last_failed": last["failed"] if last else 0,
            "next_at": min((at for cron in crons if crons[cron] and (at := self._next(cron, now))), default=None),
        }
        return read(ScheduleHealth, values, {})

    def _next(self, cron: str, now: dt.datetime) -> dt.datetime | None:
        try:
            return CronExpression.parse(cron).next_openings(now, 1, self._zone)[0].opens_at
        except CronError:
            return None


def _readings(
    sections: dict[str, tuple[Query, Query]],
    at_risk: list[Query],
    late_for_others: list[Query],
    now: dt.datetime,
) -> dict[str, Reading]:
    """What Home reads before it knows anything. ``sections`` are filters with their order, by name."""
    return {
        **{
            f"rows of {name}": Reading(
                "tasks", [{"$match": query}, {"$sort": {**order, "_id": ASCENDING}}, {"$limit": _SHOWN}]
            )
            for name, (query, order) in sections.items()
        },
        **{f"count of {name}": _counted("tasks", query) for name, (query, _) in sections.items()},
        **({"late for others": _counted("tasks", {"$or": late_for_others})} if late_for_others else {}),
        "runs at risk": Reading("tasks", [{"$match": {"$or": at_risk}}, {"$group": {"_id": "$bundle_id"}}]),
        **RUNS_WITH_OPEN_TASKS,
        "tick": Reading("ticks", [{"$match": {"_id": "last"}}]),
        "made again": Reading("ticks", [{"$match": {"_id": _MADE_AGAIN, "at": {"$gt": Clock.wall() - _SHOWN_FOR}}}]),
        **OPEN_FAILURES,
        **{f"tally of {kind}": tally for kind, tally in TALLIES.items()},
        "last run": LAST_RUN,
        "unexplained": unexplained(now),
        "search": SEARCH,
    }


def _ahead_until(tick: TickDocument, now: dt.datetime) -> dt.datetime | None:
    """Up to when windows were published by a clock that was ahead, while schedulers say so."""
    ahead_until = tick.get("ahead_until")
    reported_at = tick.get("ahead_told_at", _NEVER)
    if ahead_until is None or ahead_until <= now or tick["at"] - reported_at > _REPORTED_RECENTLY:
        return None
    return ahead_until


def calm_runs(at_risk: set[str], with_open: set[str]) -> Query:
    """Active runs that are neither ``at_risk`` nor finished; both are ids, the second of runs with an open task."""
    unfinished: list[Query] = [
        {"stage": {"$ne": Stage.DONE.value}},
        {"_id": {"$in": sorted(with_open - at_risk)}},
    ]
    return {**_ACTIVE_RUNS, "_id": {"$nin": sorted(at_risk)}, "$or": unfinished}


def _first_runs(query: Query) -> Reading:
    order = {"anchor_date": ASCENDING, "_id": ASCENDING}
    return Reading("bundles", [{"$match": query}, {"$sort": order}, {"$limit": _SHOWN}, {"$project": _NOT_ON_HOME}])


def _counted(collection: str, query: Query) -> Reading:
    return Reading(collection, [{"$match": query}, {"$count": "count"}])


def _count(found: list[Row]) -> int:
    return found[0]["count"] if found else 0
