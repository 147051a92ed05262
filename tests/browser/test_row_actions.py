"""Acting on rows of Home in place: with the mouse, by keyboard alone, undone, refused, and beside others."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from contracts.fields.proof import ProofRequirement
from contracts.subjects import ADD_COMMENT, CREATE_TASK, MARK_WAITING
from contracts.tasks import AddComment, CreateTask, MarkWaiting, TaskRow
from contracts.values import ProofType, Service, calendar_date
from tests.api.people import Person
from tests.browser.conftest import Opens
from tests.support.screens import OVERFLOW, SMALL, number, violations
from tests.system import System

URL = ProofRequirement(type=ProofType.URL, label="LinkedIn URL")


async def add(system: System, description: str, **fields: object) -> TaskRow:
    task = {"description": description, "date": calendar_date("2028-02-02")} | fields
    return await system.ask(CREATE_TASK, CreateTask.model_validate(task))


async def wait(system: System, row: TaskRow, actor: str | None = None) -> None:
    command = MarkWaiting(id=row.task.id, actor=actor, waiting_for="Ada", follow_up_at="2028-02-01", note="Mailed her")
    await system.ask(MARK_WAITING, command)


def row(page: Page, description: str) -> Locator:
    return page.locator("main li.row").filter(has_text=description)


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(name))


async def choose(page: Page, description: str, action: str) -> None:
    await row(page, description).locator("details.menu > summary").click()
    await row(page, description).get_by_role("button", name=action, exact=True).click()


@pytest.mark.requirement("R-HOM-4")
async def test_a_sponsor_is_asked_reminded_and_answers_without_leaving_home(
    system: System, operator: Person, opened: Opens
) -> None:
    sponsor = await add(system, "Ask the sponsor")
    await add(system, "Back up the list")
    page = await opened(operator)
    await choose(page, "Ask the sponsor", "Waiting for someone…")
    await expect(page.get_by_label("Waiting for whom?")).to_be_focused()
    await page.keyboard.type("Ada")
    await page.get_by_role("button", name="Tomorrow").click()
    await page.get_by_label("What was asked, and how?").fill("Mailed her")
    await page.get_by_role("button", name="Wait", exact=True).click()
    await expect(number(page, "Waiting")).to_have_text("1")
    await expect(page.get_by_role("button", name="Done: Back up the list")).to_be_focused()
    await page.get_by_role("button", name="Undo").click()
    await expect(number(page, "Waiting")).to_have_text("0")
    await expect(page.get_by_role("button", name="Done: Ask the sponsor")).to_be_focused()
    await wait(system, sponsor)
    due = section(page, "Follow-ups due")
    await due.get_by_role("button", name=re.compile("^Follow-up sent…: ")).click()
    await page.get_by_role("button", name="In a week").click()
    await page.get_by_role("button", name="Follow-up sent", exact=True).click()
    await expect(number(page, "Follow-ups due")).to_have_text("0")
    await page.locator("#waiting > summary").click()
    await expect(page.locator("#waiting")).to_contain_text("Follow up Wed 9 Feb")
    await choose(page, "Ask the sponsor", "Response received…")
    await page.get_by_role("button", name="Response received", exact=True).click()
    await expect(section(page, "Today").get_by_role("listitem")).to_have_count(2)


@pytest.mark.requirement("R-TSK-4")
async def test_proof_is_added_in_the_row_and_a_refusal_keeps_it(
    system: System, operator: Person, opened: Opens
) -> None:
    await add(system, "Publish the post", proof_requirement=URL)
    await add(system, "File the invoice", requires_file=True)
    page = await opened(operator)
    await page.get_by_role("button", name="Add LinkedIn URL…: Publish the post").click()
    link = page.get_by_role("textbox", name="LinkedIn URL")
    await link.fill("https://user:pw@example.org")
    await page.get_by_role("button", name="Save and complete").click()
    await expect(page.get_by_role("alert").first).to_be_focused()
    await expect(row(page, "Publish the post")).to_contain_text("must not contain a user name")
    await expect(link).to_have_value("https://user:pw@example.org")
    await link.fill("https://example.org/post")
    await page.get_by_role("button", name="Save and complete").click()
    await expect(number(page, "Done today")).to_have_text("1")
    await page.get_by_role("button", name="Add file…: File the invoice").click()
    file = page.locator("input[type=file]")
    await file.set_input_files({"name": "big.pdf", "mimeType": "application/pdf", "buffer": b"x" * 11_000_000})
    await page.get_by_role("button", name="Save and complete").click()
    await expect(page.get_by_role("alert")).to_contain_text("at most 10 MB")
    await file.set_input_files({"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    await page.get_by_role("button", name="Save and complete").click()
    await expect(number(page, "Done today")).to_have_text("2")
    await page.locator("#done-today > summary").click()
    await page.locator("#done-today").get_by_role("link", name="File the invoice").click()
    await expect(page.get_by_role("link", name="invoice.pdf")).to_be_visible()
    await expect(page.get_by_text("added a file: invoice.pdf")).to_be_visible()


@pytest.mark.requirement("R-HOM-4")
async def test_the_day_is_done_by_keyboard_alone(system: System, operator: Person, opened: Opens) -> None:
    await add(system, "First")
    await add(system, "Second", proof_requirement=URL)
    await add(system, "Third")
    page = await opened(operator)
    await expect(page.locator("#live")).to_have_text("Live")
    names = [name.strip() for name in await section(page, "Today").locator(".title").all_inner_texts()]
    await page.keyboard.press("j")
    for _ in range(names.index("Second")):
        await page.keyboard.press("j")
    await page.keyboard.press("e")
    await expect(page.get_by_role("textbox", name="LinkedIn URL")).to_be_focused()
    await page.keyboard.type("https://example.org/jkx")
    await page.keyboard.press("Enter")
    await expect(number(page, "Done today")).to_have_text("1")
    await expect(section(page, "Today").locator("li.row :focus")).to_have_count(1)
    await page.keyboard.press("e")
    await expect(number(page, "Done today")).to_have_text("2")
    await page.keyboard.press("z")
    await expect(number(page, "Done today")).to_have_text("1")
    await expect(section(page, "Today").locator("li.row :focus")).to_have_count(1)
    await page.keyboard.press("c")
    await page.get_by_role("textbox", name="Comment").fill("nearly")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("textbox", name="Comment")).to_have_count(0)
    await page.keyboard.press("n")
    await expect(page.get_by_label("What is to be done?")).to_be_focused()
    await page.keyboard.type("Fourth")
    await page.keyboard.press("Enter")
    await expect(section(page, "Today").get_by_role("link", name="Fourth")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.get_by_label("Shortcuts are on").uncheck()
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("g")
    await page.keyboard.press("n")
    await expect(page.get_by_role("heading", name="Operations Home")).to_be_visible()
    await page.locator(".account summary").click()
    await page.get_by_role("link", name="Keyboard shortcuts").click()
    await page.get_by_label("Shortcuts are on").check()
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("g")
    await page.keyboard.press("n")
    await expect(page.get_by_role("heading", name="Notifications")).to_be_visible()


@pytest.mark.requirement("R-TSK-1")
async def test_a_row_in_hands_stays_and_who_was_second_is_told(
    system: System, operator: Person, admin: Person, opened: Opens
) -> None:
    mine, other = await add(system, "Ask the sponsor"), await add(system, "Back up the list")
    page = await opened(operator)
    await choose(page, "Ask the sponsor", "Waiting for someone…")
    await page.get_by_label("Waiting for whom?").fill("Ada")
    note = page.get_by_label("What was asked, and how?")
    await note.fill("Half a sente")
    await system.ask(ADD_COMMENT, AddComment(id=mine.task.id, actor=admin.id, text="I was first"))
    await wait(system, other, admin.id)
    await expect(number(page, "Follow-ups due")).to_have_text("1")
    await expect(note).to_have_value("Half a sente")
    await page.get_by_role("button", name="Wait", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Adrian Admin commented")
    await expect(note).to_have_value("Half a sente")
    await page.get_by_role("button", name="Wait", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="Waiting for Ada")).to_be_visible()
    await expect(section(page, "Today").get_by_role("listitem")).to_have_count(0)


async def test_a_silent_service_is_said_in_the_row_and_nothing_typed_is_lost(
    system: System, operator: Person, opened: Opens
) -> None:
    await add(system, "Ask the sponsor")
    page = await opened(operator)
    await choose(page, "Ask the sponsor", "Comment…")
    await page.get_by_role("textbox", name="Comment").fill("Kept")
    await system.stop(Service.WORK)
    await page.get_by_role("button", name="Add comment").click()
    await expect(page.get_by_role("alert")).to_contain_text("The work service does not answer")
    await expect(page.get_by_role("textbox", name="Comment")).to_have_value("Kept")
    await system.start(Service.WORK)
    await page.get_by_role("button", name="Add comment").click()
    await expect(page.get_by_role("status").filter(has_text="Comment added")).to_be_visible()


@pytest.mark.requirement("R-HOM-4")
async def test_every_action_works_without_script(system: System, operator: Person, opened: Opens) -> None:
    await add(system, "Ask the sponsor")
    page = await opened(operator, javascript=False)
    await choose(page, "Ask the sponsor", "Waiting for someone…")
    await page.get_by_label("Waiting for whom?").fill("Ada")
    await page.get_by_label("What was asked, and how?").fill("Mailed her")
    await page.get_by_role("button", name="Wait", exact=True).click()
    await expect(page.get_by_role("heading", name="Operations Home")).to_be_visible()
    await expect(number(page, "Waiting")).to_have_text("1")
    await page.get_by_role("button", name="Undo").click()
    await expect(number(page, "Today")).to_have_text("1")
    await page.get_by_role("link", name="Ask the sponsor").click()
    await page.locator("#edit summary").click()
    await page.get_by_label("Description").fill("Ask both sponsors")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Ask both sponsors")).to_be_visible()
    await page.locator("#delete summary").click()
    await page.get_by_role("button", name="Delete the task").click()
    await expect(page.get_by_text("Deleted: “Ask both sponsors”.")).to_be_visible()


@pytest.mark.requirement("R-HOM-7")
@pytest.mark.parametrize("width", [390, 1280])
async def test_menus_forms_and_the_page_of_a_task_fit_and_are_readable(
    system: System, operator: Person, opened: Opens, width: int
) -> None:
    task = await add(system, "W" * 300, proof_requirement=URL, link="", assignee_id=operator.id)
    await wait(system, task, operator.id)
    page = await opened(operator, width=width)
    await row(page, "WWW").locator("details.menu > summary").click()
    await looked_at(page, "menu")
    await row(page, "WWW").get_by_role("button", name="Snooze…", exact=True).click()
    await page.get_by_label("Why later?").wait_for()
    await looked_at(page, "form")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await looked_at(page, "shortcuts")
    await page.goto(f"/tasks/{task.task.id}/actions?do=proof&back=/")
    for part in ("edit", "archive", "delete"):
        await page.locator(f"#{part} summary").click()
    await looked_at(page, "page")


async def looked_at(page: Page, what: str) -> None:
    assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, what
    if page.viewport_size and page.viewport_size["width"] == 390:
        assert [one for one in await page.evaluate(SMALL) if "checkbox" not in one] == [], what
    assert await violations(page) == [], what
