"""Template pages as a browser without script sees them: lists, details, and the editor whose rows move by forms."""

import html
import re
from typing import Any

import pytest

from contracts.runs import GetBundle, ListBundles
from contracts.subjects import CREATE_TEMPLATE, GET_BUNDLE, GET_TEMPLATE, LIST_BUNDLES, LIST_TEMPLATES, UPDATE_TEMPLATE
from contracts.templates import CreateTemplate, GetTemplate, ListTemplates, Template, TemplateChanges, UpdateTemplate
from contracts.values import Service
from services.kit.mongo import connection
from tests.api.people import Browser
from tests.system import System

HOSTILE = '"><script>x()</script>{{7*7}}'
_CHOICES = ("taskDefinitions[1].stageOnComplete", "triggerType")
"""What is none of the choices cannot be kept in them."""
STEP = {"refId": "draft", "description": "Write the draft", "offsetDays": -7}
TEMPLATE: dict[str, Any] = {
    "name": "Newsletter",
    "type": "newsletter",
    "sourceDocIds": ["doc-1"],
    "references": [{"name": "Guide", "url": "https://example.org/guide", "kept": 1}],
    "bundleLinkDefinitions": [{"name": "Luma", "kept": 2}],
    "phases": [{"id": "p1", "name": "Before", "stage": "preparation"}],
    "triggerType": "automatic",
    "triggerSchedule": "0 9 * * 1",
    "triggerLeadDays": 14,
    "taskDefinitions": [
        STEP | {"validation": {"note": None}, "ourOwnKey": ["kept"], "phase": "p1"},
        {
            "refId": "send",
            "description": "Send it",
            "offsetDays": 0,
            "isMilestone": True,
            "stageOnComplete": "announced",
            "proofRequirement": {"type": "url", "label": "Issue", "required": False},
        },
    ],
}


async def template(system: System, **fields: Any) -> str:
    return (await system.ask(CREATE_TEMPLATE, CreateTemplate.model_validate(TEMPLATE | fields))).id


async def stored(system: System, id: str) -> Template:
    return await system.ask(GET_TEMPLATE, GetTemplate(id=id))


def typed(page: str) -> dict[str, str]:
    """The editor's fields as a browser would send them."""
    form = page.split('id="editor"', 1)[1].split("</form>", 1)[0]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        known = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        chosen = known.get("type") not in ("radio", "checkbox") or re.search(r"\schecked\b", tag)
        if chosen and "name" in known:
            fields[known["name"]] = known.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        found = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = found[1] if found else ""
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(inner)
    return fields


async def editor(browser: Browser, path: str) -> dict[str, str]:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return typed(reply.text)


@pytest.mark.requirement("R-SCH-4")
async def test_templates_are_listed_and_one_shows_what_it_makes_and_when(system: System, browser: Browser) -> None:
    assert "There are no templates yet" in (await browser.get("/templates")).text
    id = await template(system, name=HOSTILE)
    page = (await browser.get("/templates")).text
    assert "<script>x()" not in page
    assert "Mondays at 09:00" in page
    assert "Mon 7 Feb 09:00" in page
    page = html.unescape((await browser.get(f"/templates/{id}")).text)
    for words in ("7 days before", "On the anchor date", "Moves to Announced", "a web address, Issue (optional)"):
        assert words in page
    assert "Mon 14 Feb 09:00</time> for Mon 28 Feb" in page
    assert f'href="/workflows?template={id}#start"' in page
    assert (await browser.get("/templates/nothing")).status_code == 404
    assert (await browser.get("/templates/nothing/edit")).status_code == 404


async def test_what_the_editor_does_not_show_is_kept_and_nothing_changes_by_saving(
    system: System, browser: Browser
) -> None:
    id = await template(system)
    before = await stored(system, id)
    fields = await editor(browser, f"/templates/{id}/edit")
    same = await browser.post(f"/templates/{id}/edit", fields)
    assert same.status_code == 303
    assert await stored(system, id) == before
    renamed = fields | {"references[0].name": "Handbook", "taskDefinitions[0].description": "Write it"}
    assert (await browser.post(f"/templates/{id}/edit", renamed)).status_code == 303
    after = await stored(system, id)
    shown = after.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert shown["references"] == [{"name": "Handbook", "url": "https://example.org/guide", "kept": 1}]
    draft, send = TEMPLATE["taskDefinitions"]
    assert shown["taskDefinitions"] == [draft | {"description": "Write it"}, send]
    assert (after.bundle_link_definitions, after.source_doc_ids) == (before.bundle_link_definitions, ["doc-1"])


