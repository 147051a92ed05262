"""The description of the API: complete, for who is signed in, and with examples that work."""

import re
from typing import Any

import httpx
import pytest

from services.portal.openapi.document import document
from services.portal.openapi.operation import TAGS, Operation, models_in
from services.portal.openapi.routes import OPERATIONS
from tests.api.people import Browser
from tests.api.test_roles import declared

DESCRIBED = document(OPERATIONS)


def unnamed(path: str) -> str:
    return re.sub(r"{[^}]+}", "{}", path)


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    routes = {(method, unnamed(path)) for method, path in declared() if path.startswith("/api/")}
    assert {(one.method, unnamed(one.path)) for one in OPERATIONS} == routes


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_operation_has_a_description_of_its_own(operation: Operation) -> None:
    shown = DESCRIBED["paths"][operation.path][operation.method.lower()]
    [tag] = [one for one in DESCRIBED["tags"] if [one["name"]] == shown["tags"]]
    for text in (tag["description"], shown["description"]):
        assert re.fullmatch(r"[A-Z`].{8,}\.", text)
        assert text.count("`") % 2 == 0
    assert shown["description"].rstrip(".") != shown["summary"]


def test_every_described_tag_has_an_operation() -> None:
    assert set(TAGS) == {one.noun for one in OPERATIONS}


def test_document_names_contact_and_licence() -> None:
    info = DESCRIBED["info"]
    assert info["contact"]["name"]
    assert info["license"].keys() == {"name", "identifier"}


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.downloads], ids=lambda one: one.path)
def test_download_names_bytes_before_other_types(operation: Operation) -> None:
    reply = DESCRIBED["paths"][operation.path]["get"]["responses"]["200"]
    assert next(iter(reply["content"])) == "application/octet-stream"
    assert set(operation.downloads) <= set(reply["content"])


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.example], ids=lambda one: one.summary)
def test_an_example_is_what_its_route_takes(operation: Operation) -> None:
    example: Any = operation.example
    for model in models_in(operation.body):
        model.model_validate({"id": "any"} | example, by_alias=True, by_name=False)


async def test_a_signed_in_user_reads_the_description_as_a_page_and_as_json(
    browser: Browser, api: httpx.AsyncClient
) -> None:
    page = await browser.get("/schema")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "POST /api/files" in page.text
    assert "<code>tags</code> is a JSON array as text" in page.text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    for client in (browser.client, api):
        reply = await client.get("/schema/openapi.json")
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
        assert reply.json()["openapi"] == "3.1.0"
        assert len(reply.json()["paths"]) == len({one.path for one in OPERATIONS})


@pytest.mark.requirement("R-SEC-1")
async def test_strangers_read_neither(stranger: httpx.AsyncClient) -> None:
    for path in ("/schema", "/schema/openapi.json"):
        assert (await stranger.get(path)).status_code == 303
    forged = await stranger.get("/schema/openapi.json", headers={"authorization": "Bearer nonsense"})
    assert forged.status_code == 303
