"""Templates over JSON: the contract that existing clients hold us to."""

from typing import Any

import httpx
import pytest

from tests.builders import MINIMAL, STEP
from tests.support.replies import STAMP
from tests.system import System

WHOLE = {
    "emoji": "📰",
    "tags": ["news", "✉️"],
    "defaultAssigneeId": "user-grace",
    "references": [{"name": "Guide", "url": "https://example.org/guide"}],
    "bundleLinkDefinitions": [{"name": "Luma"}, {"name": "YouTube"}],
    "phases": [{"id": "p1", "name": "Before", "stage": "preparation"}],
    "sourceDocIds": ["doc-1"],
    "triggerType": "automatic",
    "triggerSchedule": "0 9 * * 1",
    "triggerLeadDays": 14,
    "triggerEnabled": True,
}
WHOLE_STEP = STEP | {
    "isMilestone": True,
    "stageOnComplete": "announced",
    "assigneeId": "user-nobody",
    "instructionsUrl": "https://example.org/how",
    "instructionDocId": "doc-1",
    "instructionStepId": "step-2",
    "phase": "p1",
    "systems": ["Mailchimp"],
    "validation": {"requiredBundleLinks": ["Luma"], "note": None},
    "requiredLinkName": "Luma",
    "requiresFile": False,
    "proofRequirement": {"type": "url", "label": "Issue", "required": True},
    "artifactRefs": [{"artifactId": "a1", "title": "Recording"}],
    "assistantJobRefs": [{"assistantJobId": "j1"}],
    "auditEventRefs": [{"auditEventId": "e1"}],
    "ourOwnKey": {"kept": ["as", {"it": "is"}]},
}


