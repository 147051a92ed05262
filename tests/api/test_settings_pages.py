"""What everybody changes for themselves, the help, and the count of unread notifications in the bar."""

import html
from collections.abc import AsyncGenerator

import httpx
import pytest

from contracts.generation import GenerateToday
from contracts.notifications import ListNotifications
from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, GENERATE_TODAY, LIST_NOTIFICATIONS
from contracts.values import Service
from tests.api.people import Browser, Person, add_person, browser_of, client_of
from tests.system import System

HOSTILE = "<b onmouseover=alert(1)>O"


@pytest.fixture
async def elsewhere(system: System, operator: Person) -> AsyncGenerator[Browser]:
    """The same person in another browser."""
    async with browser_of(system.portal_url, operator) as browser:
        yield browser


def passwords(person: Person, new: str, **fields: str) -> dict[str, str]:
    return {"current": person.password, "new": new, "again": new} | fields


async def test_a_name_is_changed_for_all_to_see_and_never_becomes_markup(browser: Browser, system: System) -> None:
    saved = await browser.post("/settings/name", {"name": HOSTILE})
    assert saved.status_code == 303
    page = (await browser.get("/settings")).text
    assert f'value="{html.escape(HOSTILE)}"' in page
    assert HOSTILE not in page
    for wrong in ("", "x" * 201, "two\nlines"):
        refused = await browser.post("/settings/name", {"name": wrong})
        assert refused.status_code == 422, wrong
        assert "The name must be one line of 1 to 200 characters." in refused.text
        assert "<title>Error: Settings" in refused.text


async def test_the_colours_follow_the_person_and_not_the_browser(browser: Browser, elsewhere: Browser) -> None:
    assert "data-theme" not in (await browser.get("/help")).text
    await browser.post("/settings/theme", {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in (await elsewhere.get("/help")).text
    assert 'data-theme="dark"' in (await elsewhere.get("/nowhere")).text
    await browser.post("/settings/theme", {"theme": "<script>"})
    assert "data-theme" not in (await browser.get("/settings")).text


@pytest.mark.requirement("R-SEC-1")
async def test_a_new_password_keeps_this_browser_and_signs_out_the_others(
    system: System, browser: Browser, elsewhere: Browser, operator: Person
) -> None:
    new = "four words not seen"
    async with client_of(system.portal_url, operator) as token:
        changed = await browser.post("/settings/password", passwords(operator, new))
        assert changed.status_code == 303
        assert "signed out everywhere else" in (await browser.get("/settings")).text
        assert (await elsewhere.get("/")).headers["location"] == "/sign-in"
        assert (await token.get("/api/me")).status_code == 401
    async with browser_of(system.portal_url, Person(operator.id, operator.email, new)) as again:
        assert (await again.get("/")).status_code == 200


@pytest.mark.requirement("R-SEC-1")
async def test_a_password_that_will_not_do_changes_nothing_and_guesses_are_slowed_down(
    browser: Browser, elsewhere: Browser, operator: Person
) -> None:
    new = "four words not seen"
    for fields, said in [
        (passwords(operator, "short"), "The password must have at least 12 characters."),
        (passwords(operator, operator.email), "The password must not be the e-mail address."),
        (passwords(operator, "Password1234"), "The password is too common"),
        (passwords(operator, new, again="another thing"), "The two new passwords are not the same."),
        (passwords(operator, new, current="not this one"), "This is not your current password."),
    ]:
        refused = await browser.post("/settings/password", fields)
        assert refused.status_code == 422, fields
        assert said in refused.text
        assert new not in refused.text
    statuses = [
        (await browser.post("/settings/password", passwords(operator, new, current=f"guess {number}"))).status_code
        for number in range(5)
    ]
    assert statuses == [422] * 4 + [429]
    assert (await elsewhere.get("/")).status_code == 200


@pytest.mark.requirement("R-SEC-1")
async def test_sign_ins_elsewhere_are_listed_and_ended_and_those_of_others_are_out_of_reach(
    system: System, browser: Browser, elsewhere: Browser
) -> None:
    page = (await browser.get("/settings")).text
    assert page.count("<b hx-disable>python-httpx</b>") == 2
    handle = page.split('action="/settings/sessions/', 1)[1].split("/", 1)[0]
    stranger = await add_person(system.settings, "other@example.org", "Other")
    async with browser_of(system.portal_url, stranger) as theirs:
        assert (await theirs.post(f"/settings/sessions/{handle}/end", {})).status_code == 404
    assert (await elsewhere.get("/")).status_code == 200
    assert (await browser.post(f"/settings/sessions/{handle}/end", {})).status_code == 303
    assert (await elsewhere.get("/")).headers["location"] == "/sign-in"
    assert (await browser.get("/settings")).text.count("<b hx-disable>python-httpx</b>") == 1


async def test_the_help_tells_the_subject_to_retry(browser: Browser) -> None:
    page = html.unescape((await browser.get("/help")).text)
    assert "dataops.window.due.recurring.<id>.<YYYY-MM-DD>" in page
    assert "Follow-ups due" in page


@pytest.mark.requirement("R-NOT-4")
async def test_the_bar_counts_what_is_unread_and_goes_without_a_silent_notifier(
    system: System, browser: Browser, operator: Person
) -> None:
    assert 'class="unread"' not in (await browser.get("/help")).text
    for number in range(2):
        duty = CreateRecurring(description=f"Duty {number}", cron_expression="0 7 * * *")
        await system.ask(CREATE_RECURRING, duty)
    await system.ask(GENERATE_TODAY, GenerateToday())
    unread = (await system.ask(LIST_NOTIFICATIONS, ListNotifications(user_id=operator.id))).items
    assert len(unread) > 0
    assert f'<b class="unread">{len(unread)}<span' in (await browser.get("/help")).text
    await browser.post("/notifications/dismissal", {})
    assert 'class="unread"' not in (await browser.get("/help")).text
    await system.stop(Service.NOTIFIER)
    page = await browser.get("/help")
    assert page.status_code == 200
    assert 'class="unread"' not in page.text


@pytest.mark.requirement("R-SEC-1")
async def test_sign_ins_say_the_device_and_the_address_and_all_others_end_at_once(
    system: System, browser: Browser, elsewhere: Browser, operator: Person
) -> None:
    agents = {"user-agent": '<b>"Robot"</b>/1.0'}
    async with (
        httpx.AsyncClient(base_url=system.portal_url, headers=agents) as robot,
        client_of(system.portal_url, operator) as token,
    ):
        await robot.post("/api/auth/login", json={"email": operator.email, "password": operator.password})
        page = (await browser.get("/settings")).text
        shown = page.split('id="sessions-heading"', 1)[1].split("</section>", 1)[0]
        assert "&lt;b&gt;&#34;Robot&#34;&lt;" in shown
        assert (shown.count("From 127.0.0.1"), shown.count("This one")) == (4, 1)
        assert (await browser.post("/settings/sessions/others/end", {})).status_code == 303
        assert (await elsewhere.get("/")).status_code == 303
        assert (await token.get("/api/me")).status_code == 401
    alone = (await browser.get("/settings")).text
    assert "You are now signed in only here." in alone
    assert "End all other sessions" not in alone
