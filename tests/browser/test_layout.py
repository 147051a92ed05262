"""Every page at every width, with the worst that people type; readable by machines, in both themes."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from contracts.fields.proof import ProofRequirement
from contracts.schedule_rows import PauseSchedule
from contracts.subjects import PAUSE_SCHEDULE
from contracts.values import Kind, ProofType
from services.portal.auth.access import Role
from tests.api.people import Person, add_person
from tests.browser.conftest import Opens
from tests.browser.duties import broken_workflow, duty, generate, workflow
from tests.support.screens import HOSTILE, OVERFLOW, SMALL, WIDTHS, WORD, violations
from tests.system import System

NARROWED = "/?" + urlencode({"q": WORD[:200], "tag": HOSTILE, "assignee": "me", "source": "recurring"})
PATHS = ("/", "/?scope=everyone", NARROWED, "/coming-up", "/tasks", "/recurring", "/notifications")
TALLEST_ROW = 150
HEIGHTS = """() => [...document.querySelectorAll("li.row")].filter((one) => one.checkVisibility())
  .map((one) => one.getBoundingClientRect().height)"""


@pytest.fixture
async def crowded(system: System) -> Person:
    """A system full of long words, late work, failures and pauses; the person who looks at it has a long name too."""
    person = await add_person(system.settings, "long@example.org", "Maximiliane-" + "Konstanze-" * 18)
    await add_person(system.settings, "x" * 60 + "@example.org", "N" * 200, Role.ADMIN)
    proof = ProofRequirement(type=ProofType.URL, label=WORD[:180])
    await duty(system, WORD, assignee_id=person.id, instructions=f"{WORD}\n{HOSTILE}", proof_requirement=proof)
    await duty(system, HOSTILE, instructions_url="https://example.org/" + "a" * 150)
    stopped = await duty(system, "Paused " + WORD)
    await system.ask(PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=stopped.id, actor=person.id, reason=WORD))
    await workflow(system, "Newsletter " + WORD, WORD, HOSTILE)
    await broken_workflow(system, "Broken " + WORD, "Step")
    await generate(system, "2028-01-30", "2028-02-02")
    return person


@pytest.mark.requirement("R-HOM-7")
async def test_nothing_sticks_out_at_any_width(crowded: Person, opened: Opens) -> None:
    page = await opened(crowded)
    for path in (*PATHS, await schedule_page(page)):
        await page.goto(path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, (path, width)
    await page.set_viewport_size({"width": 320, "height": 900})
    await page.goto("/recurring")
    for menu in ("details.menu[id^=pause]", "details.menu[id^=resume]", "details.menu[id^=acknowledge]"):
        await page.locator(f"{menu} summary").first.click()
        assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, menu
    await page.get_by_label("First day").fill("2028-02-01")
    await page.get_by_label("Last day").fill("2028-02-05")
    await page.get_by_role("button", name="Preview…").click()
    await page.get_by_role("heading", name="would create").wait_for()
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
    assert await page.evaluate("window.__ran") is None
    await page.context.clear_cookies()
    await page.goto("/")
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
    assert await page.evaluate(SMALL) == []


@pytest.mark.requirement("R-HOM-7")
async def test_fingers_hit_what_they_aim_at(crowded: Person, opened: Opens) -> None:
    page = await opened(crowded, width=390)
    for path in (*PATHS, await schedule_page(page)):
        await page.goto(path)
        assert await page.evaluate(SMALL) == [], path


@pytest.mark.requirement("R-HOM-7")
async def test_axe_finds_nothing_on_any_page(crowded: Person, opened: Opens) -> None:
    page = await opened(crowded)
    for path in (*PATHS, await schedule_page(page)):
        await page.goto(path)
        assert await violations(page) == [], path
    await page.goto("/recurring")
    await page.get_by_label("First day").fill("2028-02-03")
    await page.get_by_label("Last day").fill("2028-01-03")
    await page.get_by_role("button", name="Generate").click()
    await expect(page).to_have_title("Error: Recurring tasks · DataOps")
    assert await violations(page) == []
    await page.get_by_label("Last day").fill("2028-02-03")
    await page.get_by_role("button", name="Preview…").click()
    await page.get_by_role("heading", name="would create").wait_for()
    assert await violations(page) == []
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("heading", name="Generated for").wait_for()
    assert await violations(page) == []
    await page.context.clear_cookies()
    await page.goto("/")
    assert await violations(page) == []


@pytest.mark.requirement("R-HOM-7")
async def test_ordinary_rows_are_low_and_filters_out_of_the_way_on_a_phone(
    system: System, operator: Person, opened: Opens
) -> None:
    proof = ProofRequirement(type=ProofType.URL, label="LinkedIn post URL")
    await duty(system, "Mailchimp backup", instructions="Open it.", proof_requirement=proof)
    await duty(system, "Review the community intake form", instructions="Open it.", assignee_id=operator.id)
    await workflow(system, "Newsletter", "Write the draft", "Invite the sponsors of the week")
    await generate(system, "2028-01-20", "2028-02-02")
    page = await opened(operator, width=390)
    for path in ("/", "/tasks"):
        await page.goto(path)
        heights = await page.evaluate(HEIGHTS)
        assert len(heights) > 20
        assert max(heights) <= TALLEST_ROW, path
    assert not await page.locator("form.filters").is_visible()
    await page.locator("#narrowing summary").click()
    assert await page.locator("form.filters").is_visible()
    await page.goto("/")
    await page.keyboard.press("/")
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
    assert await page.evaluate(SMALL) == []
    await page.get_by_label("Search").fill("backup")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name="Remove: Search: backup").click()
    await page.wait_for_url("**/")
    await page.goto("/#coming-up")
    await page.locator("#predicted li").first.wait_for()
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
    assert await page.evaluate(SMALL) == []
    assert await violations(page) == []


async def schedule_page(page: Page) -> str:
    """The path of the first schedule's own page, on a date that it explains."""
    await page.goto("/recurring")
    href = await page.locator(".schedule a.title").first.get_attribute("href")
    return f"{href}?date=2028-02-01"


@pytest.mark.requirement("R-HOM-2")
async def test_two_hundred_rows_are_counted_truly_and_shown_in_part(
    system: System, operator: Person, opened: Opens
) -> None:
    for number in range(3):
        await duty(system, f"Duty {number}")
    await generate(system, "2027-11-25", "2028-02-02")
    page = await opened(operator, width=390)
    text = await page.locator("#overdue").inner_text()
    assert "207" in text
    assert "The first 25 of 207 are shown." in text
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}
