"""The portal accepts what the description of the API allows at most, and refuses one more, naming the field."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.portal.openapi.pages import described
from tests.api.people import Person, client_of
from tests.support.routes import EXAMPLES, things
from tests.system import System

DESCRIBED = described()
REQUIRED = {"/api/tasks": {"status": "todo"}}
"""What a query cannot be without."""
PEOPLE = {"reviewedBy"}
"""Only a user's id is accepted, which is shorter than the bound."""


def bounded_parameters() -> Iterator[Any]:
    """Path, name of the parameter, lowest and highest value."""
    for path, methods in DESCRIBED["paths"].items():
        for one in methods.get("get", {}).get("parameters", ()):
            if one["schema"]["type"] == "integer":
                bounds = one["schema"]["minimum"], one["schema"]["maximum"]
                yield pytest.param(path, one["name"], *bounds, id=f"{path} {one['name']}")


@pytest.mark.parametrize(("path", "name", "lowest", "highest"), list(bounded_parameters()))
async def test_query_number_is_taken_within_its_bounds(
    system: System, api: httpx.AsyncClient, path: str, name: str, lowest: int, highest: int
) -> None:
    url = path.format(**await things(system, api))
    for value in (lowest, highest):
        reply = await api.get(url, params={name: value, **REQUIRED.get(path, {})})
        assert reply.status_code == 200, reply.text
    for value in (lowest - 1, highest + 1, -1, 10**30, "1.5", "1e2", "٣", "ten"):
        reply = await api.get(url, params={name: value, **REQUIRED.get(path, {})})
        assert reply.status_code == 400, (value, reply.text)
        assert set(reply.json()["fields"]) == {name}
        assert name in reply.json()["error"]


def test_every_page_parameter_has_documented_bounds() -> None:
    gets = {path: methods["get"] for path, methods in DESCRIBED["paths"].items() if "get" in methods}
    paged = {path for path, one in gets.items() if {"limit", "after"} <= {name["name"] for name in one["parameters"]}}
    assert {case.values[0] for case in bounded_parameters() if case.values[1] == "limit"} == paged


def bounded_bodies() -> Iterator[Any]:
    """Method, path, and of each bounded field its name, a value at the bound and one beyond it."""
    for path, methods in DESCRIBED["paths"].items():
        for method, one in methods.items():
            media = one.get("requestBody", {}).get("content", {}).get("application/json", {"schema": {}})
            model = media["schema"].get("$ref", "").rpartition("/")[2]
            fields = DESCRIBED["components"]["schemas"][model]["properties"] if model else {}
            if cases := [(name, *edge) for name, schema in fields.items() for edge in edges(schema)]:
                yield pytest.param(method, path, cases, id=f"{method} {path}")


def edges(schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    if "format" in schema or "pattern" in schema:
        return
    if "maxLength" in schema:
        text = "https://example.org/".ljust(schema["maxLength"], "a")[: schema["maxLength"]]
        yield text, f"{text}a"
    if "maxItems" in schema and schema["items"].get("type") == "string":
        many = [f"a{number}" for number in range(schema["maxItems"] + 1)]
        yield many[:-1], many
    if "minimum" in schema:
        yield schema["minimum"], schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"], schema["maximum"] + 1


@pytest.mark.parametrize(("method", "path", "cases"), list(bounded_bodies()))
async def test_body_field_is_taken_up_to_its_bound(
    system: System, admin: Person, method: str, path: str, cases: list[tuple[str, Any, Any]]
) -> None:
    async with client_of(system.portal_url, admin) as api:
        known = await things(system, api)
        url, example = path.format(**known), EXAMPLES[method.upper(), path] or {}
        for name, at, beyond in cases:
            at = known["userId"] if name in PEOPLE else at
            refused, taken = [await api.request(method, url, json={**example, name: value}) for value in (beyond, at)]
            assert refused.status_code == 400, (name, refused.text)
            assert name in refused.json()["fields"]
            if not taken.is_success:
                assert name not in taken.json().get("fields", {}), taken.text
