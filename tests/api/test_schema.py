"""The description of the API: complete, for who is signed in, and with examples that work."""

import re
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from services.portal.api_routes import API
from services.portal.http.bodies import read_model
from services.portal.openapi.pages import described
from tests.api.people import Browser
from tests.support.routes import declared

DESCRIBED = described()
OPERATIONS = {
    (method.upper(), path): one for path, methods in DESCRIBED["paths"].items() for method, one in methods.items()
}


def ids(key: Any) -> str:
    return " ".join(key)


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    routes = {(method, path.replace(":str", "")) for method, path in declared() if path.startswith("/api/")}
    assert OPERATIONS.keys() == routes


@pytest.mark.parametrize("key", OPERATIONS, ids=ids)
def test_operation_has_a_description_of_its_own(key: tuple[str, str]) -> None:
    shown = OPERATIONS[key]
    [tag] = [one for one in DESCRIBED["tags"] if [one["name"]] == shown["tags"]]
    for text in (tag["description"], shown["description"]):
        assert re.fullmatch(r"[A-Z`].{8,}\.", text)
        assert text.count("`") % 2 == 0
        assert "``" not in text
    assert shown["description"].rstrip(".") != shown["summary"]


def test_every_described_tag_has_an_operation() -> None:
    assert [{tag["name"]} for tag in DESCRIBED["tags"]] == [
        {name for one in OPERATIONS.values() for name in one["tags"] if name == tag["name"]}
        for tag in DESCRIBED["tags"]
    ]


def test_document_names_contact_and_licence() -> None:
    info = DESCRIBED["info"]
    assert info["contact"]["name"]
    assert info["license"].keys() == {"name", "identifier"}


@pytest.mark.parametrize("path", ["/api/export", "/api/files/{fileId}/download"])
def test_download_names_bytes_before_other_types(path: str) -> None:
    content = OPERATIONS["GET", path]["responses"]["200"]["content"]
    assert next(iter(content)) == "application/octet-stream"
    assert len(content) > 1


@pytest.mark.parametrize("handler", [one for one in API if "example" in one.opt], ids=lambda one: one.fn.__name__)
def test_an_example_is_what_its_route_takes(handler: HTTPRouteHandler) -> None:
    model = get_args(get_type_hints(handler.fn, include_extras=True)["data"])[0]
    read_model(model, {"id": "any"} | handler.opt["example"])


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
        assert len(reply.json()["paths"]) == len(DESCRIBED["paths"])


@pytest.mark.requirement("R-SEC-1")
async def test_strangers_read_neither(stranger: httpx.AsyncClient) -> None:
    for path in ("/schema", "/schema/openapi.json"):
        assert (await stranger.get(path)).status_code == 303
    forged = await stranger.get("/schema/openapi.json", headers={"authorization": "Bearer nonsense"})
    assert forged.status_code == 303
