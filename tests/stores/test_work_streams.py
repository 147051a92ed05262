"""Work creates its streams, and refuses ones that would forget what they acknowledged."""

import nats
import pytest
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
