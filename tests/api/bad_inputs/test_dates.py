"""Dates and instants from outside lie between 1970 and 9998: in queries, paths, bodies, forms and messages."""

import json
from typing import Any

import pytest

from contracts import subjects
from contracts.subjects import Refusal, Request
from tests.api.bad_inputs.world import Bad, World, cases, form_is_refused, is_refused, named
from tests.api.oracle import nothing_happens

pytestmark = pytest.mark.requirement("R-SEC-3")

BEYOND = ("0000-01-01", "0001-01-01", "1969-12-31", "9999-01-01", "9999-12-31", "10000-01-01")
MOMENTS = ("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00")
POSITIONS = tuple(f"{moment}/x" for moment in (*MOMENTS, "2028-02-02T09:00:00", "soon"))

QUERIES = {
    "date": ("/api/tasks?date={0}", "/api/schedules/<config>/why?date={0}"),
    "startDate": ("/api/tasks?startDate={0}&endDate=2028-01-01",),
    "endDate": ("/api/tasks?startDate=2028-01-01&endDate={0}",),
}
BODIES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("date", "POST", "/api/tasks", {"description": "x"}),
    ("date", "PUT", "/api/tasks/<task>", {}),
    ("followUpAt", "PUT", "/api/tasks/<waiting>", {}),
    ("followUpAt", "POST", "/api/tasks/<task>/waiting", {"waitingFor": "Ada", "note": "x"}),
    ("followUpAt", "POST", "/api/tasks/<waiting>/follow-ups", {}),
    ("followUpAt", "POST", "/api/tasks/<waiting>/snooze", {"reason": "x"}),
    ("until", "POST", "/api/schedules/<config>/pause", {}),
    ("anchorDate", "POST", "/api/bundles", {"title": "x"}),
    ("anchorDate", "POST", "/api/bundles", {"templateId": "<template>"}),
    ("anchorDate", "PUT", "/api/bundles/<bundle>", {}),
    ("startDate", "POST", "/api/backfills", {"endDate": "2028-02-02"}),
    ("endDate", "POST", "/api/backfills", {"startDate": "2028-02-02"}),
    ("startDate", "POST", "/api/recurring/generate", {"endDate": "2028-02-02"}),
]


def in_bodies() -> list[Bad]:
    found = [
        Bad(f"{method} {path} {name} {date}", method, path, {**body, name: date}, reason=name)
        for name, method, path, body in BODIES
        for date in BEYOND
    ]
    return found + [
        Bad(f"{method} {path} {name} {moment}", method, path, {**body, name: moment}, reason=name)
        for name, method, path, body in BODIES
        if name == "followUpAt"
        for moment in MOMENTS
    ]


@pytest.mark.parametrize(
    "bad",
    cases(
        "D",
        *(
            Bad(path.format(date), "GET", path.format(date), reason=name)
            for name, paths in QUERIES.items()
            for path in paths
            for date in BEYOND
        ),
        *in_bodies(),
    ),
)
async def test_api_refuses_a_date_beyond_the_calendar(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


FORMS: list[tuple[str, str, dict[str, str], int]] = [
    ("date", "/tasks", {"description": "x"}, 422),
    ("date", "/tasks/<task>/date", {"version": "1"}, 422),
    ("follow_up_at", "/tasks/<task>/waiting", {"waiting_for": "Ada", "note": "x", "version": "1"}, 422),
    ("until", "/schedules/recurring/<config>/pause", {"reason": "x"}, 422),
    ("anchor_date", "/workflows", {"template_id": "<template>"}, 422),
    ("start_date", "/generations", {"end_date": "2028-02-02"}, 422),
]


@pytest.mark.parametrize("date", named("D", BEYOND))
@pytest.mark.parametrize(("field", "path", "others", "status"), FORMS)
async def test_form_refuses_a_date_beyond_the_calendar(
    world: World, field: str, path: str, others: dict[str, str], status: int, date: str
) -> None:
    await form_is_refused(world, path, {**others, field: date}, status=status)


PAGES = (
    "/tasks?from={0}",
    "/tasks?to={0}",
    "/tasks?after={0}/x",
    "/recurring/recurring/<config>?date={0}",
    "/recurring/recurring/<config>?why={0}",
    "/tasks/<task>?before={0}T00:00:00Z/x",
    "/workflows/<bundle>/history?after={0}T00:00:00Z/x",
    "/api/tasks/<task>/history?limit=1&after={0}T00:00:00Z/x",
    "/api/schedules/<config>/windows?limit=1&after={0}",
    "/api/notifications?all=true&after={0}",
)


@pytest.mark.parametrize("date", named("D", BEYOND))
@pytest.mark.parametrize("page", PAGES)
async def test_no_page_fails_over_a_date_beyond_the_calendar(world: World, page: str, date: str) -> None:
    path = page.format(date)
    for name, id in world.ids.items():
        path = path.replace(f"<{name}>", id)
    async with nothing_happens(world.system, world.api):
        client = world.api if path.startswith("/api") else world.browser.client
        assert (await client.get(path)).status_code < 500


@pytest.mark.parametrize("position", named("D", POSITIONS))
async def test_history_refuses_a_position_beyond_the_calendar(world: World, position: str) -> None:
    for path in (f"/tasks/{world.ids['task']}?before=", f"/workflows/{world.ids['bundle']}/history?after="):
        reply = await world.browser.client.get(path + position.replace("+", "%2B"))
        assert reply.status_code in (400, 422), (path, reply.status_code)


MESSAGES: list[tuple[Request[Any, Any], dict[str, Any], str]] = [
    (subjects.ASK_WHY, {"kind": "recurring", "id": "<config>"}, "date"),
    (subjects.PAUSE_SCHEDULE, {"kind": "recurring", "id": "<config>"}, "until"),
    (subjects.CREATE_TASK, {"description": "x"}, "date"),
    (subjects.GENERATE, {"end_date": "2028-02-02"}, "start_date"),
    (subjects.GENERATE_TODAY, {}, "date"),
    (subjects.LIST_TASKS, {}, "date"),
    (subjects.LIST_TASK_ROWS, {}, "start_date"),
    (subjects.CREATE_BUNDLE, {"template_id": "<template>"}, "anchor_date"),
    (subjects.HISTORY_FEED, {}, "since"),
    (subjects.SCHEDULE_FEED, {}, "since"),
    (subjects.REPORT_INCIDENT, {"incident": "outage", "until": "2028-02-02T09:00:00Z"}, "since"),
]


@pytest.mark.parametrize("date", named("D", BEYOND[:-1]))
@pytest.mark.parametrize(("request_", "body", "field"), MESSAGES, ids=[one[0].subject for one in MESSAGES])
async def test_message_with_a_date_beyond_the_calendar_is_refused(
    world: World, request_: Request[Any, Any], body: dict[str, Any], field: str, date: str
) -> None:
    sent = {name: value if value[:1] != "<" else world.ids[value[1:-1]] for name, value in body.items()}
    sent[field] = f"{date}T00:00:00Z" if field == "since" else date
    async with nothing_happens(world.system, world.api):
        answer = await world.system.client.request(request_.subject, json.dumps(sent).encode(), timeout=10)
    refused = Refusal.model_validate_json(answer.data)
    assert refused.code == "invalid"
    assert [name.replace("_", "").lower() for name in refused.fields] == [field.replace("_", "")]
