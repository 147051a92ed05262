"""The header set, generated: on every route that there is, for every role, and with every status that we answer."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from contracts.values import Service
from services.kit.mongo.driver import PyMongoError
from services.portal.auth.sign_ins import SignIns
from services.portal.store import PortalStore
from tests.api.people import SAME_ORIGIN, Browser, Person, browser_of, client_of
from tests.support.replies import SAFETY
from tests.support.routes import declared
from tests.system import System

pytestmark = pytest.mark.requirement("R-SEC-1")

INTERNALS = ("Traceback", "pymongo", "motor", "nats.", "OperationFailure", "mongodb://", 'File "')


def is_whole(reply: httpx.Response) -> None:
    """The header set, an id to quote, nothing kept by caches, and no word of what is inside."""
    own = {"content-security-policy"} if "content-disposition" in reply.headers else set[str]()
    expected = {name: value for name, value in SAFETY.items() if name not in own}
    assert expected.items() <= dict(reply.headers).items(), (reply.url, reply.status_code)
    assert len(reply.headers["x-request-id"]) == 16
    assert reply.headers["cache-control"] == "no-store"
    assert not [word for word in INTERNALS if word in reply.text], (reply.url, reply.text[:500])
    if reply.status_code >= 400 and reply.headers["content-type"].startswith("text/html"):
        assert "<title>" in reply.text


async def test_every_route_answers_every_role_with_the_header_set(
    system: System, stranger: httpx.AsyncClient, api: httpx.AsyncClient, browser: Browser, admin: Person
) -> None:
    """With ids of nothing and without bodies, so that nothing is changed on the way."""
    answered: set[int] = set()
    async with browser_of(system.portal_url, admin) as boss, client_of(system.portal_url, admin) as root:
        for (method, pattern), _ in declared().items():
            path = pattern.replace("{", "no-").replace(":str}", "")
            ends_session = path in ("/sign-out", "/api/auth/logout")
            if path in ("/live", "/export/archive", "/api/export") or pattern.startswith("/assets/"):
                continue  # streams without an end, the archive of tests/api/test_export.py, and what may be kept
            clients = [stranger] if ends_session else [stranger, api, root, browser.client, boss.client]
            for client in clients:
                reply = await client.request(method, path, headers=SAME_ORIGIN)
                is_whole(reply)
                answered.add(reply.status_code)
    assert answered >= {200, 303, 400, 401, 403, 404}


async def test_head_answers_as_get_without_body(
    system: System, stranger: httpx.AsyncClient, api: httpx.AsyncClient, browser: Browser, admin: Person
) -> None:
    """On every route with GET, found or not, streams too. A random name, a time or an id may differ."""
    task = (await api.post("/api/tasks", json={"description": "x", "date": "2028-02-02"})).json()["id"]
    async with browser_of(system.portal_url, admin) as boss, client_of(system.portal_url, admin) as root:
        for client in (stranger, api, root, browser.client, boss.client):
            client.headers["accept-encoding"] = "identity"
            for method, pattern in declared():
                path = pattern.replace("{task_id:str}", task).replace("{", "no-").replace(":str}", "")
                if method != "GET":
                    continue
                head = await client.head(path)
                async with client.stream("GET", path) as get:
                    assert (head.status_code, head.content) == (get.status_code, b""), path
                    assert differing(head) == differing(get), path


def differing(reply: httpx.Response) -> dict[str, str]:
    named = {"date", "x-request-id", "set-cookie", "content-disposition", "content-length", "transfer-encoding"}
    return {name: value for name, value in reply.headers.items() if name not in named}


async def statuses(api: httpx.AsyncClient, browser: Browser) -> AsyncGenerator[tuple[int, httpx.Response]]:
    """A reply of every status that can be had without breaking something."""
    task = (await api.post("/api/tasks", json={"description": "x", "date": "2028-02-02"})).json()["id"]
    yield 400, await api.post("/api/tasks", content=b"{")
    form = SAME_ORIGIN | {"content-type": "application/x-www-form-urlencoded"}
    yield 400, await browser.client.post("/tasks", content=b"csrf=%ff", headers=form)
    yield 404, await browser.get("/tasks/nothing")
    yield 405, await browser.client.get("/sign-out")
    yield 405, await api.delete("/api/users")
    yield 409, await api.post(f"/api/tasks/{task}/response", json={})
    yield 409, await browser.post(f"/tasks/{task}/completion", {"version": "9"})
    yield 413, await api.post("/api/tasks", content=b" " * 70_000)
    yield 413, await browser.client.post("/tasks", content=b"x" * 300_000, headers=SAME_ORIGIN)
    yield 415, await api.post("/api/tasks", content=b"{}", headers={"content-type": "text/plain"})
    yield 415, await browser.client.post("/tasks", json={}, headers=SAME_ORIGIN)
    yield 422, await browser.post("/tasks", {"description": "", "date": ""})
    yield 403, await browser.client.post("/tasks", data={"csrf": "x"}, headers=SAME_ORIGIN)
    yield 403, await browser.get("/users")


async def test_every_status_comes_with_the_header_set(
    api: httpx.AsyncClient, browser: Browser, stranger: httpx.AsyncClient
) -> None:
    async for status, reply in statuses(api, browser):
        assert reply.status_code == status, (reply.url, reply.text[:300])
        is_whole(reply)
    for _ in range(6):
        reply = await stranger.post("/api/auth/login", json={"email": "nobody@example.org", "password": "guess"})
    assert (reply.status_code, reply.headers["retry-after"].isdigit()) == (429, True)
    is_whole(reply)


async def test_a_bug_is_500_with_an_id_and_no_word_of_what_is_inside(
    api: httpx.AsyncClient, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("mongodb://user:secret@host is OperationFailure")

    monkeypatch.setattr(PortalStore, "users", break_down)
    for reply in (await api.get("/api/users"), await browser.get("/settings")):
        assert reply.status_code == 500
        is_whole(reply)
        assert "secret" not in reply.text
    assert reply.headers["x-request-id"] in reply.text


async def test_what_does_not_answer_is_503_and_says_which(
    system: System, api: httpx.AsyncClient, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.stop(Service.WORK)
    for reply in (await api.get("/api/tasks?status=todo"), await browser.get("/recurring")):
        assert (reply.status_code, "work" in reply.text) == (503, True)
        is_whole(reply)

    async def unreachable(*_: Any, **__: Any) -> None:
        raise PyMongoError("mongodb://user:secret@host: connection refused")

    monkeypatch.setattr(SignIns, "viewer", unreachable)
    for reply in (await api.get("/api/me"), await browser.get("/")):
        assert reply.status_code == 503
        is_whole(reply)