async def created(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    reply = await api.post("/api/templates", json=MINIMAL | fields)
    assert reply.status_code == 201, reply.text
    assert reply.headers["content-type"] == "application/json"
    return reply.json()["template"]


async def test_create_read_list_change_delete(api: httpx.AsyncClient) -> None:
    template = await created(api, id="mine", createdAt="1999", nonsense=1)
    assert set(template) == {"id", "version", "name", "type", "taskDefinitions", "createdAt", "updatedAt"}
    assert template["taskDefinitions"] == [STEP]
    assert template["id"] != "mine"
    assert STAMP.fullmatch(template["createdAt"])
    path = f"/api/templates/{template['id']}"
    assert (await api.get(path + "/")).json() == {"template": template}
    assert (await api.get("/api/templates/")).json() == {"templates": [template]}
    changed = (await api.put(path, json={"name": "Digest", "emoji": "✉️"})).json()["template"]
    assert changed == template | {"name": "Digest", "emoji": "✉️", "updatedAt": changed["updatedAt"], "version": 2}
    gone = await api.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for reply in (await api.get(path), await api.put(path, json={"name": "x"}), await api.delete(path)):
        assert (reply.status_code, reply.json()) == (404, {"error": "Template not found"})
    assert (await api.get("/api/templates")).json() == {"templates": []}


async def test_everything_is_echoed_exactly_as_it_was_given(api: httpx.AsyncClient) -> None:
    template = await created(api, **WHOLE, taskDefinitions=[WHOLE_STEP])
    assert {name: template[name] for name in WHOLE} == WHOLE
    assert template["taskDefinitions"] == [WHOLE_STEP]
    stored = (await api.get(f"/api/templates/{template['id']}")).json()["template"]
    assert stored == template


async def test_lists_are_replaced_whole(api: httpx.AsyncClient) -> None:
    template = await created(api, **WHOLE)
    for change in (
        {"tags": ["other"]},
        {"tags": []},
        {"references": [{"name": "New", "url": "https://example.org/new"}]},
        {"bundleLinkDefinitions": [{"name": "Meetup"}]},
        {"taskDefinitions": [{"refId": "a", "description": "A", "offsetDays": 0}]},
        {"triggerType": "manual", "triggerSchedule": "0 10 * * 5", "triggerLeadDays": 3},
        {"triggerEnabled": False},
    ):
        reply = await api.put(f"/api/templates/{template['id']}", json=change)
        assert reply.status_code == 200, reply.text
        assert change.items() <= reply.json()["template"].items()


async def test_an_automatic_template_without_a_schedule_has_no_trigger(api: httpx.AsyncClient) -> None:
    template = await created(api, triggerType="automatic", triggerSchedule="")
    assert template["triggerSchedule"] == ""
    assert (await api.post("/api/cron/run")).json()["templates"] == {"created": [], "skipped": 0, "recovered": 0}
    assert (await api.get("/api/schedules")).json() == {"schedules": []}


def step(**fields: Any) -> dict[str, Any]:
    return {"taskDefinitions": [STEP | fields]}


def without(name: str) -> dict[str, Any]:
    return {"taskDefinitions": [{key: value for key, value in STEP.items() if key != name}]}


FAULTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": None}, ["name"]),
    ({"name": "  "}, ["name"]),
    ({"name": 5}, ["name"]),
    ({"name": "a\u0000b"}, ["name"]),
    ({"name": {"$ne": None}}, ["name"]),
    ({"type": ""}, ["type"]),
    ({"type": ["x"]}, ["type"]),
    ({"taskDefinitions": None}, ["taskDefinitions"]),
    ({"taskDefinitions": []}, ["taskDefinitions"]),
    ({"taskDefinitions": "x"}, ["taskDefinitions"]),
    ({"taskDefinitions": [None]}, ["taskDefinitions[0]"]),
    ({"taskDefinitions": [STEP, 7]}, ["taskDefinitions[1]"]),
    ({"taskDefinitions": [STEP, STEP]}, ["taskDefinitions", "refId"]),
    (without("refId"), ["taskDefinitions[0].refId"]),
    (without("description"), ["taskDefinitions[0].description"]),
    (without("offsetDays"), ["taskDefinitions[0].offsetDays"]),
    (step(refId=1), ["taskDefinitions[0].refId"]),
    (step(description=" "), ["taskDefinitions[0].description"]),
    (step(offsetDays="1"), ["taskDefinitions[0].offsetDays"]),
    (step(offsetDays=True), ["taskDefinitions[0].offsetDays"]),
    (step(offsetDays=1.5), ["taskDefinitions[0].offsetDays"]),
    (step(offsetDays=36_501), ["taskDefinitions[0].offsetDays"]),
    (step(offsetDays=-(10**12)), ["taskDefinitions[0].offsetDays"]),
    (step(instructionsUrl=3), ["instructionsUrl"]),
    (step(instructionsUrl="javascript:alert(1)"), ["instructionsUrl"]),
    (step(instructionDocId=[]), ["instructionDocId"]),
    (step(instructionStepId=3), ["instructionStepId"]),
    (step(phase={}), ["phase"]),
    (step(systems="Slack"), ["systems"]),
    (step(systems=["Slack", 1]), ["systems"]),
    (step(validation=5), ["validation"]),
    (step(validation=["a"]), ["validation"]),
    (step(isMilestone="yes"), ["isMilestone", "boolean"]),
    (step(isMilestone=1), ["isMilestone", "boolean"]),
    (step(stageOnComplete="later"), ["stageOnComplete"]),
    (step(assigneeId=None), ["assigneeId"]),
    (step(requiredLinkName=4), ["requiredLinkName"]),
    (step(requiresFile="no"), ["requiresFile", "boolean"]),
    (step(proofRequirement="url"), ["proofRequirement"]),
    (step(proofRequirement={"type": "photo"}), ["taskDefinitions[0].proofRequirement.type"]),
    (step(proofRequirement={"label": "x"}), ["taskDefinitions[0].proofRequirement.type"]),
    (step(proofRequirement={"type": "url", "label": 1}), ["taskDefinitions[0].proofRequirement.label"]),
    (step(proofRequirement={"type": "url", "label": "A" * 201}), ["taskDefinitions[0].proofRequirement", "label"]),
    (step(proofRequirement={"type": "url", "required": "yes"}), ["taskDefinitions[0].proofRequirement.required"]),
    (step(artifactRefs={}), ["artifactRefs"]),
    (step(artifactRefs=[{"artifactId": " "}]), ["artifactRefs", "artifactId"]),
    (step(assistantJobRefs=[{}]), ["assistantJobRefs", "assistantJobId"]),
    (step(auditEventRefs=["x"]), ["auditEventRefs"]),
    (step(ownKey="\u0000"), ["taskDefinitions[0]"]),
    (step(ref_id="twin"), ["taskDefinitions[0]", "ref_id"]),
    (step(ownKey=2**60), ["taskDefinitions[0]"]),
    ({"sourceDocIds": [1]}, ["sourceDocIds"]),
    ({"sourceDocIds": "doc"}, ["sourceDocIds"]),
    ({"phases": [{"id": "", "name": "x"}]}, ["phases[0].id"]),
    ({"phases": [{"id": "x"}]}, ["phases[0].name"]),
    ({"phases": [{"id": "x", "name": "y", "stage": 1}]}, ["phases[0].stage"]),
    ({"triggerEnabled": "true"}, ["triggerEnabled", "boolean"]),
    ({"triggerType": "weekly"}, ["triggerType"]),
    ({"triggerSchedule": "banana"}, ["triggerSchedule"]),
    ({"triggerSchedule": "0 9 30 2 *"}, ["triggerSchedule"]),
    ({"triggerSchedule": "@daily"}, ["triggerSchedule"]),
    ({"triggerSchedule": "60 9 * * *"}, ["triggerSchedule"]),
    ({"triggerSchedule": "0 0 9 * * * 2028"}, ["triggerSchedule"]),
    ({"triggerSchedule": "R 9 * * *"}, ["triggerSchedule"]),
    ({"triggerSchedule": "0 9 * * FRI-MON"}, ["triggerSchedule"]),
    ({"triggerSchedule": 9}, ["triggerSchedule"]),
    ({"triggerSchedule": "*" * 50_000}, ["triggerSchedule"]),
    ({"triggerLeadDays": -1}, ["triggerLeadDays"]),
    ({"triggerLeadDays": 1.5}, ["triggerLeadDays"]),
    ({"triggerLeadDays": "3"}, ["triggerLeadDays"]),
    ({"triggerLeadDays": True}, ["triggerLeadDays"]),
    ({"tags": "news"}, ["tags"]),
    ({"tags": ["a", 5]}, ["tags[1]"]),
    ({"emoji": 5}, ["emoji"]),
    ({"defaultAssigneeId": 5}, ["defaultAssigneeId"]),
    ({"references": [{"url": "https://example.org"}]}, ["references[0].name"]),
    ({"references": [{"name": "x", "url": "file:///etc/passwd"}]}, ["references[0].url"]),
    ({"bundleLinkDefinitions": ["Luma"]}, ["bundleLinkDefinitions[0]"]),
]


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.requirement("R-SCH-2")
async def test_a_fault_names_its_field_and_stores_nothing(api: httpx.AsyncClient) -> None:
    template = await created(api)
    for fields, named in FAULTS:
        for reply in (
            await api.post("/api/templates", json=MINIMAL | fields),
            await api.put(f"/api/templates/{template['id']}", json=fields),
        ):
            assert reply.status_code == 400, (fields, reply.text)
            assert all(name in reply.json()["error"] for name in named), (fields, reply.text)
    assert (await api.get("/api/templates")).json() == {"templates": [template]}


