"""Publishing windows so that each is stored by the broker before the cursor moves past it."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import structlog
from nats.aio.client import Client
from nats.js.api import PubAck
from nats.js.client import JetStreamContext

from contracts.subjects import WINDOW_DUE
from contracts.values import Trigger, Window, subject_token
from contracts.windows import WindowDue
from services.kit import tracing
from services.kit.broker import encode
from services.scheduler.agenda import DueWindow

LATE = dt.timedelta(minutes=2)
"""A window that opened longer ago than this is caught up, not on time: a tick or two may be slow."""

_IN_FLIGHT = 1_000
_ACK_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Published(NamedTuple):
    """``repeated`` ones the broker had already: another scheduler or an earlier try was first."""

    windows: int = 0
    late: int = 0
    repeated: int = 0

    def plus(self, other: "Published") -> "Published":
        return Published(*(mine + others for mine, others in zip(self, other, strict=True)))


class _Message(NamedTuple):
    subject: str
    body: bytes
    id: str


class Publisher:
    def __init__(self, client: Client) -> None:
        # Room for more than is ever in flight: nats-py swallows a cancellation while it waits for room.
        self._stream = JetStreamContext(client, publish_async_max_pending=2 * _IN_FLIGHT)

    async def publish(self, due: Sequence[DueWindow], now: dt.datetime, *, again: int | None = None) -> Published:
        """Returns when the broker has stored every window; raises when it does not say so in time.

        ``again`` is a number of its own for each time that windows are published which the broker may take for twins.
        """
        late = sum(1 for window in due if is_late(window, now))
        repeated = 0
        suffix = "" if again is None else f"#r{again}"
        for start in range(0, len(due), _IN_FLIGHT):
            repeated += await self._publish_together(_messages(due[start : start + _IN_FLIGHT], now, suffix))
        return Published(windows=len(due), late=late, repeated=repeated)

    async def _publish_together(self, messages: Iterable[_Message]) -> int:
        acks: list[asyncio.Future[PubAck]] = []
        trace = tracing.carried()
        try:
            async with asyncio.timeout(_ACK_SECONDS):
                for message in messages:
                    acks.append(await self._send(message, trace))
                return sum(1 for ack in await asyncio.gather(*acks) if ack.duplicate)
        finally:
            # Those without an answer would take up room for ever.
            for ack in acks:
                ack.cancel()

    async def _send(self, message: _Message, trace: dict[str, str]) -> "asyncio.Future[PubAck]":
        return await self._stream.publish_async(  # pyright: ignore[reportUnknownMemberType]  # a bare Dict in nats-py
            message.subject, message.body, stream=WINDOW_DUE.stream, headers={"Nats-Msg-Id": message.id, **trace}
        )


def is_late(due: DueWindow, now: dt.datetime) -> bool:
    return now - due.opens_at > LATE


def _messages(due: Iterable[DueWindow], now: dt.datetime, suffix: str) -> Iterable[_Message]:
    for one in due:
        window = one.window
        try:
            body = _body(one.opens_at, late=is_late(one, now))
            # With its opening: an edit may open a date again within the hour in which the broker knows twins.
            yield _Message(window.subject, body, f"{_plain_id(window)}@{one.opens_at:%Y-%m-%dT%H:%MZ}{suffix}")
        except ValueError as error:
            _log.error("window.publish_failed", window=window.id, error=str(error))


def _plain_id(window: Window) -> str:
    """The window's id, its source as a subject names it: a header carries no line breaks."""
    return f"{window.kind}:{subject_token(window.source_id)}:{window.date.isoformat()}"


@lru_cache(maxsize=1024)
def _body(opens_at: dt.datetime, *, late: bool) -> bytes:
    trigger = Trigger.CATCH_UP if late else Trigger.SCHEDULE
    return encode(WindowDue(schema_version=1, trigger=trigger, opens_at=opens_at, late=late))
