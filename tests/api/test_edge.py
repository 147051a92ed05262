"""What holds for every request, whatever its route: headers, sign-in before routing, limits, readable bodies."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.portal.http import edge, server
from services.portal.http.hosts import is_known, known_hosts
from tests.api.people import Browser
from tests.support.replies import SAFETY
from tests.system import System

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)


@pytest.mark.requirement("R-SEC-1")
async def test_every_response_carries_the_headers(
    stranger: httpx.AsyncClient, api: httpx.AsyncClient, browser: Browser
) -> None:
    assert SAFETY["content-security-policy"] == CSP
    replies = [
        await stranger.get("/sign-in"),
        await stranger.get("/"),
        await stranger.get("/nowhere"),
        await stranger.get("/api/health"),
        await stranger.get("/api/nowhere"),
        await stranger.get("/assets/0000/parts.css"),
        await stranger.post("/sign-in", data={}),
        await stranger.request("TRACE", "/"),
        await api.get("/api/nowhere"),
        await api.delete("/api/users"),
        await api.post("/api/recurring", content=b"{"),
        await api.post("/api/recurring", content=b"x" * 70_000),
        await browser.get("/"),
        await browser.get("/recurring"),
        await browser.get("/notifications"),
        await browser.post("/tasks/unknown/completion", {}),
        await browser.post("/generations", {}),
    ]
    statuses = {reply.status_code for reply in replies}
    assert statuses >= {200, 303, 400, 401, 403, 404, 405, 413, 422}
    for reply in replies:
        assert SAFETY.items() <= dict(reply.headers).items(), reply.url
        assert reply.headers["cache-control"] == "no-store", reply.url
        assert len(reply.headers["x-request-id"]) == 16


async def test_assets_are_kept_for_ever_under_their_hash(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get("/sign-in")).text
    path = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    reply = await stranger.get(path)
    assert reply.headers["content-type"] == "text/css; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    for elsewhere in ("/assets/..%2f..%2fpyproject.toml", "/assets/%2e%2e/app.py", "/assets/x/y/z", "/public/app.js"):
        assert (await stranger.get(elsewhere)).status_code == 404


async def test_without_a_token_nothing_under_api_can_be_told_apart(
    stranger: httpx.AsyncClient, browser: Browser
) -> None:
    for method, path in [("GET", "/api/tasks"), ("GET", "/api/nowhere"), ("PATCH", "/api/users"), ("GET", "/api")]:
        reply = await stranger.request(method, path)
        assert (reply.status_code, reply.json()) == (401, {"error": "Unauthorized"})
        assert reply.headers["content-type"] == "application/json"
    for wrong in ("Bearer", "Bearer x", "Basic abc", "Bearer " + "x" * 5000):
        assert (await stranger.get("/api/me", headers={"authorization": wrong})).status_code == 401
    assert (await browser.get("/api/me")).status_code == 401  # a page's cookie opens no API
    cookie = browser.client.cookies["dataops"]
    assert (await stranger.get("/api/me", headers={"authorization": f"Bearer {cookie}"})).status_code == 401


async def test_health_and_unknown_paths(stranger: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
    health = await stranger.get("/api/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert health.headers["content-type"] == "application/json"
    for path in ("/api/nowhere", "/api/projects", "/api/tasks/a/b", "/api/tasks/%00", "/api/tasks/%ff"):
        reply = await api.get(path)
        assert (reply.status_code, reply.json()) == (404, {"error": "Not found"}), path
    page = await stranger.get("/.env")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Traceback" not in page.text


DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
UNREADABLE = [
    (b"{", 400),
    (b'{"description":"x",}', 400),
    (b'{"description":"x"} y', 400),
    (b"{'description':'x'}", 400),
    (b"", 400),
    (b"null", 400),
    (b"[]", 400),
    (b'"text"', 400),
    (b"7", 400),
    (b'{"description":"\xff\xfe"}', 400),
    (b'{"description":"\\ud800"}', 400),
    (b'{"enabled":NaN}', 400),
    (b'{"enabled":1e400}', 400),
    (b'{"enabled":123456789012345678901234567890}', 400),
    (DEEP[:65_000], 400),
    (b"[" * 30_000 + b"]" * 30_000, 400),
    (json.dumps({f"k{i}": 0 for i in range(5_000)}).encode(), 400),
    (b" " * 65_537, 413),
]


@pytest.mark.requirement("R-SEC-3")
async def test_a_body_that_cannot_be_read_is_a_plain_4xx(api: httpx.AsyncClient) -> None:
    for body, status in UNREADABLE:
        for method, path in (("POST", "/api/recurring"), ("POST", "/api/recurring/generate")):
            reply = await api.request(method, path, content=body, headers={"content-type": "application/json"})
            assert reply.status_code == status, body[:40]
            assert set(reply.json()) <= {"error", "fields"}
    assert (await api.get("/api/recurring")).json() == {"recurringConfigs": []}


async def test_a_wrong_content_type_is_415_and_none_is_accepted(api: httpx.AsyncClient) -> None:
    body = b'{"description":"x","cronExpression":"0 9 * * *"}'
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = await api.post("/api/recurring", content=body, headers={"content-type": wrong})
        assert reply.status_code == 415
    zipped = await api.post("/api/recurring", content=body, headers={"content-encoding": "gzip"})
    assert zipped.status_code == 415
    assert (await api.post("/api/recurring", content=body)).status_code == 201


async def test_an_unannounced_body_is_limited_too(api: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 8192

    reply = await api.post("/api/recurring", content=endless())
    assert reply.status_code == 413


async def test_a_request_that_breaks_off_does_nothing(system: System, api: httpx.AsyncClient) -> None:
    host = urlsplit(system.portal_url)
    body = b'{"description":"x","cronExpression":"0 9 * * *"}'
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    head = f"POST /api/recurring HTTP/1.1\r\nHost: localhost\r\nAuthorization: {api.headers['authorization']}\r\n"
    writer.write(head.encode() + f"Content-Length: {len(body) + 9}\r\n\r\n".encode() + body)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert (await api.get("/api/recurring")).json() == {"recurringConfigs": []}


async def half_sent(system: System, text: bytes) -> bytes:
    """What comes back, up to the end of the connection, when a request is never finished."""
    host = urlsplit(system.portal_url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write(text)
    async with asyncio.timeout(10):
        reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    return reply


async def test_a_request_that_never_ends_is_not_waited_for(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_HEADERS_WITHIN", 0.2)
    monkeypatch.setattr(edge, "_BODY_WITHIN", 0.2)
    assert await half_sent(system, b"") == b""
    assert await half_sent(system, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ") == b""
    body = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\ncsrf"
    assert (await half_sent(system, body)).startswith(b"HTTP/1.1 408")


async def test_more_connections_than_there_is_room_for_cost_the_slowest_one_its_own(
    system: System, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 40)
    host = urlsplit(system.portal_url)
    slow = [await asyncio.open_connection(host.hostname, host.port) for _ in range(60)]
    for _, writer in slow:
        writer.write(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    for _ in range(3):
        assert (await stranger.get("/sign-in")).status_code == 200
    async with asyncio.timeout(10):
        assert [await reader.read() for reader, _ in slow[:20]] == [b""] * 20
    for _, writer in slow:
        writer.close()


HEAD = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"


async def open_connections(port: int | None, *heads: bytes) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """One connection for each, in this order; what each sends is never a whole request."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in heads]
    for (_, writer), head in zip(opened, heads, strict=True):
        writer.write(head)
    return opened


