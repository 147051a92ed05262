"""Signing in and out on pages, and changes that nobody but the signed-in person can have sent."""

from html import unescape

import httpx
import pytest

from services.kit.mongo import connection
from tests.api.people import SAME_ORIGIN, Browser, Person, browser_of, hidden
from tests.support.pages import duty
from tests.system import System


async def one_press_adds(system: System, browser: Browser, shown: str, description: str) -> None:
    """Nothing was saved yet; the page that shows the form sends it."""
    assert (await system.home()).due_today.count == 0
    kept = {name: unescape(hidden(shown, name)) for name in ("csrf", "key", "back", "description", "date")}
    sent = await browser.client.post("/tasks", data=kept, headers=SAME_ORIGIN)
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    [row] = (await system.home()).due_today.rows
    assert row.task.description == description


@pytest.mark.requirement("R-HOM-1")
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


@pytest.mark.requirement("R-SEC-1")
async def test_a_form_sent_after_its_session_ended_is_sent_after_signing_in_again(
    system: System, browser: Browser, operator: Person
) -> None:
    home = await browser.get("/")
    async with connection.connect(system.settings, "portal") as database:
        await database["sessions"].delete_many({})
    typed = {name: hidden(home.text, name) for name in ("csrf", "key", "back")}
    typed |= {"description": 'Call <b>"Ada"</b> & Ben', "date": "2028-02-02", "assigneeId": ""}
    led = await browser.client.post("/tasks", data=typed, headers=SAME_ORIGIN, follow_redirects=True)
    assert (led.status_code, "Nothing was saved yet" in led.text, typed["csrf"] in led.text) == (401, True, False)
    fields = {name: unescape(hidden(led.text, name)) for name in ("csrf", "next", "unsent")}
    fields |= {"email": operator.email, "password": "wrong"}
    again = await browser.client.post("/sign-in", data=fields, headers=SAME_ORIGIN)
    assert unescape(hidden(again.text, "unsent")) == fields["unsent"]
    fields["password"] = operator.password
    shown = await browser.client.post("/sign-in", data=fields, headers=SAME_ORIGIN)
    assert 'action="/tasks"' in shown.text
    assert "<b>" not in shown.text
    await one_press_adds(system, browser, shown.text, typed["description"])


@pytest.mark.requirement("R-SEC-1")
async def test_a_form_of_an_earlier_sign_in_is_shown_and_sent_by_one_press(
    system: System, browser: Browser, operator: Person
) -> None:
    home = (await browser.get("/")).text
    typed = {name: hidden(home, name) for name in ("csrf", "key", "back")}
    typed |= {"description": 'Call <b>"Ada"</b>', "date": "2028-02-02", "password": "secret-one"}
    async with connection.connect(system.settings, "portal") as database:
        await database["sessions"].delete_many({})
    again = {"email": operator.email, "password": operator.password}
    again["csrf"] = hidden((await browser.get("/sign-in")).text, "csrf")
    assert (await browser.client.post("/sign-in", data=again, headers=SAME_ORIGIN)).status_code == 303
    forged = await browser.client.post("/tasks", data=typed, headers={"sec-fetch-site": "cross-site"})
    assert (forged.status_code, "Ada" in forged.text, "Send it now" in forged.text) == (403, False, False)
    part = await browser.client.post("/tasks", data=typed, headers=SAME_ORIGIN | {"hx-request": "true"})
    assert (part.status_code, part.text) == (401, "")
    shown = await browser.client.post("/tasks", data=typed, headers=SAME_ORIGIN)
    assert (shown.status_code, 'action="/tasks"' in shown.text) == (403, True)
    assert "Olivia Operations" in shown.text
    for never in (typed["csrf"], "Call <b>", "secret-one"):
        assert never not in shown.text
    await one_press_adds(system, browser, shown.text, typed["description"])


@pytest.mark.requirement("R-SEC-1")
async def test_what_a_stranger_sends_is_carried_only_from_our_own_pages_and_never_a_password(
    stranger: httpx.AsyncClient,
) -> None:
    fields = {"current": "secret-one", "new": "secret-two", "name": "Kept"}
    own = await stranger.post("/settings/password", data=fields, headers=SAME_ORIGIN, follow_redirects=True)
    assert (own.status_code, "Kept" in own.text, "secret" in own.text) == (401, True, False)
    other = {"sec-fetch-site": "cross-site"}
    assert (await stranger.post("/tasks", data=fields, headers=other, follow_redirects=True)).status_code == 403
    evil = await stranger.post("/sign-in/unsent?next=//evil.test", data=fields, headers=SAME_ORIGIN)
    assert hidden(evil.text, "next") == "/"
    long = await stranger.post("/tasks", data={"x": "y" * 90_000}, headers=SAME_ORIGIN, follow_redirects=True)
    assert (long.status_code, "too long to keep" in long.text) == (401, True)
    part = {"hx-request": "true"} | SAME_ORIGIN
    assert (await stranger.post("/tasks", data=fields, headers=part)).status_code == 401


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
