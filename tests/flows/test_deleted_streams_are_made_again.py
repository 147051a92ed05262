"""Somebody deletes a stream or the consumer while work runs: work makes it again, and nothing is lost."""

import pytest

from contracts import subjects
from contracts.notifications import ListNotifications
from contracts.recurring import CreateRecurring
from contracts.values import Kind, Service
from contracts.windows import ListWindows
from services.work import streams
from services.work.streams import ADVISORIES, CONSUMER, DEAD_LETTERS, WINDOWS
from tests.system import System, eventually

SERVICES = (Service.WORK, Service.SCHEDULER, Service.NOTIFIER)


async def delete(system: System, name: str) -> None:
    stream = system.client.jetstream()
    await (stream.delete_consumer(WINDOWS, CONSUMER) if name == CONSUMER else stream.delete_stream(name))


@pytest.mark.requirement("R-REL-4")
@pytest.mark.requirement("R-REL-5")
@pytest.mark.parametrize(
    ("deleted", "named"),
    [
        ((CONSUMER,), ("consumer work",)),
        ((WINDOWS,), ("stream WINDOWS",)),
        ((DEAD_LETTERS,), ("stream DEAD_LETTERS",)),
        ((ADVISORIES,), ("stream ADVISORIES",)),
        ((WINDOWS, DEAD_LETTERS, ADVISORIES), ("stream WINDOWS", "stream DEAD_LETTERS", "stream ADVISORIES")),
    ],
    ids="+".join,
)
async def test_what_was_deleted_is_made_again_and_told_once(
    idle: System, deleted: tuple[str, ...], named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_LOOK_SECONDS", 0.5)
    system = idle
    await system.start(*SERVICES)
    command = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    id = (await system.ask(subjects.CREATE_RECURRING, command)).id
    await system.clock_to("2028-02-02 09:00")
    assert (await system.home()).streams_made_again is None
    for name in deleted:
        await delete(system, name)

    async def is_on_home() -> bool:
        again = (await system.home()).streams_made_again
        return again is not None and set(again.names) == set(named)

    await eventually(is_on_home)
    for day in (3, 4):
        await system.clock_to(f"2028-02-0{day} 09:00")
        assert len(await system.tasks_on(f"2028-02-0{day}")) == 1
    await system.publish_window("dataops.window.due.recurring.nobody.2028-02-02")
    assert [letter["reason"] for letter in await system.dead_letters()] == ["not_scheduled"]
    rows = (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id=id))).items
    assert [row.outcome for row in rows] == ["generated"] * 3

    async def is_notified_once() -> bool:
        return await count_notifications(system) == 1

    await eventually(is_notified_once)


async def count_notifications(system: System) -> int:
    page = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())
    return sum(one.message.startswith("Deleted from the message broker") for one in page.items)
