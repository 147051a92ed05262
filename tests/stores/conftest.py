"""Stores of work on a real MongoDB, each test in a database of its own."""

from collections.abc import AsyncGenerator

import pytest

from services.kit import mongo
from services.kit.settings import Settings


@pytest.fixture
async def database(settings: Settings) -> AsyncGenerator[mongo.Database]:
    async with mongo.connect(settings, "work") as database:
        yield database
