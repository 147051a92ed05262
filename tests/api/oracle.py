"""What a refused request must leave alone: nothing stored is another, nobody is told, and the next request works."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from tests.system import System


@asynccontextmanager
async def nothing_happens(system: System, api: httpx.AsyncClient) -> AsyncGenerator[None]:
    told = await system.client.subscribe("dataops.event.>")
    before = await _stored(system)
    yield
    assert await _stored(system) == before
    await system.client.flush()
    assert told.pending_msgs == 0
    await told.unsubscribe()
    assert (await api.get("/api/tasks?status=todo")).status_code == 200


async def _stored(system: System) -> dict[str, list[dict[str, Any]]]:
    """Every document of work, but for the tick that only says that a scheduler lives."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.settings.mongo_url.get_secret_value())
    try:
        database = client[f"{system.settings.mongo_prefix}_work"]
        names = sorted(await database.list_collection_names())
        return {name: await database[name].find().sort("_id").to_list() for name in names if name != "ticks"}
    finally:
        await client.close()
