"""Lists of tasks by one filter, over JSON."""

import httpx
import pytest

from tests.builders import created, generated


async def test_the_first_filter_decides_and_the_others_are_not_even_read(api: httpx.AsyncClient) -> None:
    await created(api)
    await generated(api, "2050-03-01", "2050-03-10")
    for query, count in [
        ("date=2050-03-02", 1),
        ("date=2050-03-02&startDate=nonsense&bundleId=b&status=nonsense", 1),
        ("date=2000-01-01", 0),
        ("startDate=2050-03-02&endDate=2050-03-04", 3),
        ("startDate=1970-01-01&endDate=2099-12-31&status=nonsense", 10),
        ("bundleId=unknown", 0),
        ("bundleId=unknown&status=nonsense", 0),
        ("status=todo", 10),
        ("status=archived", 0),
        ("date=&status=todo", 10),
    ]:
        reply = await api.get(f"/api/tasks?{query}")
        assert reply.status_code == 200, query
        assert len(reply.json()["tasks"]) == count, query


UNUSABLE = [
    ("", "At least one filter is required"),
    ("nonsense=1", "At least one filter is required"),
    ("date=&status=", "At least one filter is required"),
    ("startDate=2050-01-01", "Both startDate and endDate are required for range queries"),
    ("endDate=2050-01-01&status=todo", "Both startDate and endDate are required for range queries"),
    ("status=nonsense", "Invalid status. Must be 'todo', 'waiting', 'done', or 'archived'"),
    ("date=2050-02-30", "date"),
    ("date=today", "date"),
    ("startDate=2050-02-02&endDate=2050-02-01", "endDate"),
    ("startDate=x&endDate=2050-02-01", "startDate"),
    ("status=todo&status=done", "status is given twice"),
    ("status=todo&limit=0", "limit"),
    ("status=todo&limit=501", "limit"),
    ("status=todo&limit=2&after=garbage", "after"),
]


@pytest.mark.requirement("R-SEC-3")
async def test_an_unusable_filter_is_named(api: httpx.AsyncClient) -> None:
    for query, message in UNUSABLE:
        reply = await api.get(f"/api/tasks?{query}")
        assert reply.status_code == 400, query
        assert message in reply.json()["error"]


async def test_pages_only_for_who_asks(api: httpx.AsyncClient) -> None:
    await created(api)
    await generated(api, "2050-03-01", "2050-03-05")
    first = (await api.get("/api/tasks?status=todo&limit=3")).json()
    assert [task["date"] for task in first["tasks"]] == ["2050-03-01", "2050-03-02", "2050-03-03"]
    second = (await api.get("/api/tasks", params={"status": "todo", "limit": 3, "after": first["after"]})).json()
    assert [task["date"] for task in second["tasks"]] == ["2050-03-04", "2050-03-05"]
    assert "after" not in second
    whole = (await api.get("/api/tasks?status=todo")).json()
    assert "after" not in whole
    assert len(whole["tasks"]) == 5


async def test_one_task_is_bare_and_an_unknown_one_is_not_found(api: httpx.AsyncClient) -> None:
    await created(api)
    task = (await generated(api, "2050-03-01", "2050-03-01"))["generated"][0]
    assert (await api.get(f"/api/tasks/{task['id']}")).json() == task
    assert not {"link", "comment", "tags", "bundleId", "requiredLinkName", "instructionsUrl"} & set(task)
    for unknown in ("does-not-exist", "A" * 300, "%24ne"):
        reply = await api.get(f"/api/tasks/{unknown}")
        assert (reply.status_code, reply.json()) == (404, {"error": "Task not found"})


@pytest.mark.requirement("R-HOM-2")
async def test_home_tells_scripts_what_it_tells_people(api: httpx.AsyncClient) -> None:
    await created(api)
    await generated(api, "2028-02-01", "2028-02-02")
    home = (await api.get("/api/home")).json()["home"]
    assert (home["today"], home["overdue"]["count"], home["dueToday"]["count"]) == ("2028-02-02", 1, 1)
    assert home["dueToday"]["rows"][0]["sourceCron"] == "0 9 * * *"
    assert (await api.get("/api/home?scope=everyone")).json()["home"]["overdue"] == home["overdue"]
    assert (await api.get("/api/home?scope=nobody")).status_code == 400
