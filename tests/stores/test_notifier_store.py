"""Notifications on a real database: once per cause, newest first, to whom they concern."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from contracts.notifications import Severity
from contracts.values import Service
from services.kit.mongo import connection
from services.kit.mongo.indexes import create_indexes
from services.kit.settings import Settings
from services.notifier.notices import NewNotification, NotificationType
from services.notifier.store import INDEXES, NotificationStore, position

NINE = dt.datetime(2028, 3, 13, 9, tzinfo=dt.UTC)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[NotificationStore]:
    async with connection.connect(settings, Service.NOTIFIER) as database:
        await create_indexes(database, INDEXES)
        yield NotificationStore(database)


def notification(cause: str, *, minute: int = 0, user_id: str | None = None) -> NewNotification:
    return NewNotification(
        cause=cause,
        type=NotificationType.RECURRING_DUE,
        severity=Severity.INFO,
        message=cause,
        at=NINE + dt.timedelta(minutes=minute),
        due_at="2028-03-13",
        user_id=user_id,
        task_id="task-1",
        metadata={"generatedDate": "2028-03-13"},
    )


async def messages(store: NotificationStore, user_id: str | None = None, *, with_dismissed: bool = False) -> list[str]:
    found = await store.newest(user_id, with_dismissed=with_dismissed, after=None, limit=100)
    return [notification.message for notification in found]


@pytest.mark.requirement("R-NOT-1")
async def test_however_many_raise_a_cause_at_once_it_is_raised_once(store: NotificationStore) -> None:
    results = await asyncio.gather(*(store.add_new([notification("one"), notification("two")]) for _ in range(8)))

    assert sum(len(ids) for ids in results) == 2
    assert sorted(await messages(store)) == ["one", "two"]


async def test_what_was_raised_is_read_back_as_the_api_shows_it(store: NotificationStore) -> None:
    [id] = await store.add_new([notification("one", user_id="valeria")])

    [shown] = await store.newest(None, with_dismissed=False, after=None, limit=100)

    assert shown.model_dump(exclude_none=True) == {
        "id": id,
        "message": "one",
        "type": "recurring-due",
        "severity": "info",
        "dismissed": False,
        "task_id": "task-1",
        "metadata": {"generatedDate": "2028-03-13"},
        "user_id": "valeria",
        "due_at": "2028-03-13",
        "created_at": NINE,
    }


@pytest.mark.requirement("R-NOT-4")
async def test_a_user_sees_their_own_and_everyones_newest_first(store: NotificationStore) -> None:
    await store.add_new(
        [
            notification("hers", minute=1, user_id="valeria"),
            notification("his", minute=2, user_id="grace"),
            notification("all", minute=3),
        ]
    )

    assert await messages(store, "valeria") == ["all", "hers"]
    assert await messages(store) == ["all", "his", "hers"]


@pytest.mark.requirement("R-NOT-4")
async def test_what_is_resolved_leaves_the_list_and_does_not_come_back(store: NotificationStore) -> None:
    [id, _] = sorted(await store.add_new([notification("one"), notification("two")]))

    assert await store.resolve([id]) == 1
    assert await store.resolve([id]) == 0
    assert await store.add_new([notification("one"), notification("two")]) == []

    assert len(await messages(store)) == 1
    everything = await store.newest(None, with_dismissed=True, after=None, limit=100)
    assert [one.dismissed for one in everything] == [False, True]
    assert [one.id for one in await store.standing([NotificationType.RECURRING_DUE])] != [id]


@pytest.mark.requirement("R-NOT-4")
async def test_what_one_user_dismissed_stays_for_the_others(store: NotificationStore) -> None:
    [id] = await store.add_new([notification("for all")])

    shown = await store.dismiss(id, "valeria")

    assert shown is not None
    assert shown.dismissed
    assert await messages(store, "valeria") == []
    assert await messages(store, "valeria", with_dismissed=True) == ["for all"]
    assert await messages(store, "grace") == ["for all"]
    assert await messages(store) == ["for all"]
    assert await store.dismiss(id, "valeria") == shown


@pytest.mark.requirement("R-NOT-4")
async def test_nobody_dismisses_what_is_somebody_elses(store: NotificationStore) -> None:
    [id] = await store.add_new([notification("hers", user_id="valeria")])

    assert await store.dismiss(id, "grace") is None
    assert await store.dismiss("no-such-notification", "grace") is None
    assert await messages(store, "valeria") == ["hers"]


@pytest.mark.requirement("R-NOT-4")
async def test_dismissing_all_counts_what_the_user_saw_and_leaves_the_rest_to_others(store: NotificationStore) -> None:
    ids = await store.add_new(
        [notification("hers", user_id="valeria"), notification("his", user_id="grace"), notification("all")]
    )
    assert len(ids) == 3

    assert await store.dismiss_all("valeria") == 2
    assert await store.dismiss_all("valeria") == 0

    assert await messages(store, "valeria") == []
    assert sorted(await messages(store, "grace")) == ["all", "his"]
    assert await store.dismiss_all(None) == 3
    assert await messages(store, "grace") == []


@pytest.mark.requirement("R-NOT-4")
async def test_of_everything_the_undismissed_come_first_each_part_newest_first(store: NotificationStore) -> None:
    await store.add_new([notification(f"cause-{minute}", minute=minute) for minute in range(6)])
    ids = {one.message: one.id for one in await store.newest(None, with_dismissed=False, after=None, limit=100)}
    await store.dismiss(ids["cause-5"], "valeria")
    await store.dismiss(ids["cause-1"], "valeria")
    await store.resolve([ids["cause-3"]])

    assert await messages(store, "valeria", with_dismissed=True) == [f"cause-{number}" for number in (4, 2, 0, 5, 3, 1)]


async def test_pages_join_to_the_whole_list_also_at_equal_times(store: NotificationStore) -> None:
    ids = await store.add_new([notification(f"cause-{number}", minute=number // 3) for number in range(11)])
    await store.resolve(ids[:2])
    await store.dismiss(ids[2], "valeria")
    await store.dismiss(ids[7], "valeria")
    whole = await store.newest("valeria", with_dismissed=True, after=None, limit=100)

    paged, after = whole[:0], None
    while page := await store.newest("valeria", with_dismissed=True, after=after, limit=3):
        paged, after = paged + page, position(page[-1])

    assert paged == whole
    assert len(whole) == 11


async def test_what_is_known_better_now_is_said_in_place(store: NotificationStore) -> None:
    [id] = await store.add_new([notification("one")])
    await store.dismiss(id, "valeria")

    await store.reword({id: replace(notification("one"), message="one, for three dates", user_id="grace")})

    [shown] = await store.newest("grace", with_dismissed=False, after=None, limit=100)
    assert (shown.id, shown.message, shown.user_id) == (id, "one, for three dates", "grace")
    assert await messages(store, "valeria") == []


@pytest.mark.parametrize("after", ["", "nonsense", "0/yesterday/x", "x/2028-03-13T09:00:00+00:00/x"])
async def test_a_position_that_is_none_is_refused(store: NotificationStore, after: str) -> None:
    with pytest.raises(ValueError, match="not a position"):
        await store.newest(None, with_dismissed=False, after=after, limit=10)


async def test_cursor_is_where_the_last_reading_began(store: NotificationStore) -> None:
    assert await store.cursor() is None
    for read_until in (NINE, NINE + dt.timedelta(days=3), NINE):
        await store.move_cursor(read_until)
        assert await store.cursor() == read_until


@pytest.mark.requirement("R-NOT-4")
async def test_what_is_for_no_active_user_is_for_everyone(store: NotificationStore) -> None:
    """A deactivated user and an id that is no user look alike: they are not among the active ones."""
    await store.add_new(
        [notification(name, user_id=name) for name in ("valeria", "grace", "deactivated", "no-user", "")]
        + [notification("all")]
    )
    seen_by_valeria = ["", "all", "deactivated", "no-user", "valeria"]

    found = await store.newest("valeria", ["grace"], with_dismissed=False, after=None, limit=10)
    assert sorted(one.message for one in found) == seen_by_valeria
    assert await store.unread("valeria", ["grace"], limit=10) == 5
    assert sorted(await messages(store, "valeria")) == ["all", "valeria"], "without saying who is active"

    [hers] = [one for one in found if one.message == "deactivated"]
    assert await store.dismiss(hers.id, "valeria") is None
    assert await store.dismiss(hers.id, "valeria", ["grace", "deactivated"]) is None, "active again"
    assert await store.dismiss(hers.id, "valeria", ["grace"]) is not None
    assert await store.dismiss_all("valeria", ["grace"]) == 4
    left = await store.newest("grace", ["valeria"], with_dismissed=False, after=None, limit=10)
    assert sorted(one.message for one in left) == ["", "all", "deactivated", "grace", "no-user"]
    everything = await store.newest("valeria", ["grace"], with_dismissed=True, after=None, limit=10)
    assert sorted(one.message for one in everything) == seen_by_valeria
    await store.resolve([hers.id])
    everything = await store.newest("grace", ["valeria"], with_dismissed=True, after=None, limit=10)
    assert "deactivated" in [one.message for one in everything]


@pytest.mark.requirement("R-NOT-4")
async def test_an_announcement_returns_once_its_task_came_back(store: NotificationStore) -> None:
    [id] = await store.add_new([notification("one")])
    await store.dismiss_all("valeria")
    later = NINE + dt.timedelta(hours=1)
    assert await store.announce_again({"task-1": later}) == [], "it is still there"
    await store.resolve([id])

    assert await store.announce_again({"task-2": later, "task-1": later}) == [id]
    assert await store.announce_again({"task-1": later}) == []

    [shown] = await store.newest("valeria", with_dismissed=False, after=None, limit=10)
    assert (shown.id, shown.created_at, shown.dismissed) == (id, later, False)


@pytest.mark.requirement("R-NOT-4")
async def test_unread_counts_what_the_user_would_see_up_to_a_limit(store: NotificationStore) -> None:
    for_all = await store.add_new([notification(f"all {minute}", minute=minute) for minute in range(6)])
    await store.add_new([notification("mine", user_id="valeria"), notification("theirs", user_id="grace")])
    assert await store.unread("valeria", limit=100) == 7
    await store.dismiss(for_all[0], "valeria")
    await store.dismiss(for_all[1], "grace")
    await store.resolve([for_all[2]])
    assert await store.unread("valeria", limit=100) == 5
    assert await store.unread("valeria", limit=3) == 3
    await store.dismiss_all("valeria")
    assert (await store.unread("valeria", limit=100), await store.unread("grace", limit=100)) == (0, 5)
