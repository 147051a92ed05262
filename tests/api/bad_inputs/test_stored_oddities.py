"""Group R: whatever stands in a stored document, every page and API route that only reads still answers."""

import datetime as dt
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import cycle, zip_longest
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from tests.api.bad_inputs.world import World
from tests.support.routes import declared

pytestmark = pytest.mark.requirement("R-SEC-3")

LONG_GONE, LAST = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
ODDITIES: dict[str, Any] = {
    "missing": None,
    "null": {"$literal": None},
    "a number": 5,
    "a text": "banana",
    "an object": {"$literal": {"x": 1}},
    "a list": [1, {"$literal": {"x": None}}],
    "year 1": LONG_GONE,
    "year 9999": LAST,
    "a date of year 1": "0001-01-01",
    "a date of year 9999": "9999-12-31",
}
COLLECTIONS = {
    "work": ("tasks", "bundles", "recurring", "templates", "files", "artifacts", "windows", "history"),
    "notifier": ("notifications",),
}
PATHS = {
    "task_id": ("task", "waiting", "done", "step"),
    "bundle_id": ("bundle",),
    "config_id": ("config",),
    "template_id": ("template",),
    "schedule_id": ("config", "template"),
    "file_id": ("file",),
    "artifact_id": ("artifact",),
}
_LEFT_OUT = ("/live", "/assets/", "/export/archive", "/api/export", "/sign-in")
QUERIES = {
    "/": ("?scope=everyone",),
    "/api/tasks": ("?status=todo", "?status=waiting", "?status=done", "?date=2028-02-02"),
    "/api/notifications": ("?all=true",),
    "/notifications": ("?all=true",),
    "/recurring": ("?status=archived",),
    "/tasks": ("?status=done", "?due=overdue", "?assignee=everyone"),
}


def addresses(world: World) -> list[str]:
    """Every GET route with the ids of what is there, both kinds of schedule, and filters that read something else."""
    found: list[str] = []
    for method, pattern in declared():
        if method != "GET" or pattern.startswith(_LEFT_OUT):
            continue
        paths = [pattern.replace(":str", "")]
        for name, things in PATHS.items():
            mark = "{" + name + "}"
            paths = [
                path.replace(mark, world.ids[thing]).replace(
                    "{kind}", "template" if thing == "template" else "recurring"
                )
                for path in paths
                for thing in (things if mark in path else things[:1])
            ]
        found += paths
    return sorted({*found, *(path + query for path, queries in QUERIES.items() for query in queries)})


def stored(world: World, service: str, collection: str) -> Any:
    return world.system.mongo[f"{world.system.settings.mongo_prefix}_{service}"][collection]


async def rounds_of(world: World) -> list[list[tuple[str, str, str]]]:
    """Every field that a document of a collection has, as service, collection and name: one of each collection a round,
    so that the walk is as long as the longest document."""
    fields: list[list[tuple[str, str, str]]] = []
    for service, collections in COLLECTIONS.items():
        for collection in collections:
            names: set[str] = set()
            async for document in stored(world, service, collection).find():
                names |= document.keys() - {"_id"}
            fields.append([(service, collection, name) for name in sorted(names)])
    return [[one for one in together if one] for together in zip_longest(*fields)]


@asynccontextmanager
async def corrupted(world: World, service: str, collection: str, field: str, value: Any) -> AsyncGenerator[None]:
    """All documents of the collection with this in the field, where its indexes allow it; afterwards as they were."""
    documents = stored(world, service, collection)
    before = await documents.find().to_list(None)
    change: Any = [{"$unset": field}] if value is None else [{"$set": {field: value}}]
    for document in before:
        with suppress(OperationFailure):
            await documents.update_one({"_id": document["_id"]}, change)
    try:
        yield
    finally:
        for document in before:
            await documents.replace_one({"_id": document["_id"]}, document, upsert=True)


async def assert_every_address_answers(world: World, oddity_of: Callable[[], str]) -> None:
    """Every field of every collection gets an oddity, one field of each collection at a time."""
    paths = addresses(world)
    clients = {path: world.api if path.startswith("/api") else world.boss.client for path in paths}
    # A cron that cannot be read has no next dates: the reason is the answer.
    refusing = {path: {400} if path.endswith("/upcoming") else set[int]() for path in paths}
    expected = {path: refusing[path] | {(await client.get(path)).status_code, 404} for path, client in clients.items()}
    failed: list[str] = []
    for together in await rounds_of(world):
        async with AsyncExitStack() as stack:
            chosen = [(*one, oddity_of()) for one in together]
            for service, collection, field, oddity in chosen:
                await stack.enter_async_context(corrupted(world, service, collection, field, ODDITIES[oddity]))
            for path, client in clients.items():
                reply = await client.get(path)
                if reply.status_code not in expected[path]:
                    failed.append(f"{reply.status_code} {path} {[f'{one[1]}.{one[2]}: {one[3]}' for one in chosen]}")
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("sample", [pytest.param(ODDITIES, id="R: one in each field")])
async def test_no_page_fails_over_one_oddity_in_each_field(world: World, sample: dict[str, Any]) -> None:
    in_turn = cycle(sample)
    await assert_every_address_answers(world, lambda: next(in_turn))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("oddity", [pytest.param(name, id=f"R: {name}") for name in ODDITIES])
async def test_no_page_fails_over_an_oddity_in_any_field(world: World, oddity: str) -> None:
    await assert_every_address_answers(world, lambda: oddity)
