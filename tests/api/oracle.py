"""What a refused request must leave alone: nothing stored is another, nobody is told, and the next request works."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from tests.servers import hashes
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
    before = await _stored(system)
    yield
    assert await _stored(system) == before
    await system.client.flush()
    assert [one.pending_msgs for one in subscriptions] == [0] * len(_EVENT_SUBJECTS)
    for one in subscriptions:
        await one.unsubscribe()
    assert (await api.get("/api/tasks?status=todo")).status_code == 200


async def _stored(system: System) -> dict[str, str]:
    """A hash of each collection, but for that of the tick that only says that a scheduler lives."""
    found: dict[str, str] = {}
    for service, collections in _STORED.items():
        of_service = await hashes(system.mongo[f"{system.settings.mongo_prefix}_{service}"])
        for name in collections or of_service.keys() - {"ticks"}:
            found[f"{service}.{name}"] = of_service.get(name, "")
    return found
