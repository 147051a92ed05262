"""Pages without script: what they show, what their forms do, and what is not let through."""

from typing import Any

import httpx
import pytest

from contracts.commands import CreateRecurring
from contracts.subjects import CREATE_RECURRING
from contracts.values import ProofType, Service
from contracts.views import ProofRequirement, RecurringConfig
from tests.api.people import Browser, Person, browser_of, hidden
from tests.system import System, eventually

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
TODAY = {"startDate": "2028-02-02", "endDate": "2028-02-02", "schedule": ""}
PROOF = ProofRequirement(type=ProofType.COMMENT, label="What was decided")


async def duty(system: System, description: str, **fields: Any) -> RecurringConfig:
    command = CreateRecurring(description=description, cron_expression="0 9 * * *", **fields)
    return await system.ask(CREATE_RECURRING, command)


async def generated(browser: Browser, **fields: str) -> str:
    """The result page of a generation for today."""
    reply = await browser.post("/generations", TODAY | fields)
    assert reply.status_code == 303, reply.text
    return (await browser.get(reply.headers["location"])).text


def strip(page: str) -> dict[str, int]:
    """The numbers of the summary strip by their labels."""
    part = page.split('aria-label="Summary">', 1)[1].split("</ul>", 1)[0]
    cells = [cell.split("<b>", 1)[1].split("</a>", 1)[0].split("</b>") for cell in part.split("<li")[1:]]
    return {label: int(number) for number, label in cells}


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


