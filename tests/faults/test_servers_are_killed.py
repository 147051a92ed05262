"""SIGKILL for the broker and for the database while windows come in: both come back, and each window is made once."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.commands import CreateRecurring
from contracts.values import Service
from services.cli.embedded import start_mongod, start_nats
from services.kit.settings import Settings
from tests.system import System, eventually, instant, system_on

DUTIES = 300


async def create_duties(system: System) -> None:
    for number in range(0, DUTIES, 20):
        duties = [
            CreateRecurring(description=f"Duty {number + offset}", cron_expression="0 9 * * *") for offset in range(20)
        ]
        await asyncio.gather(*(system.ask(subjects.CREATE_RECURRING, duty) for duty in duties))


@pytest.mark.requirement("R-REL-4")
@pytest.mark.requirement("R-GEN-3")
async def test_a_broker_and_a_database_killed_while_windows_come_in_cost_none(
    tmp_path: Path, settings: Settings
) -> None:
    broker, database = await asyncio.gather(start_nats(tmp_path), start_mongod(tmp_path))
    mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(database.url)
    work = mongo[f"{settings.mongo_prefix}_work"]
    own = {"nats_url": SecretStr(broker.url), "mongo_url": SecretStr(database.url)}
    virtual = {"clock": instant("2028-02-02 08:00"), "test_control": True}

    async def made(date: str, number: int = DUTIES) -> None:
        async def they_are_made() -> bool:
            return await work["windows"].count_documents({"date": date, "outcome": "generated"}) >= number

        await eventually(they_are_made, within=60)
        if number == DUTIES:
            assert await work["tasks"].count_documents({"window_date": date}) == number

    try:
        async with system_on(settings.model_copy(update=own | virtual)) as system:
            await system.start(Service.WORK, Service.SCHEDULER)
            await create_duties(system)

            await system.set_clock("2028-02-02 09:00")
            await made("2028-02-02", 1)
            broker.child.process.kill()
            await broker.child.wait()
            broker = await start_nats(tmp_path, broker.port)
            await made("2028-02-02")

            await system.set_clock("2028-02-03 09:00")
            await made("2028-02-03", 1)
            database.child.process.kill()
            await database.child.wait()
            database = await start_mongod(tmp_path, database.port)
            await made("2028-02-03")
    finally:
        await mongo.close()
        await asyncio.gather(broker.child.stop(), database.child.stop())
