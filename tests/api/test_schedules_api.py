"""What nobody's scheduler tells its users, over JSON: windows, what comes, why, failures, backfills, dismissals."""

from typing import Any

import httpx
import pytest

from contracts.values import Kind, Window, calendar_date
from services.kit.mongo import connection
from tests.system import System, eventually

DAILY = {"description": "Handle Slack invites", "cronExpression": "0 9 * * *"}


async def created(api: httpx.AsyncClient, **fields: Any) -> str:
    reply = await api.post("/api/recurring", json=DAILY | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()["recurringConfig"]["id"]


async def backfilled(api: httpx.AsyncClient, start: str, end: str, **more: Any) -> dict[str, Any]:
    reply = await api.post("/api/backfills", json={"startDate": start, "endDate": end} | more)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.requirement("R-GEN-7")
async def test_a_dry_run_says_what_would_be_made_and_makes_nothing(api: httpx.AsyncClient) -> None:
    daily = await created(api)
    await created(api, description="Weekly", cronExpression="0 9 * * 1")
    await backfilled(api, "2028-02-01", "2028-02-01")
    planned = (await backfilled(api, "2028-02-01", "2028-02-02", dryRun=True))["planned"]
    assert [(one["sourceId"], one["date"], one["verdict"]) for one in planned] == [
        (daily, "2028-02-01", "exists"),
        (daily, "2028-02-02", "would-create"),
    ]
    assert planned[0]["itemId"]
    assert (await api.get("/api/tasks?date=2028-02-02")).json() == {"tasks": []}
    made = await backfilled(api, "2028-02-01", "2028-02-02", scheduleIds=[daily])
    assert ([task["date"] for task in made["tasks"]], made["skipped"]) == (["2028-02-02"], 1)


@pytest.mark.requirement("R-GEN-5")
async def test_the_ledger_of_a_schedule_is_read_in_pages_or_whole(api: httpx.AsyncClient) -> None:
    daily = await created(api)
    await backfilled(api, "2028-01-29", "2028-02-02")
    await backfilled(api, "2028-02-02", "2028-02-02")
    windows = (await api.get(f"/api/schedules/{daily}/windows")).json()["windows"]
    assert [one["date"] for one in windows] == [f"2028-0{day}" for day in ("2-02", "2-01", "1-31", "1-30", "1-29")]
    assert (windows[0]["outcome"], windows[0]["trigger"], windows[0]["skipped"]) == ("generated", "backfill", 1)
    first = (await api.get(f"/api/schedules/{daily}/windows?limit=2")).json()
    second = (await api.get(f"/api/schedules/{daily}/windows?limit=2&after={first['after']}")).json()
    assert [one["date"] for one in first["windows"] + second["windows"]] == [one["date"] for one in windows[:4]]
    row = (await api.get(f"/api/schedules/{daily}")).json()["schedule"]
    assert row["totals"] == {"generated": 5, "skipped": 0, "paused": 0, "failed": 0, "missed": 0, "repeats": 1}


@pytest.mark.requirement("R-SCH-4")
async def test_the_next_occurrences_are_told_before_and_after_saving(api: httpx.AsyncClient) -> None:
    daily = await created(api)
    coming = (await api.get(f"/api/schedules/{daily}/upcoming")).json()
    assert coming["timezone"] == "UTC"
    assert [one["date"] for one in coming["upcoming"]] == [f"2028-02-0{day}" for day in range(2, 7)]
    preview = (await api.get("/api/schedules/preview", params={"cron": "0 9 * * 1"})).json()
    assert [one["opensAt"] for one in preview["items"]][:2] == ["2028-02-07T09:00:00.000Z", "2028-02-14T09:00:00.000Z"]
    refused = await api.get("/api/schedules/preview", params={"cron": "0 9 31 2 *"})
    assert refused.status_code == 400
    assert "cron" in refused.json()["error"].lower()


@pytest.mark.requirement("R-PAU-5")
async def test_why_is_there_no_task(api: httpx.AsyncClient) -> None:
    weekly = await created(api, cronExpression="0 9 * * 3")

    async def why(date: str) -> tuple[str, str]:
        reply = (await api.get(f"/api/schedules/{weekly}/why?date={date}")).json()
        return reply["code"], reply["sentence"]

    assert (await why("2028-02-03"))[0] == "not-a-date"
    assert (await why("2028-02-02"))[0] == "to-come"
    await backfilled(api, "2028-02-02", "2028-02-02")
    assert (await why("2028-02-02"))[0] == "generated"
    await api.post(f"/api/schedules/{weekly}/pause", json={"reason": "Holiday"})
    code, sentence = await why("2028-02-09")
    assert code == "paused"
    assert "Holiday" in sentence


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.requirement("R-PAU-4")
async def test_pause_resume_archive_and_restore_are_nouns(api: httpx.AsyncClient) -> None:
    daily = await created(api)
    paused = await api.post(f"/api/schedules/{daily}/pause", json={"reason": "Holiday", "until": "2028-02-10"})
    row = paused.json()["schedule"]
    assert (row["enabled"], row["pausedUntil"], row["nextDate"]) == (False, "2028-02-10", "2028-02-10")
    assert (await api.delete(f"/api/schedules/{daily}/pause")).json()["schedule"]["enabled"] is True
    assert (await api.post(f"/api/schedules/{daily}/archive")).json()["schedule"]["archived"] is True
    assert (await backfilled(api, "2028-02-02", "2028-02-02"))["tasks"] == []
    restored = (await api.delete(f"/api/schedules/{daily}/archive")).json()["schedule"]
    assert (restored["archived"], restored["enabled"]) == (False, True)


@pytest.mark.requirement("R-PAU-4")
async def test_a_template_that_lost_its_trigger_is_no_archived_one_that_could_return(api: httpx.AsyncClient) -> None:
    given = {"name": "News", "type": "news", "triggerType": "automatic", "triggerSchedule": "0 9 * * *"}
    step = {"refId": "a", "description": "Write", "offsetDays": 0}
    template = (await api.post("/api/templates", json={**given, "taskDefinitions": [step]})).json()["template"]["id"]
    await api.put(f"/api/templates/{template}", json={"triggerType": "manual"})
    assert (await api.get(f"/api/schedules/{template}")).json()["schedule"]["byHand"] is True
    for method, noun in (("DELETE", "archive"), ("POST", "archive"), ("POST", "pause")):
        refused = await api.request(method, f"/api/schedules/{template}/{noun}")
        assert (refused.status_code, "started by hand" in refused.json()["error"]) == (409, True)


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "named"),
    [
        ("POST", "/api/schedules/{id}/pause", {"until": "2028-02-30"}, 400, "until"),
        ("POST", "/api/schedules/{id}/pause", {"until": "2028-01-01"}, 400, "until"),
        ("POST", "/api/schedules/{id}/pause", {"reason": "\x00"}, 400, "reason"),
        ("POST", "/api/schedules/nobody/pause", None, 404, "not found"),
        ("GET", "/api/schedules/{id}/why", None, 400, "date"),
        ("GET", "/api/schedules/{id}/why?date=today", None, 400, "date"),
        ("GET", "/api/schedules/{id}/upcoming?count=0", None, 400, "count"),
        ("GET", "/api/schedules/{id}/upcoming?count=x", None, 400, "count"),
        ("GET", "/api/schedules/{id}/windows?limit=9999", None, 400, "limit"),
        ("POST", "/api/backfills", {"startDate": "2028-02-02"}, 400, "endDate"),
        ("POST", "/api/backfills", {"startDate": "2028-02-02", "endDate": "2028-02-01"}, 400, "endDate"),
        ("POST", "/api/backfills", {"startDate": "2028-01-01", "endDate": "2028-12-01"}, 400, "90 days"),
        ("POST", "/api/backfills", {"startDate": "1969-12-31", "endDate": "1970-01-01"}, 400, "startDate"),
        ("POST", "/api/backfills", {"startDate": "9998-12-01", "endDate": "9999-01-01"}, 400, "endDate"),
        (
            "POST",
            "/api/backfills",
            {"startDate": "2028-02-02", "endDate": "2028-02-02", "scheduleIds": ["x"]},
            404,
            "No schedule",
        ),
        (
            "POST",
            "/api/failures/retries",
            {"kind": "recurring", "sourceId": "x", "code": "y"},
            404,
            "This failure is not open",
        ),
        ("POST", "/api/failures/retries", {"kind": "banana", "sourceId": "x", "code": "y"}, 400, "kind"),
        ("POST", "/api/failures/acknowledgements", {"code": "missed"}, 400, "note"),
        ("PUT", "/api/notifications/nobody/dismiss", None, 404, "Notification not found"),
    ],
)
async def test_bad_input_is_named_and_changes_nothing(
    api: httpx.AsyncClient, system: System, method: str, path: str, body: Any, status: int, named: str
) -> None:
    daily = await created(api)
    before = (await api.get(f"/api/schedules/{daily}")).json()
    reply = await api.request(method, path.format(id=daily), json=body)
    assert (reply.status_code, named.lower() in reply.json()["error"].lower()) == (status, True), reply.text
    assert (await api.get(f"/api/schedules/{daily}")).json() == before


