"""Groups J, L and R: what is stored and hostile or broken is shown as text, and no page falls over it."""

from typing import Any

import pytest
from markupsafe import escape

from contracts.values import Kind
from services.kit.mongo import connection
from services.portal.auth.access import Role
from tests.api.bad_inputs.world import World, named
from tests.api.conftest import MORNING
from tests.api.files import upload
from tests.api.people import add_person, client_of
from tests.builders import MINIMAL
from tests.support.exports import files_of
from tests.system import instant

pytestmark = pytest.mark.requirement("R-SEC-3")

HOSTILE = (
    "<script>window.__x=1</script>",
    '"><svg onload=window.__x=1>',
    "'-alert(1)-'",
    "[c](data:text/html;base64,PHNjcmlwdD4=)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<div hx-get=/users hx-trigger=load>",
    "<form action=https://evil.test>",
    "</script><!--",
    "</title></textarea></select>",
    "=1+1|cmd",
    "../../etc/passwd",
    "\u202egnp.exe\u2066",
    "A" * 300,
)
PAGES = (
    *(
        "/",
        "/?scope=everyone",
        "/recurring",
        "/recurring?status=archived",
        "/workflows",
        "/templates",
        "/notifications",
    ),
    *("/tasks", "/tasks/<task>", "/workflows/<bundle>", "/templates/<template>", "/templates/<template>/edit"),
    *("/recurring/<config>/edit", "/recurring/recurring/<config>", "/settings", "/tasks/<task>/actions?do=comment"),
)


@pytest.mark.parametrize("text", named("J", HOSTILE))
async def test_hostile_text_is_shown_as_text_on_every_page(world: World, text: str) -> None:
    """Stored as typed in every kind of field, then every page is read: no tag of it may be among the tags."""
    ids, api = world.ids, world.api
    await api.put(f"/api/tasks/{ids['task']}", json={"description": text, "comment": text, "tags": [text[:200]]})
    await api.put(f"/api/bundles/{ids['bundle']}", json={"title": text, "description": text, "tags": [text[:200]]})
    template = {"name": text, "taskDefinitions": [MINIMAL["taskDefinitions"][0] | {"description": text}]}
    await api.put(f"/api/templates/{ids['template']}", json=template)
    await api.put(f"/api/recurring/{ids['config']}", json={"description": text, "instructions": text})
    await api.post(f"/api/schedules/{ids['config']}/pause", json={"reason": text})
    await world.browser.post("/settings/name", {"name": text[:200]})
    assert (await api.get(f"/api/tasks/{ids['task']}")).json()["description"] == text
    escaped, shown = str(escape(text)), 0
    for pattern in PAGES:
        reply = await world.browser.get(filled_path(pattern, world))
        assert reply.status_code == 200, (pattern, reply.status_code)
        if escaped != text:
            assert text not in reply.text, pattern
        shown += escaped in reply.text
    assert shown >= 6


def filled_path(pattern: str, world: World) -> str:
    for name, value in world.ids.items():
        pattern = pattern.replace(f"<{name}>", value)
    return pattern


NAMES = (
    *("../../etc/passwd", "..\\..\\x", "/abs", "C:\\x", "a\x00.pdf", ".htaccess", "con.txt", "n" * 300, "a.pdf.exe"),
    *("\u202efdp.exe", 'x"; filename="y', "a\r\nSet-Cookie: x=1", " .lead", "<svg onload=alert(1)>.svg", "page.html"),
)


@pytest.mark.parametrize("name", named("L", NAMES))
async def test_a_file_comes_back_as_an_attachment_with_a_harmless_name(world: World, name: str) -> None:
    task = (await world.api.post("/api/tasks", json={"description": "x", "date": "2028-02-02"})).json()["id"]
    reply = await upload(world.api, task, name, b"<script>alert(1)</script>")
    assert reply.status_code in (201, 400), reply.text
    if reply.status_code == 201:
        file = reply.json()["file"]
        assert not set(file["filename"]) & set("/\\\r\n\x00\u202e")
        got = await world.browser.get(f"/tasks/{task}/files/{file['id']}")
        assert got.headers["content-disposition"].startswith("attachment; filename=")
        assert got.headers["content-security-policy"].startswith("sandbox")
        assert (got.headers["x-content-type-options"], "x" in got.cookies) == ("nosniff", False)
        assert (await world.browser.get(f"/tasks/{task}")).text.count("<svg onload") == 0


async def test_what_was_stored_before_it_was_refused_is_read_shown_as_text_and_leaves_the_rest_changeable(
    world: World,
) -> None:
    bad: dict[str, Any] = {
        "instructions_url": "javascript:window.__x=1",
        "proof_requirement": {"type": "url", "label": "A" * 900},
    }
    ids, api = world.ids, world.api
    async with connection.connect(world.system.settings, "work") as database:
        for collection, kind in (("tasks", "task"), ("recurring", "config")):
            assert (await database[collection].update_one({"_id": ids[kind]}, {"$set": bad})).modified_count == 1
        steps = {f"task_definitions.0.{name}": value for name, value in bad.items()}
        assert (await database["templates"].update_one({"_id": ids["template"]}, {"$set": steps})).modified_count == 1
    template = (await api.get(f"/api/templates/{ids['template']}")).json()["template"]
    config = (await api.get(f"/api/recurring/{ids['config']}")).json()["recurringConfig"]
    for one in ((await api.get(f"/api/tasks/{ids['task']}")).json(), config, template["taskDefinitions"][0]):
        assert (one["instructionsUrl"], one["proofRequirement"]) == (bad["instructions_url"], bad["proof_requirement"])
    for pattern in PAGES:
        assert 'href="javascript:' not in (await world.browser.get(filled_path(pattern, world))).text
    for path in (f"/api/tasks/{ids['task']}", f"/api/recurring/{ids['config']}"):
        assert (await api.put(path, json={"description": "Changed"})).status_code == 200
    assert (await api.put(f"/api/templates/{ids['template']}", json={"name": "Changed"})).status_code == 200
    chief = await add_person(world.system.settings, "chief@example.org", "Chris Chief", Role.ADMIN)
    async with client_of(world.system.portal_url, chief) as admin:
        exported = files_of((await admin.get("/api/export")).content)
    for name in ("tasks.jsonl", "recurring_configs.jsonl", "templates.jsonl"):
        assert bad["proof_requirement"]["label"].encode() in exported[name]


