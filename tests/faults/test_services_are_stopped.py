"""Services stand still (SIGSTOP) in the middle of what they do: others notice, and when they go on nothing is lost or
made twice."""

import asyncio
import datetime as dt
import signal
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.notifications import CountUnread, NotificationRaised
from contracts.subjects import NOTIFICATION_RAISED, WINDOW_DUE, WINDOWS_FINISHED
from contracts.tasks import CreateTask
from contracts.values import Service
from services.kit import broker
from services.kit.clock import Clock
from services.kit.unavailable import Unavailable
from services.work import streams
from services.work.streams import CONSUMER, WINDOWS
from tests.api.people import add_person, browser_of
from tests.faults.conftest import Stored
from tests.faults.duties import (
    DUTIES,
    STEPS,
    count_finished,
    create_duties,
    create_template,
    each_is_made_once,
    redeliveries,
)
from tests.faults.service_process import service_process, stands_still
from tests.system import System, eventually, instant

SILENT = "The scheduler is silent"


async def all_come_again(client: Client) -> None:
    """Return when the broker has sent every duty a second time, though nobody moved."""

    async def they_came() -> bool:
        info = await client.jetstream().consumer_info(WINDOWS, CONSUMER)
        return info.num_redelivered == info.num_ack_pending == DUTIES

    await eventually(they_came)


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-GEN-4")
@pytest.mark.requirement("R-REL-4")
@pytest.mark.usefixtures("brief_transactions")
async def test_work_stopped_inside_a_run_and_inside_a_batch_makes_each_once_alone_and_beside_another(
    servers_only: System, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, stream = servers_only, servers_only.client.jetstream()
    monkeypatch.setattr(streams, "ACK_WAIT_SECONDS", 1.0)
    finished = await system.client.subscribe(WINDOWS_FINISHED.subject)

    async def another_goes_on() -> bool:
        return await stored.count("windows", date="2028-02-03") > 0

    points = ("inside_run", "before_insert", "between_inserts")
    async with service_process(system, Service.WORK, signal.SIGSTOP, *points) as stopped:
        template, duties = await create_template(system), await create_duties(system)

        await stream.publish(f"dataops.window.due.template.{template}.2028-02-02", b"")
        await stands_still(stopped)
        assert await stored.counts("bundles", "tasks", "windows") == (0, 0, 0), "half a run can be read"
        await system.start(Service.WORK)
        await system.redelivered()
        await system.stop(Service.WORK)
        stopped.send_signal(signal.SIGCONT)

        await asyncio.gather(*(stream.publish(f"dataops.window.due.recurring.{id}.2028-02-03", b"") for id in duties))
        await stands_still(stopped)
        await all_come_again(system.client)
        stopped.send_signal(signal.SIGCONT)
        await stands_still(stopped)
        held = await stored.count("tasks", window_date="2028-02-03")
        assert await stored.count("windows", date="2028-02-03") == 0
        await system.start(Service.WORK)
        await eventually(another_goes_on)
        stopped.send_signal(signal.SIGCONT)
        stopped.send_signal(signal.SIGINT)  # it ends when it has finished what it had begun
        assert await asyncio.wait_for(stopped.wait(), 45) == -signal.SIGINT  # twice ten seconds of grace, and more
        await system.redelivered()

    assert await stored.counts("bundles", "tasks", "windows") == (1, STEPS + DUTIES, 1 + DUTIES)
    await each_is_made_once(stored, "2028-02-03")
    again, (published, repeated) = await redeliveries(system.client), await count_finished(finished)
    print(
        f"{held} tasks stood without ledger row; redeliveries {again}, told {published}, suppressed by index {repeated}"
    )
    assert min(held, again, repeated) > 0, "it proves nothing: nothing came twice"


@pytest.mark.requirement("R-REL-1")
@pytest.mark.requirement("R-REL-2")
async def test_a_scheduler_stopped_while_it_publishes_is_missed_and_makes_up_for_what_opened_meanwhile(
    servers_only: System, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, published = servers_only, list[str]()

    async def on_published(message: Msg) -> None:
        published.append(message.subject)

    await system.start(Service.WORK, Service.PORTAL)
    await create_duties(system)
    await system.client.subscribe(WINDOW_DUE.subject, cb=on_published)
    operator = await add_person(system.settings, "operator@example.org", "Olivia Operations")
    half = f"publication:{DUTIES // 2}"
    async with (
        service_process(system, Service.SCHEDULER, signal.SIGSTOP, half) as stopped,
        browser_of(system.portal_url, operator) as browser,
    ):
        await system.set_clock("2028-02-02 09:00")
        await stands_still(stopped)
        system.settings = system.settings.model_copy(update={"clock": (await system.home()).now})
        await system.start(Service.SCHEDULER)  # another one is quicker with the same windows
        await system.clock_to("2028-02-02 09:01")
        await each_is_made_once(stored, "2028-02-02")
        await system.stop(Service.SCHEDULER)

        last = (await system.home()).last_tick_at
        assert last is not None
        assert SILENT not in (await browser.get("/")).text
        three_minutes_on = last + dt.timedelta(minutes=3, seconds=1)
        with monkeypatch.context() as later:  # a process of its own keeps the true time, and deadlines need one time
            later.setattr(Clock, "wall", staticmethod(lambda: three_minutes_on))
            await system.set_clock("2028-02-04 09:30")
            page = (await browser.get("/")).text
        assert SILENT in page
        assert f"It last ticked {last:%a} {last.day} {last:%b %Y %H:%M}" in page
        stopped.send_signal(signal.SIGCONT)

        async def all_are_made() -> bool:
            return await stored.count("windows", outcome="generated") == 3 * DUTIES

        async def outage_is_listed() -> bool:
            return SILENT not in (await browser.get("/")).text

        await eventually(all_are_made, within=30)
        await eventually(outage_is_listed)

    for date in ("2028-02-02", "2028-02-03", "2028-02-04"):
        await each_is_made_once(stored, date)
    suppressed = len(published) - (await system.client.jetstream().stream_info(WINDOWS)).state.messages
    print(f"published {len(published)}, duplicates suppressed by the broker {suppressed}")
    assert suppressed >= DUTIES // 2, "it proves nothing: nothing came twice"


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.requirement("R-REL-4")
async def test_a_notifier_stopped_after_it_raised_tells_what_it_missed_when_it_goes_on(
    servers_only: System, mongo: AsyncMongoClient[dict[str, Any]]
) -> None:
    system, published = servers_only, Counter[str]()
    notifications = mongo[f"{system.settings.mongo_prefix}_notifier"].notifications

    async def on_raised(message: Msg) -> None:
        published.update(NotificationRaised.model_validate_json(message.data).ids)

    async def types() -> Counter[str]:
        """Of what nobody has asked for yet: who asks for the list has it brought up to date."""
        return Counter([one["type"] async for one in notifications.find({"resolved": False})])

    async def all_are_published() -> bool:
        return await types() == {"task-overdue": DUTIES, "recurring-due": DUTIES} and published.total() == 3 * DUTIES

    just_before = instant("2028-02-02 08:58:30")  # else an outage comes before the duties in what it reads
    system.settings = system.settings.model_copy(update={"clock": just_before})
    await system.start(Service.WORK, Service.SCHEDULER)
    await create_duties(system)
    await system.client.subscribe(NOTIFICATION_RAISED.subject, cb=on_raised)
    async with service_process(system, Service.NOTIFIER, signal.SIGSTOP, "after_raising") as stopped:
        await system.clock_to("2028-02-02 09:00")
        await stands_still(stopped)
        raised = await types()
        await system.start(Service.NOTIFIER)  # another one reads the same again, and raises nothing for it
        await system.stop(Service.NOTIFIER)
        await system.clock_to("2028-02-03 09:00")
        with pytest.raises(Unavailable, match="notifier does not answer"):
            await system.ask(subjects.COUNT_UNREAD, CountUnread(user_id="olivia"))
        stopped.send_signal(signal.SIGCONT)
        await eventually(all_are_published, within=30)
    print(f"raised before it stopped {raised.total()}, told in the end {published.total()}")
    assert raised.keys() == {"recurring-due"}, "it proves nothing: it did not stop in the middle"
    assert set(published.values()) == {1}


@pytest.mark.requirement("R-REL-4")
async def test_commands_sent_to_stopped_work_are_not_done_later(servers_only: System, stored: Stored) -> None:
    system, impatient = servers_only, replace(subjects.CREATE_TASK, timeout=0.5)
    new = CreateTask(description="Order the cake", date=dt.date(2028, 3, 1))
    async with service_process(system, Service.WORK, signal.SIGSTOP) as stopped:
        stopped.send_signal(signal.SIGSTOP)
        await stands_still(stopped)
        for _ in range(5):
            with pytest.raises(Unavailable):
                await broker.ask(system.client, impatient, new)
        stopped.send_signal(signal.SIGCONT)
        await system.ask(subjects.CREATE_TASK, new)
        assert await stored.count("tasks") == 1
        assert await stored.count("history", kind="task.created") == 1
