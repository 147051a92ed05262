"""The consumer of ``dataops.window.due.>``: fetch, validate each message alone, handle the batch, tell, acknowledge."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.events import DeadLetter, FinishedWindow, WindowDue, WindowsFinished
from contracts.subjects import WINDOWS_FINISHED
from contracts.values import Outcome, Window
from services.kit.broker import tell
from services.kit.clock import Clock
from services.kit.mongo import is_transient
from services.work.generator import Asked, Generator, Handled
from services.work.streams import CONSUMER, WINDOWS

_BATCH = 500
_ALONE_AFTER_DELIVERIES = 2
_RETRY_SECONDS = (1, 2, 5, 10)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Due:
    message: Msg
    asked: Asked


class WindowConsumer:
    """One fetch loop. While the database is out of reach it does not fetch, so an outage uses up no deliveries."""

    def __init__(self, client: Client, generator: Generator, clock: Clock) -> None:
        self._client = client
        self._stream = client.jetstream()
        self._generator = generator
        self._clock = clock
        self.waiting_for: str | None = None
        """What keeps it from consuming, in words; None while it works."""

    async def run(self) -> None:
        """Consume until cancelled; a batch under way is finished first."""
        faults = 0
        while True:
            try:
                await self._consume()
            except Exception as error:  # noqa: BLE001  # transient by definition: the loop is the retry
                delay = _RETRY_SECONDS[min(faults, len(_RETRY_SECONDS) - 1)]
                faults += 1
                self.waiting_for = f"{type(error).__name__}: {error}"
                _log.error("windows.interrupted", error=self.waiting_for, retry_in_s=delay)
                await asyncio.sleep(delay)

    async def _consume(self) -> None:
        subscription = await self._stream.pull_subscribe_bind(CONSUMER, WINDOWS)
        try:
            while True:
                messages = await self._fetch(subscription)
                self.waiting_for = None
                if messages:
                    await asyncio.shield(self._handle(messages))
        finally:
            await subscription.unsubscribe()

    @staticmethod
    async def _fetch(subscription: "Client | object") -> list[Msg]:
        try:
            return await subscription.fetch(_BATCH, timeout=5)
        except TimeoutError:
            return []
