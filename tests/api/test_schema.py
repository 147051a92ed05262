"""The description of the API: complete, for who is signed in, and with examples that work."""

import re
from typing import Any

import httpx
import pytest

from services.portal.openapi.operation import Operation, models_in
from services.portal.openapi.routes import OPERATIONS
from tests.api.people import Browser
from tests.api.test_roles import declared


def unnamed(path: str) -> str:
    return re.sub(r"{[^}]+}", "{}", path)


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    routes = {(method, unnamed(path)) for method, path in declared() if path.startswith("/api/")}
    assert {(one.method, unnamed(one.path)) for one in OPERATIONS} == routes


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
