"""Workflow pages as a browser without script sees them: what they show, what their forms do, what is refused."""

import asyncio
import html
from typing import Any

import pytest

from contracts.artifacts import AddArtifact
from contracts.runs import ChangeStage, CreateBundle, GetWorkflow, ListBundles, Workflow
from contracts.subjects import (
    ADD_ARTIFACT,
    CHANGE_STAGE,
    COMPLETE_TASK,
    CREATE_BUNDLE,
    CREATE_TEMPLATE,
    GET_WORKFLOW,
    LIST_BUNDLES,
)
from contracts.tasks import CompleteTask
from contracts.templates import CreateTemplate, Template
from contracts.values import Service, Stage
from tests.api.people import Browser, Person, hidden
from tests.system import System

HOSTILE = '"><script>x()</script>{{7*7}}'
TEMPLATE: dict[str, Any] = {
    "name": "Newsletter",
    "type": "newsletter",
    "references": [{"name": "Guide", "url": "https://example.org/guide"}],
    "bundleLinkDefinitions": [{"name": "Luma"}, {"name": "LinkedIn"}],
    "taskDefinitions": [
        {"refId": "draft", "description": "Write the draft", "offsetDays": -3},
        {
            "refId": "send",
            "description": "Send it",
            "offsetDays": 0,
            "isMilestone": True,
            "stageOnComplete": "announced",
        },
    ],
}


async def template(system: System, **fields: Any) -> Template:
    return await system.ask(CREATE_TEMPLATE, CreateTemplate.model_validate(TEMPLATE | fields))


async def run(system: System, anchor: str = "2028-02-04", **fields: Any) -> str:
    """A workflow of the template: its draft was due on 1 February when the anchor is the 4th."""
    made_from = await template(system)
    body = {"templateId": made_from.id, "anchorDate": anchor, **fields}
    return (await system.ask(CREATE_BUNDLE, CreateBundle.model_validate(body))).bundle.id


async def stored(system: System, bundle_id: str) -> Workflow:
    return await system.ask(GET_WORKFLOW, GetWorkflow(id=bundle_id))


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return html.unescape(reply.text)


def section(page: str, id: str) -> str:
    return page.split(f'id="{id}"', 1)[1].split("</section>", 1)[0]


@pytest.mark.requirement("R-BUN-1")
async def test_runs_stand_by_risk_and_are_found_by_title(system: System, browser: Browser) -> None:
    empty = await text(browser, "/workflows")
    assert "No workflow is at risk." in empty
    assert "There are no templates yet." in empty
    risky = await run(system, "2028-02-01", title="Late one")
    await system.ask(CREATE_BUNDLE, CreateBundle.model_validate({"title": "Calm (one)", "anchorDate": "2028-03-01"}))
    await system.set_clock("2028-02-03 08:00")
    page = await text(browser, "/workflows")
    assert f'<a href="/workflows/{risky}">' in section(page, "at-risk")
    assert "2 overdue" in section(page, "at-risk")
    assert "Calm (one)" in section(page, "on-track")
    found = await text(browser, "/workflows?q=calm+(")
    assert "Calm (one)" in found
    assert "Late one" not in found
    await browser.post(f"/workflows/{risky}/archive", {})
    assert "Late one" not in section(await text(browser, "/workflows"), "at-risk")
    assert "Late one" in await text(browser, "/workflows?status=archived")