@pytest.mark.requirement("R-SEC-3")
async def test_an_unknown_schedule_of_a_backfill_is_named_by_the_field_that_was_sent(api: httpx.AsyncClient) -> None:
    body = {"startDate": "2028-02-02", "endDate": "2028-02-02", "scheduleIds": ["nobody"]}
    reply = await api.post("/api/backfills", json=body)
    assert (reply.status_code, reply.json()["fields"]) == (404, {"scheduleIds": "nobody"})


@pytest.mark.requirement("R-NOT-3")
async def test_a_failure_is_listed_retried_and_acknowledged(api: httpx.AsyncClient, system: System) -> None:
    daily = await created(api)
    async with connection.connect(system.settings, "work") as database:
        await database.recurring.update_one({"_id": daily}, {"$set": {"timeline.0.cron": "banana"}})
    window = Window(kind=Kind.RECURRING, source_id=daily, date=calendar_date("2028-02-02"))
    await system.publish_window(window.subject)
    [failure] = (await api.get("/api/failures")).json()["failures"]
    assert (failure["title"], failure["dates"], failure["error"]["code"]) == (
        "Handle Slack invites",
        ["2028-02-02"],
        "invalid_cron",
    )
    named = {"kind": "recurring", "sourceId": daily, "code": "invalid_cron"}
    assert (await api.post("/api/failures/retries", json=named)).json() == {"windows": 1}
    await system.windows_drained()
    assert (await api.get("/api/failures")).json()["failures"][0]["attempts"] == 2
    acknowledged = await api.post("/api/failures/acknowledgements", json=named | {"note": "Not needed this month"})
    assert acknowledged.json() == {"windows": 1}
    assert (await api.get("/api/failures")).json() == {"failures": []}


