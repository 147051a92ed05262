"""The OpenAPI document, from the descriptions of the routes and the models that they name."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from contracts.values import Model
from services.portal.openapi.operation import TAGS, Operation, Shape, models_in

JsonObject = dict[str, Any]
_PLAIN: dict[Any, JsonObject] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    dict: {"type": "object"},
    dt.date: {"type": "string", "format": "date"},
}
_SERVERS_OWN = {"actor", "author", "key", "id", "ifUnserved"}
_PARAMETERS: dict[str, JsonObject] = {
    "date": {"type": "string", "format": "date"},
    "startDate": {"type": "string", "format": "date"},
    "endDate": {"type": "string", "format": "date"},
}
_BYTES = "application/octet-stream"
"""First among the types of a download: generators of clients read the reply by the first type that they know, and as
text what may be `text/plain`."""
_REFUSALS = {
    400: "A field or parameter cannot be used; `fields` names it.",
    401: "No valid session.",
    403: "Only admins may do this.",
    404: "There is no such thing.",
    409: "It stands in the way of what is there; `missing` names proof that has to be added first.",
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


def document(operations: Sequence[Operation]) -> JsonObject:
    references, schemas = _components(operations)
    paths: JsonObject = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DataOps",
            "version": "1",
            "description": "Every answer is JSON. What is not set is absent, never null; unknown fields are ignored.",
            "contact": {"name": "The admins of this installation"},
            "license": {"name": "All rights reserved", "identifier": "LicenseRef-All-Rights-Reserved"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "tags": [{"name": noun, "description": TAGS[noun]} for noun in dict.fromkeys(one.noun for one in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Error": _ERROR},
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/auth/login."}
            },
        },
    }


_References = dict[tuple[type[Model], JsonSchemaMode], JsonObject]


def _components(operations: Sequence[Operation]) -> tuple[_References, JsonObject]:
    """References by model and direction, and the schemas that they lead to."""
    shown = {model for one in operations for shape in (one.reply, *one.refuses.values()) for model in models_in(shape)}
    taken = {model for one in operations for model in models_in(one.body)}
    wanted: list[tuple[type[Model], JsonSchemaMode]] = [
        *((model, "serialization") for model in sorted(shown, key=lambda model: model.__name__)),
        *((model, "validation") for model in sorted(taken, key=lambda model: model.__name__)),
    ]
    found, definitions = models_json_schema(wanted, by_alias=True, ref_template="#/components/schemas/{model}")
    references: Any = found
    schemas: JsonObject = _without_null(definitions["$defs"])
    for model in taken:
        _hide_servers_own(schemas[references[model, "validation"]["$ref"].rpartition("/")[2]])
    return references, schemas


def _without_null(schema: Any) -> Any:
    """Fields that are not set are absent, so that no schema says null."""
    if isinstance(schema, list):
        return [_without_null(one) for one in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    plain: JsonObject = {
        name: _without_null(value)
        for name, value in schema.items()  # pyright: ignore[reportUnknownVariableType]
        if name not in ("title", "default") or isinstance(value, dict)
    }
    ways = [one for one in plain.pop("anyOf", []) if one != {"type": "null"}]
    return plain | (ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else {})


def _hide_servers_own(schema: JsonObject) -> None:
    for name in _SERVERS_OWN:
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema.get("required", []) if name not in _SERVERS_OWN]


def _operation(one: Operation, references: _References) -> JsonObject:
    described: JsonObject = {
        "tags": [one.noun],
        "summary": one.summary,
        "description": one.description,
        "operationId": _operation_id(one),
        "parameters": [*_path_parameters(one), *(_query_parameter(name, one.asks) for name in one.query)],
        "responses": {str(one.status): _reply(one, references)} | _refusals(one, references),
    }
    if one.public:
        described["security"] = []
    if one.body is not None:
        kind = "multipart/form-data" if one.form else "application/json"
        media: JsonObject = {"schema": _schema(one.body, "validation", references)}
        media |= {"examples": {"usual": {"value": one.example}}} if one.example else {}
        described["requestBody"] = {"required": not one.optional_body, "content": {kind: media}}
    return described


def _operation_id(one: Operation) -> str:
    words = re.findall(r"[A-Za-z]+", one.path.removeprefix("/api"))
    return "".join([one.method.lower(), *(word[0].upper() + word[1:] for word in words)])


def _path_parameters(one: Operation) -> list[JsonObject]:
    names = re.findall(r"{(\w+)}", one.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameter(name: str, question: type[Model] | None) -> JsonObject:
    fields: dict[str, JsonObject] = question.model_json_schema()["properties"] if question else {}
    schema = _PARAMETERS.get(name, {"type": "string"})
    if name in fields and fields[name].get("type") == "integer":
        schema = _without_null(fields[name])
    return {"name": name, "in": "query", "schema": schema}


def _reply(one: Operation, references: _References) -> JsonObject:
    if one.downloads:
        binary = {"schema": {"type": "string", "format": "binary"}}
        types = dict.fromkeys([_BYTES, *one.downloads], binary)
        return {"description": "The file, as an attachment.", "content": types}
    if one.reply is None:
        return {"description": "Done; the answer is empty."}
    return _json(one.summary, _schema(one.reply, "serialization", references))


def _refusals(one: Operation, references: _References) -> JsonObject:
    statuses = {400, 503, *one.refuses}
    if not one.public:
        statuses.add(401)
    if "{" in one.path or one.body is not None or one.query:
        statuses.add(404)
    if one.method != "GET":
        statuses |= {409, 429}
    if one.body is not None:
        statuses |= {413, 415}
    error: JsonObject = {"$ref": "#/components/schemas/Error"}
    schemas = dict.fromkeys(statuses, error)
    schemas |= {status: _schema(shape, "serialization", references) for status, shape in one.refuses.items() if shape}
    return {str(status): _json(_REFUSALS[status], schemas[status]) for status in sorted(statuses)}


def _json(description: str, schema: JsonObject) -> JsonObject:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _schema(shape: Shape, mode: JsonSchemaMode, references: _References) -> JsonObject:
    if isinstance(shape, dict):
        items: JsonObject = {str(name): value for name, value in shape.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return {
            "type": "object",
            "required": [name for name in items if not name.endswith("?")],
            "properties": {name.rstrip("?"): _schema(one, mode, references) for name, one in items.items()},
        }
    if isinstance(shape, list):
        return {"type": "array", "items": _schema(shape[0], mode, references)}
    if isinstance(shape, str):
        return {"type": "string", "format": shape}
    return _PLAIN[shape] if shape in _PLAIN else references[shape, mode]
