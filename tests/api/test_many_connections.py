"""More real connections than the portal has room for: who is closed, and that people are served all the same."""

import asyncio
import resource
from collections.abc import Generator
from urllib.parse import urlsplit

import httpx
import pytest

from services.portal.http import edge
from tests.api.people import Browser
from tests.system import System

pytestmark = pytest.mark.requirement("R-SEC-3")

MANY = 801
"""One more than there is room for."""
MOST_CLOSED = 40
"""Room is made for the 801st and a few more, for at most 20 at a time."""
HEAD = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
ASSET = b"GET /assets/0000/parts.css HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Connection(asyncio.Protocol):
    """A connection of a client: whether something came on it, and whether it was closed from the other end."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received = b""
        self.closed = False
        self.came = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.came.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.came.set()


async def connect(system: System, sent: bytes, *, answered: bool) -> Connection:
    """``answered``: wait for the first bytes of an answer."""
    host = urlsplit(system.portal_url)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, host.hostname, host.port)
    connection.transport.write(sent)
    if answered:
        await connection.came.wait()
    return connection


def close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.transport.abort()


@pytest.fixture(autouse=True)
def many_files(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Both ends of 801 connections are in this process. They are of one address and session, which is not the point."""
    monkeypatch.setattr(edge, "_MOST_OF_ADDRESS", 2 * MANY)
    monkeypatch.setattr(edge, "_MOST_OF_SESSION", 2 * MANY)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def stream(browser: Browser) -> bytes:
    return (
        f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: dataops={browser.client.cookies['dataops']}\r\n\r\n".encode()
    )


@pytest.mark.parametrize("kind", ["nothing", "half a head", "head without body", "idle", "stream"])
async def test_connections_beyond_the_bound_shut_nobody_out(
    kind: str, system: System, browser: Browser, stranger: httpx.AsyncClient
) -> None:
    sent = {
        "nothing": b"",
        "half a head": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "head without body": HEAD,
        "idle": ASSET,
        "stream": stream(browser),
    }
    held: list[Connection] = []
    async with asyncio.timeout(120):
        for _ in range(MANY):
            held.append(await connect(system, sent[kind], answered=kind in {"idle", "stream"}))
        for _ in range(3):
            assert (await stranger.get("/sign-in")).status_code == 200
            assert (await browser.get("/")).status_code == 200
    assert 1 <= sum(one.closed for one in held) <= MOST_CLOSED
    close(held)


async def test_idle_connections_go_before_what_is_under_way(
    system: System, browser: Browser, stranger: httpx.AsyncClient
) -> None:
    async with asyncio.timeout(120):
        streams = [await connect(system, stream(browser), answered=True) for _ in range(10)]
        bodies = [await connect(system, HEAD + b"email", answered=False) for _ in range(10)]
        idle = [await connect(system, ASSET, answered=True) for _ in range(MANY)]
        assert (await stranger.get("/sign-in")).status_code == 200
        assert 20 <= sum(one.closed for one in idle) <= 20 + MOST_CLOSED
        assert not any(one.closed for one in [*streams, *bodies])
        for one in bodies:
            one.transport.write(b"=a%40")
            await one.came.wait()
        assert {one.received.partition(b"\r\n")[0] for one in bodies} == {b"HTTP/1.1 403 Forbidden"}
    close([*streams, *bodies, *idle])


async def test_idle_connection_that_stays_is_served_again(system: System, stranger: httpx.AsyncClient) -> None:
    async with asyncio.timeout(120):
        idle = [await connect(system, ASSET, answered=True) for _ in range(MANY)]
        assert (await stranger.get("/sign-in")).status_code == 200
        kept = [one for one in idle if not one.closed]
        assert len(kept) <= MANY - 1
        kept[-1].came.clear()
        kept[-1].transport.write(ASSET)
        await kept[-1].came.wait()
        assert kept[-1].received.count(b"HTTP/1.1 404 Not Found\r\n") == 2
    close(idle)
