"""Schemas of our models in the OpenAPI document: pydantic's own, which know each bound and format."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi.spec import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from litestar.utils import is_class_and_subclass
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from contracts.commands import Command
from contracts.values import Model
from services.portal.http.api_requests import SERVERS_OWN
from services.portal.http.bodies import JsonObject

_Use = tuple[type[Model], JsonSchemaMode]
_REFERENCE = "#/components/schemas/{model}"


class ModelSchemas(OpenAPISchemaPlugin):
    """Models of ``contracts``, and those of the portal with a title, which is their name then, are referred to. What
    else the portal composes has its schema where it is used. All are written at once, when the first is asked for."""

    def __init__(self) -> None:
        self._asked: set[_Use] = set()

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return is_class_and_subclass(field_definition.annotation, Model)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        return self.of(
            field_definition.annotation, "validation" if field_definition.name == "data" else "serialization"
        )

    def of(self, model: type[Model], mode: JsonSchemaMode) -> "_Written":
        """Of what is sent (``validation``) or of what is shown."""
        self._asked.add((model, mode))
        return _Written(plugin=self, use=(model, mode))

    def written(self, use: _Use) -> JsonObject:
        return self._all[0][use]

    @property
    def components(self) -> JsonObject:
        return self._all[1]

    @cached_property
    def _all(self) -> tuple[dict[_Use, JsonObject], JsonObject]:
        """The schema of each use, and what these refer to, by name."""
        uses = sorted(self._asked, key=lambda use: (use[0].__name__, use[1]))
        references, generated = models_json_schema(uses, ref_template=_REFERENCE)
        components: JsonObject = _without_null(generated["$defs"])
        schemas: dict[_Use, JsonObject] = {}
        for model, mode in uses:
            own = references[model, mode]["$ref"].rpartition("/")[2]
            if mode == "validation" and issubclass(model, Command):
                _leave_out_servers_own(components[own])
            if (name := model.model_config.get("title")) is not None:
                components[name] = components.pop(own)
            elif not model.__module__.startswith("contracts."):
                schemas[model, mode] = components.pop(own)
                continue
            schemas[model, mode] = {"$ref": _REFERENCE.format(model=name or own)}
        return schemas, components


@dataclass
class _Written(Schema):
    """The schema that the plugin has for this use."""

    plugin: ModelSchemas = field(default_factory=ModelSchemas)
    use: _Use = (Model, "serialization")

    def to_schema(self) -> JsonObject:
        return self.plugin.written(self.use)


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


def _leave_out_servers_own(schema: JsonObject) -> None:
    for name in SERVERS_OWN:
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema.get("required", []) if name not in SERVERS_OWN]
