"""What a database was asked, and what each answer cost it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from services.kit.mongo.driver import Database, Row


@asynccontextmanager
async def profiled(database: Database, **only: str) -> AsyncGenerator[list[Row]]:
    """The operations inside, those with these values, in a list that is filled on leaving. What earlier tests left in
    the profile and in the cache of plans is gone: databases are emptied between tests, and these parts are not."""
    await database["system.profile"].drop()
    for name in await database.list_collection_names():
        await database.command("planCacheClear", name)
    await database.command("profile", 2)
    operations: list[Row] = []
    try:
        yield operations
    finally:
        await database.command("profile", 0)
    operations += await database["system.profile"].find(only).to_list(None)
