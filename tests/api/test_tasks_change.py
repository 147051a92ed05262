"""Creating, changing and deleting tasks over JSON: the contract that existing clients hold us to."""

from typing import Any

import httpx
import pytest

from contracts.values import derived_id
from tests.api.people import Person
from tests.support.replies import STAMP
from tests.support.tasks import created

WAITING = {"status": "waiting", "waitingFor": "Finance", "followUpAt": "2028-10-06", "comment": "Asked Finance"}
NEEDS_LINK = {"requiredLinkName": "LinkedIn"}
STATUSES = "Invalid status. Must be 'todo', 'waiting', 'done', or 'archived'"
RULE = "Waiting tasks require waitingFor, followUpAt, and comment"


async def changed(api: httpx.AsyncClient, task: dict[str, Any], **fields: Any) -> dict[str, Any]:
    reply = await api.put(f"/api/tasks/{task['id']}", json=fields)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def refused(api: httpx.AsyncClient, task: dict[str, Any], code: int = 400, **fields: Any) -> dict[str, Any]:
    """The refusal; and the task is as it was."""
    before = (await api.get(f"/api/tasks/{task['id']}")).json()
    reply = await api.put(f"/api/tasks/{task['id']}", json=fields)
    assert reply.status_code == code, reply.text
    assert (await api.get(f"/api/tasks/{task['id']}")).json() == before
    return reply.json()


async def test_a_new_task_is_manual_todo_and_says_only_what_is_set(api: httpx.AsyncClient) -> None:
    task = await created(api, id="mine", createdAt="1999", templateTaskRef="a", stageOnComplete="done", odd=1)
    assert set(task) == {"id", "version", "description", "date", "status", "source", "createdAt", "updatedAt"}
    assert (task["status"], task["source"], task["date"]) == ("todo", "manual", "2028-02-02")
    assert len(task["id"]) == 36
    assert STAMP.fullmatch(task["createdAt"])
    assert STAMP.fullmatch(task["updatedAt"])
    assert (await api.get(f"/api/tasks/{task['id']}")).json() == task
    listed = await api.get("/api/tasks?date=2028-02-02")
    assert listed.json() == {"tasks": [task]}
    assert listed.headers["content-type"] == "application/json"


async def test_every_field_comes_back_as_it_was_sent(api: httpx.AsyncClient) -> None:
    fields = {
        "description": "Newsletter 📰️ for 🧑‍💻",
        "comment": "first\nsecond",
        "source": "telegram",
        "waitingFor": "Ada",
        "followUpAt": "2026-03-15T10:30:00.000Z",
        "externalStatus": "sent",
        "instructionsUrl": "https://docs.example.org/a",
        "instructionDocId": "doc-1",
        "instructionStepId": "step-1",
        "phase": "prepare",
        "systems": ["Mailchimp"],
        "validation": {"requiredBundleLinks": [], "atRiskWhen": ["late"], "deep": {"a": [1, None, True]}},
        "proofRequirement": {"type": "url", "label": "Post", "required": False},
        "link": "https://example.org/post",
        "requiredLinkName": "LinkedIn",
        "requiresFile": False,
        "assigneeId": "user-grace",
        "tags": ["news"],
        "bundleId": "bundle-1",
        "templateId": "template-1",
        "artifactRefs": [{"artifactId": "a1", "title": "Deck"}],
        "assistantJobRefs": [{"assistantJobId": "j1"}],
        "auditEventRefs": [{"auditEventId": "e1"}],
    }
    task = await created(api, **fields)
    assert {name: task[name] for name in fields} == fields
    assert (await api.get("/api/tasks?bundleId=bundle-1")).json() == {"tasks": [task]}


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Missing required field: description"),
        ({"description": ""}, "Missing required field: description"),
        ({"description": None, "date": ""}, "Missing required field: description"),
        ({"description": "x"}, "Missing required field: date"),
        ({"description": "x", "date": ""}, "Missing required field: date"),
        ({"description": "x", "date": "2028-02-02", "status": "open"}, STATUSES),
        ({"description": "x", "date": "2028-02-02", "status": None}, STATUSES),
        ({"description": "x", "date": "2028-02-02", "status": ["todo"]}, STATUSES),
        ({"description": "x", "date": "2028-02-02", "status": "waiting"}, RULE),
        (
            {"description": "x", "date": "2028-02-02", "status": "done", "requiresFile": True},
            "Cannot mark task as done: required file has not been uploaded",
        ),
    ],
)
async def test_what_a_new_task_lacks_is_said_in_the_words_that_clients_compare(
    api: httpx.AsyncClient, body: dict[str, Any], error: str
) -> None:
    reply = await api.post("/api/tasks", json=body)
    assert (reply.status_code, reply.json()["error"]) == (400, error)
    assert (await api.get("/api/tasks?date=2028-02-02")).json() == {"tasks": []}


