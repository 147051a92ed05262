"""Group A: what is wrong before any route is looked at, sent byte by byte."""

import asyncio
import gzip
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from services.kit.mongo import connection
from services.portal import app as portal
from tests.api.bad_inputs.world import Bad, World, cases, is_refused
from tests.api.oracle import nothing_happens
from tests.api.people import SAME_ORIGIN
from tests.support.replies import SAFETY

pytestmark = pytest.mark.requirement("R-SEC-3")

TASK = b'{"description":"x","date":"2028-02-02"}'
JSON = {"content-type": "application/json"}
LONG = 70_000


async def exchanged(world: World, text: bytes) -> bytes:
    """What comes back for these bytes, up to the end of the connection."""
    host = urlsplit(world.system.portal_url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write(text)
    writer.write_eof()
    async with asyncio.timeout(10):
        reply = await reader.read()
    writer.close()
    return reply


def head(*lines: str, first: str = "POST /api/tasks HTTP/1.1", host: str = "Host: localhost") -> bytes:
    return "\r\n".join([first, *([host] if host else []), *lines, "", ""]).encode("latin-1")


MALFORMED = {
    "no Host": head(host=""),
    "two Hosts": head("Host: localhost"),
    "a foreign Host": head(host="Host: evil.test"),
    "a Host with a user": head(host="Host: a@b"),
    "a Host with a backslash": head(host="Host: 127.0.0.1:80\\@evil"),
    "a Host of HTTP 1.0 that is missing": head(first="GET /sign-in HTTP/1.0", host=""),
    "two lengths": head("Content-Length: 4", "Content-Length: 5") + b"{}  ",
    "a negative length": head("Content-Length: -1"),
    "a length in letters": head("Content-Length: abc"),
    "a length with an exponent": head("Content-Length: 1e3"),
    "a length and chunks": head("Content-Length: 4", "Transfer-Encoding: gzip, chunked"),
    "a chunk size that is none": head("Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
    "HTTP 0.9": b"GET /\r\n\r\n",
    "HTTP 3.7": head(first="GET / HTTP/3.7"),
    "an empty line": b"\n\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a header without a colon": head("nonsense"),
    "a folded header name": head("X Y: 1"),
    "a NUL in a header": head("X-A: a\x00b"),
    "a target with a raw byte": b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=f"A: {what}") for what, text in MALFORMED.items()])
async def test_what_is_no_request_of_ours_is_a_400_or_the_end(world: World, text: bytes) -> None:
    async with nothing_happens(world.system, world.api):
        reply = await exchanged(world, text)
    if reply:
        assert reply.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401")), reply[:200]
        for name, value in SAFETY.items():
            assert f"{name}: {value}\r\n".encode() in reply


@pytest.mark.parametrize("method", [f"A: {method}" for method in ("TRACE", "FOO", "PROPFIND", "OPTIONS")])
async def test_methods_that_nobody_offers(world: World, method: str) -> None:
    async with nothing_happens(world.system, world.api):
        for path in ("/", "/api/tasks", "/nowhere", "/api/nowhere"):
            reply = await world.api.request(method.removeprefix("A: "), path)
            assert reply.status_code == 405
    assert (await exchanged(world, b"CONNECT evil.test:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"))[9:12] == b"405"