@pytest.mark.requirement("R-GEN-2")
async def test_a_workflow_is_started_once_and_refusals_keep_what_was_typed(system: System, browser: Browser) -> None:
    made_from = await template(system)
    page = await text(browser, f"/workflows?template={made_from.id}")
    assert f'<option value="{made_from.id}" selected>' in page
    typed = {"templateId": made_from.id, "anchorDate": "2028-02-30", "title": HOSTILE, "key": hidden(page, "key")}
    for fields, words in [
        ({}, "Anchor date '2028-02-30' is not a real calendar date"),
        ({"anchorDate": ""}, "Anchor date is required"),
        ({"templateId": "", "title": "", "anchorDate": "2028-02-20"}, "Title is required without a template"),
    ]:
        refused = await browser.post("/workflows", typed | fields)
        assert refused.status_code == 422
        assert words in html.unescape(refused.text)
        assert "<title>Error: " in refused.text
        assert "<script>x()" not in refused.text
        assert html.escape((typed | fields)["title"], quote=False) in refused.text.replace("&#34;", '"')
    gone = await browser.post("/workflows", typed | {"templateId": "nothing", "anchorDate": "2028-02-20"})
    assert gone.status_code == 409
    assert "Template no longer exists" in gone.text
    sent = [browser.post("/workflows", typed | {"anchorDate": "2028-02-20"}) for _ in range(2)]
    first, second = await asyncio.gather(*sent)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len((await system.ask(LIST_BUNDLES, ListBundles())).items) == 1
    started = await browser.get(first.headers["location"])
    assert "Started with 2 tasks" in started.text
    assert "<script>x()" not in started.text
    assert "{{7*7}}" in html.unescape(started.text)
    changed_after_going_back = await browser.post("/workflows", typed | {"anchorDate": "2028-02-27"})
    assert changed_after_going_back.status_code == 303
    assert changed_after_going_back.headers["location"] != first.headers["location"]


@pytest.mark.requirement("R-BUN-1")
async def test_a_run_shows_how_it_stands_and_what_happened(system: System, browser: Browser, operator: Person) -> None:
    id = await run(system)
    send = next(row.task for row in (await stored(system, id)).tasks if row.task.template_task_ref == "send")
    report = {"type": "report", "title": "Numbers", "storageUri": "https://drive.example.org/n", "bundleId": id}
    artifact = {"actor": operator.id, "artifact": report | {"status": "needs-review"}}
    await system.ask(ADD_ARTIFACT, AddArtifact.model_validate(artifact))
    await system.ask(COMPLETE_TASK, CompleteTask(id=send.id, actor=operator.id))
    page = await text(browser, f"/workflows/{id}")
    assert "<b>Announced</b>" in section(page, "standing")
    assert "1 of 2 done" in section(page, "standing")
    assert "Links to fill first" in page
    assert "Write the draft" in section(page, "todo")
    assert "Send it" in section(page, "done")
    assert 'href="https://example.org/guide"' in section(page, "references")
    assert "Needs review" in section(page, "artifacts")
    history = section(page, "history")
    assert history.index("Moved from Preparation to Announced by “Send it”") < history.index("Started by hand")
    assert "Completed “Send it”" in history
    assert (await browser.get("/workflows/nothing")).status_code == 404


@pytest.mark.requirement("R-BUN-1")
async def test_each_link_is_filled_alone_and_nobody_overwrites_another(system: System, browser: Browser) -> None:
    id = await run(system)
    path = f"/workflows/{id}/links"
    filled = await browser.post(path, {"name": "Luma", "url": " https://lu.ma/x ", "seen": ""})
    assert filled.status_code == 303
    assert "Saved the link Luma." in await text(browser, f"/workflows/{id}")
    for url, words in [
        ("javascript:alert(1)", "must be a web address that starts with https:// or http://"),
        ("https://a:b@lu.ma", "must not contain a user name"),
    ]:
        refused = await browser.post(path, {"name": "LinkedIn", "url": url, "seen": ""})
        assert refused.status_code == 422
        assert words in refused.text
        assert f'value="{url}"' in refused.text
        assert f'href="{url}' not in refused.text
    late = await browser.post(path, {"name": "Luma", "url": "https://lu.ma/y", "seen": ""})
    assert late.status_code == 409
    assert "it is https://lu.ma/x now" in late.text
    unknown = await browser.post(path, {"name": "Meetup", "url": "https://meetup.com", "seen": ""})
    assert unknown.status_code == 409
    bundle = (await stored(system, id)).card.bundle
    assert [(link.name, link.url) for link in bundle.bundle_links or []] == [
        ("Luma", "https://lu.ma/x"),
        ("LinkedIn", ""),
    ]
    await browser.post(path, {"name": "Luma", "url": "", "seen": "https://lu.ma/x"})
    assert "Emptied the link Luma" in section(await text(browser, f"/workflows/{id}"), "history")


