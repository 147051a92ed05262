"""Recurring tasks before a person's eyes: the reading as it is typed, both mechanisms, and every page of an admin."""

import re

import pytest
from playwright.async_api import Page, expect

from contracts.duties import CreateStandardDuties
from contracts.generation import GenerateToday
from contracts.subjects import CREATE_STANDARD_DUTIES, GENERATE_TODAY
from services.portal.auth.access import Role
from tests.api.people import Person, add_person
from tests.browser.conftest import Opens
from tests.browser.duties import duty, workflow
from tests.support.screens import HOSTILE, OVERFLOW, SMALL, WIDTHS, WORD, violations
from tests.system import System


@pytest.mark.requirement("R-SCH-4")
async def test_a_schedule_reads_itself_back_while_it_is_typed(system: System, operator: Person, opened: Opens) -> None:
    page = await opened(operator)
    await page.get_by_role("link", name="Recurring", exact=True).click()
    await page.get_by_role("link", name="New recurring task").first.click()
    await page.get_by_label("Description").fill("Back up the list")
    reading = page.get_by_role("status", name="Reading of the schedule")
    await page.get_by_label("Last day of the month").check()
    await expect(page.get_by_label("Schedule", exact=False).first).to_have_value("0 9 L * *")
    await expect(reading).to_contain_text("On the last day of the month at 09:00 Europe/Berlin")
    field = page.get_by_role("textbox", name=re.compile("^Schedule"))
    await field.fill("0 9 * * 8")
    await expect(reading).to_contain_text('Weekday 8 is out of range 0 to 7; write "0 9 * * 7"')
    await expect(page.get_by_label("Last day of the month")).not_to_be_checked()
    await field.fill("30 8 * * 3")
    await expect(reading).to_contain_text("Wednesdays at 08:30")
    await expect(reading.get_by_role("listitem")).to_have_count(5)
    await expect(reading.get_by_role("listitem").first).to_have_text("Wed 2 Feb 08:30 (today)")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="Back up the list")).to_be_visible()
    await expect(page.get_by_text("Next Wed 2 Feb 08:30 (today) Europe/Berlin")).to_be_visible()
    await page.get_by_role("link", name="Edit", exact=True).first.click()
    await page.get_by_role("textbox", name=re.compile("^Schedule")).fill("30 7 * * 3")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Make today’s task").click()
    await expect(page.get_by_text("1 recurring task and 0 workflows were created.")).to_be_visible()


@pytest.mark.requirement("R-SCH-1")
async def test_each_mechanism_has_its_tab_and_a_row_its_actions(
    system: System, operator: Person, opened: Opens
) -> None:
    await duty(system, "Handle invites")
    await workflow(system, "Newsletter", "Write", "Send")
    page = await opened(operator)
    await page.goto("/recurring")
    tabs = page.get_by_role("navigation", name="Mechanism")
    await expect(tabs.get_by_role("link", name=re.compile("^Recurring tasks 1"))).to_have_attribute(
        "aria-current", "page"
    )
    await expect(page.get_by_role("link", name="Newsletter")).to_have_count(0)
    await page.locator("summary.more").click()
    await expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Generate or backfill…").click()
    await expect(page.locator("select[name=schedule] option:checked")).to_have_text("Handle invites")
    await tabs.get_by_role("link", name=re.compile("^Workflow triggers 1")).click()
    row = page.get_by_role("listitem").filter(has_text="Newsletter")
    await row.get_by_text("Pause…").click()
    await row.get_by_label("Reason (optional)").fill("Summer")
    until = row.get_by_label("Until (optional)")
    await until.fill("2028-02-01")
    await row.get_by_role("button", name="Pause", exact=True).click()
    await expect(row.get_by_role("alert")).to_have_text("Until must be in the future")
    await expect(row.get_by_role("alert")).to_be_focused()
    await expect(page.locator("h1")).to_have_count(1)
    await until.fill("")
    await row.get_by_role("button", name="Pause", exact=True).click()
    await expect(row).to_contain_text("by you: Summer")
    await page.locator("summary.more").click()
    await page.get_by_role("link", name="Archive…").click()
    await page.get_by_role("button", name="Archive it").click()
    await expect(page.get_by_text("Archived: “Newsletter”.")).to_be_visible()


@pytest.fixture
async def boss(system: System) -> Person:
    """An admin among long names, with schedules, notifications and a user who has left to look at."""
    await add_person(system.settings, "x" * 60 + "@example.org", "<svg onload=window.__ran=1>" + WORD[:150])
    await add_person(system.settings, "long@example.org", "N" * 200, Role.ADMIN)
    boss = await add_person(system.settings, "boss@example.org", "Maximiliane-" + "Konstanze-" * 17, Role.ADMIN)
    await duty(system, WORD, instructions=f"{WORD}\n{HOSTILE}", assignee_id=boss.id)
    await system.ask(CREATE_STANDARD_DUTIES, CreateStandardDuties(operations_id=boss.id))
    await system.ask(GENERATE_TODAY, GenerateToday())
    return boss


async def pages(page: Page) -> list[str]:
    await page.goto("/recurring")
    hrefs = (
        await page.locator(".schedule a.title")
        .filter(has_text=WORD[:50])
        .evaluate_all("links => links.map((one) => one.getAttribute('href'))")
    )
    edit = re.sub(r"^/recurring/recurring/(.*)$", r"/recurring/\1/edit", hrefs[0])
    paths = ["/recurring?tab=triggers", "/recurring/new", edit, hrefs[0], "/recurring?archived=true"]
    paths += ["/standard-duties", "/users", "/export", "/settings", "/help", "/schema", "/nowhere"]
    return [*paths, "/notifications", "/notifications?all=true"]


@pytest.mark.requirement("R-HOM-7")
async def test_nothing_sticks_out_and_fingers_hit_on_these_pages(boss: Person, opened: Opens) -> None:
    page = await opened(boss)
    for path in await pages(page):
        await page.goto(path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, (path, width)
        await page.set_viewport_size({"width": 390, "height": 900})
        assert await page.evaluate(SMALL) == [], path
    for path, menu in [("/users", "details[id^=change] > summary"), ("/recurring", "summary.more")]:
        await page.goto(path)
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.locator(menu).last.click()
            assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, (menu, width)
            await page.locator(menu).last.click()
    await page.locator("#account summary").click()
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
    assert await page.evaluate("window.__ran") is None


@pytest.mark.requirement("R-HOM-7")
async def test_axe_finds_nothing_on_these_pages(boss: Person, opened: Opens) -> None:
    page = await opened(boss)
    for path in await pages(page):
        await page.goto(path)
        for menu in ("summary.more", "details[id^=change] > summary", "#account summary"):
            for summary in (await page.locator(menu).all())[:1]:
                await summary.click()
        assert await violations(page) == [], path
    await page.goto("/recurring/new")
    await page.get_by_role("textbox", name=re.compile("^Schedule")).fill("61 9 * * *")
    await page.get_by_role("button", name="Create").click()
    await expect(page).to_have_title(re.compile("^Error: "))
    await expect(page.get_by_role("alert").filter(has_text="2 things to change")).to_be_focused()
    assert await violations(page) == []