@pytest.mark.parametrize(
    "bad",
    cases(
        "A",
        Bad("text/plain", "POST", "/api/tasks", content=TASK, headers={"content-type": "text/plain"}, status=415),
        Bad(
            "a form's type",
            "POST",
            "/api/tasks",
            content=TASK,
            headers={"content-type": "application/x-www-form-urlencoded"},
            status=415,
        ),
        Bad(
            "UTF-16",
            "POST",
            "/api/tasks",
            content=TASK.decode().encode("utf-16"),
            headers={"content-type": "application/json; charset=utf-16"},
            status=(400, 415),
        ),
        Bad(
            "gzip",
            "POST",
            "/api/tasks",
            content=gzip.compress(TASK),
            headers=JSON | {"content-encoding": "gzip"},
            status=415,
        ),
        Bad(
            "a gzip bomb",
            "POST",
            "/api/tasks",
            content=gzip.compress(bytes(30_000_000)),
            headers=JSON | {"content-encoding": "gzip"},
            status=415,
        ),
        Bad("too much", "POST", "/api/tasks", content=b" " * LONG, headers=JSON, status=413, reason="64 KB"),
        Bad("a long address", "GET", "/api/tasks/" + "x" * 8_000, status=404),
        Bad("a longer address", "GET", "/api/tasks?date=" + "x" * 20_000, reason="date"),
        Bad("an emulated deletion", "POST", "/api/tasks/<task>?_method=DELETE", body={}, status=(404, 405)),
        Bad(
            "an overridden method",
            "POST",
            "/api/tasks/<task>",
            body={},
            headers={"x-http-method-override": "DELETE"},
            status=(404, 405),
        ),
    ),
)
async def test_what_cannot_be_a_request_to_the_api(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


async def test_too_much_in_chunks_is_refused_and_so_is_too_large_a_form(world: World) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(40):
            yield b"x" * 8_192

    form = {"content-type": "application/x-www-form-urlencoded"}
    async with nothing_happens(world.system, world.api):
        assert (await world.api.post("/api/tasks", content=endless(), headers=JSON)).status_code == 413
        reply = await world.browser.client.post("/tasks", content=endless(), headers=SAME_ORIGIN | form)
        assert reply.status_code == 413


ORIGINS = [
    {"origin": "null"},
    {"origin": "https://evil.test"},
    {"origin": "http://localhost.evil.test"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {},
]


@pytest.mark.parametrize("origin", [pytest.param(one, id=f"A: origin {one}") for one in ORIGINS])
async def test_a_change_from_elsewhere_is_refused(world: World, origin: dict[str, str]) -> None:
    token = await world.browser.token()
    fields = {"csrf": token, "description": "x", "date": "2028-02-02"}
    async with nothing_happens(world.system, world.api):
        reply = await world.browser.client.post("/tasks", data=fields, headers=origin)
    assert reply.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"A: {path}"
        for path in (
            *(
                "/.git/config",
                "/.env",
                "/server.py",
                "/metrics",
                "/debug",
                "/schema/swagger",
                "/docs",
                "/public/app.js",
            ),
            *(
                "/wp-login.php",
                "/assets/",
                "/assets/..%2f..%2fpyproject.toml",
                "/assets/%2e%2e/app.py",
                "/static/app.js",
            ),
        )
    ],
)
async def test_nothing_lies_about(world: World, path: str) -> None:
    for client in (world.browser.client, world.api):
        reply = await client.get(path.removeprefix("A: "))
        assert reply.status_code == 404
        assert "x-request-id" in reply.headers


async def test_who_claims_another_address_or_scheme_is_not_believed(world: World) -> None:
    claims = {"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https", "forwarded": "for=1.2.3.4;proto=https"}
    for number in range(6):
        spoofed = claims | {"x-forwarded-for": f"1.2.3.{number}"}
        body = {"email": "spoofer@example.org", "password": "guess"}
        reply = await world.api.post("/api/auth/login", json=body, headers=spoofed)
    assert reply.status_code == 429


@asynccontextmanager
async def portal_behind(world: World, proxies: str) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of one more portal of the same system, which believes these proxies."""
    settings = world.system.settings.model_copy(update={"trusted_proxies": proxies})
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(portal.serve(settings, on_ready=port.set_result))
    try:
        await asyncio.wait({serving, port}, return_when=asyncio.FIRST_COMPLETED)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port.result()}") as client:
            yield client
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


async def guess(client: httpx.AsyncClient, who: str, forwarded: bytes) -> int:
    body = {"email": f"{who}@example.org", "password": "guess"}
    headers = [(b"x-forwarded-for", forwarded), (b"x-forwarded-proto", b"https")]
    return (await client.post("/api/auth/login", json=body, headers=headers)).status_code


ONE_CALLER = (
    *(b"198.51.100.7", b"198.51.100.7:4711", b"203.0.113.5, 198.51.100.7", b"198.51.100.7, 10.0.0.9"),
    *(b"\xff<script>, 198.51.100.7, 10.0.0.9, 10.0.0.8", b"198.51.100.7"),
)
NO_ADDRESSES = (
    b"unknown",
    b"_hidden",
    b"<script>",
    b"\xff\xfe",
    b"x" * 9_000,
    b"198.51.100.999",
    b"[::1",
    b"1.2.3.4:x",
)


async def test_a_trusted_proxy_says_who_calls_and_what_it_cannot_know_says_nothing(world: World) -> None:
    """The last hop that is no proxy counts; all whose address is none are counted as one."""
    async with portal_behind(world, "127.0.0.1,10.0.0.0/8") as client:
        assert [await guess(client, "forwarded", one) for one in ONE_CALLER] == [401] * 5 + [429]
        assert await guess(client, "forwarded", b"198.51.100.8, 10.0.0.9") == 401
        assert [await guess(client, "hidden", one) for one in NO_ADDRESSES] == [401] * 5 + [429] * 3
        assert [await guess(client, "silent", one) for one in (b"", b", ,")] == [401] * 2
    async with connection.connect(world.system.settings, "portal") as database:
        seen = [row["address"] async for row in database["audit"].find({"kind": "sign-in.refused"}).sort("_id", -1)]
    assert seen[:13] == ["127.0.0.1"] * 2 + [""] * 5 + ["198.51.100.8"] + ["198.51.100.7"] * 5


async def test_ranges_are_not_taken_apart(world: World) -> None:
    reply = await world.api.get(
        f"/api/files/{world.ids['file']}/download", headers={"range": "bytes=" + ",".join(["0-"] * 1_000)}
    )
    assert reply.status_code == 200
    assert int(reply.headers["content-length"]) == len(reply.content) < 100
