"""Reading JSON bodies and query strings, and naming the field that is wrong with them."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from litestar import Request
from litestar.exceptions import SerializationException
from litestar.serialization import decode_json
from pydantic import ValidationError

from contracts.faults import by_field
from contracts.values import Model
from services.portal.http.errors import BadInput

ModelT = TypeVar("ModelT", bound=Model)
JsonObject = dict[str, Any]


async def json_object(
    request: Request[Any, Any, Any], *, malformed: str = "Invalid JSON", empty: str = "Request body is required"
) -> JsonObject:
    """The object that was sent. Raises BadInput (415 for another content type) for anything that is none."""
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise BadInput("Send the body as application/json", status=415)
    body = await request.body()
    if not body.strip():
        raise BadInput(empty)
    try:
        value = decode_json(body)
    except (SerializationException, UnicodeDecodeError, RecursionError):
        raise BadInput(malformed) from None
    if value is None:
        raise BadInput(empty)
    if not isinstance(value, dict):
        raise BadInput("Request body must be a JSON object")
    return cast("JsonObject", value)


async def optional_json_object(request: Request[Any, Any, Any]) -> JsonObject:
    """``{}`` without a body, where nothing needs to be said. Raises as ``json_object`` does."""
    return await json_object(request) if (await request.body()).strip() else {}


def read_model(model: type[ModelT], body: Mapping[str, Any]) -> ModelT:
    """``body`` by its names on HTTP; raises BadInput with the first fault of each field, in the model's order."""
    try:
        return model.model_validate(body, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_input(error) from None


def bad_input(error: ValidationError) -> BadInput:
    fields = by_field(error)
    name, reason = next(iter(fields.items()))
    return BadInput(f"{name} {reason}".strip(), {name: reason for name, reason in fields.items() if name})


def query_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Parameters that are not empty. Raises BadInput for one that is given twice, as nobody knows which is meant, and
    for one with a NUL, which no stored text has and no search takes."""
    parameters: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in parameters:
            raise BadInput(f"{name} is given twice", {name: "is given twice"})
        if "\x00" in value:
            raise BadInput(f"{name} contains a NUL character", {name: "contains a NUL character"})
        if value:
            parameters[name] = value
    return parameters


def whole_number(text: str, name: str) -> int:
    """Raises BadInput for what the parameter ``name`` cannot be; its bounds are those of the model it goes into."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadInput(f"{name} must be a whole number", {name: "must be a whole number"})
    return int(text)


def shown(view: Model) -> JsonObject:
    """A view as the HTTP API shows it: camelCase, and what is not set is absent."""
    return view.model_dump(mode="json", by_alias=True, exclude_none=True)


def shown_text(view: Model) -> str:
    """As ``shown``, straight to JSON: by way of an object, long lists take twice as long."""
    return view.model_dump_json(by_alias=True, exclude_none=True)
