"""What clients of one OpenAPI document would miss in another: paths, parameters, statuses, fields and their types.

More may be offered and less demanded. Words are not compared."""

from collections.abc import Iterator
from typing import Any

JsonObject = dict[str, Any]
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern")


def lost_shapes(before: JsonObject, after: JsonObject) -> list[str]:
    """One line for each thing that ``before`` has and ``after`` has not, or demands and ``before`` did not."""
    return [*_lost_names(before, after), *_lost_operations(before, after)]


def _lost_names(before: JsonObject, after: JsonObject) -> Iterator[str]:
    """Generated clients are written with the names of schemas, tags and operations."""
    for name in before["components"]["schemas"].keys() - after["components"]["schemas"].keys():
        yield f"schema {name} is gone"
    for name in {tag["name"] for tag in before["tags"]} - {tag["name"] for tag in after["tags"]}:
        yield f"tag {name} is gone"
    for name in ("openapi", "security", "servers"):
        if before[name] != after[name]:
            yield f"{name} is {after[name]}"
    if before["components"]["securitySchemes"].keys() - after["components"]["securitySchemes"].keys():
        yield "a security scheme is gone"


def _lost_operations(before: JsonObject, after: JsonObject) -> Iterator[str]:
    for path, methods in before["paths"].items():
        for method, old in methods.items():
            place = f"{method.upper()} {path}"
            new = after["paths"].get(path, {}).get(method)
            if new is None:
                yield f"{place} is gone"
                continue
            for name in ("operationId", "tags", "security"):
                if old.get(name) != new.get(name):
                    yield f"{place} has another {name}"
            yield from _lost_parameters(place, old, new, _Schemas(before, after))
            yield from _lost_body(place, old, new, _Schemas(before, after))
            yield from _lost_replies(place, old, new, _Schemas(before, after))


def _lost_parameters(place: str, old: JsonObject, new: JsonObject, schemas: "_Schemas") -> Iterator[str]:
    had = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    has = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for where, name in had.keys() - has.keys():
        yield f"{place} has no {where} parameter {name}"
    for (where, name), one in has.items():
        if one.get("required") and not had.get((where, name), {}).get("required"):
            yield f"{place} demands {where} parameter {name}"
    for key in had.keys() & has.keys():
        yield from schemas.lost(f"{place} {key[1]}", had[key]["schema"], has[key]["schema"], sent=True)


def _lost_body(place: str, old: JsonObject, new: JsonObject, schemas: "_Schemas") -> Iterator[str]:
    had, has = old.get("requestBody"), new.get("requestBody")
    if has is None:
        if had is not None:
            yield f"{place} takes no body"
        return
    if has.get("required") and not (had or {}).get("required"):
        yield f"{place} demands a body"
    yield from _lost_content(f"{place} body", had or {"content": {}}, has, schemas, sent=True)


def _lost_replies(place: str, old: JsonObject, new: JsonObject, schemas: "_Schemas") -> Iterator[str]:
    for status, had in old["responses"].items():
        if (has := new["responses"].get(status)) is None:
            yield f"{place} has no reply {status}"
        else:
            yield from _lost_content(f"{place} {status}", had, has, schemas, sent=False)


def _lost_content(place: str, had: JsonObject, has: JsonObject, schemas: "_Schemas", *, sent: bool) -> Iterator[str]:
    for kind, media in had.get("content", {}).items():
        if kind not in has.get("content", {}):
            yield f"{place} is no {kind}"
            continue
        old, new = media["schema"], has["content"][kind]["schema"]
        if old.get("$ref") != new.get("$ref"):
            yield f"{place} is named {new.get('$ref')}, not {old.get('$ref')}"
        yield from schemas.lost(place, old, new, sent=sent)


class _Schemas:
    """Follows the references of two documents side by side, into each pair of schemas once."""

    def __init__(self, before: JsonObject, after: JsonObject) -> None:
        self._before, self._after = before, after
        self._seen: set[tuple[int, int]] = set()

    def lost(self, place: str, old: JsonObject, new: JsonObject, *, sent: bool) -> Iterator[str]:
        """``sent``: by clients, who may leave out what they could leave out before; else they read it."""
        old, new = _resolved(self._before, old), _resolved(self._after, new)
        if (id(old), id(new)) in self._seen:
            return
        self._seen.add((id(old), id(new)))
        for name in ("type", "format", "const"):
            if old.get(name) != new.get(name):
                yield f"{place} has the {name} {new.get(name)}, not {old.get(name)}"
        for name in _BOUNDS:
            if name in old and old[name] != new.get(name):
                yield f"{place} has the {name} {new.get(name)}, not {old[name]}"
        if set(old.get("enum", ())) != set(new.get("enum", ())):
            yield f"{place} has other values: {new.get('enum')}"
        yield from self._lost_properties(place, old, new, sent=sent)
        yield from self._lost_parts(place, old, new, sent=sent)

    def _lost_properties(self, place: str, old: JsonObject, new: JsonObject, *, sent: bool) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        demanded, demands = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(demands - demanded if sent else demanded - demands):
            yield f"{place}.{name} is {'demanded' if sent else 'not certain'}"
        for name, schema in had.items():
            if name not in has:
                yield f"{place}.{name} is gone"
            else:
                yield from self.lost(f"{place}.{name}", schema, has[name], sent=sent)

    def _lost_parts(self, place: str, old: JsonObject, new: JsonObject, *, sent: bool) -> Iterator[str]:
        for name in ("items", "additionalProperties"):
            if isinstance(old.get(name), dict):
                if isinstance(new.get(name), dict):
                    yield from self.lost(f"{place} {name}", old[name], new[name], sent=sent)
                else:
                    yield f"{place} says nothing of its {name}"
        for position, way in enumerate(old.get("anyOf", ())):
            if position >= len(new.get("anyOf", ())):
                yield f"{place} has fewer forms"
            else:
                yield from self.lost(f"{place} form {position}", way, new["anyOf"][position], sent=sent)


def _resolved(document: JsonObject, schema: JsonObject) -> JsonObject:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
