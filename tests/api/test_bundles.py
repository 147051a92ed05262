"""Workflow runs over JSON: the contract that existing clients hold us to."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.replies import STAMP

PLAIN = {"title": "Webinar", "anchorDate": "2028-06-01"}
TEMPLATE = {
    "name": "Newsletter",
    "type": "newsletter",
    "emoji": "📰",
    "tags": ["news"],
    "defaultAssigneeId": "user-grace",
    "references": [{"name": "Guide", "url": "https://example.org/guide"}],
    "bundleLinkDefinitions": [{"name": "Luma"}, {"name": "YouTube"}],
    "taskDefinitions": [
        {"refId": "z", "description": "Publish", "offsetDays": 0, "requiredLinkName": "Luma", "isMilestone": True},
        {"refId": "a", "description": "Draft", "offsetDays": -7, "instructionsUrl": "https://example.org/how"},
        {"refId": "m", "description": "Thank", "offsetDays": 3, "assigneeId": "user-x", "requiresFile": False},
    ],
}


async def created(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    reply = await api.post("/api/bundles", json=PLAIN | fields)
    assert reply.status_code == 201, reply.text
    assert reply.headers["content-type"] == "application/json"
    return reply.json()


async def template(api: httpx.AsyncClient, **fields: Any) -> str:
    reply = await api.post("/api/templates", json=TEMPLATE | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()["template"]["id"]


async def test_create_read_list_change(api: httpx.AsyncClient) -> None:
    reply = await created(api, id="mine", nonsense=True)
    assert set(reply) == {"bundle"}
    bundle = reply["bundle"]
    own = {"id", "title", "anchorDate", "stage", "status", "createdAt", "updatedAt", "version"}
    assert set(bundle) == own
    assert bundle["id"] != "mine"
    assert (bundle["stage"], bundle["status"]) == ("preparation", "active")
    assert STAMP.fullmatch(bundle["createdAt"])
    path = f"/api/bundles/{bundle['id']}"
    assert (await api.get(path + "/")).json() == {"bundle": bundle}
    listed = await api.get("/api/bundles/")
    assert listed.headers["content-type"] == "application/json"
    assert listed.json() == {"bundles": [bundle]}
    assert (await api.get(path + "/tasks")).json() == {"tasks": []}
    for stage in ("announced", "after-event", "done", "preparation"):
        assert (await api.put(path, json={"stage": stage})).json()["bundle"]["stage"] == stage
    await asyncio.sleep(0.01)
    changed = (await api.put(path, json={"title": "Talk", "anchorDate": "2028-07-01"})).json()["bundle"]
    assert (changed["title"], changed["anchorDate"]) == ("Talk", "2028-07-01")
    assert changed["updatedAt"] > bundle["updatedAt"]


async def test_everything_is_echoed_exactly_as_it_was_given(api: httpx.AsyncClient) -> None:
    given = {
        "description": "Two lines\nof it",
        "emoji": "✉️",
        "tags": ["a", "🧪"],
        "references": [{"name": "Doc", "url": "https://example.org/doc"}],
        "bundleLinks": [{"name": "Luma", "url": "https://lu.ma/x"}, {"name": "Slides", "url": ""}],
        "artifactRefs": [{"artifactId": "a1", "title": "Recording"}],
        "assistantJobRefs": [{"assistantJobId": "j1"}],
        "auditEventRefs": [{"auditEventId": "e1"}],
        "stage": "announced",
        "status": "archived",
    }
    bundle = (await created(api, **given))["bundle"]
    assert {name: bundle[name] for name in given} == given
    assert (await api.get(f"/api/bundles/{bundle['id']}")).json() == {"bundle": bundle}


@pytest.mark.requirement("R-GEN-2")
async def test_a_template_gives_tasks_in_its_order_and_what_was_not_sent(api: httpx.AsyncClient) -> None:
    template_id = await template(api)
    reply = await created(api, templateId=template_id)
    bundle, tasks = reply["bundle"], reply["tasks"]
    assert bundle["templateId"] == template_id
    assert (bundle["emoji"], bundle["tags"], bundle["references"]) == ("📰", ["news"], TEMPLATE["references"])
    assert bundle["bundleLinks"] == [{"name": "Luma", "url": ""}, {"name": "YouTube", "url": ""}]
    assert [(task["templateTaskRef"], task["date"]) for task in tasks] == [
        ("z", "2028-06-01"),
        ("a", "2028-05-25"),
        ("m", "2028-06-04"),
    ]
    publish, draft, thank = tasks
    same = {"status": "todo", "source": "template", "bundleId": bundle["id"], "templateId": template_id}
    assert all(same.items() <= task.items() for task in tasks)
    assert [task["assigneeId"] for task in tasks] == ["user-grace", "user-grace", "user-x"]
    assert publish["requiredLinkName"] == "Luma"
    assert "isMilestone" not in publish
    assert draft["instructionsUrl"] == "https://example.org/how"
    assert thank["requiresFile"] is False
    assert all("comment" not in task and task["tags"] == ["news"] for task in tasks)
    stored = (await api.get(f"/api/bundles/{bundle['id']}/tasks")).json()["tasks"]
    assert [task["templateTaskRef"] for task in stored] == ["a", "z", "m"]
    assert stored == sorted(tasks, key=lambda task: task["date"])


async def test_what_the_caller_sends_wins_over_the_template(api: httpx.AsyncClient) -> None:
    own = {"emoji": "🎙", "tags": ["mine"], "references": [], "bundleLinks": [{"name": "X", "url": "https://x.com/a"}]}
    bundle = (await created(api, templateId=await template(api), **own))["bundle"]
    assert {name: bundle[name] for name in own} == own


async def test_the_title_may_be_left_out_with_a_template(api: httpx.AsyncClient) -> None:
    body = {"templateId": await template(api), "anchorDate": "2028-03-05"}
    reply = await api.post("/api/bundles", json=body)
    assert reply.status_code == 201, reply.text
    assert reply.json()["bundle"]["title"] == "Newsletter - Sun 5 Mar 2028"


async def test_a_second_run_by_hand_for_the_same_date_is_a_run_of_its_own(api: httpx.AsyncClient) -> None:
    template_id = await template(api)
    first, second = await created(api, templateId=template_id), await created(api, templateId=template_id)
    assert first["bundle"]["id"] != second["bundle"]["id"]
    assert not {task["id"] for task in first["tasks"]} & {task["id"] for task in second["tasks"]}
    assert len(second["tasks"]) == 3


async def test_the_same_request_sent_twice_starts_one_run(api: httpx.AsyncClient) -> None:
    body = PLAIN | {"templateId": await template(api)}
    headers = {"idempotency-key": "start-once"}
    first, again = [(await api.post("/api/bundles", json=body, headers=headers)).json() for _ in range(2)]
    assert first == again
    assert len((await api.get("/api/bundles")).json()["bundles"]) == 1


LINK = {"name": "x", "url": "https://example.org"}
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"title": " "}, "title"),
    ({"title": 5}, "title"),
    ({"title": None}, "title"),
    ({"title": "a\u0007b"}, "title"),
    ({"title": "\u00a0\u200b"}, "title"),
    ({"anchorDate": "06-01-2026"}, "anchorDate"),
    ({"anchorDate": "2026-02-31"}, "anchorDate"),
    ({"anchorDate": "2026-99-99"}, "anchorDate"),
    ({"anchorDate": "2026-06-01T00:00:00Z"}, "anchorDate"),
    ({"anchorDate": "9999-12-31"}, "anchorDate"),
    ({"anchorDate": "0000-01-01"}, "anchorDate"),
    ({"anchorDate": 20260601}, "anchorDate"),
    ({"anchorDate": None}, "anchorDate"),
    ({"stage": "later"}, "Invalid stage"),
    ({"stage": None}, "Invalid stage"),
    ({"stage": ["done"]}, "Invalid stage"),
    ({"status": "gone"}, "Invalid status"),
    ({"status": 1}, "Invalid status"),
    ({"artifactRefs": [{"artifactId": ""}]}, "artifactRefs"),
    ({"artifactRefs": None}, "artifactRefs"),
    ({"assistantJobRefs": {}}, "assistantJobRefs"),
    ({"auditEventRefs": [1]}, "auditEventRefs"),
    ({"description": 5}, "description"),
    ({"emoji": 5}, "emoji"),
    ({"tags": "a"}, "tags"),
    ({"tags": [None]}, "tags[0]"),
    ({"references": [{"name": "x", "url": "gopher://x"}]}, "references[0].url"),
    ({"references": [None]}, "references[0]"),
    ({"bundleLinks": "x"}, "bundleLinks"),
    ({"bundleLinks": [{"url": "https://example.org"}]}, "bundleLinks[0].name"),
    ({"bundleLinks": [LINK | {"url": "https://user:pass@host/"}]}, "bundleLinks[0].url"),
    ({"bundleLinks": [LINK | {"url": "https://host:99999/"}]}, "bundleLinks[0].url"),
    ({"bundleLinks": [LINK | {"url": 5}]}, "bundleLinks[0].url"),
]


@pytest.mark.requirement("R-SEC-3")
async def test_a_fault_names_its_field_and_stores_nothing(api: httpx.AsyncClient) -> None:
    bundle = (await created(api))["bundle"]
    path = f"/api/bundles/{bundle['id']}"
    for fields, named in FAULTS:
        for reply in (await api.post("/api/bundles", json=PLAIN | fields), await api.put(path, json=fields)):
            assert reply.status_code == 400, (fields, reply.text)
            assert named in reply.json()["error"], (fields, reply.text)
    assert (await api.get("/api/bundles")).json() == {"bundles": [bundle]}
    for body, named in (({}, "title"), ({"anchorDate": "2028-01-01"}, "title"), ({"title": "x"}, "anchorDate")):
        reply = await api.post("/api/bundles", json=body)
        assert reply.status_code == 400
        assert named in reply.json()["error"]


async def test_an_unknown_template_is_told_before_a_wrong_stage(api: httpx.AsyncClient) -> None:
    for fields in ({}, {"stage": "later"}, {"status": "gone", "artifactRefs": 5}):
        reply = await api.post("/api/bundles", json=PLAIN | {"templateId": "does-not-exist"} | fields)
        assert (reply.status_code, reply.json()) == (404, {"error": "Template not found"})
    assert (await api.post("/api/bundles", json={"templateId": "does-not-exist"})).status_code == 400
    assert (await api.get("/api/bundles")).json() == {"bundles": []}


async def test_bodies_and_order_of_a_change(api: httpx.AsyncClient) -> None:
    path = f"/api/bundles/{(await created(api))['bundle']['id']}"
    for reply in (await api.post("/api/bundles", content=b"{"), await api.put(path, content=b"{")):
        assert (reply.status_code, reply.json()) == (400, {"error": "Invalid JSON"})
    for content in (b"", b"{}", b"null", b"[1]", b'"x"'):
        assert (await api.put(path, content=content)).status_code == 400
        assert (await api.post("/api/bundles", content=content)).status_code == 400
    missing = await api.put("/api/bundles/nonexistent", json={"stage": "later"})
    assert (missing.status_code, missing.json()) == (404, {"error": "Bundle not found"})
    unknown = await api.put(path, json={"templateId": "x", "id": "y"})
    assert unknown.status_code == 400
    assert "no valid fields" in unknown.json()["error"].lower()


async def test_archive_restore_delete(api: httpx.AsyncClient) -> None:
    bundle = (await created(api))["bundle"]
    path = f"/api/bundles/{bundle['id']}"
    early = await api.delete(path)
    assert (early.status_code, early.json()) == (400, {"error": "Only archived bundles can be deleted"})
    for _ in range(2):
        archived = await api.put(path + "/archive")
        assert archived.status_code == 200
        assert archived.json()["bundle"]["status"] == "archived"
    assert (await api.put(path, json={"status": "active"})).json()["bundle"]["status"] == "active"
    await api.put(path + "/archive")
    gone = await api.delete(path)
    assert (gone.status_code, gone.text) == (204, "")
    for method, where in (("GET", ""), ("PUT", "/archive"), ("DELETE", ""), ("GET", "/tasks")):
        reply = await api.request(method, path + where)
        assert (reply.status_code, reply.json()) == (404, {"error": "Bundle not found"}), (method, where)
    assert (await api.get("/api/bundles")).json() == {"bundles": []}


@pytest.mark.requirement("R-BUN-3")
async def test_archiving_names_the_tasks_that_are_open(api: httpx.AsyncClient) -> None:
    made = await created(api, templateId=await template(api))
    await api.put(f"/api/tasks/{made['tasks'][2]['id']}", json={"status": "done"})
    reply = (await api.put(f"/api/bundles/{made['bundle']['id']}/archive")).json()
    assert reply["openCount"] == 2
    assert [task["description"] for task in reply["openTasks"]] == ["Draft", "Publish"]


@pytest.mark.requirement("R-BUN-1")
async def test_two_people_who_each_fill_a_link_both_keep_it(api: httpx.AsyncClient) -> None:
    links = [{"name": "Luma", "url": ""}, {"name": "YouTube", "url": ""}]
    path = f"/api/bundles/{(await created(api, bundleLinks=links))['bundle']['id']}"
    mine = [{"name": "Luma", "url": "https://lu.ma/x"}, links[1]]
    theirs = [links[0], {"name": "YouTube", "url": "https://youtu.be/x"}]
    replies = await asyncio.gather(*(api.put(path, json={"bundleLinks": sent}) for sent in (mine, theirs)))
    assert [reply.status_code for reply in replies] == [200, 200]
    bundle = (await api.get(path)).json()["bundle"]
    assert bundle["bundleLinks"] == [mine[0], theirs[1]]
    cleared = await api.put(path, json={"bundleLinks": links, "version": bundle["version"]})
    assert cleared.json()["bundle"]["bundleLinks"] == links
    stale = await api.put(path, json={"bundleLinks": mine, "version": bundle["version"]})
    assert stale.status_code == 409
    assert (await api.get(path)).json()["bundle"]["bundleLinks"] == links
    other = [{"name": "Meetup", "url": ""}]
    assert (await api.put(path, json={"bundleLinks": other})).json()["bundle"]["bundleLinks"] == other


@pytest.mark.requirement("R-TSK-1")
async def test_a_link_that_a_finished_task_needed_is_not_taken_away(api: httpx.AsyncClient) -> None:
    needs = {"validation": {"requiredBundleLinks": ["Luma"]}}
    steps = [{"refId": "a", "description": "Announce", "offsetDays": 0} | needs]
    made = await created(api, templateId=await template(api, taskDefinitions=steps))
    path, task = f"/api/bundles/{made['bundle']['id']}", f"/api/tasks/{made['tasks'][0]['id']}"
    assert (await api.put(task, json={"status": "done"})).status_code == 400
    filled = [{"name": "Luma", "url": "https://lu.ma/x"}]
    assert (await api.put(path, json={"bundleLinks": filled})).status_code == 200
    assert (await api.put(task, json={"status": "done"})).status_code == 200
    refused = await api.put(path, json={"bundleLinks": [{"name": "Other", "url": ""}]})
    assert refused.status_code == 409
    assert "Luma" in refused.json()["error"]
    assert (await api.get(path)).json()["bundle"]["bundleLinks"] == filled


@pytest.mark.requirement("R-TSK-5")
async def test_a_stage_is_changed_by_hand_with_a_comment(api: httpx.AsyncClient) -> None:
    path = f"/api/bundles/{(await created(api))['bundle']['id']}"
    reply = await api.post(path + "/stage", json={"stage": "announced", "comment": "Luma page is public"})
    assert (reply.status_code, reply.json()["bundle"]["stage"]) == (200, "announced")
    for body in ({}, {"stage": "later"}, {"stage": "done", "comment": 5}):
        assert (await api.post(path + "/stage", json=body)).status_code == 400
    assert (await api.post("/api/bundles/x/stage", json={"stage": "done"})).status_code == 404


async def test_cards_say_progress_risk_and_what_comes_next(api: httpx.AsyncClient) -> None:
    made = await created(api, templateId=await template(api), anchorDate="2028-02-02")
    quiet = await created(api, title="Later", anchorDate="2028-09-01")
    cards = (await api.get("/api/bundle-cards")).json()["cards"]
    assert [card["bundle"]["id"] for card in cards] == [made["bundle"]["id"], quiet["bundle"]["id"]]
    assert (cards[0]["done"], cards[0]["total"], cards[0]["overdue"]) == (0, 3, 0)
    assert cards[0]["missing"] == ["Luma URL"]
    assert cards[0]["nextTask"]["description"] == "Draft"
    assert (cards[1]["total"], "nextTask" in cards[1]) == (0, False)
    await api.put(f"/api/bundles/{made['bundle']['id']}/archive")
    assert [one["bundle"]["title"] for one in (await api.get("/api/bundle-cards")).json()["cards"]] == ["Later"]
    archived = (await api.get("/api/bundle-cards", params={"status": "archived"})).json()["cards"]
    assert [one["bundle"]["id"] for one in archived] == [made["bundle"]["id"]]
    assert (await api.get("/api/bundle-cards", params={"status": "x"})).status_code == 400


async def test_other_methods_and_old_names(api: httpx.AsyncClient) -> None:
    for method, path in (
        ("PATCH", "/api/bundles"),
        ("POST", "/api/bundles/x"),
        ("PATCH", "/api/bundles/x"),
        ("POST", "/api/bundles/x/tasks"),
        ("GET", "/api/bundles/x/archive"),
        ("DELETE", "/api/bundles/x/archive"),
    ):
        reply = await api.request(method, path)
        assert (reply.status_code, reply.json()) == (405, {"error": "Method not allowed"}), path
    for path in ("/api/bundles/nonexistent", "/api/bundles/does-not-exist/tasks", "/api/bundles/%00", "/api/projects"):
        assert (await api.get(path)).status_code == 404, path
    for path in ("/api/bundles/nonexistent", "/api/bundles/nonexistent/archive"):
        reply = await api.put(path, json={"title": "x"})
        assert (reply.status_code, reply.json()) == (404, {"error": "Bundle not found"})


async def test_a_long_list_may_be_read_in_pages(api: httpx.AsyncClient) -> None:
    ids = sorted([(await created(api, title=f"Run {number}"))["bundle"]["id"] for number in range(5)])
    for path, name in (("/api/bundles", "bundles"), ("/api/bundle-cards", "cards")):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = (await api.get(path, params=query)).json()
            seen += [one.get("bundle", one)["id"] for one in page[name]]
            if "after" not in page:
                break
            query["after"] = page["after"]
        assert seen == ids, path