@pytest.mark.parametrize("content", [b"", b"null", b"{", b'{"a":1,}', b'"\xff"', b"{'a':1}", b"[" * 30_000])
async def test_a_body_that_is_none_is_asked_for(api: httpx.AsyncClient, content: bytes) -> None:
    task = await created(api)
    for method, path in (("POST", "/api/tasks"), ("PUT", f"/api/tasks/{task['id']}")):
        reply = await api.request(method, path, content=content, headers={"content-type": "application/json"})
        assert (reply.status_code, reply.json()) == (400, {"error": "Request body is required"})


async def test_an_update_answers_the_whole_task_and_keeps_what_was_not_sent(api: httpx.AsyncClient) -> None:
    task = await created(api, tags=["a"], comment="kept")
    after = await changed(api, task, description="Changed", id="other", createdAt="1999", recurringConfigId="c")
    assert after == task | {"description": "Changed", "updatedAt": after["updatedAt"], "version": 2}
    assert after["updatedAt"] >= task["updatedAt"]
    assert (await changed(api, task, assigneeId=None, comment="", requiresFile=True))["comment"] == ""


async def test_order_of_the_checks_of_an_update(api: httpx.AsyncClient) -> None:
    for body, status, error in [
        ({}, 400, "No valid fields to update"),
        ({"unknown": 1, "version": 1}, 400, "No valid fields to update"),
        ({"status": "open", "proofRequirement": None}, 400, STATUSES),
        ({"description": "x"}, 404, "Task not found"),
    ]:
        reply = await api.put("/api/tasks/does-not-exist", json=body)
        assert (reply.status_code, reply.json()["error"]) == (status, error)
    for body in ({"phase": 1, "proofRequirement": {"type": "odd"}}, {"proofRequirement": {"type": "odd"}}):
        reply = await api.put("/api/tasks/does-not-exist", json=body)
        assert reply.status_code == 400
        assert next(iter(reply.json()["fields"])) in ("phase", "proofRequirement.type")


@pytest.mark.requirement("R-TSK-2")
async def test_waiting_needs_whom_until_when_and_why(api: httpx.AsyncClient) -> None:
    task = await created(api)
    for name in ("waitingFor", "followUpAt", "comment"):
        lacking = {field: value for field, value in WAITING.items() if field != name}
        for fields in (lacking, lacking | {name: ""}):
            reply = await refused(api, task, **fields)
            assert reply == {"error": RULE, "fields": {name: "must not be blank"}}
    waiting = await changed(api, task, **WAITING)
    assert {name: waiting[name] for name in WAITING} == WAITING
    again = await changed(api, task, followUpAt="2028-10-09T09:00:00.000Z", comment="Asked again")
    assert (again["status"], again["followUpAt"]) == ("waiting", "2028-10-09T09:00:00.000Z")
    assert (await refused(api, task, waitingFor=" "))["error"] == RULE
    back = await changed(api, task, status="todo", comment="Answered")
    assert (back["waitingFor"], back["followUpAt"]) == ("Finance", "2028-10-09T09:00:00.000Z")
    assert (await refused(api, task, status="waiting"))["error"] == RULE
    await changed(api, task, status="waiting", comment="Asked once more")
    done = await changed(api, task, status="done")
    assert (done["status"], done["waitingFor"]) == ("done", "Finance")


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize(
    ("fields", "error", "missing", "proof"),
    [
        (NEEDS_LINK, "required link 'LinkedIn' is not filled", "LinkedIn URL", {"link": "https://example.org/p"}),
        ({"requiresFile": True}, "required file has not been uploaded", "file", None),
        (
            {"validation": {"requiredBundleLinks": ["Mailchimp"]}},
            "required shared bundle link 'Mailchimp' needs a workflow bundle",
            "workflow link Mailchimp",
            None,
        ),
        (
            {"proofRequirement": {"type": "comment", "label": "Completion note"}},
            "required comment proof 'Completion note' is missing",
            "comment “Completion note”",
            {"comment": "All sent"},
        ),
        (
            {"proofRequirement": {"type": "external-status"}},
            "required external-status proof is missing",
            "status",
            {"externalStatus": "sent"},
        ),
        (
            {"proofRequirement": {"type": "artifact", "label": "Deck"}, "artifactRefs": [{"artifactId": "none"}]},
            "required approved artifact proof 'Deck' is missing",
            "approved artifact “Deck”",
            None,
        ),
    ],
)
async def test_a_task_is_not_done_before_its_proof_is_there(
    api: httpx.AsyncClient, fields: dict[str, Any], error: str, missing: str, proof: dict[str, str] | None
) -> None:
    task = await created(api, **fields)
    reply = await refused(api, task, status="done")
    assert reply == {"error": f"Cannot mark task as done: {error}", "missing": [missing]}
    if proof:
        assert (await changed(api, task, status="done", **proof))["status"] == "done"
    by_noun = await api.post(f"/api/tasks/{task['id']}/completion")
    assert by_noun.status_code == (200 if proof else 409)
    if not proof:
        sentence = f"This task cannot be completed yet. Missing: {missing}"
        assert by_noun.json() == {"error": sentence, "missing": [missing]}


async def test_a_link_that_was_stored_earlier_is_proof_too(api: httpx.AsyncClient) -> None:
    task = await created(api, **NEEDS_LINK)
    await changed(api, task, link="https://example.org/p")
    assert (await changed(api, task, status="done"))["status"] == "done"


