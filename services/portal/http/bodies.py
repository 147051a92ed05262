"""Reading JSON bodies and query strings, and naming the field that is wrong with them."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from litestar import Request
from pydantic import ValidationError, WithJsonSchema

from contracts.fields.faults import by_field
from contracts.values import Instant, Model
from services.portal.http.errors import BadInput

ModelT = TypeVar("ModelT", bound=Model)
JsonObject = dict[str, Any]
ShownInstant = Annotated[Instant, WithJsonSchema({"type": "string", "format": "date-time"})]
AnyText = WithJsonSchema({"type": "string"})
"""For what has been described to clients as any text, though only some texts are accepted."""


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


def shown_text(view: Model) -> str:
    """A view as the HTTP API shows it: camelCase, and what is not set is absent. Straight to JSON: by way of an object,
    long lists take twice as long."""
    return view.model_dump_json(by_alias=True, exclude_none=True)
