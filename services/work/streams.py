"""The streams that work needs, and the refusal to run on ones that would forget what they acknowledged."""

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from contracts.subjects import DEAD_LETTER, WINDOW_DUE
from services.kit.settings import Settings

WINDOWS, DEAD_LETTERS, ADVISORIES = "WINDOWS", "DEAD_LETTERS", "ADVISORIES"
CONSUMER = "work"
ACK_WAIT_SECONDS = 30.0
_DAY_SECONDS = 86_400.0
_ADVISORY = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{WINDOWS}.{CONSUMER}"


class UnsafeStream(Exception):
    """A stream exists with settings that break a promise; the message says which and what to do."""


def wanted(settings: Settings) -> list[StreamConfig]:
    kept = settings.window_retention_days * _DAY_SECONDS
    file, limits, replicas = StorageType.FILE, RetentionPolicy.LIMITS, settings.stream_replicas
    return [
        # Limits, not a work queue: a work queue forgets duplicates together with the message.
        StreamConfig(
            name=WINDOWS,
            subjects=[WINDOW_DUE.subject],
            retention=limits,
            storage=file,
            max_age=kept,
            num_replicas=replicas,
            duplicate_window=3600.0,
        ),
        StreamConfig(
            name=DEAD_LETTERS,
            subjects=[DEAD_LETTER.subject],
            retention=limits,
            storage=file,
            max_age=kept,
            num_replicas=replicas,
        ),
        # After the last delivery a message is silent but for this one advisory, which nobody else stores.
        StreamConfig(
            name=ADVISORIES,
            subjects=[_ADVISORY],
            retention=limits,
            storage=file,
            max_age=kept,
            num_replicas=replicas,
        ),
    ]


async def prepare(stream: JetStreamContext, settings: Settings) -> None:
    """Create or update streams and the one durable consumer of all workers; UnsafeStream when that cannot hold."""
    for config in wanted(settings):
        await _ensure(stream, config)
    await stream.add_consumer(
        WINDOWS,
        ConsumerConfig(
            durable_name=CONSUMER,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=2_000,
            max_deliver=50,
            filter_subject=WINDOW_DUE.subject,
        ),
    )


async def _ensure(stream: JetStreamContext, config: StreamConfig) -> None:
    assert config.name is not None
    try:
        found = (await stream.stream_info(config.name)).config
    except NotFoundError:
        await stream.add_stream(config)
        return
    if found.storage != StorageType.FILE or found.retention != RetentionPolicy.LIMITS:
        raise UnsafeStream(
            f"stream {config.name} keeps messages in {found.storage} with {found.retention} retention; "
            "it must be file and limits. Delete the stream: what it held is recomputed from the schedules"
        )
    await stream.update_stream(config)