async def test_what_is_missing_is_told_in_the_order_of_the_fields(api: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {}
    for name, value in MINIMAL.items():
        error = (await api.post("/api/templates", json=body)).json()["error"]
        assert error.startswith(name), error
        body[name] = value
    error = (await api.post("/api/templates", json=MINIMAL | {"taskDefinitions": [{}]})).json()["error"]
    assert error.startswith("taskDefinitions[0].refId"), error


async def test_bodies_that_are_no_objects_are_refused(api: httpx.AsyncClient) -> None:
    template = await created(api)
    path = f"/api/templates/{template['id']}"
    for content in (b"{", b'{"name":1,}', b"{'a':1}", b'{"name":"\xff\xfe"}', b"[" * 30_000, b'{"name":NaN}'):
        for reply in (await api.post("/api/templates", content=content), await api.put(path, content=content)):
            assert (reply.status_code, reply.json()["error"]) == (400, "Invalid JSON"), content[:20]
    for content in (b"", b"null", b"[1]", b'"x"', b"5"):
        for reply in (await api.post("/api/templates", content=content), await api.put(path, content=content)):
            assert reply.status_code == 400, content
    assert (await api.put(path, content=b"{}")).status_code == 400
    deep = b'{"name":"x","type":"y","taskDefinitions":[{"refId":"a","description":"b","offsetDays":0,"validation":'
    for depth in (30, 300, 10_000):
        nested = deep + b'{"a":' * depth + b"1" + b"}" * depth + b"}]}"
        assert (await api.post("/api/templates", content=nested)).status_code == 400, depth
    assert (await api.get("/api/templates")).json() == {"templates": [template]}


async def test_changes_are_checked_in_the_order_that_clients_know(api: httpx.AsyncClient) -> None:
    path = f"/api/templates/{(await created(api))['id']}"
    assert (await api.put("/api/templates/nonexistent", json={"name": ""})).status_code == 404
    nothing = await api.put(path, json={"schedule": "daily", "id": "x", "createdAt": "1999"})
    assert nothing.status_code == 400
    assert "no valid fields" in nothing.json()["error"].lower()


async def test_ids_that_cannot_be_are_simply_not_found(api: httpx.AsyncClient) -> None:
    for id in ("does-not-exist", "%ff", "a%0d%0aSet-Cookie:x", "..%2f..%2fetc", "{$ne:1}", "x" * 500):
        for method in ("GET", "DELETE"):
            reply = await api.request(method, f"/api/templates/{id}")
            assert reply.status_code == 404, (method, id, reply.text)


async def test_other_methods_are_refused_by_name(api: httpx.AsyncClient) -> None:
    for method, path in (
        ("PATCH", "/api/templates"),
        ("DELETE", "/api/templates"),
        ("POST", "/api/templates/x"),
        ("PATCH", "/api/templates/x"),
    ):
        reply = await api.request(method, path)
        assert (reply.status_code, reply.json()) == (405, {"error": "Method not allowed"}), path


async def test_several_firings_a_day_are_accepted_with_a_warning(api: httpx.AsyncClient) -> None:
    reply = await api.post("/api/templates", json=MINIMAL | {"triggerSchedule": "0 9,17 * * *"})
    assert reply.status_code == 201
    assert "more than once a day" in reply.json()["warnings"][0]
    hinted = await api.post("/api/templates", json=MINIMAL | {"triggerSchedule": "0 9 * * MON/2"})
    assert hinted.json()["warnings"][0].endswith('write "0 9 * * MON#1,MON#3"')


async def test_a_long_list_may_be_read_in_pages(api: httpx.AsyncClient) -> None:
    ids = sorted([(await created(api, name=f"Template {number}"))["id"] for number in range(5)])
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await api.get("/api/templates", params=query)).json()
        seen += [template["id"] for template in page["templates"]]
        if "after" not in page:
            break
        query["after"] = page["after"]
    assert seen == ids
    for query in ({"limit": 0}, {"limit": "x"}, {"limit": 501}, {"limit": 2, "after": "%$"}):
        assert (await api.get("/api/templates", params=query)).status_code == 400, query


