"""What a minute costs the scheduler when nothing is due, and work's look for dates without a ledger entry beside it:
``python -m benchmarks.idle --schedules N``.

Their own code runs on bundled servers, at night, with schedules that all open by day. The clock is injected, so an hour
takes seconds. CPU time is that of the whole process, driver, broker client and the played rest included, without the
servers. Reading the schedules at the start is told apart from the minutes. Every schedule has its ledger entries of the
catch-up horizon.
"""

import argparse
import asyncio
import datetime as dt
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from faststream.nats import NatsBroker
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from pydantic import SecretStr

from contracts.events import ClockMinute
from contracts.generation import ReportIncident
from contracts.schedules import Revision, Schedule, ScheduleFeed, ScheduleFeedPage
from contracts.subjects import CLOCK_MINUTE, SCHEDULE_FEED, WINDOW_DUE, Nothing
from contracts.values import Kind, Service
from services.cli.stack.embedded import start_mongod, start_nats
from services.kit import broker, logs
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import Database, Row
from services.kit.settings import Settings
from services.scheduler.store import ProgressStore
from services.scheduler.ticker import Ticker
from services.work.generation.generator import Generator
from services.work.generation.ledger import Ledger
from services.work.generation.queue import WindowQueue
from services.work.generation.reconciler import Reconciler
from services.work.generation.store import Generation
from services.work.generation.unexplained import Unexplained
from services.work.history.store import History
from services.work.schedules.store import Schedules, timeline_fields

_NIGHT = dt.datetime(2028, 2, 2, 0, 30, tzinfo=dt.UTC)
_CREATED = _NIGHT - dt.timedelta(days=30)
_PAGE = 1_000
_DAYS = ("*", "1", "15", "L", "*/2")
_WEEKDAYS = ("*", "1", "1-5", "5")


@dataclass(frozen=True)
class Result:
    """``start_s`` is the CPU time of reading all schedules once. ``look_s``: of one look at all their dates, at once;
    ``spread_s``: of one that takes ``spread_min`` minutes, of which the dearest cost ``dearest_s``."""

    schedules: int
    minutes: int
    cpu_s_per_min: float
    start_s: float
    look_s: float
    spread_s: float
    spread_min: int
    dearest_s: float


class PlayedWork:
    def __init__(self, schedules: int) -> None:
        self._schedules = [_schedule(number) for number in range(schedules)]

    async def feed(self, asked: ScheduleFeed) -> ScheduleFeedPage:
        if asked.since is not None:
            return ScheduleFeedPage(items=[], as_of=Clock.wall())
        first = int(asked.after or 0)
        after = str(first + _PAGE) if first + _PAGE < len(self._schedules) else None
        return ScheduleFeedPage(items=self._schedules[first : first + _PAGE], as_of=Clock.wall(), after=after)


