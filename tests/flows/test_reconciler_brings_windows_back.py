"""A broker whose storage was wiped while work was away costs no window."""

import asyncio

import pytest

from contracts import subjects
from contracts.notifications import ListNotifications, Notification
from contracts.recurring import CreateRecurring
from contracts.subjects import CLOCK_MINUTE
from contracts.values import Service
from services.work.generation.consumer import WindowConsumer
from tests.system import System, eventually


async def take_nothing(consumer: WindowConsumer) -> None:
    """Work answers, but takes no window: they are gone before it sees them."""
    consumer.waiting_for = None
    await asyncio.Event().wait()


@pytest.mark.requirement("R-REL-1")
@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize("wiped_by", ["purge", "deletion"])
async def test_windows_that_a_wiped_broker_forgot_come_back_and_one_notice_says_so(
    idle: System, wiped_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = idle
    with monkeypatch.context() as changed:
        changed.setattr(WindowConsumer, "run", take_nothing)
        await system.start(Service.WORK, Service.SCHEDULER, Service.NOTIFIER)
    for number in range(5):
        duty = CreateRecurring(description=f"Duty {number}", cron_expression="0 9 * * *")
        await system.ask(subjects.CREATE_RECURRING, duty)
    stream = system.client.jetstream()
    minutes = await system.client.subscribe(CLOCK_MINUTE.subject)
    for minute in ("08:30", "09:00", "09:10"):
        await system.set_clock(f"2028-02-02 {minute}")
        await minutes.next_msg(timeout=10)
    assert (await stream.stream_info("WINDOWS")).state.messages == 5
    await (stream.purge_stream("WINDOWS") if wiped_by == "purge" else stream.delete_stream("WINDOWS"))
    await system.stop(Service.WORK)
    await system.start(Service.WORK)
    await system.set_clock("2028-02-02 09:20")

    async def five_tasks() -> bool:
        return len(await system.tasks_on("2028-02-02")) == 5

    await eventually(five_tasks, within=30)

    async def notifications() -> list[Notification]:
        page = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())
        return [one for one in page.items if "had no record" in one.message]

    async def is_notified() -> bool:
        return bool(await notifications())

    await eventually(is_notified)
    [notification] = await notifications()
    assert "Created late, with the original date: 5 scheduled dates." in notification.message