@pytest.mark.requirement("R-NOT-4")
async def test_dismissing_hides_a_notification_from_the_caller_and_changes_no_work(
    api: httpx.AsyncClient, system: System
) -> None:
    await created(api)
    run = (await api.post("/api/cron/run")).json()
    assert len(run["recurring"]["generated"]) == 1

    async def is_notified() -> bool:
        return bool((await api.get("/api/notifications")).json()["notifications"])

    await eventually(is_notified)
    [one] = (await api.get("/api/notifications")).json()["notifications"]
    assert (one["type"], one["dismissed"], one["taskId"]) == ("recurring-due", False, run["recurring"]["generated"][0])
    dismissed = await api.put(f"/api/notifications/{one['id']}/dismiss")
    assert (dismissed.status_code, dismissed.json()["notification"]["dismissed"]) == (200, True)
    assert (await api.get("/api/notifications")).json() == {"notifications": []}
    assert (await api.put("/api/notifications/dismiss-all")).json() == {"count": 0}
    everything = (await api.get("/api/notifications?all=true")).json()["notifications"]
    assert [item["dismissed"] for item in everything] == [True]
    assert (await system.home()).due_today.count == 1


@pytest.mark.requirement("R-NOT-4")
async def test_dismissing_all_right_after_a_run_leaves_nothing_to_ring(api: httpx.AsyncClient) -> None:
    await created(api)
    await api.post("/api/cron/run")
    assert (await api.put("/api/notifications/dismiss-all")).json() == {"count": 1}
    assert (await api.get("/api/notifications")).json() == {"notifications": []}