@pytest.mark.requirement("R-GEN-2")
async def test_the_editor_of_a_long_template_stays_light_and_opens_one_row_at_a_time(
    system: System, browser: Browser
) -> None:
    step = {"offsetDays": 1, "assigneeId": "user-grace", "instructions": "Open it.\n" * 9, "requiresFile": True}
    steps = [step | {"refId": f"s{at}", "description": f"Do the thing {at}"} for at in range(50)]
    path = f"/templates/{await template(system, taskDefinitions=steps)}/edit"
    page = await browser.get(path)
    assert len(page.content) < 150_000
    fields = typed(page.text)
    opened = await browser.post(path, fields | {"do": "open:taskDefinitions:7"})
    assert opened.text.count("<textarea") == 1
    assert typed(opened.text) == fields | dict.fromkeys(typed(opened.text).keys() - fields.keys(), "") | {
        "key": typed(opened.text)["key"]
    }


@pytest.mark.requirement("R-GEN-2")
async def test_a_template_is_made_row_by_row_and_holds_for_the_future(system: System, browser: Browser) -> None:
    fields = await editor(browser, "/templates/new")
    fields |= {"name": "Webinar", "type": "event", "taskDefinitions[0].description": "Invite", "tags": "a, b ,"}

    async def act(do: str) -> dict[str, str]:
        reply = await browser.post("/templates/new", fields | {"do": do})
        assert reply.status_code == 200, reply.text
        return typed(reply.text)

    fields = await act("add:taskDefinitions")
    fields |= {"taskDefinitions[1].description": "Book the room", "taskDefinitions[1].offsetDays": "-3"}
    fields = await act("up:taskDefinitions:1")
    assert fields["taskDefinitions[0].description"] == "Book the room"
    for name in ("bundleLinkDefinitions", "references", "references", "phases"):
        fields = await act(f"add:{name}")
    fields |= {"bundleLinkDefinitions[0].name": "Luma", "references[1].name": "Guide", "phases[0].name": "Before"}
    fields = await act("remove:references:0")
    assert fields["references[0].name"] == "Guide"
    fields["taskDefinitions[1].phase"] = fields["phases[0].id"]
    for nonsense in ("up:taskDefinitions:0", "remove:taskDefinitions:9", "drop:everything:x", "down"):
        assert await act(nonsense) | {"key": ""} == fields | {"key": ""}
    assert (await system.ask(LIST_TEMPLATES, ListTemplates())).items == []
    made = await browser.post("/templates/new", fields)
    assert made.status_code == 303, made.text
    [one] = (await system.ask(LIST_TEMPLATES, ListTemplates())).items
    steps = [(step.description, step.offset_days) for step in one.task_definitions]
    assert steps == [("Book the room", -3), ("Invite", 0)]
    assert (one.tags, one.trigger_type) == (["a", "b"], "manual")
    start = {"templateId": one.id, "anchorDate": "2028-02-20"}
    await browser.post("/workflows", start)
    fields = await editor(browser, f"/templates/{one.id}/edit")
    await browser.post(f"/templates/{one.id}/edit", fields | {"taskDefinitions[0].description": "Book online"})
    [run] = (await system.ask(LIST_BUNDLES, ListBundles())).items
    assert "Book the room" in (await browser.get(f"/workflows/{run.id}")).text
    assert "apply to workflows that start from now on" in (await browser.get(f"/templates/{one.id}/edit")).text


@pytest.mark.requirement("R-SEC-3")
async def test_refusals_name_each_field_beside_it_and_at_the_top_and_keep_what_was_typed(
    system: System, browser: Browser
) -> None:
    id = await template(system)
    path = f"/templates/{id}/edit"
    fields = await editor(browser, path)
    del fields["preset"]
    for wrong, words in [
        ({"name": " "}, "Name must not be blank"),
        ({"taskDefinitions[1].offsetDays": "soon"}, "Task 2, days from the anchor date must be a whole number"),
        ({"taskDefinitions[0].description": ""}, "Task 1, what is to be done must not be blank"),
        (
            {"taskDefinitions[0].instructionsUrl": "javascript:x()"},
            "Task 1, link to instructions must be a web address",
        ),
        ({"taskDefinitions[1].stageOnComplete": "later"}, "Task 2, stage"),
        ({"references[0].url": "javascript:x()"}, "Reference 1, address must be a web address"),
        ({"cronExpression": "61 9 * * *"}, "Schedule"),
        ({"cronExpression": ""}, "Schedule is required when a schedule starts it"),
        ({"triggerLeadDays": "-1"}, "Days ahead"),
        ({"taskDefinitions[1].assigneeId": "stranger"}, "Task 2, assignee is not a valid assignee"),
        ({"triggerType": "often"}, "How it starts must be by hand or by schedule"),
    ]:
        refused = await browser.post(path, fields | wrong)
        [(name, value)] = wrong.items()
        page = html.unescape(refused.text)
        assert refused.status_code == 422, wrong
        assert "<title>Error: " in page
        assert words in page.split('id="summary"', 1)[1].split("</section>", 1)[0], wrong
        assert f'id="{name}-problem"' in page, wrong
        assert typed(refused.text).get(name) == value or name in (
            "name",
            "taskDefinitions[1].stageOnComplete",
            "triggerType",
        )
    assert (await stored(system, id)).version == 1
    hostile = await browser.post(path, fields | {"name": HOSTILE, "taskDefinitions[1].offsetDays": "x"})
    assert "<script>x()" not in hostile.text
    assert typed(hostile.text)["name"] == HOSTILE
    none = {name: value for name, value in fields.items() if not name.startswith("taskDefinitions")}
    assert "must have at least one task definition" in (await browser.post(path, none)).text


