"""Operations Home over HTTP, with few and with many stored tasks: ``python -m benchmarks.home --tasks N``.

Of N stored tasks about 300 need attention and the rest are history: done, or archived. 500 workflow runs are active,
with their tasks among the N where they fit. Finished runs (stage done, five done tasks each) come on top: nothing
archives them, so they only become more. Work, notifier and portal run as processes of their own, as deployed, on a
bundled mongod and nats-server in a temporary directory; requests are made one after the other. ``ceiling`` is a route
of the same portal that asks nobody: what the transport, the session and the process cost by themselves.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from contracts.values import Service
from services.cli.stack.ports import free_ports
from services.cli.stack.service import start_service
from services.kit.mongo import connection
from services.kit.mongo.driver import Database, Row
from services.kit.settings import Settings
from services.work.search_keys import with_search_fields
from tests.api.people import add_person, client_of
from tests.servers import running_servers

_NOW = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
ATTENTION = 300
_RUNS = 500
_STEPS = 10
_STEPS_DONE = 5
_BATCH = 5_000
_ATTENDED = ("overdue", "today", "follow-up")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Result:
    """Milliseconds. ``p50_ms`` and ``p99_ms`` are Home's."""

    tasks: int
    finished_runs: int
    p50_ms: float
    p99_ms: float
    cards_p50_ms: float
    cards_p99_ms: float
    bundles_p50_ms: float
    bundles_p99_ms: float
    ceiling_p50_ms: float


