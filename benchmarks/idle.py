"""What a minute costs the scheduler when nothing is due: ``python -m benchmarks.idle --schedules N``.

Its own code ticks on bundled servers, at night, with schedules that all open by day. The clock is injected, so an hour
takes seconds. CPU time is that of the whole process, driver, broker client and the played work included. Reading the
schedules at the start is told apart from the minutes.
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
from contracts.queries import FindUnrecorded, ScheduleFeed, ScheduleFeedPage, Unrecorded
from contracts.schedules import Revision, Schedule
from contracts.subjects import CLOCK_MINUTE, FIND_UNRECORDED, SCHEDULE_FEED, WINDOW_DUE
from contracts.values import Kind, Service
from services.cli.embedded import start_mongod, start_nats
from services.kit import broker, logs, mongo
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.scheduler.reconciler import Reconciler
from services.scheduler.store import ProgressStore
from services.scheduler.ticker import Ticker

_NIGHT = dt.datetime(2028, 2, 2, 0, 30, tzinfo=dt.UTC)
_CREATED = _NIGHT - dt.timedelta(minutes=10)
_PAGE = 1_000
_DAYS = ("*", "1", "15", "L", "*/2")
_WEEKDAYS = ("*", "1", "1-5", "5")


@dataclass(frozen=True)
class Result:
    """``start_s`` is the CPU time of reading all schedules twice: for the ticks, and for the first reconciliation."""

    schedules: int
    minutes: int
    cpu_s_per_min: float
    start_s: float


class PlayedWork:
    def __init__(self, schedules: int) -> None:
        self._schedules = [_schedule(number) for number in range(schedules)]

    async def feed(self, asked: ScheduleFeed) -> ScheduleFeedPage:
        if asked.since is not None:
            return ScheduleFeedPage(items=[], as_of=Clock.wall())
        first = int(asked.after or 0)
        after = str(first + _PAGE) if first + _PAGE < len(self._schedules) else None
        return ScheduleFeedPage(items=self._schedules[first : first + _PAGE], as_of=Clock.wall(), after=after)

    async def unrecorded(self, _: FindUnrecorded) -> Unrecorded:
        return Unrecorded(windows=[])


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
        self._told: asyncio.Queue[dt.datetime] = asyncio.Queue()

    async def hear(self, minute: ClockMinute) -> None:
        self._told.put_nowait(minute.at)

    async def reach(self, at: dt.datetime) -> None:
        while await self._told.get() < at:
            pass


async def measure(settings: Settings, schedules: int, minutes: int) -> Result:
    """``settings`` name servers whose broker has no streams yet."""
    clock, told = Clock(_NIGHT), Minutes()
    began = time.process_time()
    async with (
        mongo.connect(settings, Service.SCHEDULER) as database,
        broker.connect(settings, "benchmark") as nats,
    ):
        await _play(nats, PlayedWork(schedules), told)
        store = ProgressStore(database)
        await store.move_published(_NIGHT)
        reconciler = Reconciler(nats.connection, store, clock=clock, zone=settings.zone, catch_up=settings.catch_up)
        ticker = Ticker(
            nats.connection,
            store,
            clock=clock,
            zone=settings.zone,
            catch_up=settings.catch_up,
            after_tick=reconciler.consider,
        )
        async with _background(ticker.run()):
            await told.reach(_NIGHT)
            await reconciler.reconcile()
            started = time.process_time()
            for minute in range(1, minutes + 1):
                at = _NIGHT + dt.timedelta(minutes=minute)
                clock.set(at)
                await told.reach(at)
            spent = time.process_time() - started
    return Result(schedules, minutes, round(spent / minutes, 5), round(started - began, 2))


async def _play(nats: NatsBroker, work: PlayedWork, told: Minutes) -> None:
    broker.answer(nats, SCHEDULE_FEED, work.feed)
    broker.answer(nats, FIND_UNRECORDED, work.unrecorded)
    broker.listen(nats, CLOCK_MINUTE, told.hear, group=None)
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
    told = (
        f"{result.schedules:,} schedules, none due: {result.cpu_s_per_min:.4f} CPU seconds a minute over "
        f"{result.minutes} minutes, after {result.start_s:.1f} CPU seconds to read them twice"
    )
    print(json.dumps(asdict(result), indent=2) if arguments.json else told)


if __name__ == "__main__":
    main()
