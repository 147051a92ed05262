"""The OpenAPI document: made by Litestar from the typed handlers of the JSON API, completed by what no type says."""

import re
from collections.abc import Sequence
from typing import Any, get_args, get_type_hints

from litestar import Litestar
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme, Tag
from litestar.types import Method

from contracts.values import Model
from services.portal.auth.access import Role
from services.portal.auth.guard import routes
from services.portal.http.api_requests import ApiRequest
from services.portal.http.bodies import JsonObject
from services.portal.http.paging import Paged
from services.portal.openapi.model_schemas import ModelSchemas

_IN_PAGES = "Without `limit` the reply holds everything; with it one page, and `after` leads to the next."
_TAGS = {
    "health": "Whether the portal serves.",
    "auth": "Signing in and out with a bearer token.",
    "me": "The signed-in user.",
    "users": "Users, to read: names for the ids that tasks and schedules carry.",
    "notifications": "What is due, late, waiting or failed, for the caller and for everyone.",
    "home": "Operations Home: everything that needs someone now.",
    "tasks": "Single pieces of work with their proof, waiting and history.",
    "files": "Files uploaded to tasks.",
    "artifacts": "Documents and recordings that live elsewhere and prove or accompany work.",
    "recurring": "Recurring configs: what makes a task on the dates of a cron expression.",
    "templates": "Templates: what makes a workflow run.",
    "bundles": "Workflow runs: one execution of a template, or one started by hand.",
    "bundle-cards": "Workflow runs as the list of workflows shows them.",
    "schedules": "Recurring configs and templates with a trigger, in one shape.",
    "backfills": "Generation of a range of dates.",
    "cron": "Generation of what is due today, and the export into the directory of the server.",
    "export": "The export as one archive.",
    "failures": "What could not be generated.",
}
"""What the operations of each noun are about."""
_PROVIDED = get_args(NamedDependency)[1]
"""In the annotation of what a handler is given by name."""
_BYTES = "application/octet-stream"
"""First among the types of a download: generators of clients read the reply by the first type that they know, and as
text what may be `text/plain`."""
_REFUSALS = {
    400: "A field or parameter cannot be used; `fields` names it.",
    401: "No valid session.",
    403: "Only admins may do this.",
    404: "Nothing has this id.",
    409: "It conflicts with what is stored, or `version` is no longer current; `missing` lists proof to add first.",
    413: "The body is too large.",
    415: "The body has another content type.",
    429: "Too many attempts, or Idempotency-Keys in a minute; `Retry-After` says when to try again.",
    503: "A service does not answer in time. The text says whether it is known that nothing was changed.",
}
_ERROR: JsonObject = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string", "examples": ["Task not found"]},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "missing": {"type": "array", "items": {"type": "string"}},
    },
}


def document(handlers: Sequence[HTTPRouteHandler]) -> JsonObject:
    """Of an application that has these handlers and serves nothing."""
    schemas = ModelSchemas()
    app = Litestar(
        handlers,
        dependencies=_dependencies(handlers),
        request_class=ApiRequest,
        plugins=[schemas],
        openapi_config=_config(),
        logging_config=None,
    )
    handled = [
        (method, path.replace(":str", ""), handler)
        for method, path, handler in routes(app)
        if isinstance(handler, HTTPRouteHandler) and path.startswith("/api/")
    ]
    for _, _, handler in handled:
        if question := _question(handler):
            schemas.of(question, "validation")
    described: JsonObject = app.openapi_schema.to_schema()
    for method, path, handler in handled:
        _complete(described["paths"][path][method.lower()], method, path, handler, schemas)
    described["components"]["schemas"] = schemas.components | {"Error": _ERROR}
    return described


def _dependencies(handlers: Sequence[HTTPRouteHandler]) -> dict[str, Provide]:
    """Nothing is served, but Litestar needs a provider for each name that a handler is given."""
    hints = [get_type_hints(one.fn, include_extras=True).items() for one in handlers]
    names = {name for named in hints for name, hint in named if _PROVIDED in get_args(hint)}
    return {name: Provide(lambda: None, sync_to_thread=False) for name in names}


def _config() -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description="The token of POST /api/auth/login.")
    return OpenAPIConfig(
        title="DataOps",
        version="1",
        description="Every answer is JSON. What is not set is absent, never null; unknown fields are ignored.",
        contact=Contact(name="The admins of this installation"),
        license=License(name="All rights reserved", identifier="LicenseRef-All-Rights-Reserved"),
        security=[{"session": []}],
        tags=[Tag(name, description) for name, description in _TAGS.items()],
        components=Components(security_schemes={"session": bearer}),
        operation_id_creator=_operation_id,
        use_handler_docstrings=True,
    )


def _operation_id(_: HTTPRouteHandler, method: Method, path: list[Any]) -> str:
    named = "/".join(part if isinstance(part, str) else part.name for part in path).removeprefix("api/")
    return "".join([method.lower(), *(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z]+", named))])


def _complete(one: JsonObject, method: str, path: str, handler: HTTPRouteHandler, schemas: ModelSchemas) -> None:
    """``opt`` has the role, an example of the body, the types of a download and the form of an upload."""
    opt = handler.opt
    one["tags"] = [path.split("/")[2]]
    one["description"] = " ".join(one["description"].split())
    if opt["role"] is None:
        one["security"] = []
    parameters: list[JsonObject] = one.setdefault("parameters", [])
    if question := _question(handler):
        fields: JsonObject = schemas.written((question, "validation"))["properties"]
        parameters += [{"name": name, "in": "query", "schema": field} for name, field in fields.items()]
        one["description"] += f" {_IN_PAGES}" if issubclass(question, Paged) else ""
    if "form" in opt:
        one["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": opt["form"]}}}
    elif "requestBody" in one:
        one["requestBody"]["required"] = opt.get("empty", "") is not None
        if "example" in opt:
            one["requestBody"]["content"]["application/json"]["examples"] = {"usual": {"value": opt["example"]}}
    success = one["responses"][str(handler.status_code)]
    success["description"] = one["summary"] if success.get("content") else "Done; the answer is empty."
    if "downloads" in opt:
        content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (_BYTES, *opt["downloads"])}
        success |= {"description": "The file, as an attachment.", "content": content}
    one["responses"] = {str(handler.status_code): success, **_refusals(one, method, path, handler)}


def _question(handler: HTTPRouteHandler) -> type[Model] | None:
    """What the query of a request becomes; Litestar does not look into it."""
    question = handler.parsed_fn_signature.parameters.get("question")
    return question.annotation if question else None


def _refusals(one: JsonObject, method: str, path: str, handler: HTTPRouteHandler) -> JsonObject:
    """What an operation of its kind may be refused with, and what the handler says of its own."""
    own = handler.responses or {}
    statuses = {400, 503, *own}
    if handler.opt["role"] is not None:
        statuses.add(401)
    if handler.opt["role"] is Role.ADMIN:
        statuses.add(403)
    if "{" in path or "requestBody" in one or _question(handler):
        statuses.add(404)
    if method != "GET":
        statuses |= {409, 429}
    if "requestBody" in one:
        statuses |= {413, 415}
    error: JsonObject = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    contents = dict.fromkeys(statuses, error) | {
        status: one["responses"][str(status)]["content"] for status, spec in own.items() if spec.data_container
    }
    return {str(status): {"description": _REFUSALS[status], "content": contents[status]} for status in sorted(statuses)}
