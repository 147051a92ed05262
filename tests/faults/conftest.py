"""Servers without services, what work has stored on them, and transactions of the dead that do not last."""

from collections.abc import AsyncGenerator

import pytest

from services.kit.settings import Settings
from tests.servers import MongoClient
from tests.system import System, instant, system_on


@pytest.fixture
async def servers_only(settings: Settings) -> AsyncGenerator[System]:
    """On Wednesday 2 February 2028, in the morning."""
    virtual = {"clock": instant("2028-02-02 08:00"), "test_control": True, "portal_port": 0}
    async with system_on(settings.model_copy(update=virtual)) as system:
        yield system


class Stored:
    """What lies in work's database, read without asking work."""

    def __init__(self, mongo: MongoClient, settings: Settings) -> None:
        self.database = mongo[f"{settings.mongo_prefix}_work"]

    async def count(self, collection: str, **query: object) -> int:
        return await self.database[collection].count_documents(query)

    async def counts(self, *collections: str) -> tuple[int, ...]:
        return tuple([await self.count(one) for one in collections])


@pytest.fixture
def stored(mongo: MongoClient, settings: Settings) -> Stored:
    return Stored(mongo, settings)


@pytest.fixture
async def brief_transactions(mongo: MongoClient) -> AsyncGenerator[None]:
    """One whose owner is dead or stopped holds its documents for a second."""
    limit = "transactionLifetimeLimitSeconds"
    before = (await mongo.admin.command({"getParameter": 1, limit: 1}))[limit]
    await mongo.admin.command({"setParameter": 1, limit: 1})
    yield
    await mongo.admin.command({"setParameter": 1, limit: before})
