"""Signing in and out on pages, and changes that nobody but the signed-in person can have sent."""

import httpx
import pytest

from tests.api.people import SAME_ORIGIN, Browser, Person, browser_of, hidden
from tests.api.test_pages import duty
from tests.system import System


@pytest.mark.requirement("R-SEC-1")
async def test_a_stranger_is_led_to_sign_in_and_back(stranger: httpx.AsyncClient, operator: Person) -> None:
    led = await stranger.get("/?scope=everyone")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2F%3Fscope%3Deveryone")
    form = await stranger.get(led.headers["location"])
    fields = {"csrf": hidden(form.text, "csrf"), "next": hidden(form.text, "next").replace("&amp;", "&")}
    fields |= {"email": operator.email, "password": operator.password}
    entered = await stranger.post("/sign-in", data=fields, headers=SAME_ORIGIN)
    assert (entered.status_code, entered.headers["location"]) == (303, "/?scope=everyone")
    cookie = next(one for one in entered.headers.get_list("set-cookie") if one.startswith("dataops="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    home = await stranger.get("/")
    assert home.status_code == 200
    assert "<title>Operations Home</title>" in home.text


async def test_nobody_is_led_elsewhere_after_signing_in(stranger: httpx.AsyncClient) -> None:
    for evil in ("//evil.test", "https://evil.test", "https:evil", "/\\evil", "/%09/evil", "javascript:x", "/api/me"):
        form = await stranger.get("/sign-in", params={"next": evil})
        assert hidden(form.text, "next") in ("/", "/%09/evil"), evil


@pytest.mark.requirement("R-SEC-1")
async def test_signing_in_is_refused_without_the_forms_own_token(stranger: httpx.AsyncClient, operator: Person) -> None:
    fields = {"email": operator.email, "password": operator.password}
    token = hidden((await stranger.get("/sign-in")).text, "csrf")
    for headers, csrf in [
        (SAME_ORIGIN, ""),
        (SAME_ORIGIN, token[:-1] + "x"),
        ({"sec-fetch-site": "cross-site"}, token),
        ({"sec-fetch-site": "same-site"}, token),
        ({"origin": "https://evil.test"}, token),
        ({"origin": "null"}, token),
        ({}, token),
    ]:
        reply = await stranger.post("/sign-in", data=fields | {"csrf": csrf}, headers=headers)
        assert reply.status_code == 403, headers
        assert "dataops=" not in str(reply.headers.get_list("set-cookie"))
    host = {"origin": str(stranger.base_url).rstrip("/")}
    assert (await stranger.post("/sign-in", data=fields | {"csrf": token}, headers=host)).status_code == 303


async def test_a_wrong_password_keeps_the_address_and_says_no_more(
    stranger: httpx.AsyncClient, operator: Person
) -> None:
    token = hidden((await stranger.get("/sign-in")).text, "csrf")
    fields = {"csrf": token, "email": operator.email, "password": "wrong"}
    for _ in range(5):
        reply = await stranger.post("/sign-in", data=fields, headers=SAME_ORIGIN)
        assert reply.status_code == 401
        assert f'value="{operator.email}"' in reply.text
        assert "<title>Error: Sign in" in reply.text
    throttled = await stranger.post("/sign-in", data=fields, headers=SAME_ORIGIN)
    assert (throttled.status_code, "retry-after" in throttled.headers) == (429, True)
    assert (await stranger.post("/sign-in", data=fields | {"email": ""}, headers=SAME_ORIGIN)).status_code == 422


@pytest.mark.requirement("R-SEC-1")
async def test_signing_out_ends_the_session_everywhere_it_is_used(browser: Browser) -> None:
    cookies = dict(browser.client.cookies)
    assert (await browser.client.get("/sign-out")).status_code == 405
    assert (await browser.post("/sign-out", {})).headers["location"] == "/sign-in"
    browser.client.cookies.update(cookies)
    assert (await browser.get("/")).status_code == 303


@pytest.mark.requirement("R-SEC-1")
async def test_signing_in_again_makes_the_old_session_worthless(stranger: httpx.AsyncClient, operator: Person) -> None:
    token = hidden((await stranger.get("/sign-in")).text, "csrf")
    fields = {"csrf": token, "email": operator.email, "password": operator.password}
    sessions: list[str] = []
    for _ in range(2):
        assert (await stranger.post("/sign-in", data=fields, headers=SAME_ORIGIN)).status_code == 303
        sessions.append(stranger.cookies["dataops"])
    assert (await stranger.get("/")).status_code == 200
    async with httpx.AsyncClient(base_url=stranger.base_url, cookies={"dataops": sessions[0]}) as before:
        assert (await before.get("/")).status_code == 303


@pytest.mark.requirement("R-SEC-1")
async def test_a_change_needs_the_token_of_this_session(
    system: System, browser: Browser, admin: Person, operator: Person
) -> None:
    config = await duty(system, "Handle Slack invites")
    path = f"/schedules/recurring/{config.id}/pause"
    async with browser_of(system.portal_url, admin) as other:
        foreign = hidden((await other.get("/recurring")).text, "csrf")
    for token in ("", "x", foreign):
        assert (await browser.post(path, {}, token=token)).status_code == 403
    own = hidden((await browser.get("/recurring")).text, "csrf")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}, {}):
        reply = await browser.client.post(path, data={"csrf": own}, headers=headers)
        assert reply.status_code == 403
    twice = await browser.client.post(
        path,
        content=f"csrf={own}&reason=a&reason=b",
        headers=SAME_ORIGIN | {"content-type": "application/x-www-form-urlencoded"},
    )
    assert twice.status_code == 422
    assert "Paused" not in (await browser.get("/recurring")).text