def close(opened: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
    for _, writer in opened:
        writer.close()


@pytest.mark.requirement("R-SEC-3")
async def test_bodies_that_never_come_shut_nobody_out(
    system: System, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 40)
    slow = await open_connections(urlsplit(system.portal_url).port, *[HEAD + b"\r\n"] * 60)
    async with asyncio.timeout(10):
        for _ in range(3):
            assert (await stranger.get("/sign-in")).status_code == 200
        assert [await reader.read() for reader, _ in slow[:15]] == [b""] * 15
    close(slow)


@pytest.mark.requirement("R-SEC-3")
async def test_streams_make_room_for_requests(
    system: System, browser: Browser, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 20)
    cookie = browser.client.cookies["dataops"]
    head = f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: dataops={cookie}\r\n\r\n".encode()
    streams = await open_connections(urlsplit(system.portal_url).port, *[head] * 15)
    async with asyncio.timeout(10):
        for reader, _ in streams:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        streams += await open_connections(urlsplit(system.portal_url).port, *[head] * 15)
        assert (await stranger.get("/sign-in")).status_code == 200
    close(streams)


@pytest.mark.requirement("R-SEC-3")
async def test_address_and_session_have_so_many_requests_at_once(
    system: System, browser: Browser, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(system.portal_url).port
    monkeypatch.setattr(edge, "_MOST_OF_SESSION", 2)
    cookie = f"Cookie: dataops={browser.client.cookies['dataops']}\r\n\r\n".encode()
    async with asyncio.timeout(10):
        slow = await open_connections(port, *[HEAD + cookie] * 3)
        done, _ = await asyncio.wait(
            [asyncio.create_task(reader.readline()) for reader, _ in slow], return_when=asyncio.FIRST_COMPLETED
        )
        assert [one.result() for one in done] == [b"HTTP/1.1 429 Too Many Requests\r\n"]
        assert (await stranger.get("/sign-in")).status_code == 200
        monkeypatch.setattr(edge, "_MOST_OF_ADDRESS", 2)
        refused = await stranger.get("/sign-in")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert "of one address" in refused.text
        close(slow)
    monkeypatch.undo()
    assert (await stranger.get("/sign-in")).status_code == 200


async def waiting_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers GET; for anything else it waits for a body."""
    if scope["method"] == "GET":
        head = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})
    else:
        await receive()


@pytest.mark.requirement("R-SEC-3")
async def test_behind_a_trusted_proxy_the_client_with_most_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 20)
    bound = server.bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    quiet, loud = (HEAD + f"X-Forwarded-For: 203.0.113.{n}\r\n\r\n".encode() for n in (1, 2))
    serving = server.listening(waiting_app, bound, trusted_proxies="127.0.0.1", keep_alive=75, before_stop=lambda: None)
    async with asyncio.timeout(10), serving, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/")).status_code == 200
        few = await open_connections(port, *[quiet] * 3)
        many = await open_connections(port, *[loud] * 30)
        assert [await reader.read() for reader, _ in many[:10]] == [b""] * 10
        assert (await client.get("/")).status_code == 200
        assert not any(reader.at_eof() for reader, _ in few)
        close([*few, *many])


async def test_what_is_no_http_is_told_so_with_the_headers_of_every_response(system: System) -> None:
    reply = (await half_sent(system, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")).decode()
    assert reply.startswith("HTTP/1.1 400")
    for name, value in SAFETY.items():
        assert f"{name}: {value}\r\n" in reply


@pytest.mark.requirement("R-SEC-1")
async def test_only_our_own_names_and_addresses_are_answered_to(system: System, stranger: httpx.AsyncClient) -> None:
    known = known_hosts(system.settings.model_copy(update={"allowed_hosts": "ops.example.org,intra"}))
    for ours in ("localhost", "LOCALHOST:8080", "127.0.0.1", "10.1.2.3:80", "[::1]:8080", "Ops.Example.org.", "intra"):
        assert is_known(ours, known), ours
    for foreign in ("evil.test", "localhost.evil.test", "example.org", "", "a@b", "127.0.0.1:80\\@evil", "localhost:x"):
        assert not is_known(foreign, known), foreign
    for path in ("/", "/api/health", "/sign-in", "/assets/x/app.js"):
        reply = await stranger.get(path, headers={"host": "evil.test"})
        assert (reply.status_code, "DATAOPS_ALLOWED_HOSTS" in reply.text) == (400, True), path
        assert SAFETY.items() <= dict(reply.headers).items()