@pytest.mark.requirement("R-TSK-5")
async def test_the_stage_moves_with_a_comment(system: System, browser: Browser) -> None:
    id = await run(system)
    page = await text(browser, f"/workflows/{id}")
    assert '<option value="announced" selected>' in page
    moved = await browser.post(f"/workflows/{id}/stage", {"stage": "after-event", "comment": "<b>Held</b> early"})
    assert moved.status_code == 303
    page = (await browser.get(f"/workflows/{id}")).text
    assert "from Preparation to After the event: &lt;b&gt;Held&lt;/b&gt; early" in page
    refused = await browser.post(f"/workflows/{id}/stage", {"stage": "later", "comment": "Kept"})
    assert refused.status_code == 422
    assert "Invalid stage" in refused.text
    assert 'value="Kept"' in refused.text
    assert (await stored(system, id)).card.bundle.stage is Stage.AFTER_EVENT


@pytest.mark.requirement("R-HOM-1")
async def test_a_task_is_added_to_one_run_alone(system: System, browser: Browser, operator: Person) -> None:
    id = await run(system)
    path = f"/workflows/{id}/tasks"
    wrong = await browser.post(path, {"description": HOSTILE, "date": "soon", "assigneeId": operator.id})
    assert wrong.status_code == 422
    assert "Due &#39;soon&#39; is not a date" in wrong.text
    assert "{{7*7}}" in wrong.text
    assert f'<option value="{operator.id}" selected>' in wrong.text
    stranger = await browser.post(path, {"description": "Call", "date": "2028-02-02", "assigneeId": "stranger"})
    assert (stranger.status_code, "For is not a valid assignee" in stranger.text) == (422, True)
    fields = {"description": "Call the printer", "date": "2028-02-02", "assigneeId": operator.id, "key": "once"}
    for _ in range(2):
        assert (await browser.post(path, fields)).status_code == 303
    assert "Call the printer" in section(await text(browser, f"/workflows/{id}"), "todo")
    rows = (await stored(system, id)).tasks
    assert [row.task.description for row in rows].count("Call the printer") == 1
    assert "Call the printer" in (await browser.get("/")).text
    assert (await browser.post("/workflows/nothing/tasks", fields)).status_code == 404


@pytest.mark.requirement("R-BUN-1")
async def test_what_a_run_is_called_and_for_when_is_edited_on_the_version_that_was_seen(
    system: System, browser: Browser
) -> None:
    id = await run(system, tags=["event"])
    path, due = f"/workflows/{id}/details", [row.task.date for row in (await stored(system, id)).tasks]
    page = await text(browser, f"/workflows/{id}")
    typed = {"title": HOSTILE, "anchorDate": "2028-02-08", "description": "First\nSecond", "tags": "event, <b>, "}
    seen = {"version": hidden(page.split('id="details"', 1)[1], "version")}
    for fields, words in (
        ({"title": " "}, "Title"),
        ({"anchorDate": "2028-02-30"}, "Anchor date '2028-02-30' is not a real calendar date"),
        ({"tags": "x" * 201}, "Tags, with commas between them must have at most 200 characters"),
    ):
        refused = await browser.post(path, typed | seen | fields)
        assert (refused.status_code, words in html.unescape(refused.text)) == (422, True), words
        assert "<title>Error: " in refused.text
        assert 'id="details" open' in refused.text
        assert "Second</textarea>" in refused.text
        assert 'name="description" required maxlength="2000" value=""' in refused.text
    assert (await browser.post(path, typed)).status_code == 422
    for _ in range(2):
        assert (await browser.post(path, typed | seen)).status_code == 303
    bundle = (await stored(system, id)).card.bundle
    assert (bundle.title, str(bundle.anchor_date), bundle.tags) == (HOSTILE, "2028-02-08", ["event", "<b>"])
    assert bundle.description == "First\nSecond"
    assert [row.task.date for row in (await stored(system, id)).tasks] == due
    late = await browser.post(path, typed | seen | {"title": "Too late"})
    assert (late.status_code, 'value="Too late"' in late.text) == (409, True)
    assert "Someone else changed this workflow" in late.text
    again = hidden(late.text.split('id="details"', 1)[1], "version")
    assert (await browser.post(path, typed | {"title": "Now", "tags": "", "version": again})).status_code == 303
    bundle = (await stored(system, id)).card.bundle
    assert (bundle.title, bundle.tags) == ("Now", [])
    assert "<script>x()" not in (await browser.get(f"/workflows/{id}")).text
    assert (await browser.post("/workflows/nothing/details", typed | seen)).status_code == 404


