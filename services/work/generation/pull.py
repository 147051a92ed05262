"""Messages of a durable pull consumer, as they come."""

import asyncio
import json
from contextlib import suppress
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import Header, StatusCode
from nats.js.errors import APIError

_REQUEST_SECONDS = 5
_LOST_AFTER_SECONDS = _REQUEST_SECONDS + 1
_HAND_BACK_SECONDS = 1.0
_ENDS_OF_A_REQUEST = {StatusCode.NO_MESSAGES, StatusCode.REQUEST_TIMEOUT}


class Pull:
    """What has come is kept until it is taken. The client's own ``fetch`` loses what arrives while it is cancelled,
    and makes two tasks for each message.

    One request is under way at a time, for ``most`` messages, and no more are kept. On leaving, what was not taken goes
    to the next worker at once, not after ``ack_wait``.
    """

    def __init__(self, client: Client, stream: str, consumer: str, *, most: int) -> None:
        self._client = client
        self._asks_at = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = client.new_inbox()
        self._most = most
        self._kept: list[Msg] = []
        self._due = 0
        """How many the request under way may still bring."""
        self._refused: Msg | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._subscription: Subscription = await self._client.subscribe(self._inbox, cb=self._keep)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A broker that is away gets nothing back: it sends them again by itself.
        with suppress(NatsError, TimeoutError):
            async with asyncio.timeout(_HAND_BACK_SECONDS):
                await self._subscription.drain()  # what is on its way comes first
                for message in self._kept:
                    await message.nak()

    async def some(self) -> None:
        """Ask for more, unless enough is kept or on its way, and wait until there is something to take.

        Raises APIError when the broker refuses, ServiceUnavailableError when it has no such consumer.
        """
        await self._ask()
        while not self._kept:
            self._news.clear()
            try:
                async with asyncio.timeout(_LOST_AFTER_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                self._due = 0  # the request went with a connection
            await self._ask()

    def take(self) -> list[Msg]:
        """All that came, ``most`` of them or fewer."""
        taken, self._kept = self._kept, []
        return taken

    async def _ask(self) -> None:
        if self._refused is not None:
            raise APIError.from_msg(self._refused)
        if self._due == 0 and not self._kept:
            self._due = self._most
            request = {"batch": self._most, "expires": _REQUEST_SECONDS * 1_000_000_000}
            await self._client.publish(self._asks_at, json.dumps(request).encode(), reply=self._inbox)

    async def _keep(self, message: Msg) -> None:
        status = message.headers.get(Header.STATUS) if message.headers else None
        if status is None:
            self._kept.append(message)
            self._due = max(self._due - 1, 0)
        else:
            self._due = 0
            self._refused = None if status in _ENDS_OF_A_REQUEST else message
        self._news.set()