@pytest.mark.requirement("R-SCH-5")
async def test_who_edits_an_older_version_is_told_and_decides(system: System, browser: Browser) -> None:
    id = await template(system)
    path = f"/templates/{id}/edit"
    fields = await editor(browser, path)
    theirs = UpdateTemplate(id=id, changes=TemplateChanges(name="Theirs"))
    await system.ask(UPDATE_TEMPLATE, theirs)
    conflict = await browser.post(path, fields | {"name": "Mine"})
    assert conflict.status_code == 409
    assert "Someone else changed this template while you edited it" in conflict.text
    again = typed(conflict.text)
    assert again["name"] == "Mine"
    assert (await stored(system, id)).name == "Theirs"
    assert (await browser.post(path, again)).status_code == 303
    assert (await stored(system, id)).name == "Mine"


@pytest.mark.requirement("R-SCH-5")
async def test_what_is_stored_and_cannot_be_read_is_named_and_costs_no_other_task(
    system: System, browser: Browser
) -> None:
    id = await template(system, triggerType="manual")
    path = f"/templates/{id}"
    broken = {
        "task_definitions.0.offset_days": "soon",
        "task_definitions.1.proof_requirement": {"type": "telepathy"},
        "references.0.name": 7,
    }
    async with connection.connect(system.settings, "work") as database:
        assert (await database["templates"].update_one({"_id": id}, {"$set": broken})).modified_count == 1
    words = ("Task 1, days from the anchor date must be a whole number", "Task 2, proof", "Reference 1, name")
    shown = re.sub(r"<[^>]+>", "", (await browser.get(path)).text)
    assert [one in shown for one in (*words[:1], "Cannot be read")] == [True, True]
    page = (await browser.get(f"{path}/edit")).text
    assert [one in re.sub(r"<[^>]+>", "", page) for one in words] == [True, True, True]
    assert 'id="taskDefinitions[0].offsetDays-problem"' in page
    fields = typed(page)
    descriptions = [fields[f"taskDefinitions[{at}].description"] for at in (0, 1)]
    assert (descriptions, fields["taskDefinitions[0].offsetDays"]) == (["Write the draft", "Send it"], "")
    start = await browser.post("/workflows", {"templateId": id, "anchorDate": "2028-02-20"})
    assert "offsetDays must be a whole number" in html.unescape(start.text)
    assert (await system.ask(LIST_BUNDLES, ListBundles())).items == []

    fields = typed((await browser.post(f"{path}/edit", fields | {"do": "add:taskDefinitions"})).text)
    fields["taskDefinitions[2].description"] = "Thank everybody"
    assert (await browser.post(f"{path}/edit", fields)).status_code == 422
    mended = {"taskDefinitions[0].offsetDays": "-7", "references[0].name": "Guide"}
    assert (await browser.post(f"{path}/edit", fields | mended)).status_code == 303
    after = (await stored(system, id)).model_dump(mode="json", by_alias=True, exclude_none=True)
    draft, send, thank = after["taskDefinitions"]
    assert draft == TEMPLATE["taskDefinitions"][0]
    assert (
        send | {"proofRequirement": TEMPLATE["taskDefinitions"][1]["proofRequirement"]}
        == (TEMPLATE["taskDefinitions"][1])
    )
    assert (thank["description"], after["references"]) == ("Thank everybody", TEMPLATE["references"])
    assert "unreadable" not in after


