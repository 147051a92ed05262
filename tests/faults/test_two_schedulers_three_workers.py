"""Two schedulers and three workers are killed at random while windows pour in: each window makes one task, no less."""

import asyncio
import datetime as dt
import os
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.subjects import WINDOW_DUE, WINDOWS_FINISHED
from contracts.values import Outcome, Service
from contracts.windows import WindowsFinished
from services.cli.stack.child import Child
from services.kit import health
from services.kit.settings import Settings
from services.work.streams import CONSUMER, WINDOWS
from tests.system import System, eventually

FIRST_DATE = dt.datetime(2028, 2, 1, tzinfo=dt.UTC)
CREW = {"scheduler-1": Service.SCHEDULER, "scheduler-2": Service.SCHEDULER} | {
    f"worker-{number}": Service.WORK for number in (1, 2, 3)
}


@dataclass
class Observed:
    """Counted while it happens: what was published, what was told, who was killed."""

    published: int = 0
    handled: int = 0
    repeated: int = 0
    random_kills: int = 0
    kills: list[str] = field(default_factory=list[str])

    async def on_published(self, _: Msg) -> None:
        self.published += 1

    def on_finished(self, finished: WindowsFinished) -> None:
        self.handled += len(finished.windows)
        self.repeated += sum(one.repeated for one in finished.windows)


class Crew:
    """Processes that are started again whenever they are killed."""

    def __init__(self, settings: Settings, directory: Path, now: dt.datetime, observed: Observed) -> None:
        self._directory = directory
        self._observed = observed
        self._living: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._environment = os.environ | {
            "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
            "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
            "DATAOPS_MONGO_PREFIX": settings.mongo_prefix,
            "DATAOPS_CLOCK": now.isoformat(),
            "DATAOPS_CATCH_UP": "90",
        }

    async def start(self, name: str, *, dies_at: int = 0) -> None:
        """``dies_at`` is for its first life: see ``tests.faults.mortal``."""
        self._living[name] = await self._spawn(name, dies_at)
        self._keepers.append(asyncio.create_task(self._keep(name)))

    async def kill_one(self, service: Service, chance: random.Random) -> None:
        living = sorted(name for name in self._living if CREW[name] is service)
        if living:
            await self._living[chance.choice(living)].kill()

    async def check(self) -> None:
        """Raise what made somebody end who was not killed."""
        for keeper in self._keepers:
            if keeper.done():
                await keeper

    @property
    def all_live(self) -> bool:
        return self._living.keys() == CREW.keys()

    async def stop(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(child.kill() for child in self._living.values()))

    async def _keep(self, name: str) -> None:
        while True:
            code = await self._living[name].wait()
            last_words = self._living.pop(name).last_words()
            assert code == -signal.SIGKILL, "\n".join([f"{name} ended by itself with code {code}", *last_words])
            self._observed.kills.append(name)
            self._living[name] = await self._spawn(name, 0)

    async def _spawn(self, name: str, dies_at: int) -> Child:
        command = [sys.executable, "-m", "tests.faults.mortal", CREW[name].value, str(dies_at)]
        return await Child.spawn(name, command, log=self._directory / f"{name}.log", env=self._environment)


@asynccontextmanager
async def crew_on(settings: Settings, directory: Path, now: dt.datetime, observed: Observed) -> AsyncGenerator[Crew]:
    crew = Crew(settings, directory, now, observed)
    try:
        yield crew
    finally:
        await crew.stop()


@asynccontextmanager
async def work_database(settings: Settings) -> AsyncGenerator[Any]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url.get_secret_value())
    try:
        yield client.get_database(f"{settings.mongo_prefix}_work")
    finally:
        await client.close()


async def add_schedules(system: System, database: Any, count: int) -> None:
    """Daily duties that exist since the first date: copies of one that was created by command."""
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    created = await system.ask(subjects.CREATE_RECURRING, duty)
    config = await database.recurring.find_one_and_delete({"_id": created.id})
    config["created_at"] = config["timeline"][0]["since"] = FIRST_DATE
    await database.recurring.insert_many([{**config, "_id": f"duty-{number:05}"} for number in range(count)])


