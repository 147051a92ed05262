"""Noticing that the broker may have forgotten windows that it had acknowledged."""

import datetime as dt
from typing import NamedTuple

from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.subjects import WINDOW_DUE


class _Stream(NamedTuple):
    created: dt.datetime | None
    last_seq: int
    messages: int


class StreamWatch:
    """Compares the stream with how it looked before; before it has ever looked, anything may be lost."""

    def __init__(self, stream: JetStreamContext) -> None:
        self._stream = stream
        self._seen: _Stream | None = None

    async def looks_lost(self) -> bool:
        """Whether the stream is missing, is another one than before, or was emptied. Raises NatsError."""
        before, self._seen = self._seen, await self._look()
        now = self._seen
        if before is None or now is None:
            return True
        emptied = now.messages == 0 < before.messages
        return now.created != before.created or now.last_seq < before.last_seq or emptied

    async def _look(self) -> _Stream | None:
        assert WINDOW_DUE.stream is not None
        try:
            info = await self._stream.stream_info(WINDOW_DUE.stream)
        except NotFoundError:
            return None
        return _Stream(info.created, info.state.last_seq, info.state.messages)