async def measure(tasks: int, finished_runs: int, requests: int) -> Result:
    async with running_portal() as settings:
        async with connection.connect(settings, "work") as database:
            await fill(database, tasks)
            await add_finished_runs(database, finished_runs)
        person = await add_person(settings, "home@example.org", "Home Benchmark")
        async with client_of(f"http://127.0.0.1:{settings.portal_port}", person) as client:
            home = await times(client, "/api/home", requests)
            cards = await times(client, "/api/bundle-cards", requests // 5)
            bundles = await times(client, "/api/bundles", requests // 5)
            ceiling = await times(client, "/api/me", requests)
    return Result(
        tasks,
        finished_runs,
        p50_ms=at(home, 0.5),
        p99_ms=at(home, 0.99),
        cards_p50_ms=at(cards, 0.5),
        cards_p99_ms=at(cards, 0.99),
        bundles_p50_ms=at(bundles, 0.5),
        bundles_p99_ms=at(bundles, 0.99),
        ceiling_p50_ms=at(ceiling, 0.5),
    )


@asynccontextmanager
async def running_portal() -> AsyncGenerator[Settings]:
    with tempfile.TemporaryDirectory(prefix="dataops-benchmark-") as name:
        directory = Path(name)
        async with running_servers(directory) as servers:
            [port] = free_ports(1)
            settings = Settings(
                nats_url=SecretStr(servers.nats_url),
                mongo_url=SecretStr(servers.mongo_url),
                data_dir=directory,
                DATAOPS_PORT=port,
            )
            environment = os.environ | {
                "DATAOPS_NATS_URL": servers.nats_url,
                "DATAOPS_MONGO_URL": servers.mongo_url,
                "DATAOPS_DATA_DIR": name,
                "DATAOPS_PORT": str(port),
                "DATAOPS_CLOCK": _NOW.isoformat(),
                "DATAOPS_TEST_CONTROL": "1",
            }
            async with AsyncExitStack() as stack:
                for service in (Service.WORK, Service.NOTIFIER, Service.PORTAL):
                    log = directory / f"{service}.log"
                    child = await start_service(service, environment, log=log, nats_url=servers.nats_url)
                    stack.push_async_callback(child.stop)
                yield settings


async def fill(database: Database, tasks: int, attention: int = ATTENTION) -> None:
    """``attention``: how many of them are overdue, due today or a due follow-up, a third each."""
    await database.bundles.insert_many([_bundle(number) for number in range(_RUNS)])
    batch: list[Row] = []
    for document in _tasks(tasks, attention):
        batch.append(with_search_fields("tasks", document))
        if len(batch) == _BATCH:
            await database.tasks.insert_many(batch, ordered=False)
            batch = []
    if batch:
        await database.tasks.insert_many(batch, ordered=False)


async def add_finished_runs(database: Database, count: int) -> None:
    for first in range(0, count, _BATCH // _STEPS_DONE):
        numbers = range(first, min(count, first + _BATCH // _STEPS_DONE))
        await database.bundles.insert_many([_finished_run(number) for number in numbers], ordered=False)
        steps = [
            with_search_fields("tasks", _step_done(number, step)) for number in numbers for step in range(_STEPS_DONE)
        ]
        await database.tasks.insert_many(steps, ordered=False)


def _bundle(number: int) -> Row:
    return {
        "_id": f"run-{number}",
        "title": f"Newsletter {number}",
        "anchor_date": (_NOW + number % 90 * _DAY).date().isoformat(),
        "stage": "preparation",
        "status": "active",
        "bundle_links": [{"name": "LinkedIn", "url": ""}],
        "steps": _STEPS,
        "version": 1,
        "created_at": _NOW,
        "updated_at": _NOW,
    }


def _finished_run(number: int) -> Row:
    anchor = _NOW - (1 + number % 700) * _DAY
    return _bundle(number) | {"_id": f"finished-{number}", "stage": "done", "anchor_date": anchor.date().isoformat()}


def _step_done(number: int, step: int) -> Row:
    task = _task(number) | _finished(number)
    return task | {"_id": f"step-{number}-{step}", "status": "done", "bundle_id": f"finished-{number}"}


def _tasks(count: int, attention: int) -> Iterator[Row]:
    for number in range(count):
        if number < min(attention, count):
            yield _task(number) | _attended(_ATTENDED[number % 3])
        elif number < attention + _RUNS * (_STEPS - 1):
            yield _task(number) | _planned(number)
        else:
            yield _task(number) | _finished(number)


def _task(number: int) -> Row:
    return {
        "_id": f"task-{number:08}",
        "description": f"Send the sponsor document, part {number}",
        "source": "template",
        "bundle_id": f"run-{number % _RUNS}",
        "instructions": "Open the document, fill in the numbers of the issue, send it, and note who has it. " * 3,
        "assignee_id": f"user-{number % 7}",
        "tags": ["sponsors", "newsletter"],
        "required_link_name": "LinkedIn",
        "missing": ["LinkedIn URL"],
        "live": True,
        "version": 1,
        "created_at": _NOW,
        "updated_at": _NOW,
    }


def _attended(sort: str) -> Row:
    if sort == "follow-up":
        return _due(3) | {"status": "waiting", "follow_up_due_at": _NOW - _DAY, "follow_up_at": "2028-02-01"}
    return _due(-2 if sort == "overdue" else 0) | {"status": "todo"}


def _planned(number: int) -> Row:
    return _due(1 + number % 60) | {"status": "todo"}


def _finished(number: int) -> Row:
    done_at = _NOW - (1 + number % 700) * _DAY
    status = "archived" if number % 10 == 0 else "done"
    run = f"past-{number // _STEPS}"
    return _due(-(1 + number % 700)) | {"status": status, "completed_at": done_at, "bundle_id": run}


def _due(days: int) -> Row:
    date = _NOW.date() + days * _DAY
    return {"date": date.isoformat(), "overdue_from": (date + _DAY).isoformat()}


async def times(client: httpx.AsyncClient, path: str, requests: int) -> list[float]:
    """Milliseconds a request, in ascending order; the first few only warm up."""
    times: list[float] = []
    for turn in range(requests + 5):
        began = time.perf_counter()
        reply = await client.get(path)
        took = (time.perf_counter() - began) * 1_000
        assert reply.status_code == 200, reply.text
        if turn >= 5:
            times.append(took)
    return sorted(times)


def at(times: list[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))], 1)


def _line(result: Result) -> str:
    values: dict[str, Any] = asdict(result)
    return "  ".join(f"{name} {value:,}" for name, value in values.items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.home", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=10_000, help="how many are stored")
    parser.add_argument("--finished-runs", type=int, default=0, help="how many are stored beside them")
    parser.add_argument("--requests", type=int, default=200, help="how often Home is asked for")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")
    arguments = parser.parse_args()
    if arguments.tasks < 1 or arguments.finished_runs < 0 or arguments.requests < 5:
        parser.error("--tasks must be at least 1, --finished-runs at least 0 and --requests at least 5")
    result = asyncio.run(measure(arguments.tasks, arguments.finished_runs, arguments.requests))
    print(json.dumps(asdict(result)) if arguments.json else _line(result))


if __name__ == "__main__":
    main()