async def rage(finished: Subscription, crew: Crew, observed: Observed, seed: int, *, expected: int, kills: int) -> None:
    """Kill a worker and a scheduler in turn, each when a number of windows that chance chose has been handled."""
    chance = random.Random(seed)
    due = sorted(chance.randrange(expected // 20, expected * 3 // 4) for _ in range(kills))
    async for message in finished.messages:
        observed.on_finished(WindowsFinished.model_validate_json(message.data))
        while due and observed.handled >= due[0]:
            due.pop(0)
            await crew.kill_one(Service.SCHEDULER if len(due) % 2 else Service.WORK, chance)
            observed.random_kills += 1


async def survives(
    settings: Settings, directory: Path, *, schedules: int, dates: int, kills: int, within: float
) -> None:
    """Both first lives end where something must come twice; then ``kills`` processes go at random.

    The last date has just opened: older ones a second scheduler publishes only when work has not made them yet.
    """
    seed = int(os.environ.get("DATAOPS_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"seed {seed}: again with DATAOPS_TEST_SEED={seed}")
    chance, observed, expected = random.Random(seed), Observed(), schedules * dates
    now = FIRST_DATE + dt.timedelta(days=dates - 1, hours=9, minutes=1)
    async with (
        connected(settings) as client,
        work_database(settings) as database,
        crew_on(settings, directory, now, observed) as crew,
    ):
        system = System(settings, client)
        await client.subscribe(WINDOW_DUE.subject, cb=observed.on_published)
        finished = await client.subscribe(WINDOWS_FINISHED.subject)
        raging = asyncio.create_task(rage(finished, crew, observed, seed, expected=expected, kills=kills))
        await crew.start("worker-1", dies_at=chance.randint(1, 20))
        await crew.start("worker-2")
        await crew.start("worker-3")
        await eventually(lambda: answers(client), within=within)
        await add_schedules(system, database, schedules)
        await crew.start("scheduler-1", dies_at=expected - chance.randrange(schedules))
        await eventually(lambda: has_died("scheduler-1", crew, observed), within=within)
        await crew.start("scheduler-2")

        async def all_is_done() -> bool:
            await crew.check()
            info = await client.jetstream().consumer_info(WINDOWS, CONSUMER)
            pending = (info.num_pending or 0) + (info.num_ack_pending or 0)
            rows = await database.windows.count_documents({})
            return observed.random_kills == kills and crew.all_live and rows >= expected and not pending

        await eventually(all_is_done, within=within)
        raging.cancel()
        await assert_exact(client, database, observed, schedules=schedules, dates=dates)


async def assert_exact(client: Client, database: Any, observed: Observed, *, schedules: int, dates: int) -> None:
    expected = schedules * dates
    info = await client.jetstream().consumer_info(WINDOWS, CONSUMER)
    stored = (await client.jetstream().stream_info(WINDOWS)).state.messages
    assert info.delivered is not None
    redelivered, suppressed = info.delivered.consumer_seq - stored, observed.published - stored
    print(f"killed {len(observed.kills)}: {', '.join(observed.kills)}")
    print(f"redeliveries {redelivered}, duplicates suppressed by the broker {suppressed}, by index {observed.repeated}")
    assert min(redelivered, suppressed, observed.repeated) > 0, "it proves nothing: nothing came twice"
    windows = {(task["recurring_config_id"], task["window_date"]) async for task in database.tasks.find()}
    assert (len(windows), await database.tasks.count_documents({})) == (expected, expected)
    assert await database.windows.count_documents({"outcome": Outcome.GENERATED.value}) == expected
    assert await database.windows.count_documents({}) == expected
    assert await database.history.count_documents({"kind": "window.generated"}) == expected


async def answers(client: Client) -> bool:
    try:
        reply = await client.request(health.subject(Service.WORK), b"{}", timeout=0.5)
    except (NatsTimeout, NoRespondersError):
        return False
    return health.Health.model_validate_json(reply.data).ready


async def has_died(name: str, crew: Crew, observed: Observed) -> bool:
    await crew.check()
    return name in observed.kills


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Client]:
    client = await nats.connect(settings.nats_url.get_secret_value())
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
async def test_800_windows_survive_kills_of_every_sort(settings: Settings, tmp_path: Path) -> None:
    await survives(settings, tmp_path, schedules=400, dates=2, kills=2, within=90)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
async def test_5000_windows_survive_kills_of_every_sort(settings: Settings, tmp_path: Path) -> None:
    await survives(settings, tmp_path, schedules=500, dates=10, kills=8, within=400)