@pytest.mark.requirement("R-TSK-1")
async def test_the_requirement_cannot_go_with_the_completion_nor_the_proof_after_it(api: httpx.AsyncClient) -> None:
    task = await created(api, **NEEDS_LINK)
    reply = await refused(api, task, status="done", requiredLinkName="")
    assert reply["missing"] == ["LinkedIn URL"]
    await changed(api, task, status="done", link="https://example.org/p")
    for fields in ({"link": ""}, {"link": None}, {"link": "", "requiredLinkName": ""}, {"requiresFile": True}):
        reply = await refused(api, task, 409, **fields)
        assert reply["error"].startswith("This task is done, and this would remove its proof: ")
        assert reply["current"]["task"]["link"] == "https://example.org/p"
    assert (await changed(api, task, description="Renamed"))["status"] == "done"
    assert "link" not in await changed(api, task, status="todo", link=None)


@pytest.mark.requirement("R-TSK-4")
async def test_done_says_who_and_when_once_and_leaving_done_forgets_both(
    api: httpx.AsyncClient, operator: Person
) -> None:
    task = await changed(api, await created(api), status="done")
    assert (task["completedBy"], STAMP.fullmatch(task["completedAt"]) is not None) == (operator.id, True)
    again = await changed(api, task, status="done", comment="said twice")
    assert (again["completedAt"], again["completedBy"]) == (task["completedAt"], task["completedBy"])
    for status in ("todo", "archived"):
        await changed(api, task, status="todo")
        await changed(api, task, status="done")
        left = await changed(api, task, status=status)
        assert not {"completedAt", "completedBy"} & set(left)
    assert (await created(api, status="done"))["completedBy"] == operator.id


@pytest.mark.requirement("R-TSK-1")
async def test_moves_that_are_none_are_refused_with_the_task_as_it_is(api: httpx.AsyncClient) -> None:
    task = await changed(api, await created(api), status="done")
    reply = await refused(api, task, 409, **WAITING)
    assert reply["error"] == "This task cannot become waiting: it is done; reopen it first"
    assert reply["current"]["task"] == task
    archived = await changed(api, task, status="archived")
    for fields in ({"status": "done"}, WAITING):
        assert "it is archived; restore it first" in (await refused(api, archived, 409, **fields))["error"]
    assert (await api.get("/api/tasks?status=archived")).json() == {"tasks": [archived]}
    assert (await changed(api, task, status="todo"))["status"] == "todo"


async def test_a_form_that_saw_an_older_task_overwrites_nobody(api: httpx.AsyncClient) -> None:
    task = await created(api)
    await changed(api, task, comment="by somebody else")
    reply = await refused(api, task, 409, description="Mine", version=task["version"])
    assert reply["current"]["task"]["comment"] == "by somebody else"
    assert (await changed(api, task, description="Mine", version=2))["version"] == 3
    assert (await refused(api, task, 400, description="x", version="3"))["fields"] == {
        "version": "must be a whole number"
    }


async def test_a_deleted_task_is_gone_but_its_history_is_not(api: httpx.AsyncClient) -> None:
    task = await created(api)
    for _ in range(2):
        reply = await api.delete(f"/api/tasks/{task['id']}")
        assert (reply.status_code, reply.content) == (204, b"")
    for path in (f"/api/tasks/{task['id']}", "/api/tasks/does-not-exist", "/api/tasks/does-not-exist/history"):
        reply = await api.get(path)
        assert (reply.status_code, reply.json()) == (404, {"error": "Task not found"})
    assert (await api.get("/api/tasks?date=2028-02-02")).json() == {"tasks": []}
    history = (await api.get(f"/api/tasks/{task['id']}/history")).json()["history"]
    assert [row["kind"] for row in history] == ["task.created", "task.deleted"]


async def test_the_same_key_creates_once(api: httpx.AsyncClient) -> None:
    body = {"description": "Once", "date": "2028-02-02"}
    for key in ("k1", "k1", "k2"):
        reply = await api.post("/api/tasks", json=body, headers={"idempotency-key": key})
        assert reply.status_code == 201
    assert len((await api.get("/api/tasks?date=2028-02-02")).json()["tasks"]) == 2
    for key in ("", "k" * 300, "a b"):
        reply = await api.post("/api/tasks", json=body, headers={"idempotency-key": key})
        assert (reply.status_code, list(reply.json()["fields"])) == (400, ["Idempotency-Key"])


async def test_an_id_is_only_a_name(api: httpx.AsyncClient) -> None:
    task = await created(api)
    for id in (task["id"].upper(), "%00", "%7B%24ne%3A1%7D", "a%0d%0aSet-Cookie:x", derived_id("x"), "9" * 500):
        for method, path in (("GET", ""), ("PUT", ""), ("POST", "/completion"), ("GET", "/history")):
            body = {"description": "x"} if method == "PUT" else None
            reply = await api.request(method, f"/api/tasks/{id}{path}", json=body)
            assert reply.status_code == 404, (method, id, path, reply.text)
