"""What a refused request must leave alone: nothing stored is another, nobody is told, and the next request works."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from tests.system import System

_STORED = {
    "work": None,
    "portal": ("users", "generations", "uploads_noted", "uploads.files", "uploads.chunks"),
}
"""All of work, and of the portal what does not say who tried what and when. The notifier only follows work, later."""

_EVENT_SUBJECTS = tuple(
    f"dataops.{kind}.>" for kind in ("event.task", "event.bundle", "event.schedule", "window", "dead")
)


@asynccontextmanager
async def nothing_happens(system: System, api: httpx.AsyncClient) -> AsyncGenerator[None]:
    subscriptions = [await system.client.subscribe(subject) for subject in _EVENT_SUBJECTS]
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.settings.mongo_url.get_secret_value())
    async with client:
        before = await _stored(system, client)
        yield
        assert await _stored(system, client) == before
    await system.client.flush()
    assert [one.pending_msgs for one in subscriptions] == [0] * len(_EVENT_SUBJECTS)
    for one in subscriptions:
        await one.unsubscribe()
    assert (await api.get("/api/tasks?status=todo")).status_code == 200


async def _stored(system: System, client: AsyncMongoClient[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Every document, but for the tick that only says that a scheduler lives."""
    found: dict[str, list[dict[str, Any]]] = {}
    for service, collections in _STORED.items():
        database = client[f"{system.settings.mongo_prefix}_{service}"]
        for name in collections or sorted(await database.list_collection_names()):
            if name != "ticks":
                found[f"{service}.{name}"] = await database[name].find().sort("_id").to_list()
    return found
