"""A service that stops first answers what it has taken."""

import asyncio

import pytest
from nats.aio.client import Client

from contracts.home import GetHome, Home
from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, GET_HOME
from contracts.values import Service
from services.kit import broker, serving
from services.kit.refused import Refused
from services.work.generation.generator import Generator, Handled
from services.work.generation.records import Asked
from services.work.streams import CONSUMER, WINDOWS
from tests.system import System, eventually

ASKERS = 4


async def test_who_asks_while_work_stops_is_answered_or_told_at_once(system: System) -> None:
    """What was taken and then dropped would leave its asker waiting for as long as a request may take."""
    answered = asyncio.Event()

    async def ask() -> Home:
        home = await broker.ask(system.client, GET_HOME, GetHome())
        answered.set()
        return home

    async def ask_until_away() -> str:
        try:
            while True:
                await ask()
        except broker.Unavailable as away:
            return type(away.__cause__).__name__
        except Refused:
            return "refused"

    asking = [asyncio.create_task(ask_until_away()) for _ in range(ASKERS)]
    await answered.wait()
    await system.stop(Service.WORK)
    assert await asyncio.gather(*asking) == ["NoRespondersError"] * ASKERS


@pytest.mark.requirement("R-REL-2")
async def test_what_was_fetched_and_not_begun_goes_to_the_next_worker_at_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next messages come in while two batches are handled; kept, they would wait for ``ack_wait``: 30 s."""
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    duties = [(await system.ask(CREATE_RECURRING, duty)).id for _ in range(4)]
    begun, may_go_on = asyncio.Semaphore(0), asyncio.Event()
    handle = Generator.handle

    async def slow(self: Generator, asked: list[Asked]) -> list[Handled]:
        begun.release()
        await may_go_on.wait()
        return await handle(self, asked)

    monkeypatch.setattr(Generator, "handle", slow)
    stream = system.client.jetstream()
    for id in duties[:2]:
        await stream.publish(f"dataops.window.due.recurring.{id}.2028-02-02", b"")
        await begun.acquire()
    for id in duties[2:]:
        await stream.publish(f"dataops.window.due.recurring.{id}.2028-02-02", b"")

    async def the_others_are_held() -> bool:
        return (await stream.consumer_info(WINDOWS, CONSUMER)).num_ack_pending == 4

    await eventually(the_others_are_held)
    stopping = asyncio.create_task(system.stop(Service.WORK))
    await asyncio.sleep(0)  # the signal has come
    may_go_on.set()
    await stopping
    monkeypatch.undo()
    await system.start(Service.WORK)
    await system.windows_drained()
    assert sorted(task.recurring_config_id or "" for task in await system.tasks_on("2028-02-02")) == sorted(duties)


async def test_second_cancel_while_stopping_leaves_no_connection(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal that comes twice, or a service that is stopped while it ends by itself."""
    opened: asyncio.Queue[Client] = asyncio.Queue()
    stopping, never = asyncio.Event(), asyncio.Event()

    async def serve() -> None:
        async with broker.connect(system.settings, Service.WORK) as one:
            await one.start()
            await opened.put(one.connection)
            await never.wait()

    async def handle_what_came(*_: object, **__: object) -> None:
        stopping.set()
        await never.wait()

    monkeypatch.setattr(serving, "handle_what_came", handle_what_came)
    task = asyncio.create_task(serve())
    client = await opened.get()
    task.cancel()
    await stopping.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert client.is_closed
