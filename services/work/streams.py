"""The streams that work needs: made at the start, refused when they would forget what they acknowledged, and made again
when somebody deletes one while work runs."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    ConsumerInfo,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from contracts.subjects import DEAD_LETTER, WINDOW_DUE
from services.kit.cancellation import raise_if_cancelled
from services.kit.mongo.driver import PyMongoError
from services.kit.settings import Settings

WINDOWS, DEAD_LETTERS, ADVISORIES = "WINDOWS", "DEAD_LETTERS", "ADVISORIES"
CONSUMER = "work"
ACK_WAIT_SECONDS = 30.0
_DAY_SECONDS = 86_400.0
_LOOK_SECONDS = 30.0
_ADVISORY = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{WINDOWS}.{CONSUMER}"
_log = structlog.get_logger(__name__)


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
    info = await _consumer(stream)
    await _put_consumer(stream, info.config if info else ConsumerConfig())


class StreamKeeper:
    """Makes again, at once, what somebody deletes while work runs.

    A consumer made again goes on behind the last message of which it is known that all up to it were handled. What a
    deleted stream held is found by the schedules: those dates have no ledger entry.
    """

    def __init__(
        self, stream: JetStreamContext, settings: Settings, report: Callable[[list[str]], Awaitable[None]]
    ) -> None:
        """``report`` is given the names of what was made again; while it raises, it is called again at each look."""
        self._stream = stream
        self._settings = settings
        self._report = report
        self._unreported: list[str] = []
        self._stream_made_at: dt.datetime | None = None
        self._handled_up_to = 0
        """Sequence in the stream that was made at ``_stream_made_at``."""

    async def run(self) -> None:
        """Look every half minute, until cancelled. What fails is logged, and tried again with the next look."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.mend()
            except (NatsError, PyMongoError, TimeoutError, ConnectionError, UnsafeStream) as error:
                _log.warning("streams.check_failed", error=f"{type(error).__name__}: {error}")
            raise_if_cancelled()

    async def mend(self) -> None:
        """Make what is missing. Raises NatsError, and UnsafeStream when somebody made a stream that cannot hold."""
        for config in wanted(self._settings):
            if await self._ensure(config):
                self._unreported.append(f"stream {config.name}")
        if await self._ensure_consumer() and f"stream {WINDOWS}" not in self._unreported:
            self._unreported.append(f"consumer {CONSUMER}")
        if self._unreported:
            _log.error("streams.recreated", names=self._unreported)
            await self._report(self._unreported)
            self._unreported = []

    async def _ensure(self, config: StreamConfig) -> bool:
        """Whether it was missing."""
        try:
            info = await self._stream.stream_info(str(config.name))
        except NotFoundError:
            info = await self._stream.add_stream(config)
            is_missing = True
        else:
            is_missing = False
        if config.name == WINDOWS and info.created != self._stream_made_at:
            self._stream_made_at, self._handled_up_to = info.created, 0
        return is_missing

    async def _ensure_consumer(self) -> bool:
        info = await _consumer(self._stream)
        if info is None:
            start = ConsumerConfig()
            if self._handled_up_to:
                start = ConsumerConfig(
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self._handled_up_to + 1
                )
            await _put_consumer(self._stream, start)
            return True
        if info.ack_floor is not None:
            self._handled_up_to = info.ack_floor.stream_seq
        return False


async def _consumer(stream: JetStreamContext) -> ConsumerInfo | None:
    try:
        return await stream.consumer_info(WINDOWS, CONSUMER)
    except NotFoundError:
        return None


async def _put_consumer(stream: JetStreamContext, start: ConsumerConfig) -> None:
    """Create or update the consumer; where it started cannot be changed afterwards."""
    await stream.add_consumer(
        WINDOWS,
        ConsumerConfig(
            durable_name=CONSUMER,
            deliver_policy=start.deliver_policy,
            opt_start_seq=start.opt_start_seq,
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
