"""The start of a day: sign in, see today's work, finish it."""

import re

import pytest
from playwright.async_api import expect

from contracts.fields.proof import ProofRequirement
from contracts.values import ProofType
from services.kit.mongo import connection
from tests.api.people import Person
from tests.browser.conftest import Opens
from tests.browser.duties import broken_workflow, duty, generate, workflow
from tests.support.screens import number
from tests.system import System


@pytest.mark.requirement("R-HOM-4")
async def test_today_is_finished_in_place(system: System, operator: Person, opened: Opens) -> None:
    await duty(system, "Handle Slack invites", instructions="Open Slack.\nInvite everybody.")
    await duty(system, "Review intake")
    await generate(system, "2028-02-01", "2028-02-02")
    page = await opened(operator)
    assert await page.title() == "(2) Overdue · Operations Home"
    await expect(page.get_by_text("Wed 2 Feb 2028")).to_be_visible()
    today = page.get_by_role("region", name=re.compile("Today"))
    await expect(today.get_by_role("listitem")).to_have_count(2)
    await today.get_by_text("How to do it").first.click()
    await expect(today.get_by_text("Invite everybody.")).to_be_visible()
    await today.get_by_role("button", name="Done: Handle Slack invites").focus()
    await page.keyboard.press("Enter")
    await expect(number(page, "Today")).to_have_text("1")
    await expect(number(page, "Done today")).to_have_text("1")
    await expect(page.get_by_role("status").filter(has_text="Done: “Handle Slack invites”.")).to_be_visible()
    await expect(today.get_by_role("button", name="Done: Review intake")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(today.get_by_text("Nothing is left to do today.")).to_be_visible()
    overdue = page.get_by_role("region", name=re.compile("Overdue"))
    for left in (1, 0):
        await overdue.get_by_role("button", name=re.compile("^Done")).first.click()
        await expect(number(page, "Overdue")).to_have_text(str(left))
    await expect(page).to_have_title("Operations Home")
    await page.get_by_role("link", name="4 Done today").click()
    await expect(page.locator("#done-today").get_by_role("listitem")).to_have_count(4)


@pytest.mark.requirement("R-HOM-4")
async def test_the_same_works_without_script(system: System, operator: Person, opened: Opens) -> None:
    config = await duty(system, "Handle Slack invites")
    await generate(system, "2028-02-02", "2028-02-02")
    page = await opened(operator, javascript=False)
    await page.get_by_role("button", name="Done: Handle Slack invites").click()
    await expect(number(page, "Today")).to_have_text("0")
    await expect(number(page, "Done today")).to_have_text("1")
    await expect(page.get_by_text("Done: “Handle Slack invites”.")).to_be_visible()
    await page.get_by_role("link", name="Recurring").click()
    await page.locator(f"#pause-{config.id} > summary").click()
    await page.get_by_label("Reason (optional)").fill("Holiday")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.get_by_text("by you: Holiday")).to_be_visible()
    await page.locator(f"#resume-{config.id} > summary").click()
    await page.get_by_role("button", name="Resume", exact=True).click()
    await expect(page.get_by_text("Paused since")).to_have_count(0)
    await page.get_by_label("First day").fill("2028-02-03")
    await page.get_by_label("Last day").fill("2028-02-04")
    await page.get_by_role("button", name="Generate").click()
    await expect(page.get_by_text("2 recurring tasks and 0 workflows were created.")).to_be_visible()
    await page.locator(".account summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.requirement("R-TSK-4")
async def test_what_needs_proof_says_so_and_a_refusal_stands_on_the_row(
    system: System, operator: Person, opened: Opens
) -> None:
    proof = ProofRequirement(type=ProofType.URL, label="LinkedIn URL")
    await duty(system, "Publish the post", proof_requirement=proof)
    await duty(system, "Back up the list")
    await generate(system, "2028-02-02", "2028-02-02")
    page = await opened(operator)
    row = page.get_by_role("listitem").filter(has_text="Publish the post")
    await expect(row.get_by_role("button", name="Add LinkedIn URL…")).to_be_visible()
    await expect(row.get_by_role("button", name=re.compile("^Done"))).to_have_count(0)
    async with connection.connect(system.settings, "work") as database:  # a file is asked for meanwhile
        await database["tasks"].update_one({"description": "Back up the list"}, {"$set": {"requires_file": True}})
    await page.get_by_role("button", name="Done: Back up the list").click()
    problem = page.get_by_role("alert")
    await expect(problem).to_contain_text("file")
    await expect(problem).to_be_focused()
    await expect(number(page, "Done today")).to_have_text("0")


@pytest.mark.requirement("R-HOM-2")
async def test_failures_stand_first_and_workflows_show_how_far_they_are(
    system: System, operator: Person, opened: Opens
) -> None:
    await workflow(system, "Newsletter", "Write", "Send")
    await broken_workflow(system, "Board pack", "Collect")
    await generate(system, "2028-02-02", "2028-02-02")
    page = await opened(operator)
    failure = page.get_by_role("region", name="1 automation failure")
    await expect(failure).to_contain_text("Board pack was not created for Wed 2 Feb (today)")
    await expect(failure).to_contain_text("triggerLeadDays must be a whole number")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await failure.get_by_role("button", name="Copy report on Board pack").click()
    await expect(page.get_by_role("status").filter(has_text="Copied the report.")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert "Board pack (Workflow trigger " in copied
    assert "Dates: Wed 2 Feb 2028" in copied
    assert await page.title() == "(1) Failures · Operations Home"
    active = page.get_by_role("region", name=re.compile("Active workflows"))
    await expect(active).to_contain_text("0 of 2")
    await page.get_by_role("button", name="Done: Write").click()
    await expect(active).to_contain_text("1 of 2")