EXPECTED_ANYWHERE = ("/", "/?scope=everyone", "/tasks", "/recurring", "/workflows", "/templates", "/notifications")
BROKEN: list[tuple[str, str, Any]] = [
    ("tasks", "bundle_id", "5e8400e2-29b4-4d4a-a716-446655440000"),
    ("tasks", "follow_up_at", "soon"),
    ("recurring", "timeline.0.cron", None),
    ("recurring", "timeline.0.cron", "banana"),
    ("recurring", "description", None),
    ("templates", "task_definitions", "banana"),
    ("templates", "name", None),
    ("bundles", "template_id", "5e8400e2-29b4-4d4a-a716-446655440000"),
    ("tasks", "date", None),
    ("tasks", "status", "nearly"),
    ("tasks", "description", 5),
    ("tasks", "proof_requirement", {"type": "photo"}),
    ("bundles", "anchor_date", None),
    ("bundles", "stage", "later"),
    ("bundles", "bundle_links", "banana"),
]
ONE = {"tasks": "step", "recurring": "config", "templates": "template", "bundles": "bundle"}


@pytest.mark.parametrize(
    ("collection", "field", "value"),
    [pytest.param(*one, id=f"R: {one[0]} {one[1]} {one[2]!r}") for one in BROKEN],
)
async def test_one_broken_document_takes_no_page_down(world: World, collection: str, field: str, value: Any) -> None:
    chosen = {"_id": world.ids[ONE[collection]]}
    async with connection.connect(world.system.settings, "work") as database:
        before = await database[collection].find_one(chosen)
        change = {"$unset": {field: ""}} if value is None else {"$set": {field: value}}
        try:
            assert (await database[collection].update_one(chosen, change)).modified_count == 1
            replies = {page: (await world.browser.get(page)).status_code for page in EXPECTED_ANYWHERE}
            lists = ("/api/tasks?status=todo", "/api/recurring", "/api/bundles", "/api/templates", "/api/home")
            replies |= {path: (await world.api.get(path)).status_code for path in lists}
        finally:
            await database[collection].replace_one(chosen, before)
    assert {path: status for path, status in replies.items() if status != 200} == {}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=f"R: windows of no {kind}") for kind in Kind])
async def test_a_failure_whose_schedule_is_gone_is_shown_with_its_id_until_it_is_acknowledged(
    world: World, kind: Kind
) -> None:
    gone, at = world.ids["unknown"], instant(MORNING)
    row = {"kind": kind, "source_id": gone, "date": "2028-02-01", "outcome": "failed", "trigger": "schedule"}
    row |= {"error": {"code": "unexpected", "message": "Oh"}, "open": True, "attempts": 5, "generated": 0}
    row |= {"skipped": 0, "late": False, "_id": f"{kind}:{gone}:2028-02-01"}
    row |= {"opened_at": at, "first_at": at, "last_at": at}
    async with connection.connect(world.system.settings, "work") as database:
        await database["windows"].insert_one(row)
        try:
            pages = [await world.browser.get(page) for page in EXPECTED_ANYWHERE]
            home = pages[0].text
            [failure] = (await world.api.get("/api/failures")).json()["failures"]
            alert = {"kind": kind, "sourceId": gone, "code": "unexpected"}
            acknowledged = await world.api.post(
                "/api/failures/acknowledgements", json={**alert, "note": "We removed it"}
            )
            left = (await world.api.get("/api/failures")).json()["failures"]
        finally:
            await database["windows"].delete_one({"_id": row["_id"]})
    assert {page.status_code for page in pages} == {200}
    assert gone in home
    assert failure["title"] == f"{kind} {gone} (no longer stored)"
    assert (acknowledged.status_code, acknowledged.json(), left) == (200, {"windows": 1}, [])


@pytest.mark.parametrize("cron", [pytest.param(cron, id=f"R: {cron}") for cron in ("banana", "0 9 30 2 *", "@daily")])
async def test_template_whose_cron_cannot_be_read_is_shown_and_saved(world: World, cron: str) -> None:
    """As an import brings it, paused. A save that was made is answered as one."""
    chosen, path = {"_id": world.ids["template"]}, f"/api/templates/{world.ids['template']}"
    trigger = {"trigger_type": "automatic", "trigger_schedule": cron, "trigger_enabled": False}
    async with connection.connect(world.system.settings, "work") as database:
        before = await database["templates"].find_one(chosen)
        assert (await database["templates"].update_one(chosen, {"$set": trigger})).modified_count == 1
        try:
            read = await world.api.get(path)
            saved = await world.api.put(path, json={"name": "Changed"})
        finally:
            await database["templates"].replace_one(chosen, before)
    for reply in (read, saved):
        assert reply.status_code == 200, reply.text
        assert reply.json()["template"]["triggerSchedule"] == cron
        assert reply.json()["warnings"][0].startswith("triggerSchedule: ")
    assert saved.json()["template"]["name"] == "Changed"
