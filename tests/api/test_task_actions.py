"""What can be done to a task, each as a noun under it."""

from typing import Any

import httpx
import pytest

from tests.api.files import uploaded
from tests.api.people import Person
from tests.support.tasks import created
from tests.system import System


async def act(api: httpx.AsyncClient, task: dict[str, Any], noun: str, **body: Any) -> dict[str, Any]:
    reply = await api.post(f"/api/tasks/{task['id']}/{noun}", json=body)
    assert reply.status_code == (201 if noun == "comments" else 200), reply.text
    assert reply.headers["content-type"] == "application/json"
    return reply.json()


@pytest.mark.requirement("R-TSK-3")
@pytest.mark.requirement("R-TSK-6")
async def test_a_task_from_asking_to_done_and_back_with_its_history(api: httpx.AsyncClient, operator: Person) -> None:
    task = await created(api, bundleId="bundle-1")
    waiting = await act(api, task, "waiting", waitingFor="Ada", followUpAt="2028-02-04", note="Mailed her")
    assert (waiting["status"], waiting["waitingFor"], waiting["followUpAt"]) == ("waiting", "Ada", "2028-02-04")
    sent = await act(api, task, "follow-ups", followUpAt="2028-02-07", channel="phone", version=2)
    assert (sent["status"], sent["followUpAt"], sent["version"]) == ("waiting", "2028-02-07", 3)
    assert (await act(api, task, "snooze", followUpAt="2028-02-09", reason="Away"))["followUpAt"] == "2028-02-09"
    assert (await act(api, task, "response"))["status"] == "todo"
    assert (await act(api, task, "comments", text="Looks good"))["comment"].endswith("] Looks good")
    done = await act(api, task, "completion", link="https://example.org/p", externalStatus="sent")
    assert (done["status"], done["completedBy"], done["externalStatus"]) == ("done", operator.id, "sent")
    assert await act(api, task, "completion") == done
    reopened = await api.delete(f"/api/tasks/{task['id']}/completion")
    assert (reopened.status_code, reopened.json()["status"]) == (200, "todo")
    assert "completedAt" not in reopened.json()
    await api.put(f"/api/tasks/{task['id']}", json={"assigneeId": "ben", "date": "2028-03-01"})

    history = (await api.get(f"/api/tasks/{task['id']}/history")).json()["history"]
    assert [row["kind"] for row in history] == [
        "task.created",
        "task.waiting",
        "task.follow_up_sent",
        "task.snoozed",
        "task.response_received",
        "task.commented",
        "task.completed",
        "task.reopened",
        "task.updated",
    ]
    assert {row["actor"] for row in history} == {operator.id}
    assert history[-1]["data"] == {
        "changes": {"assigneeId": {"to": "ben"}, "date": {"from": task["date"], "to": "2028-03-01"}}
    }
    assert history[2]["data"]["channel"] == "phone"
    assert history[3]["data"]["changes"]["followUpAt"] == {"from": "2028-02-07", "to": "2028-02-09"}
    assert history[-1]["data"]["changes"] == {
        "assigneeId": {"to": "ben"},
        "date": {"from": "2028-02-02", "to": "2028-03-01"},
    }


async def test_an_action_sent_twice_with_its_key_happens_once(api: httpx.AsyncClient) -> None:
    task = await created(api)
    for _ in range(2):
        reply = await api.post(
            f"/api/tasks/{task['id']}/comments", json={"text": "once"}, headers={"idempotency-key": "k"}
        )
        assert (reply.status_code, reply.json()["version"]) == (201, 2)
    other = await created(api)
    reply = await api.post(f"/api/tasks/{other['id']}/comments", json={"text": "x"}, headers={"idempotency-key": "k"})
    assert reply.json()["id"] == other["id"]


@pytest.mark.requirement("R-SEC-3")
async def test_nobody_acts_in_another_name(api: httpx.AsyncClient, operator: Person) -> None:
    task = await created(api, actor="eve", key="x")
    other = await created(api)
    await act(api, task, "comments", text="mine", actor="eve", id=other["id"])
    rows = (await api.get(f"/api/tasks/{task['id']}/history")).json()["history"]
    assert [row["actor"] for row in rows] == [operator.id, operator.id]


@pytest.mark.requirement("R-SEC-1")
async def test_every_change_of_a_task_needs_a_signed_in_user(stranger: httpx.AsyncClient) -> None:
    for method, path in (
        ("POST", ""),
        ("PUT", "/x"),
        ("DELETE", "/x"),
        ("GET", "/x/history"),
        ("DELETE", "/x/completion"),
        *(("POST", f"/x/{noun}") for noun in ("completion", "comments", "waiting", "follow-ups", "response", "snooze")),
    ):
        reply = await stranger.request(method, f"/api/tasks{path}")
        assert (reply.status_code, reply.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.requirement("R-TSK-3")
async def test_lines_of_waiting_and_follow_ups_name_their_author(api: httpx.AsyncClient) -> None:
    task = await created(api)
    said = {"followUpAt": "2028-02-07", "author": "Somebody Else"}
    await act(api, task, "waiting", waitingFor="Ada", note="Mailed her", **said)
    await act(api, task, "follow-ups", channel="phone", note="No answer", **said)
    await act(api, task, "snooze", reason="Away", **said)
    lines = (await act(api, task, "response", note="Yes"))["comment"].splitlines()
    assert [line.partition("] ")[2] for line in lines] == [
        "Waiting for Ada, says Olivia Operations; next follow-up 2028-02-07: Mailed her",
        "Follow-up sent by Olivia Operations; next follow-up 2028-02-07 (phone): No answer",
        "Snoozed by Olivia Operations; next follow-up 2028-02-07: Away",
        "Response received, says Olivia Operations: Yes",
    ]


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize(
    "dropped", [{"requiresFile": False}, {"proofRequirement": {"type": "file", "required": False}}]
)
async def test_requirement_that_is_met_may_go_with_completion(
    system: System, api: httpx.AsyncClient, dropped: dict[str, Any]
) -> None:
    asked = {"requiresFile": True} if "requiresFile" in dropped else {"proofRequirement": {"type": "file"}}
    task = await created(api, **asked)
    missing = await api.put(f"/api/tasks/{task['id']}", json={"status": "done", **dropped})
    assert missing.status_code == 400
    await uploaded(api, task["id"])
    done = await api.put(f"/api/tasks/{task['id']}", json={"status": "done", **dropped})
    assert (done.status_code, done.json()["status"]) == (200, "done")
