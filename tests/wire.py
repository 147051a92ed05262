"""Everything that is said on the broker, held against the AsyncAPI document."""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from nats.aio.client import Client
from nats.aio.msg import Msg

_FILE = Path(__file__).parents[1] / "docs/asyncapi.yaml"
DOCUMENT: dict[str, Any] = yaml.load(_FILE.read_text(), yaml.CSafeLoader)  # ten times as fast as the one in Python
_NOT_OURS = re.compile(r"\$(JS|SYS)\.|_INBOX|dataops\.test\.")
"""Of the broker itself, inboxes, and what only tests say."""


class Wire:
    """``faults`` names each message that the document does not describe, ``seen`` the channels that were used."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self.replied: set[str] = set()
        self.last_reply: dict[str, str] = {}
        self._waiting: dict[str, str] = {}

    async def receive(self, message: Msg) -> None:
        if (channel := self._waiting.pop(message.subject, None)) is not None:
            self.replied.add(channel)
            self._check(f"reply to {channel}", reply_messages(channel), message.data)
        elif not _NOT_OURS.match(message.subject) and not message.subject.startswith("inbox"):
            self._receive_named(message)

    def _receive_named(self, message: Msg) -> None:
        channels = list(channels_of(message.subject))
        if len(channels) != 1:
            self.faults.append(f"{message.subject} is {len(channels)} channels of the document")
            return
        [channel] = channels
        self.seen.add(channel)
        if "reply" in DOCUMENT["operations"][channel] and message.reply:
            self._waiting[message.reply] = channel
        if message.data or channel != "window.due":
            self._check(message.subject, list(DOCUMENT["channels"][channel]["messages"]), message.data)

    def _check(self, what: str, names: list[str], data: bytes) -> None:
        if names == ["Anything"]:
            return
        try:
            instance = json.loads(data)
        except ValueError:
            self.faults.append(f"{what}: not JSON")
            return
        errors = [error.message for name in names for error in validator(name).iter_errors(instance)]
        if not any(validator(name).is_valid(instance) for name in names):
            self.faults.append(f"{what}: {errors[:3]}")
        elif unknown := unknown_fields(instance, names):
            self.faults.append(f"{what}: fields that no schema has: {sorted(unknown)}")


@asynccontextmanager
async def recorded(client: Client) -> AsyncGenerator[Wire]:
    """Hear every message on the broker while the block runs."""
    wire = Wire()
    subscription = await client.subscribe(">", cb=wire.receive)
    try:
        yield wire
        await client.flush()

    finally:
        await subscription.unsubscribe()


def channels_of(subject: str) -> Iterator[str]:
    for name, channel in DOCUMENT["channels"].items():
        pattern = re.sub(r"\\{(\w+)\\}", _parameter, re.escape(channel.get("address") or ""))
        if re.fullmatch(pattern, subject):
            yield name


def _parameter(named: re.Match[str]) -> str:
    """Names of machines and ids that people chose may have dots."""
    return ".+" if named[1] in ("host", "sourceId") else "[^.]+"


def reply_messages(channel: str) -> list[str]:
    return [one["$ref"].rpartition("/")[2] for one in DOCUMENT["operations"][channel]["reply"]["messages"]]


_validators: dict[str, Any] = {}


def validator(name: str) -> Any:
    if name not in _validators:
        schema = {"$ref": schema_of(name)["$ref"], "components": DOCUMENT["components"]}
        _validators[name] = jsonschema_rs.Draft202012Validator(schema)
    return _validators[name]


def schema_of(message: str) -> dict[str, Any]:
    return DOCUMENT["components"]["messages"][message]["payload"]


def unknown_fields(instance: Any, names: list[str]) -> set[str]:
    """Top-level fields, and those of ``view``, that none of the schemas names: a typo would validate."""
    found: set[str] = set()
    if not isinstance(instance, dict):
        return found
    known = [_properties(schema_of(name)) for name in names]
    if not any(instance.keys() <= one.keys() for one in known):
        return set(instance) - {field for one in known for field in one}
    for one in known:
        view = instance.get("view")
        if isinstance(view, dict) and "view" in one and instance.keys() <= one.keys():
            found |= view.keys() - _properties(one["view"]).keys()
    return found


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _properties(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema.get("properties", {})


def sample(schema: Any) -> Any:
    """The smallest value that a schema of the document takes, with a likely id, date or text in it."""
    if "$ref" in schema:
        return sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return sample(schema[name][0])
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: sample(properties[name]) for name in schema.get("required", [])}
        case "array":
            return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            return {"date": "2028-02-02", "date-time": "2028-02-02T09:00:00Z"}.get(schema.get("format"), "nothing")
        case _:
            return {}
