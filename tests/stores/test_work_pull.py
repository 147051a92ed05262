"""Taking messages from the durable consumer: none is lost on the way, and none is kept from the next worker."""

import asyncio
from collections.abc import AsyncGenerator

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import APIError, ServiceUnavailableError

from services.kit.settings import Settings
from services.work import streams
from services.work.generation import pull as pulling
from services.work.generation.pull import Pull
from services.work.streams import CONSUMER, WINDOWS
from tests.system import eventually

DATES = [f"2028-02-{day:02}" for day in range(1, 10)]
PATIENCE = 20.0


@pytest.fixture
async def client(settings: Settings) -> AsyncGenerator[Client]:
    client = await nats.connect(settings.nats_url.get_secret_value())
    await streams.prepare(client.jetstream(), settings)
    yield client
    await client.close()


async def publish(client: Client, dates: list[str]) -> None:
    for date in dates:
        await client.jetstream().publish(f"dataops.window.due.recurring.duty.{date}", b"")


def pull_of(client: Client, *, most: int = 500) -> Pull:
    return Pull(client, WINDOWS, CONSUMER, most=most)


async def taken(pull: Pull, number: int) -> list[str]:
    """The dates of so many messages, in the order in which they came; acknowledged."""
    dates: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while len(dates) < number:
            await pull.some()
            for message in pull.take():
                dates.append(message.subject.rsplit(".", 1)[1])
                await message.ack()
    return dates


@pytest.mark.requirement("R-REL-4")
async def test_cancelling_a_waiting_reader_loses_nothing(client: Client) -> None:
    async with pull_of(client) as pull:
        waiting = asyncio.create_task(pull.some())
        await asyncio.sleep(0)  # it has asked
        await publish(client, DATES)
        waiting.cancel()
        assert await taken(pull, len(DATES)) == DATES


@pytest.mark.requirement("R-REL-2")
async def test_what_was_not_taken_goes_to_the_next_worker_at_once(client: Client) -> None:
    await publish(client, DATES)
    async with pull_of(client, most=4) as leaving:
        assert await taken(leaving, 4) == DATES[:4]
        await leaving.some()  # more has come, and is on its way
    async with pull_of(client) as next_one:
        assert sorted(await taken(next_one, 5)) == DATES[4:]


async def test_a_batch_has_no_more_than_was_wanted_and_the_rest_follows(client: Client) -> None:
    await publish(client, DATES)
    async with pull_of(client, most=4) as pull:
        dates: list[str] = []
        while len(dates) < len(DATES):
            await pull.some()
            batch = pull.take()
            assert len(batch) <= 4
            dates += [message.subject.rsplit(".", 1)[1] for message in batch]
    assert dates == DATES


async def test_a_request_that_went_with_its_connection_is_made_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_LOST_AFTER_SECONDS", 0.2)
    publishing, lost = client.publish, asyncio.Event()

    async def lose_the_first(subject: str, payload: bytes = b"", reply: str = "") -> None:
        if lost.is_set():
            await publishing(subject, payload, reply)
        lost.set()

    async with pull_of(client) as pull:
        monkeypatch.setattr(client, "publish", lose_the_first)
        waiting = asyncio.create_task(pull.some())
        await lost.wait()
        monkeypatch.setattr(client, "publish", publishing)
        await publish(client, DATES[:1])
        await asyncio.wait_for(waiting, PATIENCE)
        assert await taken(pull, 1) == DATES[:1]


async def test_a_consumer_that_is_not_there_is_told(client: Client) -> None:
    with pytest.raises(ServiceUnavailableError):
        async with asyncio.timeout(PATIENCE), Pull(client, WINDOWS, "nobody", most=1) as pull:
            await pull.some()


async def test_a_consumer_that_is_deleted_while_somebody_waits_is_told(client: Client) -> None:
    async with pull_of(client) as pull:
        waiting = asyncio.create_task(pull.some())

        async def is_asked() -> bool:
            return bool((await client.jetstream().consumer_info(WINDOWS, CONSUMER)).num_waiting)

        await eventually(is_asked, within=PATIENCE)
        await client.jetstream().delete_consumer(WINDOWS, CONSUMER)
        with pytest.raises(APIError, match="Consumer Deleted"):
            await asyncio.wait_for(waiting, PATIENCE)
