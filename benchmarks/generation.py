"""How fast windows become durable tasks, against the bare pipeline: ``python -m benchmarks.generation --windows N``.

N recurring configs are due at the same minute. The clock runs from the first publish until work has told that the
last task and its ledger row are written; afterwards both are counted in the database. Work is a process of its own,
with logs, ledger, history, events and validation on. The ceiling (``benchmarks.ceiling``, also a process) is the same
pipeline without rules, on the same servers in the same run; the two take turns, and who begins changes each round.
Then the same windows are published again under new message ids, and single windows one after the other.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from benchmarks import ceiling
from contracts import subjects
from contracts.fields.proof import ProofRequirement
from contracts.recurring import CreateRecurring
from contracts.values import WINDOW_SUBJECT_PREFIX, Kind, ProofType, Service, Trigger
from contracts.windows import WindowDue
from services.cli.stack.child import Child
from services.cli.stack.embedded import start_mongod, start_nats
from services.cli.stack.service import start_service
from services.kit import broker
from services.kit.settings import Settings
from services.work import streams

_FIRST_DATE = dt.date(2028, 2, 3)
_STARTS_AT = "2028-02-02T08:00:00Z"
_IN_FLIGHT = 1_000
_SINGLES = 200
_PATIENCE = 60.0
"""Seconds without any event after which a run is given up."""
_DUTY = CreateRecurring(
    description="Handle new Slack invite requests",
    cron_expression="0 9 * * *",
    instructions="Send an invite to every new address, then mark the row as invited. " * 3,
    instructions_url="https://example.org/handbook/slack-invites",
    systems=["Slack", "Airtable"],
    tags=["community", "operations"],
    assignee_id="operator",
    proof_requirement=ProofRequirement(type=ProofType.COMMENT, label="How many were invited", required=True),
)


@dataclass(frozen=True)
class Measured:
    """Medians of all rounds; ``ratio`` is that of the rates of one round."""

    windows: int
    seconds: float
    windows_per_s: float
    ceiling_per_s: float
    ratio: float
    duplicates_per_s: float
    single_p99_ms: float


@dataclass(frozen=True)
class Pipeline:
    """One of the two: where its windows are published, and where it tells that they are durable."""

    prefix: str
    stream: str
    finished: str

    def subject(self, config: int, date: dt.date) -> str:
        return f"{self.prefix}.{_config_id(config)}.{date.isoformat()}"


WORK = Pipeline(f"{WINDOW_SUBJECT_PREFIX}.{Kind.RECURRING}", streams.WINDOWS, subjects.WINDOWS_FINISHED.subject)
CEILING = Pipeline(ceiling.SUBJECT, ceiling.STREAM, ceiling.FINISHED)


class Bench:
    """Both pipelines on the same servers, each with a process of its own that is ready."""

    def __init__(self, client: Client, database: Any) -> None:
        self._client = client
        self._stream = JetStreamContext(client, publish_async_max_pending=2 * _IN_FLIGHT)
        self._database = database

    async def seconds(self, pipeline: Pipeline, configs: int, date: dt.date, *, again: str = "") -> float:
        """Publish a window of each config; how long it takes until the last is durable. ``again`` makes new ids."""
        finished = await self._client.subscribe(pipeline.finished)
        body = _body(date)
        began = time.perf_counter()
        counting = asyncio.create_task(_count(finished, configs))
        for first in range(0, configs, _IN_FLIGHT):
            some = range(first, min(first + _IN_FLIGHT, configs))
            chunk = [pipeline.subject(config, date) for config in some]
            await asyncio.gather(*[await self._publish(pipeline, subject, body, again) for subject in chunk])
        await counting
        took = time.perf_counter() - began
        await finished.unsubscribe()
        return took

    async def single_ms(self, config: int, date: dt.date) -> float:
        """From before the publication of one window until work told that it is durable, in milliseconds."""
        finished = await self._client.subscribe(WORK.finished)
        began = time.perf_counter()
        await self._publish(WORK, WORK.subject(config, date), _body(date), "")
        await _count(finished, 1)
        took = time.perf_counter() - began
        await finished.unsubscribe()
        return took * 1_000

    async def _publish(self, pipeline: Pipeline, subject: str, body: bytes, again: str) -> asyncio.Future[Any]:
        headers = {"Nats-Msg-Id": f"{subject}{again}"}
        return await self._stream.publish_async(subject, body, stream=pipeline.stream, headers=headers)

    async def verify(self, date: dt.date, expected: int) -> None:
        """AssertionError unless each window of that date has its task and its ledger row."""
        tasks = await self._database.tasks.count_documents({"window_date": date.isoformat()})
        rows = await self._database.windows.count_documents({"date": date.isoformat(), "outcome": "generated"})
        assert (tasks, rows) == (expected, expected), f"{tasks} tasks and {rows} ledger rows of {expected}"

    async def add_configs(self, count: int) -> None:
        """Copies of one that was created by command."""
        created = await broker.ask(self._client, subjects.CREATE_RECURRING, _DUTY)
        config = await self._database.recurring.find_one_and_delete({"_id": created.id})
        for first in range(0, count, 1_000):
            some = range(first, min(first + 1_000, count))
            await self._database.recurring.insert_many([{**config, "_id": _config_id(number)} for number in some])


async def _count(finished: Subscription, windows: int) -> None:
    while windows > 0:
        async with asyncio.timeout(_PATIENCE):
            message = await anext(finished.messages)
        windows -= message.data.count(b'"id"')


def _body(date: dt.date) -> bytes:
    opens_at = dt.datetime.combine(date, dt.time(9), tzinfo=dt.UTC)
    return broker.encode(WindowDue(schema_version=1, trigger=Trigger.SCHEDULE, opens_at=opens_at, late=False))


def _config_id(number: int) -> str:
    return f"duty-{number:06}"


async def measure(windows: int, rounds: int) -> Measured:
    async with _bench(max(windows, _SINGLES)) as bench:
        fresh: list[float] = []
        bare: list[float] = []
        repeated: list[float] = []
        for turn in range(rounds):
            date = _FIRST_DATE + dt.timedelta(days=turn + 1)
            for pipeline in (WORK, CEILING) if turn % 2 == 0 else (CEILING, WORK):
                (fresh if pipeline is WORK else bare).append(await bench.seconds(pipeline, windows, date))
            await bench.verify(date, windows)
            repeated.append(await bench.seconds(WORK, windows, date, again="#again"))
            await bench.verify(date, windows)
        date = _FIRST_DATE + dt.timedelta(days=rounds + 1)
        singles = sorted([await bench.single_ms(config, date) for config in range(_SINGLES)])
    return Measured(
        windows=windows,
        seconds=round(median(fresh), 3),
        windows_per_s=round(windows / median(fresh)),
        ceiling_per_s=round(windows / median(bare)),
        ratio=round(median(most / ours for most, ours in zip(bare, fresh, strict=True)), 3),
        duplicates_per_s=round(windows / median(repeated)),
        single_p99_ms=round(singles[int(0.99 * _SINGLES) - 1], 1),
    )


@asynccontextmanager
async def _bench(configs: int) -> AsyncGenerator[Bench]:
    """Servers in a temporary directory, both processes, and everything warm: a round on a date that is not counted."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dataops-benchmark-")))
        nats_server, mongod = await start_nats(directory), await start_mongod(directory)
        stack.push_async_callback(nats_server.child.stop)
        stack.push_async_callback(mongod.child.stop)
        environment = os.environ | {
            "DATAOPS_NATS_URL": nats_server.url,
            "DATAOPS_MONGO_URL": mongod.url,
            "DATAOPS_CLOCK": _STARTS_AT,
        }
        work = await start_service(Service.WORK, environment, log=directory / "work.log", nats_url=nats_server.url)
        stack.push_async_callback(work.stop)
        client = await nats.connect(nats_server.url)
        stack.push_async_callback(client.close)
        mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongod.url, tz_aware=True)
        stack.push_async_callback(mongo.close)
        bench = Bench(client, mongo.get_database("dataops_work"))
        await bench.add_configs(configs)
        await bench.seconds(WORK, min(configs, _IN_FLIGHT), _FIRST_DATE)
        bare = await _start_ceiling(client, environment, directory)
        stack.push_async_callback(bare.stop)
        await bench.seconds(CEILING, min(configs, _IN_FLIGHT), _FIRST_DATE)
        yield bench


