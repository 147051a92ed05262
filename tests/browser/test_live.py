"""Open pages keep up by themselves."""

import re

import pytest
from playwright.async_api import expect

from contracts.schedule_rows import PauseSchedule
from contracts.subjects import CREATE_TASK, PAUSE_SCHEDULE
from contracts.tasks import CreateTask
from contracts.values import Kind, Service
from services.kit.mongo import connection
from tests.api.people import Person
from tests.browser.conftest import Opens
from tests.browser.duties import broken_workflow, duty, generate
from tests.system import System


@pytest.mark.requirement("R-GEN-6")
async def test_work_appears_in_every_open_page_when_its_hour_comes(
    system: System, operator: Person, admin: Person, opened: Opens
) -> None:
    await duty(system, "Handle Slack invites")
    first, second = await opened(operator), await opened(admin)
    for page in (first, second):
        await expect(page.locator("#live")).to_have_text("Live")
        await expect(page.get_by_text("Nothing is left to do today.")).to_be_visible()
    await system.clock_to("2028-02-02 08:00")  # 09:00 in Berlin
    for page in (first, second):
        await expect(page.get_by_role("button", name="Done: Handle Slack invites")).to_be_visible()
    await first.get_by_role("button", name="Done: Handle Slack invites").click()
    await expect(second.get_by_text("Nothing is left to do today.")).to_be_visible()
    await second.locator("#done-today > summary").click()
    await expect(second.locator("#done-today")).to_contain_text("by Olivia Operations")


@pytest.mark.requirement("R-GEN-6")
async def test_a_form_in_use_is_not_swapped_under_the_hands(
    system: System, operator: Person, admin: Person, opened: Opens
) -> None:
    mine, other = await duty(system, "Back up the list"), await duty(system, "Review intake")
    page, watching = await opened(operator), await opened(admin)
    for one in (page, watching):
        await one.get_by_role("link", name="Recurring").click()
        await expect(one.locator("#live")).to_have_text("Live")
    await page.locator(f"#pause-{mine.id} summary").click()
    reason = page.locator(f"#pause-{mine.id} input[name=reason]")
    await reason.fill("Half a sente")
    command = PauseSchedule(kind=Kind.RECURRING, id=other.id, actor=admin.id, reason="Nobody is here")
    await system.ask(PAUSE_SCHEDULE, command)
    await expect(watching.get_by_text("by you: Nobody is here")).to_be_visible()
    await expect(reason).to_have_value("Half a sente")
    await page.keyboard.press("Escape")
    await expect(page.locator(f"#pause-{mine.id} summary")).to_be_focused()
    await expect(page.get_by_text("by Adrian Admin: Nobody is here")).to_be_visible()


@pytest.mark.requirement("R-HOM-5")
async def test_a_signal_keeps_the_filters_and_the_row_that_is_edited_and_counts_the_unread(
    system: System, operator: Person, admin: Person, opened: Opens
) -> None:
    async def added(description: str, date: str, *tags: str) -> None:
        """The admin's: what is late of it is no notification of the operator's."""
        sent = {"description": description, "date": date, "tags": tags, "assigneeId": admin.id}
        await system.ask(CREATE_TASK, CreateTask.model_validate(sent))

    await added("Book the room", "2028-02-02", "event")
    page = await opened(operator)
    await page.goto("/?scope=everyone&tag=event")
    await expect(page.locator("#live")).to_have_text("Live")
    await page.get_by_label("More for Book the room").click()
    await page.get_by_role("button", name="Comment").click()
    note = page.get_by_role("textbox", name="Comment")
    await note.fill("Half a sente")
    edited = await note.element_handle()
    await added("Order the food", "2028-02-02", "event")
    await added("Invite the speaker", "2028-02-01", "event")
    await added("Of no event", "2028-02-01")
    await expect(page.locator("#overdue")).to_contain_text("Invite the speaker")
    assert await edited.evaluate("(field) => field.isConnected && field === document.activeElement")
    await expect(note).to_have_value("Half a sente")
    await expect(page.locator("#today")).not_to_contain_text("Order the food")
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.locator("#today")).to_contain_text("Order the food")
    assert page.url.endswith("/?scope=everyone&tag=event")
    await expect(page.locator("#overdue")).not_to_contain_text("Of no event")
    await expect(page.locator(".unread")).to_have_count(0)
    await broken_workflow(system, "Broken", "Step")
    await generate(system, "2028-02-02", "2028-02-02")
    await expect(page.locator(".unread")).to_have_text("1 unread")


