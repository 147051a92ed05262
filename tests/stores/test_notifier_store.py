"""Notifications on a real database: once per cause, newest first, to whom they concern."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from contracts.values import Service
from services.kit import mongo
from services.kit.settings import Settings
from services.notifier.rules import NotificationType, Raise
from services.notifier.store import INDEXES, NotificationStore, position

NINE = dt.datetime(2028, 3, 13, 9, tzinfo=dt.UTC)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[NotificationStore]:
    async with mongo.connect(settings, Service.NOTIFIER) as database:
        await mongo.create_indexes(database, INDEXES)
        yield NotificationStore(database)


def told(cause: str, *, minute: int = 0, user_id: str | None = None) -> Raise:
    return Raise(
        cause=cause,
        type=NotificationType.RECURRING_DUE,
        message=cause,
        at=NINE + dt.timedelta(minutes=minute),
        due_on=NINE.date(),
        user_id=user_id,
        task_id="task-1",
        metadata={"generatedDate": "2028-03-13"},
    )


def failure(window_id: str, code: str = "invalid") -> Raise:
    return Raise(
        cause=f"failure:{window_id}:{code}",
        type=NotificationType.AUTOMATION_FAILURE,
        message="failed",
        at=NINE,
        due_on=NINE.date(),
        window_id=window_id,
    )


async def messages(store: NotificationStore, user_id: str | None = None, *, with_resolved: bool = False) -> list[str]:
    found = await store.newest(user_id, with_resolved=with_resolved, after=None, limit=100)
    return [notification.message for notification in found]


@pytest.mark.requirement("R-NOT-1")
async def test_however_many_raise_a_cause_at_once_it_is_raised_once(store: NotificationStore) -> None:
    results = await asyncio.gather(*(store.raise_each([told("one"), told("two")]) for _ in range(8)))

    assert sum(len(ids) for ids in results) == 2
    assert sorted(await messages(store)) == ["one", "two"]


async def test_what_was_raised_is_read_back_as_the_api_shows_it(store: NotificationStore) -> None:
    [id] = await store.raise_each([told("one", user_id="valeria")])

    [shown] = await store.newest(None, with_resolved=False, after=None, limit=100)

    assert shown.model_dump(exclude_none=True) == {
        "id": id,
        "message": "one",
        "type": "recurring-due",
        "dismissed": False,
        "task_id": "task-1",
        "metadata": {"generatedDate": "2028-03-13"},
        "user_id": "valeria",
        "due_at": "2028-03-13",
        "created_at": NINE,
    }


@pytest.mark.requirement("R-NOT-4")
async def test_a_user_sees_their_own_and_everyones_newest_first(store: NotificationStore) -> None:
    await store.raise_each(
        [told("hers", minute=1, user_id="valeria"), told("his", minute=2, user_id="grace"), told("all", minute=3)]
    )

    assert await messages(store, "valeria") == ["all", "hers"]
    assert await messages(store) == ["all", "his", "hers"]


@pytest.mark.requirement("R-NOT-3")
async def test_a_resolved_failure_leaves_the_list_and_does_not_come_back(store: NotificationStore) -> None:
    await store.raise_each([failure("recurring:slack:2028-03-13"), failure("recurring:cards:2028-03-13")])

    assert await store.resolve_failures(["recurring:slack:2028-03-13"]) == 1
    assert await store.raise_each([failure("recurring:slack:2028-03-13")]) == []

    [left] = await store.newest(None, with_resolved=False, after=None, limit=100)
    assert [one.dismissed for one in await store.newest(None, with_resolved=True, after=None, limit=100)] == [
        False,
        True,
    ]
    assert not left.dismissed


async def test_pages_join_to_the_whole_list_also_at_equal_times(store: NotificationStore) -> None:
    await store.raise_each([told(f"cause-{number}", minute=number // 3) for number in range(10)])
    await store.raise_each([failure("recurring:slack:2028-03-13")])
    await store.resolve_failures(["recurring:slack:2028-03-13"])
    whole = await store.newest(None, with_resolved=True, after=None, limit=100)

    paged, after = whole[:0], None
    while page := await store.newest(None, with_resolved=True, after=after, limit=3):
        paged, after = paged + page, position(page[-1])

    assert paged == whole
    assert len(whole) == 11


@pytest.mark.parametrize("after", ["", "nonsense", "0/yesterday/x", "x/2028-03-13T09:00:00+00:00/x"])
async def test_a_position_that_is_none_is_refused(store: NotificationStore, after: str) -> None:
    with pytest.raises(ValueError, match="not a position"):
        await store.newest(None, with_resolved=False, after=after, limit=10)


async def test_the_cursor_only_goes_on(store: NotificationStore) -> None:
    assert await store.cursor() is None
    await store.move_cursor(NINE)
    await store.move_cursor(NINE - dt.timedelta(hours=1))

    assert await store.cursor() == NINE