@pytest.mark.requirement("R-HOM-1")
async def test_a_generated_duty_stands_on_home_and_is_done_there(system: System, browser: Browser) -> None:
    await duty(system, "Handle <b>Slack</b> invites", instructions="Open Slack.")
    assert strip((await browser.get("/")).text)["Today"] == 0
    result = await generated(browser)
    assert "1 recurring task and 0 workflows were created." in result
    home = (await browser.get("/")).text
    assert strip(home) == {
        "Failures": 0,
        "Follow-ups due": 0,
        "Overdue": 0,
        "At risk": 0,
        "Today": 1,
        "Waiting": 0,
        "Done today": 0,
    }
    assert "Handle &lt;b&gt;Slack&lt;/b&gt; invites" in home
    assert "Recurring · every day at 09:00" in home
    assert "Wednesday 2 February 2028" in home
    assert "Nothing is overdue." in home
    action = home.split('action="/tasks/', 1)[1].split('"', 1)[0]
    key = hidden(home.split('action="/tasks/', 1)[1], "key")
    done = await browser.post(f"/tasks/{action}", {"key": key, "back": "/"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    after = (await browser.get("/")).text
    assert "Done: “Handle &lt;b&gt;Slack&lt;/b&gt; invites”." in after
    assert (strip(after)["Today"], strip(after)["Done today"]) == (0, 1)
    assert "Done: “" not in (await browser.get("/")).text
    again = await browser.post(f"/tasks/{action}", {"key": key, "back": "//evil.test"})
    assert (again.status_code, again.headers["location"]) == (303, "/")


@pytest.mark.requirement("R-TSK-4")
async def test_missing_proof_is_said_on_the_row_and_refused_there(system: System, browser: Browser) -> None:
    await duty(system, "Decide on the speaker", proof_requirement=PROOF)
    await generated(browser)
    home = (await browser.get("/")).text
    assert "What was decided" in home
    assert "/completion" not in home
    task = (await system.tasks_on("2028-02-02"))[0]
    refused = await browser.post(f"/tasks/{task.id}/completion", {"back": "/"})
    assert refused.status_code == 409
    assert "<title>Error: " in refused.text
    assert 'class="problem" role="alert"' in refused.text
    assert strip(refused.text)["Today"] == 1
    row = await browser.client.post(
        f"/tasks/{task.id}/completion",
        data={"csrf": hidden(home, "csrf"), "back": "/"},
        headers=SAME_ORIGIN | {"hx-request": "true"},
    )
    assert row.status_code == 409
    assert row.text.startswith('<li class="row"')
    assert (await browser.post("/tasks/unknown/completion", {})).status_code == 404


@pytest.mark.requirement("R-HOM-5")
async def test_what_is_others_is_announced_and_not_mixed_in(
    system: System, browser: Browser, admin: Person, operator: Person
) -> None:
    await duty(system, "Mine", assignee_id=operator.id)
    await duty(system, "Nobody's", assignee_id="user-grace")
    await duty(system, "Admin's", assignee_id=admin.id)
    await generated(browser, startDate="2028-01-31", endDate="2028-02-02")
    mine = (await browser.get("/")).text
    assert strip(mine)["Overdue"] + strip(mine)["Today"] == 6
    assert "Admin&#39;s" not in mine
    assert "late for others" in mine
    everyone = (await browser.get("/?scope=everyone")).text
    assert strip(everyone)["Overdue"] + strip(everyone)["Today"] == 9
    assert "Adrian Admin" in everyone
    assert "user-grace" not in everyone


@pytest.mark.requirement("R-PAU-1")
async def test_pausing_says_since_when_by_whom_and_why(system: System, browser: Browser) -> None:
    config = await duty(system, "Back up the list")
    before = (await browser.get("/recurring")).text
    assert "Every day at 09:00" in before
    assert "0 9 * * *" in before
    assert "today 09:00" in before
    paused = await browser.post(f"/schedules/recurring/{config.id}/pause", {"reason": "Moving to <new> list"})
    assert paused.status_code == 303
    page = (await browser.get("/recurring")).text
    assert "Paused since" in page
    assert "by you: <b>Moving to &lt;new&gt; list</b>" in page
    assert "No next run while paused" in page
    assert "1 date was left out" in await generated(browser, schedule=f"recurring:{config.id}")
    too_long = await browser.post(f"/schedules/recurring/{config.id}/pause", {"reason": "x" * 3000})
    assert too_long.status_code == 422
    await browser.post(f"/schedules/recurring/{config.id}/resumption", {})
    assert "What it missed while paused is not made" in (await browser.get("/recurring")).text
    assert (await browser.post("/schedules/nonsense/x/pause", {})).status_code == 404
    assert (await browser.post("/schedules/recurring/unknown/pause", {})).status_code == 404


@pytest.mark.requirement("R-GEN-7")
async def test_generating_a_range_counts_what_was_there_and_keeps_wrong_input(system: System, browser: Browser) -> None:
    config = await duty(system, "Handle Slack invites")
    await duty(system, "Review intake")
    one = {"startDate": "2028-02-01", "endDate": "2028-02-03", "schedule": f"recurring:{config.id}"}
    assert "3 recurring tasks and 0 workflows were created." in await generated(browser, **one)
    both = await generated(browser, startDate="2028-02-01", endDate="2028-02-03")
    assert "3 recurring tasks" in both
    assert "3 dates were skipped" in both
    for fields, words in [
        ({"startDate": "2028-02-30"}, "First day &#39;2028-02-30&#39; is not a real calendar date"),
        ({"startDate": ""}, "First day is required"),
        ({"endDate": "2028-01-01"}, "The last day must not be before the first day"),
        ({"endDate": "2028-09-01"}, "at most 90 days apart"),
        ({"schedule": "nonsense:x"}, "Choose a schedule of the list"),
    ]:
        reply = await browser.post("/generations", TODAY | fields)
        assert reply.status_code == 422, fields
        assert words in reply.text
        assert f'value="{fields.get("startDate", "2028-02-02")}"' in reply.text
        assert "<title>Error: " in reply.text
    assert len(await system.tasks_on("2028-02-02")) == 2


async def test_a_silent_work_service_is_said_in_words(system: System, browser: Browser) -> None:
    await system.stop(Service.WORK)
    for path in ("/", "/recurring"):
        reply = await browser.get(path)
        assert reply.status_code == 503
        assert "The work service does not answer" in reply.text
        assert "Nothing is overdue" not in reply.text


@pytest.mark.requirement("R-REL-2")
async def test_a_scheduler_that_does_not_tick_is_announced(system: System, browser: Browser) -> None:
    assert "The scheduler is silent" in (await browser.get("/")).text
    await system.start(Service.SCHEDULER)

    async def ticking() -> bool:
        reply = await browser.get("/")
        return reply.status_code == 200 and "The scheduler is silent" not in reply.text

    await eventually(ticking)


async def test_notifications_are_listed(system: System, browser: Browser) -> None:
    assert "Nothing needs your attention." in (await browser.get("/notifications")).text


async def test_open_streams_do_not_hold_up_a_stop(system: System, browser: Browser) -> None:
    async with browser.client.stream("GET", "/live") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: hello"
        await system.stop(Service.PORTAL)
