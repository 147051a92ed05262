"""How a request to the JSON API becomes what its handler takes: ``data`` from the body, ``question`` from the query."""

from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import SerializationException
from litestar.plugins.pydantic import PydanticInitPlugin
from litestar.serialization import decode_json
from litestar.utils import is_class_and_subclass
from msgspec import Raw
from pydantic import model_validator

from contracts.commands import Command, VersionSeen
from contracts.values import Model
from services.portal.auth.access import Viewer
from services.portal.http.bodies import JsonObject, query_of, read_model, shown_text
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of

SERVERS_OWN = frozenset({"actor", "author", "key", "id", "ifUnserved"})
"""Fields of commands that the portal fills in, whatever a body says under their names."""
MAY_BE_EMPTY: dict[str, Any] = {"empty": None}
"""For the ``opt`` of a handler whose body may be left out. A text instead is what is said when it was."""
BODY_REQUIRED = "Request body is required"


class Edit(VersionSeen):
    """The body of a PUT: what changes, and the ``version`` that was changed, with which nobody's change in between is
    lost. Raises BadInput for one that changes nothing."""

    @model_validator(mode="after")
    def _changes_something(self) -> "Edit":
        if not self.model_fields_set - {"version"}:
            raise BadInput("No valid fields to update")
        return self


def seen_version(edit: VersionSeen) -> dict[str, Any]:
    """For a command: ``version`` if it was sent."""
    return edit.model_dump(include={"version"}, exclude_unset=True)


class ApiRequest(Request[Viewer | None, None, State]):
    """Litestar makes ``data`` from ``sent`` once the dependencies of the handler are there, so that what its path
    names is looked up before the fields of the body are read."""

    sent: JsonObject

    async def body(self) -> bytes:
        """``{}`` for an empty one: without a body Litestar would make no ``data``."""
        return await super().body() or b"{}"

    async def json(self) -> JsonObject:
        return self.sent

    async def read(self) -> None:
        """Raises BadInput for a body that is no JSON object, or none and needed, and for a key that is none."""
        if (data := self.route_handler.parsed_fn_signature.parameters.get("data")) is None:
            return
        opt = self.route_handler.opt
        body, empty = await super().body(), opt.get("empty", BODY_REQUIRED)
        if empty is None and not body.strip():
            self.sent = {}
        else:
            content_type = self.headers.get("content-type", "application/json")
            self.sent = _json_object(body, content_type, opt.get("malformed", "Invalid JSON"), empty or BODY_REQUIRED)
        if not self.sent and issubclass(data.annotation, Edit):
            raise BadInput("Request body must not be empty")
        if issubclass(data.annotation, Command):
            self.sent = {name: value for name, value in self.sent.items() if name not in SERVERS_OWN} | self._ours()

    def _ours(self) -> JsonObject:
        """Of a command: who gives it, under which key, and about what."""
        user = cast("Viewer", self.user).user
        ours = {"actor": user.id, "author": user.name, "key": key_of(self, user.id)}
        return ours | ({"id": next(iter(self.path_params.values()))} if self.path_params else {})


async def read_body(request: Request[Any, Any, Any]) -> None:
    """Before every handler of the JSON API."""
    if request.scope["method"] != "GET":
        await cast("ApiRequest", request).read()


def _json_object(body: bytes, content_type: str, malformed: str, empty: str) -> JsonObject:
    """Raises BadInput (415 for another content type) for anything that is none."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise BadInput("Send the body as application/json", status=415)
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


async def provide_question(request: ApiRequest) -> dict[str, str]:
    """The query by its names; Litestar makes the handler's ``question`` from it. Raises BadInput as ``query_of``."""
    return query_of(request)


async def provide_key(request: ApiRequest, viewer: NamedDependency[Viewer]) -> str | None:
    """Of the Idempotency-Key, for what is no command yet. Raises BadInput for a key that is none."""
    return key_of(request, viewer.user.id)


class Models(PydanticInitPlugin):
    """Models are read and shown as the HTTP API does, in camelCase and without what is not set, not as Litestar would.
    ``read_model`` raises BadInput, which says more than Litestar's exception for all faults."""

    @classmethod
    def decoders(cls, validate_strict: bool = False) -> list[Any]:
        return [(_is_model, read_model)]

    @classmethod
    def encoders(cls, *_: Any, **__: Any) -> dict[Any, Any]:
        return {Model: _as_json}


def _is_model(kind: Any) -> bool:
    return is_class_and_subclass(kind, Model)


def _as_json(model: Model) -> Raw:
    return Raw(shown_text(model).encode())
