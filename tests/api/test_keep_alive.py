"""How long the portal keeps a connection on which nothing comes."""

import asyncio
from typing import Any

import pytest

from services.portal.http.server import bind, listening


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.requirement("R-SEC-1")
async def test_idle_connection_ends_after_the_set_seconds() -> None:
    bound = bind("127.0.0.1", 0)
    async with listening(nothing, bound, trusted_proxies="", keep_alive=1, before_stop=lambda: None):
        reader, writer = await asyncio.open_connection("127.0.0.1", bound.getsockname()[1])
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 204")
            await reader.readuntil(b"\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), timeout=30) == b""
        writer.close()
