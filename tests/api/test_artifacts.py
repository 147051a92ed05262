"""Artifacts over HTTP: http-api §8, and what they prove."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from contracts.history import HistoryFeed
from contracts.subjects import COMPLETE_TASK, HISTORY_FEED
from contracts.tasks import CompleteTask
from tests.api.files import task_of, uploaded
from tests.api.people import Person
from tests.support.artifacts import DOCUMENT, REPORT, added, changed, run_of
from tests.system import System

APPROVAL = {"type": "artifact", "label": "Approved report"}
STAMP = re.compile(r"2028-02-02T\d\d:\d\d:\d\d\.\d{3}Z")


async def test_an_artifact_is_filled_in_and_shown(api: httpx.AsyncClient, operator: Person) -> None:
    artifact = await added(api, tags=["q1"], sizeBytes=0, metadata={"pages": 3, "$odd.key": [None, 1.5]})
    expected = REPORT | {
        "status": "draft",
        "storageProvider": "google-drive",
        "dataClass": "internal",
        "visibility": "internal",
        "sourceType": "manual-link",
        "tags": ["q1"],
        "sizeBytes": 0,
        "metadata": {"pages": 3, "$odd.key": [None, 1.5]},
        "createdBy": operator.id,
    }
    assert artifact | expected == artifact
    assert STAMP.fullmatch(artifact["createdAt"])
    assert not {"taskId", "bundleId", "reviewedAt", "reviewedBy", "checksum"} & set(artifact)
    assert (await api.get(f"/api/artifacts/{artifact['id']}")).json() == {"artifact": artifact}
    assert (await api.get("/api/artifacts")).json() == {"artifacts": [artifact]}


async def test_a_verdict_is_stamped_with_its_time_and_the_reviewer(
    api: httpx.AsyncClient, operator: Person, admin: Person
) -> None:
    artifact = await added(api)
    approved = await changed(api, artifact, status="approved")
    assert STAMP.fullmatch(approved["reviewedAt"])
    assert approved["reviewedBy"] == operator.id
    assert approved["updatedAt"] > artifact["updatedAt"]
    rejected = await changed(api, artifact, status="rejected", reviewedBy=admin.id)
    assert rejected["reviewedBy"] == admin.id
    archived = (await api.put(f"/api/artifacts/{artifact['id']}/archive")).json()["artifact"]
    assert (archived["status"], archived["reviewedBy"]) == ("archived", admin.id)
    draft = await changed(api, artifact, status="draft")
    assert not {"reviewedAt", "reviewedBy"} & set(draft)
    assert (await api.put(f"/api/artifacts/{artifact['id']}", json={"reviewedBy": "nobody"})).status_code == 400


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"type": "poem"}, "type"),
    ({"type": None}, "type"),
    ({"title": "  "}, "title"),
    ({"title": 3}, "title"),
    ({"storageUri": ""}, "storageUri"),
    ({"storageUri": f"{DOCUMENT}?X-Amz-Signature=abc"}, "signed URL"),
    ({"storageUri": "https://host/d?access_token=abc"}, "signed URL"),
    ({"storageUri": "file:///etc/passwd"}, "storageUri"),
    ({"storageUri": "data:text/plain;base64,QUFB"}, "storageUri"),
    ({"storageUri": "s3://bucket/key"}, "checksum"),
    ({"storageProvider": "floppy"}, "storageProvider"),
    ({"status": "perfect"}, "status"),
    ({"dataClass": "secret"}, "dataClass"),
    ({"visibility": 1}, "visibility"),
    ({"sourceType": "gift"}, "sourceType"),
    ({"sizeBytes": -1}, "sizeBytes"),
    ({"sizeBytes": 1.5}, "sizeBytes"),
    ({"sizeBytes": 10**30}, "sizeBytes"),
    ({"tags": "a"}, "tags"),
    ({"tags": [1]}, "tags"),
    ({"metadata": []}, "metadata"),
    ({"metadata": {"text": "x" * 5_000}}, "metadata"),
    ({"metadata": {"number": 10**30}}, "metadata"),
    ({"metadata": {"a": {"client_secret": "x"}}}, "must not contain secrets"),
    ({"metadata": {"password": "x"}}, "must not contain secrets"),
    ({"metadata": {"link": "https://h/?X-Amz-Signature=1"}}, "must not contain secrets"),
]


@pytest.mark.requirement("R-SEC-3")
async def test_an_unusable_artifact_is_refused_with_its_field(api: httpx.AsyncClient) -> None:
    kept = await added(api)
    for fields, words in UNUSABLE:
        for reply in (
            await api.post("/api/artifacts", json=REPORT | fields),
            await api.put(f"/api/artifacts/{kept['id']}", json=fields),
        ):
            assert reply.status_code == 400, (fields, reply.text)
            assert words in reply.json()["error"], fields
    for name in REPORT:
        reply = await api.post("/api/artifacts", json={key: value for key, value in REPORT.items() if key != name})
        assert (reply.status_code, reply.json()["error"]) == (400, f"{name} is required")
    for body in (b"", b"{", b"null", b"[]", b'"x"', b"{}", b'{"unknown": 1}'):
        reply = await api.put(
            f"/api/artifacts/{kept['id']}", content=body, headers={"content-type": "application/json"}
        )
        assert reply.status_code == 400, body
    assert (await api.get("/api/artifacts")).json() == {"artifacts": [kept]}


async def test_relations_lead_somewhere(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api)
    file = await uploaded(api, task["id"])
    related = await added(api, taskId=task["id"], fileId=file["id"], assistantJobId="job-1")
    assert (related["taskId"], related["fileId"], related["assistantJobId"]) == (task["id"], file["id"], "job-1")
    for field, words in [
        ("taskId", "Task not found"),
        ("bundleId", "Bundle not found"),
        ("fileId", "File not found"),
    ]:
        for reply in (
            await api.post("/api/artifacts", json=REPORT | {field: "unknown"}),
            await api.put(f"/api/artifacts/{related['id']}", json={field: "unknown"}),
        ):
            assert (reply.status_code, reply.json()) == (404, {"error": words})
    for reply in (
        await api.get("/api/artifacts/unknown"),
        await api.put("/api/artifacts/unknown", json={"title": "x"}),
        await api.put("/api/artifacts/unknown/archive"),
        await api.post("/api/artifacts/unknown/attach", json={"taskId": task["id"]}),
    ):
        assert (reply.status_code, reply.json()) == (404, {"error": "Artifact not found"})


async def test_lists_apply_all_filters_together(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api)
    first = await added(api, taskId=task["id"], status="approved")
    second = await added(api, taskId=task["id"], type="invoice", assistantJobId="job-1")
    third = await added(api, status="approved")
    for query, found in [
        ("", [first, second, third]),
        (f"taskId={task['id']}", [first, second]),
        (f"taskId={task['id']}&status=approved", [first]),
        ("status=approved", [first, third]),
        ("type=invoice&assistantJobId=job-1", [second]),
        ("type=invoice&status=approved", []),
        ("bundleId=unknown", []),
        ("fileId=unknown", []),
        ("status=unknown", []),
    ]:
        assert (await api.get(f"/api/artifacts?{query}")).json() == {"artifacts": found}, query
    page = (await api.get("/api/artifacts?limit=2")).json()
    assert page["artifacts"] == [first, second]
    following = await api.get("/api/artifacts", params={"limit": 2, "after": page["after"]})
    assert following.json() == {"artifacts": [third]}
    assert (await api.get("/api/artifacts?limit=2&after=nonsense")).status_code == 400


async def test_attaching_lists_the_artifact_once_on_a_task_and_on_a_run(api: httpx.AsyncClient) -> None:
    bundle, task = await run_of(api)
    artifact = await added(api)
    for _ in range(2):
        attached = await api.put(f"/api/artifacts/{artifact['id']}/attach", json={"taskId": task["id"]})
        assert attached.status_code == 200
        assert attached.json()["artifact"]["taskId"] == task["id"]
    listed = {"artifactId": artifact["id"], "status": "draft"} | REPORT
    assert (await api.get(f"/api/tasks/{task['id']}")).json()["artifactRefs"] == [listed]
    await changed(api, artifact, title="New title", status="approved")
    attached = await api.post(f"/api/artifacts/{artifact['id']}/attach", json={"bundleId": bundle["id"]})
    assert (attached.status_code, attached.json()["artifact"]["bundleId"]) == (200, bundle["id"])
    renewed = listed | {"title": "New title", "status": "approved"}
    assert (await api.get(f"/api/bundles/{bundle['id']}")).json()["bundle"]["artifactRefs"] == [renewed]
    other = await added(api, title="Other")
    await api.post(f"/api/artifacts/{other['id']}/attach", json={"taskId": task["id"]})
    await api.post(f"/api/artifacts/{artifact['id']}/attach", json={"taskId": task["id"]})
    references = (await api.get(f"/api/tasks/{task['id']}")).json()["artifactRefs"]
    assert references == [renewed, {"artifactId": other["id"], "status": "draft"} | REPORT | {"title": "Other"}]


async def test_an_attachment_needs_something_to_be_attached_to(api: httpx.AsyncClient) -> None:
    artifact = await added(api)
    for body, status, words in [
        ({}, 400, "taskId or bundleId is required"),
        ({"taskId": ""}, 400, "taskId or bundleId is required"),
        ({"taskId": 3}, 400, "taskId"),
        ({"taskId": "unknown"}, 404, "Task not found"),
        ({"bundleId": "unknown"}, 404, "Bundle not found"),
    ]:
        reply = await api.put(f"/api/artifacts/{artifact['id']}/attach", json=body)
        assert (reply.status_code, words in reply.json()["error"]) == (status, True), body
    assert (await api.get(f"/api/artifacts/{artifact['id']}")).json()["artifact"] == artifact


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize("where", ["taskId", "bundleId", "attached"])
async def test_only_an_approved_artifact_opens_the_gate(system: System, api: httpx.AsyncClient, where: str) -> None:
    bundle, task = await run_of(api, proofRequirement=APPROVAL)
    artifact = await added(api)
    if where == "attached":
        await api.put(f"/api/artifacts/{artifact['id']}/attach", json={"taskId": task["id"]})
    else:
        await changed(api, artifact, **{where: task["id"] if where == "taskId" else bundle["id"]})
    for status in ("draft", "needs-review", "rejected", "archived", "superseded"):
        await changed(api, artifact, status=status)
        reply = await api.put(f"/api/tasks/{task['id']}", json={"status": "done"})
        assert reply.status_code == 400
        assert "approved artifact proof 'Approved report' is missing" in reply.json()["error"]
    await changed(api, artifact, status="approved")
    assert (await api.put(f"/api/tasks/{task['id']}", json={"status": "done"})).status_code == 200


@pytest.mark.requirement("R-TSK-1")
async def test_the_approval_that_closed_a_task_is_not_taken_away(system: System, api: httpx.AsyncClient) -> None:
    _, task = await run_of(api, proofRequirement=APPROVAL)
    first, second = [await added(api, taskId=task["id"], status="approved") for _ in range(2)]
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    replies = await asyncio.gather(
        api.put(f"/api/artifacts/{first['id']}/archive"), api.put(f"/api/artifacts/{second['id']}/archive")
    )
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    left = next(one for one, reply in zip((first, second), replies, strict=True) if reply.status_code == 409)
    for fields in ({"status": "rejected"}, {"status": "draft", "title": "New"}):
        refused = await api.put(f"/api/artifacts/{left['id']}", json=fields)
        assert refused.status_code == 409
        assert "proof" in refused.json()["error"]
    assert (await api.get(f"/api/artifacts/{left['id']}")).json()["artifact"] == left
    assert (await changed(api, left, title="Better title"))["title"] == "Better title"


@pytest.mark.requirement("R-TSK-1")
async def test_a_run_keeps_the_reference_to_the_approval_that_closed_its_task(
    system: System, api: httpx.AsyncClient
) -> None:
    bundle, task = await run_of(api, proofRequirement=APPROVAL)
    listed = [{"artifactId": (await added(api, status="approved"))["id"]}]
    path = f"/api/bundles/{bundle['id']}"
    assert (await api.put(path, json={"artifactRefs": listed})).status_code == 200
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    refused = await api.put(path, json={"artifactRefs": []})
    assert (refused.status_code, "remove its proof: approved artifact" in refused.json()["error"]) == (409, True)
    assert (await api.get(path)).json()["bundle"]["artifactRefs"] == listed
    another = [{"artifactId": (await added(api, status="approved"))["id"]}]
    assert (await api.put(path, json={"artifactRefs": another})).status_code == 200


async def test_every_change_of_an_artifact_is_in_the_history(
    system: System, api: httpx.AsyncClient, operator: Person
) -> None:
    task = await task_of(system, api)
    artifact = await added(api, taskId=task["id"])
    await changed(api, artifact, status="approved")
    await api.put(f"/api/artifacts/{artifact['id']}/attach", json={"taskId": task["id"]})
    await api.put(f"/api/artifacts/{artifact['id']}/archive")
    rows = [row for row in (await system.ask(HISTORY_FEED, HistoryFeed())).items if row.kind.startswith("artifact.")]
    assert [(row.kind, row.data["status"]) for row in rows] == [
        ("artifact.created", "draft"),
        ("artifact.updated", "approved"),
        ("artifact.attached", "approved"),
        ("artifact.archived", "archived"),
    ]
    assert {(row.actor, row.task_id, row.data["artifact_id"]) for row in rows} == {
        (operator.id, task["id"], artifact["id"])
    }
