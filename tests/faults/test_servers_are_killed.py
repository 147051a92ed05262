"""SIGKILL for the broker and for the database in the middle of a morning: both come back, each window is made once."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.values import Service
from services.cli.stack.embedded import Server, start_mongod, start_nats
from services.kit.settings import Settings
from services.work.generation import consumer as windows
from services.work.generation.generator import Generator, Handled
from services.work.generation.records import Asked
from tests.system import System, eventually, instant, system_on

DUTIES = 100


class Halfway:
    """Lets one batch through; the others wait, taken and not begun, until they may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(windows, "_BATCH", 25)
        self._handle = Generator.handle
        self.is_reached, self._may_go_on, self._let_through = asyncio.Event(), asyncio.Event(), 1
        halfway = self

        async def handle(generator: Generator, asked: list[Asked]) -> list[Handled]:
            if halfway._let_through:
                halfway._let_through -= 1
            else:
                halfway.is_reached.set()
                await halfway._may_go_on.wait()
            return await halfway._handle(generator, asked)

        monkeypatch.setattr(Generator, "handle", handle)

    def go_on(self) -> None:
        self._may_go_on.set()

    def again(self) -> None:
        self.is_reached, self._may_go_on, self._let_through = asyncio.Event(), asyncio.Event(), 1


async def create_duties(system: System) -> None:
    duties = [CreateRecurring(description=f"Duty {number}", cron_expression="0 9 * * *") for number in range(DUTIES)]
    for first in range(0, DUTIES, 20):
        await asyncio.gather(*(system.ask(subjects.CREATE_RECURRING, duty) for duty in duties[first : first + 20]))


async def kill(server: Server) -> None:
    server.child.process.kill()
    await server.child.wait()


@pytest.mark.requirement("R-REL-4")
@pytest.mark.requirement("R-GEN-3")
async def test_a_broker_and_a_database_killed_while_windows_come_in_cost_none(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, database = await asyncio.gather(start_nats(tmp_path), start_mongod(tmp_path))
    mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(database.url)
    work = mongo[f"{settings.mongo_prefix}_work"]
    own = {"nats_url": SecretStr(broker.url), "mongo_url": SecretStr(database.url)}
    virtual = {"clock": instant("2028-02-02 08:00"), "test_control": True}
    halfway = Halfway(monkeypatch)

    async def open_half(date: str) -> None:
        await system.set_clock(f"{date} 09:00")
        async with asyncio.timeout(30):
            await halfway.is_reached.wait()

    async def all_are_made(date: str) -> None:
        async def each_has_its_entry() -> bool:
            return await work["windows"].count_documents({"date": date, "outcome": "generated"}) == DUTIES

        await eventually(each_has_its_entry, within=60)
        assert await work["tasks"].count_documents({"window_date": date}) == DUTIES

    try:
        async with system_on(settings.model_copy(update=own | virtual)) as system:
            await system.start(Service.WORK, Service.SCHEDULER)
            await create_duties(system)

            await open_half("2028-02-02")
            await kill(broker)
            halfway.go_on()  # what is written now cannot be acknowledged
            broker = await start_nats(tmp_path, broker.port)
            await all_are_made("2028-02-02")

            halfway.again()
            await open_half("2028-02-03")
            await kill(database)
            halfway.go_on()  # what is tried now cannot be written
            database = await start_mongod(tmp_path, database.port)
            await all_are_made("2028-02-03")
    finally:
        halfway.go_on()
        await mongo.close()
        await asyncio.gather(broker.child.stop(), database.child.stop())
