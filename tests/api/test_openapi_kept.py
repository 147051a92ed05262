"""The OpenAPI document keeps what clients were written against: the one of version 1, without its words, as it was
before Litestar made it from the handlers."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.portal.openapi.pages import described
from tests.api.lost_shapes import JsonObject, lost_shapes

LANDED: JsonObject = json.loads(Path(__file__).with_name("data").joinpath("openapi-landed.json").read_text("utf-8"))


def test_document_keeps_what_clients_use() -> None:
    assert lost_shapes(LANDED, described()) == []


def without(*names: str) -> Callable[[JsonObject], None]:
    """A change that removes what stands at this place."""

    def change(document: Any) -> None:
        for name in names[:-1]:
            document = document[name]
        document.pop(names[-1])

    return change


def saying(*names: str, value: Any) -> Callable[[JsonObject], None]:
    """A change that puts ``value`` at this place."""

    def change(document: Any) -> None:
        for name in names[:-1]:
            document = document[name]
        document[names[-1]] = value

    return change


JSON = ("content", "application/json", "schema")
COMPLETION = ("paths", "/api/tasks/{taskId}/completion", "post")
TASKS = ("paths", "/api/tasks", "get")
LOSSES = {
    "path": (without("paths", "/api/me"), "GET /api/me is gone"),
    "method": (without(*COMPLETION), "POST /api/tasks/{taskId}/completion is gone"),
    "parameter": (saying(*TASKS, "parameters", value=[]), "GET /api/tasks has no query parameter date"),
    "demanded parameter": (
        saying(*TASKS, "parameters", value=[{"name": "q", "in": "query", "required": True, "schema": {}}]),
        "GET /api/tasks demands query parameter q",
    ),
    "body": (without(*COMPLETION, "requestBody"), "POST /api/tasks/{taskId}/completion takes no body"),
    "demanded body": (
        saying(*COMPLETION, "requestBody", "required", value=True),
        "POST /api/tasks/{taskId}/completion demands a body",
    ),
    "status": (without(*COMPLETION, "responses", "409"), "POST /api/tasks/{taskId}/completion has no reply 409"),
    "content type": (
        without(*TASKS, "responses", "200", "content", "application/json"),
        "GET /api/tasks 200 is no application/json",
    ),
    "name of a schema": (without("components", "schemas", "Stage"), "schema Stage is gone"),
    "operation id": (saying(*TASKS, "operationId", value="x"), "GET /api/tasks has another operationId"),
    "field": (
        without("components", "schemas", "CompleteTask", "properties", "link"),
        "POST /api/tasks/{taskId}/completion body.link is gone",
    ),
    "demanded field": (
        saying("components", "schemas", "CompleteTask", "required", value=["link"]),
        "POST /api/tasks/{taskId}/completion body.link is demanded",
    ),
    "uncertain field": (
        saying(*TASKS, "responses", "200", *JSON, "required", value=[]),
        "GET /api/tasks 200.tasks is not certain",
    ),
    "type": (
        saying("components", "schemas", "CompleteTask", "properties", "link", "type", value="integer"),
        "POST /api/tasks/{taskId}/completion body.link has the type integer, not string",
    ),
    "values": (
        saying("components", "schemas", "Stage", "enum", value=["done"]),
        "POST /api/bundles body.stage has other values: ['done']",
    ),
    "bound": (
        without("components", "schemas", "CompleteTask", "properties", "link", "maxLength"),
        "POST /api/tasks/{taskId}/completion body.link has the maxLength None, not 2000",
    ),
    "items": (
        without(*TASKS, "responses", "200", *JSON, "properties", "tasks", "items"),
        "GET /api/tasks 200.tasks says nothing of its items",
    ),
}


@pytest.mark.parametrize(("change", "line"), LOSSES.values(), ids=LOSSES)
def test_lost_shapes_name_each_kind_of_loss(change: Callable[[JsonObject], None], line: str) -> None:
    document = copy.deepcopy(LANDED)
    change(document)
    if line == "schema Stage is gone":
        document["components"]["schemas"]["Steps"] = LANDED["components"]["schemas"]["Stage"]
        document = json.loads(json.dumps(document).replace("schemas/Stage", "schemas/Steps"))
    assert line in lost_shapes(LANDED, document)


def test_lost_shapes_let_more_be_offered() -> None:
    document = copy.deepcopy(LANDED)
    document["paths"]["/api/more"] = {"get": {"responses": {}}}
    document["components"]["schemas"]["CompleteTask"]["properties"]["more"] = {"type": "string"}
    document["paths"]["/api/me"]["get"]["parameters"] = [{"name": "q", "in": "query", "schema": {}}]
    assert lost_shapes(LANDED, document) == []