async def test_home_that_is_open_over_midnight_is_of_the_new_day(
    system: System, operator: Person, opened: Opens
) -> None:
    page = await opened(operator)
    due = page.locator("#new-task input[name=date]")
    await page.get_by_text("New task", exact=True).click()
    await system.set_clock("2028-02-03 08:00")
    await page.evaluate("document.dispatchEvent(new Event('refresh'))")
    await expect(page.locator(".when")).to_contain_text("Thu 3 Feb 2028")
    await expect(due).to_have_value("2028-02-02")
    await page.keyboard.press("Escape")
    await expect(due).to_have_value("2028-02-03")


async def test_a_collapsed_part_that_was_opened_stays_open(system: System, operator: Person, opened: Opens) -> None:
    await duty(system, "One")
    page = await opened(operator)
    await page.locator("#done-today > summary").click()
    await expect(page.locator("#live")).to_have_text("Live")
    await generate(system, "2028-02-02", "2028-02-02")
    await page.get_by_role("button", name="Done: One").click()
    await expect(page.locator("#done-today").get_by_role("listitem")).to_be_visible()


async def test_the_status_says_when_the_portal_is_away_and_that_it_is_back(
    system: System, operator: Person, opened: Opens
) -> None:
    page = await opened(operator)
    await expect(page.locator("#live")).to_have_text("Live")
    await system.stop(Service.WORK)
    await page.evaluate("document.dispatchEvent(new Event('refresh'))")
    await expect(page.locator("#live")).to_have_text(re.compile(r"Reconnecting · as of Wed 2 Feb 08:\d\d$"))
    await expect(page.get_by_text("Nothing is overdue.")).to_be_visible()
    await system.start(Service.WORK)
    await page.evaluate("document.dispatchEvent(new Event('refresh'))")
    await expect(page.locator("#live")).to_have_text("Live")


@pytest.mark.requirement("R-SEC-1")
async def test_what_is_typed_when_a_session_ends_is_sent_after_signing_in_again(
    system: System, operator: Person, opened: Opens
) -> None:
    await duty(system, "One")
    await generate(system, "2028-02-02", "2028-02-02")
    page = await opened(operator)
    await page.get_by_label("More for One").click()
    await page.get_by_role("button", name="Comment").click()
    await page.get_by_role("textbox", name="Comment").fill("Half a sentence")
    async with connection.connect(system.settings, "portal") as database:
        await database["sessions"].delete_many({})
    await page.evaluate("document.dispatchEvent(new Event('refresh'))")
    await expect(page.locator("#live")).to_contain_text("Signed out")
    await page.get_by_role("button", name="Add comment").click()
    await expect(page.get_by_text("Nothing was saved yet")).to_be_visible()
    await page.get_by_label("E-mail").fill(operator.email)
    await page.get_by_label("Password").fill(operator.password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Half a sentence")).to_be_visible()
    await page.get_by_role("button", name="Send it now").click()
    await expect(page.get_by_text("Comment added: “One”.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Operations Home")).to_be_visible()


@pytest.mark.requirement("R-SEC-1")
async def test_a_session_that_ends_takes_the_open_page_to_sign_in(
    system: System, operator: Person, opened: Opens
) -> None:
    await duty(system, "One")
    page = await opened(operator)
    await expect(page.locator("#live")).to_have_text("Live")
    async with connection.connect(system.settings, "portal") as database:
        await database["sessions"].delete_many({})
    await generate(system, "2028-02-02", "2028-02-02")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
