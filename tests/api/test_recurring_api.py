"""Recurring configs over JSON: the contract that existing clients hold us to."""

from typing import Any

import httpx
import pytest

from tests.builders import DAILY, created, generated
from tests.support.replies import STAMP


async def test_create_read_list_change_delete(api: httpx.AsyncClient) -> None:
    config = await created(api, assigneeId="user-grace", id="mine", createdAt="1999", schedule="daily")
    named = {"id", "version", "description", "cronExpression", "enabled", "assigneeId", "createdAt", "updatedAt"}
    assert set(config) == named
    assert (config["enabled"], config["assigneeId"], config["id"] != "mine") == (True, "user-grace", True)
    assert STAMP.fullmatch(config["createdAt"])
    one = await api.get(f"/api/recurring/{config['id']}/")
    assert one.json() == {"recurringConfig": config}
    listed = await api.get("/api/recurring")
    assert listed.headers["content-type"] == "application/json"
    assert listed.json() == {"recurringConfigs": [config]}
    changed = await api.put(f"/api/recurring/{config['id']}", json={"enabled": False, "description": "Invites"})
    assert changed.status_code == 200
    assert changed.json()["recurringConfig"]["enabled"] is False
    assert changed.json()["recurringConfig"]["cronExpression"] == DAILY["cronExpression"]
    gone = await api.delete(f"/api/recurring/{config['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    for reply in (
        await api.get(f"/api/recurring/{config['id']}"),
        await api.put(f"/api/recurring/{config['id']}", json={"enabled": True}),
        await api.delete(f"/api/recurring/{config['id']}"),
    ):
        assert (reply.status_code, reply.json()["error"]) == (404, "Recurring config not found")


async def test_what_a_duty_is_made_of_is_taken_and_echoed(api: httpx.AsyncClient) -> None:
    more = {
        "instructions": "Open Slack.\nInvite everybody.",
        "instructionsUrl": "https://example.org/doc",
        "systems": ["Slack"],
        "tags": ["community", "✉️"],
        "requiredLinkName": "Invite log",
        "requiresFile": True,
        "proofRequirement": {"type": "url", "label": "LinkedIn URL"},
    }
    config = await created(api, **more)
    assert {name: config[name] for name in more} == more


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"cronExpression": "0 9 * * *"}, "description"),
    ({"description": "x"}, "cronexpression"),
    ({}, "description"),
    (DAILY | {"description": "   "}, "description"),
    (DAILY | {"description": 5}, "description"),
    (DAILY | {"description": {"$ne": None}}, "description"),
    (DAILY | {"description": "a\x00b"}, "description"),
    (DAILY | {"cronExpression": "0 9 * *"}, "cron"),
    (DAILY | {"cronExpression": "99 99 99 99 99"}, "cron"),
    (DAILY | {"cronExpression": "@daily"}, "cron"),
    (DAILY | {"cronExpression": "0 0 30 2 *"}, "cron"),
    (DAILY | {"cronExpression": 9}, "cron"),
    (DAILY | {"assigneeId": None}, "assigneeid"),
    (DAILY | {"assigneeId": 4}, "assigneeid"),
    (DAILY | {"enabled": "yes"}, "enabled"),
    (DAILY | {"enabled": None}, "enabled"),
    (DAILY | {"tags": ["a", 5]}, "tags[1]"),
    (DAILY | {"proofRequirement": {"type": "photo"}}, "proofrequirement.type"),
]


@pytest.mark.requirement("R-SEC-3")
async def test_a_fault_names_its_field_and_stores_nothing(api: httpx.AsyncClient) -> None:
    for body, named in FAULTS:
        reply = await api.post("/api/recurring", json=body)
        assert reply.status_code == 400, body
        assert named in reply.json()["error"].lower()
        assert reply.headers["content-type"] == "application/json"
    assert (await api.get("/api/recurring")).json() == {"recurringConfigs": []}


async def test_changes_are_checked_in_the_order_that_clients_know(api: httpx.AsyncClient) -> None:
    path = f"/api/recurring/{(await created(api))['id']}"
    assert (await api.put(path, content=b"{")).json() == {"error": "Invalid JSON"}
    for content in (b"", b"{}", b"null", b"[1]", b'"x"'):
        assert (await api.put(path, content=content)).status_code == 400
    assert (await api.put("/api/recurring/nonexistent", json={"cronExpression": "bad"})).status_code == 404
    nothing = await api.put(path, json={"schedule": "daily"})
    assert nothing.status_code == 400
    assert "no valid fields" in nothing.json()["error"].lower()
    for body, named in [({"cronExpression": "1 2 3"}, "cron"), ({"description": " "}, "description")]:
        refused = await api.put(path, json=body)
        assert refused.status_code == 400
        assert named in refused.json()["error"].lower()


