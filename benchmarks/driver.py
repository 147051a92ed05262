"""motor against PyMongo's own asyncio API, on one server in one run: ``python -m benchmarks.driver``.

The two take turns, and who begins changes with each round, so that a noisy machine is noisy for both. Writes are
acknowledged as the product's are: by a majority, with journal. The server is a bundled mongod in a temporary
directory, or the replica set that DATAOPS_MONGO_URL names; the database used is dropped at the end.
"""

import argparse
import asyncio
import inspect
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, WriteConcern

from services.cli.stack.embedded import start_mongod
from services.kit.settings import Settings

_DURABLE = WriteConcern(w="majority", j=True)
_BATCH = 1_000
_SECONDS = 0.8
"""How long single operations are counted, a driver and round."""
_ROUNDS = 5
_STEPS = 5
_KNOWN = 1_000
"""Documents that single reads choose from."""


@dataclass(frozen=True)
class Driver:
    """One of the peers. Their calls have the same names; ``_awaited`` takes care of which ones are awaited."""

    name: str
    client: Any
    database: Any

    async def insert(self, documents: int) -> float:
        """Documents a second, unordered and in batches."""
        batches = [[_document() for _ in range(min(_BATCH, documents - at))] for at in range(0, documents, _BATCH)]
        began = time.perf_counter()
        for batch in batches:
            await self.database.inserted.insert_many(batch, ordered=False)
        return documents / (time.perf_counter() - began)

    async def find(self) -> float:
        """Reads of one document by id a second, one after the other."""
        turn = 0

        async def read() -> None:
            nonlocal turn
            turn += 1
            assert await self.database.known.find_one({"_id": turn % _KNOWN}) is not None

        return await _rate(read)

    async def transact(self) -> float:
        """Transactions a second, one after the other; each writes a document and five more, like a workflow run."""

        async def write(session: Any) -> None:
            await self.database.bundles.insert_one(_document(), session=session)
            await self.database.tasks.insert_many([_document() for _ in range(_STEPS)], session=session)

        async def transaction() -> None:
            async with await _awaited(self.client.start_session()) as session:
                await session.with_transaction(write, write_concern=_DURABLE)

        return await _rate(transaction)


@dataclass(frozen=True)
class Comparison:
    """Medians of all rounds. ``ratio`` is PyMongo's rate over motor's in the same round."""

    what: str
    unit: str
    motor: float
    pymongo: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float


async def compare(url: str, documents: int) -> list[Comparison]:
    name = f"dataops_benchmark_{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        motor = await stack.enter_async_context(_driver("motor", AsyncIOMotorClient, url, name))
        pymongo = await stack.enter_async_context(_driver("pymongo", AsyncMongoClient, url, name))
        stack.push_async_callback(_drop, pymongo)
        await pymongo.database.known.insert_many([{**_document(), "_id": id} for id in range(_KNOWN)])
        for driver in (motor, pymongo):
            # Collections and connections are made before anything is counted.
            await driver.insert(_BATCH)
            await driver.database.bundles.insert_one(_document())
            await driver.database.tasks.insert_one(_document())
        return [
            await _take_turns("bulk insert", "documents/s", motor, pymongo, lambda driver: driver.insert(documents)),
            await _take_turns("single find", "reads/s", motor, pymongo, Driver.find),
            await _take_turns(f"transaction of 1 + {_STEPS}", "transactions/s", motor, pymongo, Driver.transact),
        ]


async def _take_turns(
    what: str, unit: str, motor: Driver, pymongo: Driver, measure: Callable[[Driver], Awaitable[float]]
) -> Comparison:
    rates: dict[str, list[float]] = {motor.name: [], pymongo.name: []}
    for turn in range(_ROUNDS):
        for driver in (motor, pymongo) if turn % 2 == 0 else (pymongo, motor):
            rates[driver.name].append(await measure(driver))
    ratios = [mine / peers for mine, peers in zip(rates[pymongo.name], rates[motor.name], strict=True)]
    return Comparison(
        what,
        unit,
        motor=round(median(rates[motor.name])),
        pymongo=round(median(rates[pymongo.name])),
        ratio=round(median(ratios), 2),
        lowest_ratio=round(min(ratios), 2),
        highest_ratio=round(max(ratios), 2),
    )


async def _rate(operation: Callable[[], Awaitable[None]]) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < _SECONDS:
        await operation()
        done += 1
    return done / took


@asynccontextmanager
async def _driver(name: str, make_client: Callable[..., Any], url: str, database: str) -> AsyncGenerator[Driver]:
    client = make_client(url, tz_aware=True, serverSelectionTimeoutMS=5_000)
    try:
        yield Driver(name, client, client.get_database(database, write_concern=_DURABLE))
    finally:
        await _awaited(client.close())


async def _drop(driver: Driver) -> None:
    await driver.client.drop_database(driver.database.name)


async def _awaited(value: Any) -> Any:
    """The two drivers differ in which calls are coroutines: starting a session is one of motor's, closing PyMongo's."""
    return await value if inspect.isawaitable(value) else value


def _document() -> dict[str, Any]:
    """About as large as a recurring task."""
    return {
        "_id": str(uuid4()),
        "description": "Handle new Slack invite requests",
        "date": "2028-02-02",
        "status": "todo",
        "source": "recurring",
        "instructions": "Send an invite to every new address, then mark the row as invited. " * 3,
        "tags": ["community", "operations"],
    }


@asynccontextmanager
async def _server() -> AsyncGenerator[str]:
    settings = Settings()
    if "mongo_url" in settings.model_fields_set:
        yield settings.mongo_url.get_secret_value()
        return
    with tempfile.TemporaryDirectory(prefix="dataops-benchmark-") as directory:
        server = await start_mongod(Path(directory))
        try:
            yield server.url
        finally:
            await server.child.stop()


async def _run(documents: int) -> list[Comparison]:
    async with _server() as url:
        return await compare(url, documents)


def _table(comparisons: Sequence[Comparison]) -> str:
    lines = [f"{'':<22}{'motor':>9}{'pymongo':>9}  {'unit':<15} pymongo/motor (lowest to highest of {_ROUNDS} rounds)"]
    lines += [
        f"{one.what:<22}{one.motor:>9,.0f}{one.pymongo:>9,.0f}  {one.unit:<15}"
        f" {one.ratio:.2f} ({one.lowest_ratio:.2f} to {one.highest_ratio:.2f})"
        for one in comparisons
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.driver", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=20_000, help="how many each bulk insert writes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    if arguments.documents < 1:
        parser.error("--documents must be at least 1")
    comparisons = asyncio.run(_run(arguments.documents))
    print(json.dumps([asdict(one) for one in comparisons], indent=2) if arguments.json else _table(comparisons))


if __name__ == "__main__":
    main()