async def _start_ceiling(client: Client, environment: dict[str, str], directory: Path) -> Child:
    stream = client.jetstream()
    [windows] = [config for config in streams.wanted(Settings(nats_url=SecretStr(""))) if config.name == WORK.stream]
    await ceiling.prepare(stream, windows, (await stream.consumer_info(WORK.stream, streams.CONSUMER)).config)
    command = [sys.executable, "-m", "benchmarks.ceiling"]
    child = await Child.spawn("ceiling", command, log=directory / "ceiling.log", env=environment)
    await child.until(_answers(client, ceiling.READY), patience=30)
    return child


async def _answers(client: Client, subject: str) -> None:
    while True:
        try:
            await client.request(subject, timeout=0.5)
        except (NoRespondersError, NatsTimeout):
            await asyncio.sleep(0.05)
        else:
            return


def _table(measured: Measured) -> str:
    lines: Sequence[tuple[str, str]] = (
        ("windows", f"{measured.windows:,}"),
        ("until all are durable", f"{measured.seconds:.2f} s"),
        ("windows/s", f"{measured.windows_per_s:,.0f}"),
        ("ceiling/s", f"{measured.ceiling_per_s:,.0f}"),
        ("ratio to the ceiling", f"{measured.ratio:.2f}"),
        ("duplicates/s", f"{measured.duplicates_per_s:,.0f}"),
        (f"one window, p99 of {_SINGLES}", f"{measured.single_p99_ms:.1f} ms"),
    )
    return "\n".join(f"{name:<26}{value:>10}" for name, value in lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generation", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--windows", type=int, default=10_000, help="how many are due at once")
    parser.add_argument("--rounds", type=int, default=3, help="figures are medians of so many")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    if arguments.windows < 1 or arguments.rounds < 1:
        parser.error("--windows and --rounds must be at least 1")
    measured = asyncio.run(measure(arguments.windows, arguments.rounds))
    print(json.dumps(asdict(measured), indent=2) if arguments.json else _table(measured))


if __name__ == "__main__":
    main()