@pytest.mark.requirement("R-SCH-5")
async def test_a_template_saved_after_todays_time_says_so_and_offers_today(system: System, browser: Browser) -> None:
    path = f"/templates/{await template(system, triggerSchedule='0 9 * * 3', triggerLeadDays=0)}"
    assert "Nothing is created for today" not in (await browser.get(path)).text
    fields = await editor(browser, f"{path}/edit")
    saved = await browser.post(f"{path}/edit", fields | {"cronExpression": "0 7 * * 3"})
    late = (await browser.get(saved.headers["location"])).text
    assert "Nothing is created for today" in late
    assert "Make today’s workflow" in late
    offer = late.split('action="/generations"', 1)[1].split("</form>", 1)[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', offer))
    assert (await browser.post("/generations", fields)).status_code == 303
    [run] = (await system.ask(LIST_BUNDLES, ListBundles())).items
    assert (run.template_id, str(run.anchor_date)) == (path.rpartition("/")[2], "2028-02-02")
    assert "Nothing is created for today" not in (await browser.get(path)).text


@pytest.mark.requirement("R-PAU-4")
async def test_a_deleted_template_is_gone_and_what_it_made_stays(system: System, browser: Browser) -> None:
    id = await template(system)
    await browser.post("/workflows", {"templateId": id, "anchorDate": "2028-02-20"})
    assert (await browser.post(f"/templates/{id}/deletion", {})).status_code == 303
    page = (await browser.get("/templates")).text
    assert "Deleted: “Newsletter”." in page
    assert "There are no templates yet" in page
    [run] = (await system.ask(LIST_BUNDLES, ListBundles())).items
    assert (await system.ask(GET_BUNDLE, GetBundle(id=run.id))).template_id == id
    assert (await browser.get(f"/workflows/{run.id}")).status_code == 200
    assert (await browser.post(f"/templates/{id}/deletion", {})).status_code == 404


async def test_a_template_of_many_tasks_fits_the_form(system: System, browser: Browser) -> None:
    filled = dict.fromkeys(("assigneeId", "phase", "instructions", "requiredLinkName"), "x") | {
        "instructionsUrl": "https://example.org",
        "stageOnComplete": "announced",
        "requiresFile": True,
        "isMilestone": True,
    }
    steps = [STEP | filled | {"refId": f"s{at}", "description": f"Step {at}"} for at in range(120)]
    id = await template(system, taskDefinitions=steps)
    fields = await editor(browser, f"/templates/{id}/edit")
    assert len(fields) > 1_000
    saved = await browser.post(f"/templates/{id}/edit", fields | {"taskDefinitions[119].description": "The last"})
    assert saved.status_code == 303, saved.text
    assert (await stored(system, id)).task_definitions[-1].description == "The last"
    await system.stop(Service.WORK)
    silent = await browser.post(f"/templates/{id}/edit", fields, token=fields["csrf"])
    assert silent.status_code == 503


@pytest.mark.requirement("R-REL-5")
async def test_page_offers_anchor_dates_left_out(system: System, browser: Browser) -> None:
    id = await template(system, triggerLeadDays=7)
    await system.set_clock("2028-02-15 10:00")
    fields = await editor(browser, f"/templates/{id}/edit")
    saved = await browser.post(f"/templates/{id}/edit", {**fields, "triggerLeadDays": "14"})
    page = await browser.get(saved.headers["location"])
    assert "No workflow is created for 1 anchor date" in page.text
    assert '<time datetime="2028-02-28">Mon 28 Feb</time>' in page.text
    shown = {"dates": "2028-02-28 2028-02-29"}
    assert (await browser.post(f"/templates/{id}/left-out-runs", shown)).status_code == 303
    started = await browser.get(f"/templates/{id}")
    assert "Started: “Newsletter - Mon 28 Feb 2028”." in html.unescape(started.text)
    assert "No workflow is created for" not in started.text
    await browser.post(f"/templates/{id}/left-out-runs", shown)
    assert "Nothing was started" in (await browser.get(f"/templates/{id}")).text
    [run] = (await system.ask(LIST_BUNDLES, ListBundles())).items
    assert run.anchor_date.isoformat() == "2028-02-28"


@pytest.mark.requirement("R-SCH-4")
async def test_page_offers_today_once_beside_other_dates(system: System, browser: Browser) -> None:
    """Moved to a day whose time has passed, with a longer lead: today's own window is offered by its date."""
    id = await template(system, triggerSchedule="0 7 * * 1", triggerLeadDays=7)
    await system.set_clock("2028-02-15 10:00")
    trigger = {"triggerSchedule": "0 7 * * 2", "triggerLeadDays": 14}
    changes = TemplateChanges.model_validate(trigger)
    saved = await system.ask(UPDATE_TEMPLATE, UpdateTemplate(id=id, changes=changes))
    assert [date.isoformat() for date in saved.left_out] == ["2028-02-22", "2028-02-29"]
    page = (await browser.get(f"/templates/{id}")).text
    assert "Nothing is created for today" in page
    assert 'name="dates" value="2028-02-22"' in page
