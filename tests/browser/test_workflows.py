"""Workflows and templates as people see them: a run moves on before their eyes, and nothing breaks its page."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from contracts.artifacts import AddArtifact
from contracts.runs import BundleChanges, CreateBundle, GetWorkflow, UpdateBundle
from contracts.subjects import (
    ADD_ARTIFACT,
    COMPLETE_TASK,
    CREATE_BUNDLE,
    CREATE_TEMPLATE,
    GET_TEMPLATE,
    GET_WORKFLOW,
    UPDATE_BUNDLE,
)
from contracts.tasks import CompleteTask
from contracts.templates import CreateTemplate, GetTemplate
from tests.api.people import Person
from tests.browser.conftest import Opens
from tests.support.screens import HOSTILE, OVERFLOW, SMALL, WIDTHS, WORD, violations
from tests.system import System

STEPS: list[dict[str, Any]] = [
    {"refId": "book", "description": "Book the room", "offsetDays": 0},
    {"refId": "tell", "description": "Announce it", "offsetDays": 1, "stageOnComplete": "announced"},
    {"refId": "post", "description": "Post the link", "offsetDays": 2, "requiredLinkName": "Luma"},
]
EVENT: dict[str, Any] = {
    "name": "Event",
    "type": "event",
    "bundleLinkDefinitions": [{"name": "Luma"}, {"name": "YouTube"}],
    "taskDefinitions": STEPS,
}


async def started(system: System, **fields: Any) -> tuple[str, str]:
    """Ids of a template and of a run of it."""
    template = await system.ask(CREATE_TEMPLATE, CreateTemplate.model_validate(EVENT | fields))
    body = {"templateId": template.id, "anchorDate": "2028-02-02"}
    return template.id, (await system.ask(CREATE_BUNDLE, CreateBundle.model_validate(body))).bundle.id


@pytest.mark.requirement("R-TSK-5")
async def test_a_milestone_moves_the_stage_on_every_open_page(
    system: System, operator: Person, admin: Person, opened: Opens
) -> None:
    _, id = await started(system)
    page, watching = await opened(operator), await opened(admin)
    await page.get_by_role("link", name="Event - Wed 2 Feb 2028").first.click()
    await watching.goto(f"/workflows/{id}")
    for one in (page, watching):
        await expect(one.locator("#live")).to_have_text("Live")
        await expect(one.locator("#standing")).to_contain_text("0 of 3 done")
    await page.get_by_role("button", name="Done: Announce it").click()
    for one in (page, watching):
        await expect(one.locator("#standing")).to_contain_text("Announced")
        await expect(one.locator("#standing")).to_contain_text("1 of 3 done")
        await expect(one.locator("#stages [aria-current]")).to_have_text("Announced")
    await watching.locator("#done summary").first.click()
    await expect(watching.locator("#done")).to_contain_text("by Olivia Operations")
    await watching.locator("#history summary").click()
    await expect(watching.locator("#history")).to_contain_text("Moved from Preparation to Announced by “Announce it”")


@pytest.mark.requirement("R-BUN-1")
async def test_a_link_is_filled_in_place_and_a_wrong_one_says_why(
    system: System, operator: Person, opened: Opens
) -> None:
    _, id = await started(system)
    page = await opened(operator)
    await page.goto(f"/workflows/{id}")
    await expect(page.locator("#live")).to_have_text("Live")
    address = page.get_by_label("Address of Luma")
    await address.fill("https://user@lu.ma/x")
    await page.get_by_role("button", name="Save Luma").click()
    problem = page.locator("#links").get_by_role("alert")
    await expect(problem).to_contain_text("must not contain a user name")
    await expect(address).to_have_value("https://user@lu.ma/x")
    await address.fill("https://lu.ma/x")
    await address.press("Enter")
    await expect(page.get_by_role("link", name="https://lu.ma/x")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="Saved the link Luma.")).to_be_visible()
    await expect(page.get_by_label("Address of YouTube")).to_be_focused()
    await expect(page.get_by_role("heading", name="Links to fill first 1 of 2")).to_be_visible()
    assert page.url.endswith(f"/workflows/{id}")


@pytest.mark.requirement("R-HOM-7")
async def test_the_editor_adds_and_moves_rows_in_place_and_saves(
    system: System, operator: Person, opened: Opens
) -> None:
    id, _ = await started(system)
    page = await opened(operator)
    await page.goto(f"/templates/{id}/edit")
    await page.get_by_role("button", name="Add a task").click()
    added = page.get_by_label("What is to be done").nth(3)
    await expect(added).to_be_focused()
    await added.fill("Thank everybody")
    await (
        page.get_by_role("button", name="Thank everybody, up")
        .or_(page.get_by_role("button", name="task 4, up"))
        .click()
    )
    await expect(page.get_by_label("What is to be done").nth(2)).to_have_value("Thank everybody")
    await page.get_by_role("button", name="More… of Thank everybody").click()
    await expect(page.get_by_label("For", exact=True)).to_be_focused()
    await page.get_by_label("Instructions", exact=True).fill("One line\nand another")
    await page.get_by_role("button", name="More… of Announce it").click()
    await expect(page.get_by_label("For", exact=True)).to_be_focused()
    await page.get_by_label("Milestone").check()
    await page.get_by_label("Its schedule").check()
    await page.get_by_label("Mondays").check()
    await expect(page.locator("#cron-preview")).to_contain_text("Mondays at 09:00")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("It applies to workflows that start from now on.")).to_be_visible()
    await expect(page.locator(".steps .title")).to_have_text(
        ["Book the room", "Thank everybody", "Announce it", "Post the link"]
    )
    await expect(page.get_by_text("Next runs")).to_be_visible()
    after = await system.ask(GET_TEMPLATE, GetTemplate(id=id))
    steps = {step.description: step for step in after.task_definitions}
    assert steps["Thank everybody"].instructions == "One line\nand another"
    assert (steps["Announce it"].is_milestone, steps["Thank everybody"].is_milestone) == (True, None)


@pytest.fixture
async def hostile(system: System, operator: Person) -> list[str]:
    """Paths of pages that show the worst that people type."""
    texts = {"description": HOSTILE, "instructions": WORD, "proofRequirement": {"type": "url", "label": WORD[:180]}}
    steps = [
        {"refId": "long", "offsetDays": -1, **texts, "description": WORD},
        {"refId": "odd", "offsetDays": 4_000, **texts, "isMilestone": True, "stageOnComplete": "after-event"},
    ]
    links = [{"name": WORD[:200]}, {"name": HOSTILE}]
    template_id, id = await started(
        system,
        name="N" + WORD,
        tags=[WORD[:150]],
        taskDefinitions=steps,
        bundleLinkDefinitions=links,
        references=[{"name": WORD, "url": "https://example.org/" + "a" * 300}],
        phases=[{"id": "p", "name": WORD}],
        triggerType="automatic",
        triggerSchedule="0 9 * * 1",
    )
    fields = {"description": f"{WORD}\n{HOSTILE}", "references": [{"name": HOSTILE, "url": "https://example.org/x"}]}
    changes = BundleChanges.model_validate(
        fields | {"bundleLinks": [links[0] | {"url": "https://x.org/" + WORD}, links[1]]}
    )
    await system.ask(UPDATE_BUNDLE, UpdateBundle(id=id, changes=changes, version=1))
    artifact = {"type": "report", "title": WORD, "storageUri": "https://drive.example.org/x", "bundleId": id}
    added = await system.ask(ADD_ARTIFACT, AddArtifact.model_validate({"actor": operator.id, "artifact": artifact}))
    first, *others = (await system.ask(GET_WORKFLOW, GetWorkflow(id=id))).tasks
    for row in others:
        await system.ask(COMPLETE_TASK, CompleteTask(id=row.task.id, actor=operator.id, link="https://example.org/p"))
    return [
        *("/workflows", "/workflows?status=archived", f"/workflows/{id}", f"/workflows/{id}/history"),
        *(f"/tasks/{first.task.id}", f"/tasks/{first.task.id}/actions?do=waiting"),
        *(f"/artifacts/{added.id}", f"/artifacts/new?bundleId={id}"),
        *("/templates", f"/templates/{template_id}", f"/templates/{template_id}/edit", "/templates/new"),
    ]


OPEN_ALL = "() => document.querySelectorAll('main details:not(.menu, .how)').forEach((one) => { one.open = true; })"


@pytest.mark.requirement("R-HOM-7")
async def test_pages_fit_every_width_and_are_readable_in_both_themes(
    hostile: list[str], operator: Person, opened: Opens
) -> None:
    page = await opened(operator)
    for path in hostile:
        await page.goto(path)
        await page.evaluate(OPEN_ALL)
        assert await violations(page) == [], path
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(OVERFLOW) == {"wide": [], "scroll": 0}, (path, width)
            if width == 390:
                assert await page.evaluate(SMALL) == [], path
    assert await page.evaluate("window.__ran") is None
    await page.goto("/templates/new")
    await page.get_by_role("button", name="Create").first.click()
    await expect(page).to_have_title(re.compile("^Error: New template"))
    assert await violations(page) == []
    await page.goto("/workflows")
    await page.get_by_label("Anchor date").fill("2028-02-20")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Title is required without a template")
    assert await violations(page) == []
