"""Every documented GET of a portal with some of everything, against its schema with unknown fields refused."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from contracts.duties import CreateStandardDuties
from contracts.generation import GenerateToday
from contracts.subjects import CREATE_STANDARD_DUTIES, GENERATE_TODAY
from services.portal.openapi.pages import described
from tests.api.people import Person, client_of
from tests.support.failures import leave_a_failure
from tests.support.routes import things
from tests.system import System

QUERIES: dict[str, list[dict[str, str]]] = {
    "/api/tasks": [
        {"startDate": "2028-01-01", "endDate": "2028-12-31"},
        {"startDate": "2028-01-01", "endDate": "2028-12-31", "limit": "1"},
        {"status": "waiting"},
        {"status": "done"},
    ],
    "/api/schedules/preview": [{"cron": "0 9 * * 1"}],
    "/api/schedules/{scheduleId}/windows": [{}, {"limit": "1"}],
    "/api/schedules/{scheduleId}/why": [{"date": "2028-02-02"}, {"date": "2028-03-01"}, {"date": "2028-09-01"}],
    "/api/notifications": [{}, {"all": "true"}],
    "/api/bundle-cards": [{}, {"status": "archived"}],
}
"""The parameters to ask with, where an operation needs some or replies in other shapes to others."""
MAY_BE_EMPTY = {("/api/tasks", "status"), ("/api/bundle-cards", "status")}


def strict(schema: Any) -> Any:
    """The schema with every object that names its fields closed to others."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return closed | {name: strict(value) for name, value in schema.items()}


DESCRIBED = strict(described())


def faults(path: str, reply: Any) -> list[str]:
    shape = DESCRIBED["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator(
        {**shape, "components": DESCRIBED["components"]}, validate_formats=True
    )
    return [f"{list(fault.instance_path)}: {fault.message}" for fault in validator.iter_errors(reply)]


def test_faults_names_an_unknown_and_a_missing_field() -> None:
    assert faults("/api/health", {"status": "ok"}) == []
    assert "'more' was unexpected" in faults("/api/health", {"status": "ok", "more": 1})[0]
    assert '"status" is a required property' in faults("/api/health", {})[0]


@pytest.fixture
async def admins_api(system: System, admin: Person) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(system.portal_url, admin) as client:
        yield client


async def some_of_everything(system: System, api: httpx.AsyncClient) -> dict[str, str]:
    """The id of one of each kind, by the name that it has in paths. There are a pause and a failure as well."""
    known = await things(system, api)
    await system.ask(CREATE_STANDARD_DUTIES, CreateStandardDuties(actor=known["userId"]))
    await system.ask(GENERATE_TODAY, GenerateToday(actor=known["userId"]))
    task = f"/api/tasks/{known['taskId']}"
    waiting = {"waitingFor": "Anna at ACME", "followUpAt": "2028-02-01", "note": "Asked for the logo"}
    for path, body in (
        (f"{task}/comments", {"text": "Called them"}),
        (f"{task}/completion", {"comment": "Sent"}),
        ("/api/tasks", {"description": "Ask the sponsor", "date": "2028-02-02"}),
        (f"/api/schedules/{known['scheduleId']}/pause", {"reason": "Away", "until": "2028-05-01"}),
    ):
        reply = await api.post(path, json=body)
        assert reply.is_success, (path, reply.text)
    await leave_a_failure(system)
    reply = await api.post(f"/api/tasks/{reply_id(await api.get('/api/tasks?date=2028-02-02'))}/waiting", json=waiting)
    assert reply.is_success, reply.text
    return known


def reply_id(reply: httpx.Response) -> str:
    """The id of the task that was added by hand."""
    return next(task["id"] for task in reply.json()["tasks"] if task["description"] == "Ask the sponsor")


async def test_get_replies_have_the_fields_of_their_schema_only(
    system: System, api: httpx.AsyncClient, admins_api: httpx.AsyncClient
) -> None:
    known = await some_of_everything(system, api)
    found: list[str] = []
    for path, operation in ((path, one["get"]) for path, one in DESCRIBED["paths"].items() if "get" in one):
        for query in QUERIES.get(path, [{}]):
            reply = await admins_api.get(path.format_map(known), params=query)
            assert reply.status_code == 200, (path, reply.text)
            content = operation["responses"]["200"]["content"]
            if "application/octet-stream" in content:
                assert reply.headers["content-type"] in content
                assert reply.content
                continue
            body = json.loads(reply.content)
            [(name, value), *_] = body.items()
            if not value and (path, *query) not in MAY_BE_EMPTY:
                found.append(f"{path} {query}: nothing in {name}, so that its fields are not tried")
            found.extend(f"{path} {query}: {fault}" for fault in faults(path, body))
    assert found == []