async def test_several_firings_a_day_are_accepted_with_a_warning(api: httpx.AsyncClient) -> None:
    reply = await api.post("/api/recurring", json=DAILY | {"cronExpression": "0 9,17 * * *"})
    assert reply.status_code == 201
    assert "more than once a day" in reply.json()["warnings"][0]
    assert "warnings" not in (await api.post("/api/recurring", json=DAILY)).json()
    [hint] = (await api.post("/api/recurring", json=DAILY | {"cronExpression": "0 9 31 * *"})).json()["warnings"]
    assert hint.startswith("cronExpression: a month without day 31 has no date")
    assert hint.endswith('write "0 9 L * *"')
    refused = await api.post("/api/recurring", json=DAILY | {"cronExpression": "TZ=UTC 0 9 * * * /bin/true"})
    assert refused.status_code == 400
    assert refused.json()["error"].endswith('write "0 9 * * *"')


@pytest.mark.requirement("R-GEN-7")
async def test_generate_makes_each_date_once_and_counts_the_rest(api: httpx.AsyncClient) -> None:
    daily = await created(api, assigneeId="user-grace")
    await created(api, description="Paused", enabled=False)
    first = await generated(api, "2050-03-01", "2050-03-03")
    assert first["skipped"] == 0
    assert "failed" not in first
    tasks = sorted(first["generated"], key=lambda task: task["date"])
    assert [task["date"] for task in tasks] == ["2050-03-01", "2050-03-02", "2050-03-03"]
    expected = {"description": DAILY["description"], "status": "todo", "source": "recurring"}
    assert all(expected.items() <= task.items() for task in tasks)
    assert {(task["recurringConfigId"], task["assigneeId"]) for task in tasks} == {(daily["id"], "user-grace")}
    assert await generated(api, "2050-03-01", "2050-03-03") == {"generated": [], "skipped": 3}
    assert (await api.get("/api/tasks", params={"date": "2050-03-02"})).json()["tasks"][0]["id"] == tasks[1]["id"]
    assert (await api.get("/api/notifications")).json() == {"notifications": []}
    assert len((await generated(api, "2050-01-01", "2050-04-01"))["generated"]) == 88


@pytest.mark.requirement("R-PAU-4")
async def test_a_config_with_history_is_not_deleted(api: httpx.AsyncClient) -> None:
    config = await created(api)
    await generated(api, "2050-03-01", "2050-03-01")
    reply = await api.delete(f"/api/recurring/{config['id']}")
    assert reply.status_code == 409
    assert "Pause or disable" in reply.json().pop("error")
    assert reply.json()["code"] == "recurring_config_has_generated_history"
    assert reply.json()["recurringConfigId"] == config["id"]
    assert reply.json()["references"] == {"tasks": 1, "notifications": 0, "total": 1}
    assert (await api.get(f"/api/recurring/{config['id']}")).status_code == 200


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"endDate": "2050-01-01"}, "startDate"),
    ({"startDate": "2050-01-01"}, "endDate"),
    ({"startDate": "2050-02-30", "endDate": "2050-03-01"}, "startDate"),
    ({"startDate": "2050-13-01", "endDate": "2050-13-02"}, "startDate"),
    ({"startDate": "01.02.2050", "endDate": "2050-03-01"}, "startDate"),
    ({"startDate": 20260101, "endDate": "2050-03-01"}, "startDate"),
    ({"startDate": "2050-03-02", "endDate": "2050-03-01"}, "endDate"),
    ({"startDate": "2050-01-01", "endDate": "2050-04-02"}, "90 days"),
    ({}, "startDate"),
]


@pytest.mark.requirement("R-SEC-3")
async def test_an_impossible_range_is_refused(api: httpx.AsyncClient) -> None:
    await created(api)
    for body, named in IMPOSSIBLE:
        reply = await api.post("/api/recurring/generate", json=body)
        assert reply.status_code == 400, body
        assert named in reply.json()["error"]
    everything = await api.get("/api/tasks", params={"startDate": "1970-01-01", "endDate": "2099-12-31"})
    assert everything.json() == {"tasks": []}


async def test_other_methods_are_refused_by_name(api: httpx.AsyncClient) -> None:
    for method, path in [
        ("PATCH", "/api/recurring"),
        ("DELETE", "/api/recurring"),
        ("PATCH", "/api/recurring/x"),
        ("POST", "/api/recurring/x"),
        ("GET", "/api/recurring/generate"),
        ("GET", "/api/cron/run"),
    ]:
        reply = await api.request(method, path)
        assert (reply.status_code, reply.json()) == (405, {"error": "Method not allowed"}), path
        assert reply.headers["content-type"] == "application/json"


@pytest.mark.requirement("R-GEN-5")
async def test_cron_run_makes_today_once(api: httpx.AsyncClient) -> None:
    config = await created(api)
    first = (await api.post("/api/cron/run")).json()
    assert first["recurring"]["skipped"] == 0
    assert len(first["recurring"]["generated"]) == 1
    again = (await api.post("/api/cron/run")).json()
    assert again == {
        "created": [],
        "skipped": 1,
        "templates": {"created": [], "skipped": 0, "recovered": 0},
        "recurring": {"generated": [], "skipped": 1},
        "failures": 0,
    }
    task = (await api.get(f"/api/tasks/{first['recurring']['generated'][0]}")).json()
    assert (task["recurringConfigId"], task["date"]) == (config["id"], "2028-02-02")
