"""What a request says beyond its fields: for whom it speaks, and which of several faults is told first."""

from typing import Any

import httpx
import pytest

from services.portal.openapi.pages import described
from tests.api.people import Person
from tests.support.routes import things
from tests.system import System

OTHERS = {"actor": "mallory", "author": "Mallory", "key": "k", "id": "other", "ifUnserved": True}


@pytest.mark.requirement("R-SEC-1")
async def test_a_body_speaks_for_nobody_else(api: httpx.AsyncClient, operator: Person) -> None:
    sent = {"description": "Call Ada", "date": "2028-02-02", **OTHERS}
    first, second = [(await api.post("/api/tasks", json=sent)).json() for _ in range(2)]
    assert first["id"] != second["id"]  # the key of a body is none
    path = f"/api/tasks/{first['id']}"
    commented = (await api.post(f"{path}/comments", json={"text": "Called", **OTHERS})).json()
    assert commented["id"] == first["id"]
    assert "Mallory" not in commented["comment"]
    history = (await api.get(f"{path}/history")).json()["history"]
    assert {row["actor"] for row in history} == {operator.id}


@pytest.mark.parametrize("noun", ["recurring", "templates", "bundles"])
async def test_an_unknown_id_is_told_after_no_json_and_before_fields(api: httpx.AsyncClient, noun: str) -> None:
    said = []
    for body in (b"{", b"{}", b'{"tags": 5}', b'{"unknown": 1}'):
        reply = await api.put(f"/api/{noun}/nowhere", content=body, headers={"content-type": "application/json"})
        said.append((reply.status_code, reply.json()["error"].partition(" ")[2]))
    assert said[:2] == [(400, "JSON"), (400, "body must not be empty")]
    assert {status for status, _ in said[2:]} == {404}


CHANGES = {"recurring": "configId", "templates": "templateId", "bundles": "bundleId"}


@pytest.mark.parametrize(("noun", "name"), CHANGES.items(), ids=CHANGES)
async def test_a_change_of_nothing_is_refused(system: System, api: httpx.AsyncClient, noun: str, name: str) -> None:
    path = f"/api/{noun}/{(await things(system, api))[name]}"
    for body, error in (
        ({}, "Request body must not be empty"),
        ({"unknown": 1}, "No valid fields to update"),
        ({"version": 1}, "No valid fields to update"),
        ({"version": "1", "tags": 5}, "tags must be a list"),
    ):
        reply = await api.put(path, json=body)
        assert (reply.status_code, reply.json()["error"]) == (400, error), body


BODIES: list[tuple[bytes, str, int]] = [
    (b"", "application/json", 200),
    (b"", "text/plain", 200),
    (b" \n", "text/plain", 200),
    (b"{}", "application/json; charset=utf-8", 200),
    (b"{}", "text/plain", 415),
    (b"null", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"version": NaN}', "application/json", 400),
]


@pytest.mark.parametrize(("body", "kind", "status"), BODIES)
async def test_a_body_may_be_left_out_where_nothing_needs_saying(
    system: System, api: httpx.AsyncClient, body: bytes, kind: str, status: int
) -> None:
    path = f"/api/tasks/{(await things(system, api))['taskId']}/completion"
    reply = await api.request("DELETE", path, content=body, headers={"content-type": kind})
    assert reply.status_code == status, reply.text


def references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {one for part in schema for one in references(part)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return own | {one for part in schema.values() for one in references(part)}


def test_document_has_what_it_refers_to_and_no_more() -> None:
    names = {f"#/components/schemas/{name}" for name in described()["components"]["schemas"]}
    assert references(described()) == names


def test_document_shows_no_field_that_only_the_portal_fills_in() -> None:
    for path, methods in described()["paths"].items():
        for method, one in methods.items():
            media = one.get("requestBody", {}).get("content", {}).get("application/json", {"schema": {}})
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            schema = described()["components"]["schemas"][name] if name else media["schema"]
            assert not OTHERS.keys() & schema.get("properties", {}).keys(), (method, path)
