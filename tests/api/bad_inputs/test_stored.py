"""Groups J, L and R: what is stored and hostile or broken is shown as text, and no page falls over it."""

from typing import Any

import pytest
from markupsafe import escape

from services.kit import mongo
from tests.api.bad_inputs.world import World, named
from tests.api.files import upload
from tests.api.test_templates import MINIMAL

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
    async with mongo.connect(world.system.settings, "work") as database:
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