def _schedule(number: int) -> Schedule:
    """Hours from 06:00 to 21:59, so that every minute of the day has its share, in twenty rhythms."""
    minute = number % 960
    days, weekdays = _DAYS[number % len(_DAYS)], _WEEKDAYS[number // 7 % len(_WEEKDAYS)]
    revision = Revision(since=_CREATED, cron=f"{minute % 60} {6 + minute // 60} {days} * {weekdays}")
    return Schedule(
        kind=Kind.RECURRING,
        source_id=f"duty-{number}",
        title=f"Duty {number}",
        created_at=_CREATED,
        changed_at=_CREATED,
        timeline=(revision,),
    )


class Minutes:
    def __init__(self) -> None:
        self._received: asyncio.Queue[dt.datetime] = asyncio.Queue()

    async def receive(self, minute: ClockMinute) -> None:
        self._received.put_nowait(minute.at)

    async def reach(self, at: dt.datetime) -> None:
        while await self._received.get() < at:
            pass


async def measure(settings: Settings, schedules: int, minutes: int) -> Result:
    """``settings`` name servers whose broker has no streams yet."""
    clock, ticks = Clock(_NIGHT), Minutes()
    began = time.process_time()
    async with (
        connection.connect(settings, Service.SCHEDULER) as database,
        broker.connect(settings, "benchmark") as nats,
    ):
        await _play(nats, PlayedWork(schedules), ticks)
        store = ProgressStore(database)
        await store.move_published(_NIGHT)
        ticker = Ticker(nats.connection, store, clock=clock, zone=settings.zone, catch_up=settings.catch_up)
        async with _background(ticker.run()):
            await ticks.reach(_NIGHT)
            started = time.process_time()
            for minute in range(1, minutes + 1):
                at = _NIGHT + dt.timedelta(minutes=minute)
                clock.set(at)
                await ticks.reach(at)
            spent = time.process_time() - started
    looks = await measure_looks(settings, schedules)
    spread = looks[1:]
    return Result(
        schedules,
        minutes,
        cpu_s_per_min=round(spent / minutes, 5),
        start_s=round(started - began, 2),
        look_s=round(looks[0], 2),
        spread_s=round(sum(spread), 2),
        spread_min=len(spread),
        dearest_s=round(max(spread), 3),
    )


async def measure_looks(settings: Settings, schedules: int) -> list[float]:
    """CPU seconds of one look at all dates at once, then of each minute of one that is spread."""
    async with connection.connect(settings, Service.WORK) as database, broker.connect(settings, "benchmark") as nats:
        await nats.start()
        await _fill(database, schedules, settings)
        stored, unexplained, history = Schedules(database), Unexplained(database), History(database)
        clock, ledger = Clock(_NIGHT), Ledger(database, stored)
        generator = Generator(stored, Generation(database), ledger, history, clock=clock, zone=settings.zone)
        queue = WindowQueue(nats.connection)
        reconciler = Reconciler(
            stored,
            unexplained,
            generator,
            _report_nothing,
            queue=queue,
            clock=clock,
            zone=settings.zone,
            catch_up=settings.catch_up,
        )
        spent = [await _cpu(reconciler.reconcile(_NIGHT))]
        first = (await unexplained.search()).completed_at
        while (await unexplained.search()).completed_at == first:
            spent.append(await _cpu(reconciler.reconcile(_NIGHT)))
        if found := await unexplained.all(1):
            raise AssertionError(f"{found[0].window.id} has its entry and was not found")
        return spent


async def _cpu(work: Awaitable[None]) -> float:
    began = time.process_time()
    await work
    return time.process_time() - began


async def _report_nothing(incident: ReportIncident) -> Nothing:
    raise AssertionError(f"nothing is missing, yet it reports {incident}")


async def _fill(database: Database, schedules: int, settings: Settings) -> None:
    """Schedules with a ledger entry for every date of the time that is looked at."""
    since = _NIGHT - settings.catch_up - dt.timedelta(days=1)
    for start in range(0, schedules, _PAGE):
        configs: list[Row] = []
        entries: list[Row] = []
        for number in range(start, min(start + _PAGE, schedules)):
            one = _schedule(number)
            about = {"_id": one.source_id, "description": one.title, "version": 1}
            times = {"created_at": _CREATED, "changed_at": _CREATED, "deleted_at": None}
            configs.append({**about, **times, **timeline_fields(one.timeline, _NIGHT)})
            for opening in one.windows_between(since, _NIGHT, settings.zone):
                date = opening.date.isoformat()
                of = {"_id": f"recurring:{one.source_id}:{date}", "kind": "recurring", "source_id": one.source_id}
                entries.append({**of, "date": date, "outcome": "generated", "opened_at": opening.opens_at})
        await database.recurring.insert_many(configs, ordered=False)
        if entries:
            await database.windows.insert_many(entries, ordered=False)


async def _play(nats: NatsBroker, work: PlayedWork, ticks: Minutes) -> None:
    broker.answer(nats, SCHEDULE_FEED, work.feed)
    broker.listen(nats, CLOCK_MINUTE, ticks.receive, group=None)
    await nats.start()
    stream = nats.connection.jetstream()
    await stream.add_stream(StreamConfig("WINDOWS", subjects=[WINDOW_DUE.subject]))
    await stream.add_consumer("WINDOWS", ConsumerConfig(durable_name="work", ack_policy=AckPolicy.EXPLICIT))


@asynccontextmanager
async def _background(work: Awaitable[None]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run(schedules: int, minutes: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="dataops-benchmark-") as directory:
        nats, mongod = await asyncio.gather(start_nats(Path(directory)), start_mongod(Path(directory)))
        try:
            settings = Settings(nats_url=SecretStr(nats.url), mongo_url=SecretStr(mongod.url))
            return await measure(settings, schedules, minutes)
        finally:
            await asyncio.gather(nats.child.stop(), mongod.child.stop())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--schedules", type=int, default=100_000, help="how many there are, none of them due")
    parser.add_argument("--minutes", type=int, default=300, help="how many minutes pass; at most 300, all at night")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a sentence")
    arguments = parser.parse_args()
    if arguments.schedules < 1 or not 1 <= arguments.minutes <= 300:
        parser.error("--schedules must be at least 1, --minutes from 1 to 300")
    logs.configure("benchmark")
    result = asyncio.run(_run(arguments.schedules, arguments.minutes))
    text = (
        f"{result.schedules:,} schedules, none due: {result.cpu_s_per_min:.4f} CPU seconds a minute over "
        f"{result.minutes} minutes, after {result.start_s:.1f} CPU seconds to read them; a look at all their dates: "
        f"{result.look_s:.1f} CPU seconds at once, {result.spread_s:.1f} over {result.spread_min} minutes, the dearest "
        f"of them {result.dearest_s:.3f}"
    )
    print(json.dumps(asdict(result), indent=2) if arguments.json else text)


if __name__ == "__main__":
    main()
