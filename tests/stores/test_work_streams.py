"""Work creates its streams, and refuses ones that would forget what they acknowledged."""

from collections.abc import AsyncGenerator

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig

from services.kit.settings import Settings
from services.work import streams


@pytest.mark.requirement("R-REL-4")
async def test_streams_and_the_one_durable_consumer_are_created_and_creating_them_again_is_harmless(
    settings: Settings,
) -> None:
    client = await nats.connect(settings.nats_url.get_secret_value())
    context = client.jetstream()
    for _ in range(2):
        await streams.prepare(context, settings)
    info = await context.stream_info(streams.WINDOWS)
    assert info.config.duplicate_window == 3600
    assert info.config.max_age == 30 * 86_400
    consumer = (await context.consumer_info(streams.WINDOWS, streams.CONSUMER)).config
    assert (consumer.max_deliver, consumer.ack_wait, consumer.max_ack_pending) == (50, 30, 2000)
    await client.close()


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(
    "unsafe", [{"storage": StorageType.MEMORY}, {"retention": RetentionPolicy.WORK_QUEUE}], ids=["memory", "work-queue"]
)
async def test_a_stream_that_forgets_is_refused_in_words(
    settings: Settings, unsafe: dict[str, StorageType | RetentionPolicy]
) -> None:
    client = await nats.connect(settings.nats_url.get_secret_value())
    context = client.jetstream()
    await context.add_stream(StreamConfig(name=streams.WINDOWS, subjects=["dataops.window.due.>"], **unsafe))
    with pytest.raises(streams.UnsafeStream, match="must be file and limits"):
        await streams.prepare(context, settings)
    await client.close()


@pytest.fixture
async def stream(settings: Settings) -> AsyncGenerator[JetStreamContext]:
    client = await nats.connect(settings.nats_url.get_secret_value())
    await streams.prepare(client.jetstream(), settings)
    yield client.jetstream()
    await client.close()


async def publish(stream: JetStreamContext, *days: int) -> None:
    for day in days:
        await stream.publish(f"dataops.window.due.recurring.duty.2028-02-{day:02}", b"")


async def taken(stream: JetStreamContext, number: int) -> list[str]:
    subscription = await stream.pull_subscribe_bind(streams.CONSUMER, streams.WINDOWS)
    messages = await subscription.fetch(number, timeout=5)
    for message in messages:
        await message.ack_sync()
    await subscription.unsubscribe()
    return [message.subject[-2:] for message in messages]


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize("prepared_again", [False, True])
async def test_keeper_consumer_goes_on_behind_what_was_handled(
    stream: JetStreamContext, settings: Settings, prepared_again: bool
) -> None:
    reported: list[list[str]] = []

    async def report(names: list[str]) -> None:
        reported.append(names)

    keeper = streams.StreamKeeper(stream, settings, report)
    await publish(stream, *range(1, 6))
    assert await taken(stream, 3) == ["01", "02", "03"]
    await keeper.mend()
    await stream.delete_consumer(streams.WINDOWS, streams.CONSUMER)
    await keeper.mend()
    if prepared_again:
        await streams.prepare(stream, settings)
    assert await taken(stream, 2) == ["04", "05"]
    assert reported == [["consumer work"]]

    await keeper.mend()
    await stream.delete_stream(streams.WINDOWS)
    await keeper.mend()
    await publish(stream, 6)
    assert await taken(stream, 1) == ["06"], "the sequence of the new stream begins anew"
    assert reported[1:] == [["stream WINDOWS"]]


@pytest.mark.requirement("R-REL-4")
async def test_keeper_starts_from_all_in_a_stream_made_by_others(stream: JetStreamContext, settings: Settings) -> None:
    async def report(names: list[str]) -> None:
        assert names == ["consumer work"]

    keeper = streams.StreamKeeper(stream, settings, report)
    await publish(stream, 1, 2, 3)
    await taken(stream, 3)
    await keeper.mend()
    await stream.delete_stream(streams.WINDOWS)
    [windows] = [config for config in streams.wanted(settings) if config.name == streams.WINDOWS]
    await stream.add_stream(windows)
    await publish(stream, 4)
    await keeper.mend()
    assert await taken(stream, 1) == ["04"]


@pytest.mark.requirement("R-REL-4")
async def test_keeper_reports_again_until_it_is_taken(stream: JetStreamContext, settings: Settings) -> None:
    answers = [TimeoutError("no database"), None]
    reported: list[list[str]] = []

    async def report(names: list[str]) -> None:
        reported.append(list(names))
        if error := answers.pop(0):
            raise error

    keeper = streams.StreamKeeper(stream, settings, report)
    await stream.delete_stream(streams.ADVISORIES)
    with pytest.raises(TimeoutError):
        await keeper.mend()
    await keeper.mend()
    await keeper.mend()
    assert reported == [["stream ADVISORIES"]] * 2
