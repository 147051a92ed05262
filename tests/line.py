"""A TCP line to a server that is slow, falls silent or breaks at an exact point of what goes over it."""

import asyncio
from contextlib import suppress
from enum import Enum, auto

_PIECE = 65_536


class Fault(Enum):
    """What happens when a sign goes to the server."""

    BREAK = auto()
    """What went before it arrives, nothing from then on."""
    LOSE_ANSWER = auto()
    """It breaks with the server's answer: it is done, and nobody hears so."""
    HOLD = auto()
    """Nothing passes any more, and neither end learns of it, until the line is released."""


class Line:
    """It carries whatever comes to ``port``. ``delay`` is the seconds that each piece takes, either way."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._fault: Fault | None = None
        self._sign, self._left = b"", 0
        self._is_open = asyncio.Event()
        self._is_open.set()
        self.port = 0
        self.delay = 0.0
        self.is_struck = asyncio.Event()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.close()

    def strike(self, fault: Fault, sign: bytes, *, at: int = 1) -> None:
        """When ``sign`` comes by for the ``at``-th time from now on."""
        self._fault, self._sign, self._left = fault, sign, at
        self.is_struck.clear()

    def release(self) -> None:
        self._is_open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        ends, answer_is_lost = {writer, far_writer}, asyncio.Event()
        self._ends |= ends
        await asyncio.gather(
            self._to_server(reader, far_writer, answer_is_lost), self._from_server(far_reader, writer, answer_is_lost)
        )
        self._ends -= ends

    async def _to_server(
        self, source: asyncio.StreamReader, into: asyncio.StreamWriter, answer_is_lost: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(_PIECE):
                before = self._before_sign(data)
                match self._fault if before is not None else None:
                    case Fault.BREAK:
                        into.write(before or b"")
                        self.cut()
                        self.is_struck.set()
                        break
                    case Fault.LOSE_ANSWER:
                        answer_is_lost.set()
                    case Fault.HOLD:
                        self._is_open.clear()
                        self.is_struck.set()
                    case None:
                        pass
                await self._pass(data, into)
        into.close()

    async def _from_server(
        self, source: asyncio.StreamReader, into: asyncio.StreamWriter, answer_is_lost: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(_PIECE):
                if answer_is_lost.is_set():
                    self.cut()
                    self.is_struck.set()
                    break
                await self._pass(data, into)
        into.close()

    def _before_sign(self, data: bytes) -> bytes | None:
        """What of this piece goes before the sign that was waited for; None when it is still to come, or has come."""
        pieces = data.split(self._sign) if self._left else [data]
        awaited, self._left = self._left, max(self._left - len(pieces) + 1, 0)
        return self._sign.join(pieces[:awaited]) if awaited and not self._left else None

    async def _pass(self, data: bytes, into: asyncio.StreamWriter) -> None:
        await self._is_open.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        into.write(data)
        await into.drain()
