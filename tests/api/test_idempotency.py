"""A request that is sent several times at once with one key: one effect, and every sender gets the same answer."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.bad_inputs.world import filled, filled_body, things
from tests.api.files import NOTES
from tests.builders import MINIMAL
from tests.support.failures import leave_a_failure
from tests.system import System

KEY = {"idempotency-key": "the-same-one"}
ARTIFACT = {"type": "report", "title": "Report", "storageUri": "https://example.org/report"}
WAIT = {"waitingFor": "Ada", "followUpAt": "2028-02-09", "note": "Asked"}
FAMILIES: list[tuple[str, str, Any]] = [
    ("POST", "/api/tasks", {"description": "x", "date": "2028-02-02"}),
    ("PUT", "/api/tasks/<task>", {"description": "y"}),
    ("POST", "/api/tasks/<task>/waiting", WAIT),
    ("POST", "/api/tasks/<waiting>/follow-ups", {"followUpAt": "2028-02-09", "note": "Again"}),
    ("POST", "/api/tasks/<waiting>/snooze", {"followUpAt": "2028-02-09", "reason": "Away"}),
    ("POST", "/api/tasks/<waiting>/response", {"note": "Answered"}),
    ("POST", "/api/tasks/<task>/comments", {"text": "Seen"}),
    ("POST", "/api/tasks/<task>/completion", {}),
    ("POST", "/api/recurring", {"description": "x", "cronExpression": "0 9 * * *"}),
    ("POST", "/api/templates", MINIMAL),
    ("POST", "/api/bundles", {"title": "x", "anchorDate": "2028-02-02", "templateId": "<template>"}),
    ("POST", "/api/bundles/<bundle>/stage", {"stage": "announced", "comment": "Out"}),
    ("POST", "/api/artifacts", ARTIFACT),
    ("PUT", "/api/artifacts/<artifact>", {"title": "Another"}),
    ("POST", "/api/files", {"taskId": "<task>"}),
    ("POST", "/api/backfills", {"startDate": "2028-02-02", "endDate": "2028-02-03"}),
    ("POST", "/api/recurring/generate", {"startDate": "2028-02-02", "endDate": "2028-02-03"}),
    ("POST", "/api/schedules/<config>/pause", {"reason": "Holiday"}),
    ("DELETE", "/api/schedules/<config>/pause", None),
    ("POST", "/api/schedules/<config>/archive", None),
    ("DELETE", "/api/schedules/<config>/archive", None),
]
COUNTED = ("tasks", "bundles", "templates", "recurring", "artifacts", "files", "history")


async def counted(system: System) -> dict[str, int]:
    """Documents of work by collection: what one effect adds to."""
    database = system.mongo[f"{system.settings.mongo_prefix}_work"]
    assert set(COUNTED) <= set(await database.list_collection_names())
    return {name: await database[name].count_documents({}) for name in COUNTED}


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(("method", "path", "body"), FAMILIES, ids=lambda part: part if isinstance(part, str) else "")
async def test_the_same_key_at_once_has_one_effect(
    system: System, api: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    ids = await things(system, api)

    async def send(key: dict[str, str]) -> httpx.Response:
        data = filled_body(body, ids)
        sent = {"data": data, "files": {"file": ("a.txt", NOTES)}} if path == "/api/files" else {"json": data}
        return await api.request(method, filled(path, ids), headers=key, **sent)

    before = await counted(system)
    replies = await asyncio.gather(*(send(KEY) for _ in range(4)))
    once = await counted(system)
    assert {reply.status_code for reply in replies} <= {200, 201}, [reply.text for reply in replies]
    assert (await send(KEY)).status_code in (200, 201)
    assert await counted(system) == once
    assert once["history"] > before["history"]
    if "generate" not in path and "backfills" not in path:  # there the repeats say that they are repeats
        assert len({reply.text for reply in replies}) == 1
        assert once["history"] - before["history"] <= 1 + once["tasks"] - before["tasks"]


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [one for one in FAMILIES if not one[1].endswith(("generate", "backfills"))],
    ids=lambda part: part if isinstance(part, str) else "",
)
async def test_the_same_key_gets_the_first_answer_after_deletion(
    system: System, api: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    ids = await things(system, api)

    async def send() -> httpx.Response:
        data = filled_body(body, ids)
        sent = {"data": data, "files": {"file": ("a.txt", NOTES)}} if path == "/api/files" else {"json": data}
        return await api.request(method, filled(path, ids), headers=KEY, **sent)

    first = await send()
    assert first.status_code in (200, 201), first.text
    made = first.json()
    tasks = [one["id"] for one in made.get("tasks", [])]
    if path == "/api/bundles":
        await api.put(f"/api/tasks/{tasks.pop()}", json={"description": "Edited since"})
    for id in (*tasks, ids["task"], ids["waiting"], made.get("id", "")):
        await api.delete(f"/api/tasks/{id}")
    for id in (ids["bundle"], made.get("bundle", {}).get("id", "")):
        await api.put(f"/api/bundles/{id}/archive")
        await api.delete(f"/api/bundles/{id}")
    await api.delete(f"/api/templates/{ids['template']}")
    await delete_config(system, ids["config"])
    again = await send()
    assert (again.status_code, again.json()) == (first.status_code, made)


async def delete_config(system: System, id: str) -> None:
    """Over HTTP one that made tasks stays."""
    configs = system.mongo[f"{system.settings.mongo_prefix}_work"].recurring
    await configs.update_one({"_id": id}, [{"$set": {"deleted_at": "$created_at"}}])


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(
    ("path", "note"), [("/api/failures/retries", {}), ("/api/failures/acknowledgements", {"note": "Not needed"})]
)
async def test_same_key_for_a_failure_at_once_has_one_effect(
    system: System, api: httpx.AsyncClient, path: str, note: dict[str, str]
) -> None:
    await leave_a_failure(system)
    (failure,) = (await api.get("/api/failures")).json()["failures"]
    body = {"kind": failure["kind"], "sourceId": failure["sourceId"], "code": failure["error"]["code"]} | note
    replies = await asyncio.gather(*(api.post(path, json=body, headers=KEY) for _ in range(4)))
    replies.append(await api.post(path, json=body, headers=KEY))
    assert {(reply.status_code // 100, reply.text) for reply in replies} == {(2, '{"windows":1}')}
    history = system.mongo[f"{system.settings.mongo_prefix}_work"].history
    assert await history.count_documents({"kind": {"$in": ["failure.retried", "failure.acknowledged"]}}) == 1
