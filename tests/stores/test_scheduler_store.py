"""The scheduler's memory on a real database."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from contracts.values import Service
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.scheduler.store import ProgressStore

NINE = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[ProgressStore]:
    async with connection.connect(settings, Service.SCHEDULER) as database:
        yield ProgressStore(database)


async def test_before_the_first_tick_it_knows_nothing(store: ProgressStore) -> None:
    assert (await store.progress()).published is None


@pytest.mark.requirement("R-REL-3")
async def test_the_cursor_never_goes_back(store: ProgressStore) -> None:
    await store.move_published(NINE)
    await store.move_published(NINE - dt.timedelta(days=1))

    assert (await store.progress()).published == NINE


@pytest.mark.requirement("R-REL-2")
async def test_of_many_first_moves_at_once_the_furthest_counts(store: ProgressStore) -> None:
    await asyncio.gather(*(store.move_published(NINE + dt.timedelta(minutes=minutes)) for minutes in range(20)))

    assert (await store.progress()).published == NINE + dt.timedelta(minutes=19)