@pytest.mark.requirement("R-SCH-5")
async def test_edit_of_an_older_version_gets_409_and_the_template(api: httpx.AsyncClient) -> None:
    read = await created(api)
    path = f"/api/templates/{read['id']}"
    mine = await api.put(path, json={"name": "Mine", "version": read["version"]})
    assert (mine.status_code, mine.json()["template"]["version"]) == (200, read["version"] + 1)
    theirs = await api.put(path, json={"name": "Theirs", "version": read["version"]})
    assert theirs.status_code == 409
    assert theirs.json()["current"]["name"] == "Mine"
    assert (await api.get(path)).json()["template"]["name"] == "Mine"
    old_client = await api.put(path, json={"name": "Without a version"})
    assert (old_client.status_code, old_client.json()["template"]["name"]) == (200, "Without a version")
    for version in ("1", 1.5, True, None):
        assert (await api.put(path, json={"name": "x", "version": version})).status_code == 400, version


@pytest.mark.requirement("R-REL-5")
async def test_changed_lead_names_anchor_dates(system: System, api: httpx.AsyncClient) -> None:
    """Created on a Wednesday; the first window, of Monday the 7th, was for the 14th."""
    weekly = {"triggerType": "automatic", "triggerSchedule": "0 9 * * 1", "triggerLeadDays": 7}
    path = f"/api/templates/{(await created(api, **weekly))['id']}"
    await system.set_clock("2028-02-15 10:00")
    reply = (await api.put(path, json={"triggerLeadDays": 14})).json()
    assert reply["anchorDates"] == {"leftOut": ["2028-02-28"], "alreadyMade": []}
    [warning] = reply["warnings"]
    assert "no workflow is created for 2028-02-28" in warning
    assert not {"leftOut", "alreadyMade"} & set(reply["template"])
    assert (await api.get(path)).json()["anchorDates"] == reply["anchorDates"]
    made = {"templateId": path.rpartition("/")[2], "anchorDate": "2028-02-28", "ifUnserved": True}
    assert (await api.post("/api/bundles", json=made)).status_code == 201
    assert set((await api.get(path)).json()) == {"template"}
    again = (await api.put(path, json={"triggerLeadDays": 7})).json()
    assert "anchorDates" not in again
