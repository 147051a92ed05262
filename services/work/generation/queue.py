"""The queue of windows at the broker, as work looks at it and puts windows into it."""

import asyncio

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from contracts.values import Window
from contracts.windows import WindowDue
from services.kit.broker import encode
from services.work.streams import CONSUMER, WINDOWS

_PATIENCE_SECONDS, _LOOK_SECONDS = 20.0, 0.1


class WindowQueue:
    def __init__(self, client: Client) -> None:
        self._stream = client.jetstream()

    async def waiting(self) -> int | None:
        """Windows that are not handled yet; None without stream or consumer, or when the broker does not say."""
        try:
            info = await self._stream.consumer_info(WINDOWS, CONSUMER)
        except (NotFoundError, NatsError, TimeoutError):
            return None
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def becomes_empty(self) -> bool:
        """Whether all windows were handled; waited for a little, for those of this minute have just come."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while waiting := await self.waiting():  # noqa: ASYNC110  # the queue lies in a server
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            return False
        return waiting == 0

    async def publish(self, window: Window, body: WindowDue) -> None:
        """Returns when the broker has stored it. Raises ValueError for an id that cannot stand in a subject."""
        await self._stream.publish(window.subject, encode(body), stream=WINDOWS)
