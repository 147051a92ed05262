"""Serving HTTP with uvicorn inside somebody else's event loop."""

import asyncio
import errno
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import h11
import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.kit.start_error import StartError
from services.portal.http import headers
from services.portal.http.connections import Doing, Held, connections_to_close
from services.portal.live import STREAM_PATH

_HEADERS_WITHIN = 20.0
_TAKES_WITHIN = 60.0
_MOST_CONNECTIONS = 800
"""Fewer than the open files that systems commonly allow a process, 1 024."""

_LONGEST_HEAD = 32_768
_DRAIN_WITHIN = 5
_PLAIN = [(b"content-type", b"text/plain; charset=utf-8")]


class _Protocol(H11Protocol):
    """Closes a connection whose request line and headers do not arrive in time, or that takes nothing of the reply;
    uvicorn would keep both for ever. When there are too many, some that are quiet make room."""

    _last_received = 0.0
    _patience: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        super().connection_made(transport)
        self._wait()
        self._last_received = self.loop.time()
        if len(self.connections) > _MOST_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        """When all others are served it is this one that goes."""
        others = (one for one in self.connections if isinstance(one, _Protocol) and one is not self)
        for one in connections_to_close(map(_Protocol._held, others), self.loop.time()) or [self]:
            one._stop_waiting()
            one.transport.close()
            self.connections.discard(one)

    def _held(self) -> Held["_Protocol"]:
        """The client is known from the request, which names it behind a trusted proxy, too."""
        request = cast("dict[str, Any]", self.scope or {})
        viewer, address = request.get("user"), request.get("client") or self.client
        client = viewer.session if viewer else address[0] if address else ""
        return Held(self, self._doing(request), client, self._last_received)

    def _doing(self, request: dict[str, Any]) -> Doing:
        if self.conn.their_state is h11.IDLE and not self.flow.read_paused:
            return Doing.IDLE if self.cycle and not self.conn.trailing_data[0] else Doing.SENDING
        if self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused:
            return Doing.SENDING
        return Doing.LISTENING if request.get("path") == STREAM_PATH else Doing.SERVED

    def data_received(self, data: bytes) -> None:
        self._last_received = self.loop.time()
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_waiting_for_taker()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(_TAKES_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_waiting_for_taker()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets the headers of every response too; after a reply has begun there is nothing to say."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = headers.completed([*_PLAIN, (b"connection", b"close")], request_id=secrets.token_hex(8))
            events = h11.Response(status_code=400, headers=head), h11.Data(data=msg.encode()), h11.EndOfMessage()
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(_HEADERS_WITHIN, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _stop_waiting_for_taker(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


class _Server(uvicorn.Server):
    """Leaves signals to the process that runs it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"port {port} on {host} is in use; stop what listens there or choose another (DATAOPS_PORT)"
            ) from error
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    # asyncio sets this only on sockets made with an explicit protocol number. Accepted connections inherit it; without
    # it the body of a reply waits for the acknowledgement of its head, 40 ms on Linux.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


@asynccontextmanager
async def listening(
    app: ASGIApp, bound: socket.socket, *, trusted_proxies: str, keep_alive: int, before_stop: Callable[[], None]
) -> AsyncGenerator[None, None]:
    """Serve from ``bound`` while the block runs. ``keep_alive``: seconds that a connection without a request stays
    open. ``before_stop`` ends what would otherwise stream for ever."""
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]  # Litestar and uvicorn spell the same ASGI types differently
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_keep_alive=keep_alive,
        timeout_graceful_shutdown=_DRAIN_WITHIN,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield
    finally:
        before_stop()
        server.should_exit = True
        await serving