@pytest.mark.requirement("R-BUN-1")
async def test_all_that_ever_happened_to_a_run_can_be_read(system: System, browser: Browser, operator: Person) -> None:
    id = await run(system)
    for number in range(55):
        stage = "announced" if number % 2 else "preparation"
        command = ChangeStage.model_validate(
            {"id": id, "actor": operator.id, "stage": stage, "comment": f"No {number}."}
        )
        await system.ask(CHANGE_STAGE, command)
    page = await text(browser, f"/workflows/{id}")
    assert "the latest 50" in page
    assert "Started by hand" not in page
    earlier = page.split(f'href="/workflows/{id}/history?', 1)[1].split('"', 1)[0]
    rest = await text(browser, f"/workflows/{id}/history?{earlier}")
    assert "Started by hand" in rest
    assert "No 54." not in rest
    assert ": No 1." in rest
    whole = await text(browser, f"/workflows/{id}/history")
    assert ": No 54." in whole
    assert "Started by hand" in whole
    assert (await browser.get(f"/workflows/{id}/history?after=x")).status_code == 400
    assert (await browser.get("/workflows/nothing/history")).status_code == 404


@pytest.mark.requirement("R-BUN-3")
async def test_archiving_names_what_is_open_and_only_the_archived_can_be_deleted(
    system: System, browser: Browser
) -> None:
    id = await run(system)
    page = await text(browser, f"/workflows/{id}")
    assert "<b>2 tasks are still open</b>" in page
    assert "Write the draft" in section(page, "archive-anyway")
    early = await browser.post(f"/workflows/{id}/deletion", {})
    assert early.status_code == 409
    assert "Only archived bundles can be deleted" in early.text
    await browser.post(f"/workflows/{id}/archive", {})
    page = await text(browser, f"/workflows/{id}")
    assert "Write the draft" in page
    assert "Write the draft" not in await text(browser, "/")
    assert "Restore the workflow first" in page
    await browser.post(f"/workflows/{id}/restoration", {})
    assert "Write the draft" in await text(browser, "/?scope=everyone")
    await browser.post(f"/workflows/{id}/archive", {})
    gone = await browser.post(f"/workflows/{id}/deletion", {})
    assert (gone.status_code, gone.headers["location"]) == (303, "/workflows?status=archived")
    assert "Deleted the workflow" in await text(browser, "/workflows?status=archived")
    assert (await browser.get(f"/workflows/{id}")).status_code == 404


@pytest.mark.requirement("R-HOM-3")
async def test_long_lists_show_their_first_rows_the_true_count_and_a_way_to_all(
    system: System, browser: Browser
) -> None:
    steps = [{"refId": f"s{at}", "description": f"Step {at}", "offsetDays": at} for at in range(45)]
    made_from = await template(system, taskDefinitions=steps)
    body = {"templateId": made_from.id, "anchorDate": "2028-02-02"}
    id = (await system.ask(CREATE_BUNDLE, CreateBundle.model_validate(body))).bundle.id
    page = await text(browser, f"/workflows/{id}")
    assert "To do <span>45</span>" in page
    assert page.count('id="task-') == 30
    assert f'<a href="/workflows/{id}?all=true">Show all 45</a>' in page
    whole = await text(browser, f"/workflows/{id}?all=true")
    assert whole.count('id="task-') == 45
    assert "Show all" not in whole


async def test_a_silent_work_service_is_said_and_nothing_looks_empty(system: System, browser: Browser) -> None:
    await system.stop(Service.WORK)
    for path in ("/workflows", "/workflows/any", "/templates", "/templates/any", "/templates/any/edit"):
        reply = await browser.get(path)
        assert reply.status_code == 503, path
        assert "The work service does not answer" in reply.text
        assert "No workflow is at risk" not in reply.text
