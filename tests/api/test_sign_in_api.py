"""Signing in and out over JSON, and what a token opens."""

import re

import httpx
import pytest

from tests.api.people import Person
from tests.support.replies import STAMP

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def log_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("/api/auth/login", json={"email": email, "password": password})


@pytest.mark.requirement("R-SEC-1")
async def test_a_token_opens_the_api_until_it_is_given_back(stranger: httpx.AsyncClient, operator: Person) -> None:
    reply = await log_in(stranger, "OPERATOR@example.ORG", operator.password)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    user = reply.json()["user"]
    assert set(user) == {"id", "name", "email", "createdAt"}
    assert UUID.fullmatch(user["id"])
    assert STAMP.fullmatch(user["createdAt"])
    token = {"authorization": f"bearer {reply.json()['token']}"}
    assert (await stranger.get("/api/me", headers=token)).json() == {"user": user}
    out = await stranger.post("/api/auth/logout", headers=token)
    assert (out.status_code, out.content) == (204, b"")
    after = await stranger.get("/api/me", headers=token)
    assert (after.status_code, after.json()) == (401, {"error": "Unauthorized"})
    assert (await stranger.post("/api/auth/logout")).status_code == 204


async def test_every_wrong_sign_in_gets_one_answer(stranger: httpx.AsyncClient, operator: Person) -> None:
    for email, password in [(operator.email, "not this one"), ("nobody@example.org", operator.password)]:
        reply = await log_in(stranger, email, password)
        assert (reply.status_code, reply.json()) == (401, {"error": "Invalid email or password"})
    too_long = await log_in(stranger, operator.email, operator.password + "x" * 200)
    assert too_long.status_code == 401


UNUSABLE = [
    (b"{", "Invalid JSON body"),
    (b"", "email and password are required"),
    (b"null", "email and password are required"),
    (b"{}", "email and password are required"),
    (b'{"email": "a@b"}', "email and password are required"),
    (b'{"email": "a@b", "password": ""}', "email and password are required"),
    (b'{"email": {"$ne": null}, "password": "x"}', "email and password are required"),
    (b"[]", "Request body must be a JSON object"),
]


async def test_an_unusable_body_is_named(stranger: httpx.AsyncClient) -> None:
    for body, message in UNUSABLE:
        reply = await stranger.post("/api/auth/login", content=body)
        assert (reply.status_code, reply.json()) == (400, {"error": message}), body


@pytest.mark.requirement("R-SEC-1")
async def test_guessing_has_to_wait_and_quick_right_sign_ins_do_not(
    stranger: httpx.AsyncClient, operator: Person, admin: Person
) -> None:
    for _ in range(16):
        assert (await log_in(stranger, operator.email, operator.password)).status_code == 200
    for _ in range(5):
        assert (await log_in(stranger, operator.email, "a wrong password")).status_code == 401
    reply = await log_in(stranger, operator.email, operator.password)
    assert reply.status_code == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert (await log_in(stranger, admin.email, admin.password)).status_code == 200


async def test_users_are_listed_without_secrets(api: httpx.AsyncClient, admin: Person) -> None:
    reply = await api.get("/api/users")
    assert reply.headers["content-type"] == "application/json"
    users = reply.json()["users"]
    assert [user["name"] for user in users] == ["Adrian Admin", "Olivia Operations"]
    assert all(set(user) == {"id", "name", "email", "createdAt"} for user in users)
    assert (await api.get(f"/api/users/{admin.id}/")).json()["user"]["email"] == admin.email
    missing = await api.get("/api/users/does-not-exist")
    assert (missing.status_code, missing.json()) == (404, {"error": "User not found"})
    for method, path in [("POST", "/api/users"), ("PUT", "/api/users"), ("DELETE", f"/api/users/{admin.id}")]:
        reply = await api.request(method, path)
        assert (reply.status_code, reply.json()) == (405, {"error": "Method not allowed"})
