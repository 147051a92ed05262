"""The AsyncAPI document names every subject, and every name in it leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from contracts.subjects import EVENTS, REQUESTS
from services.cli.commands.reference import Document, render


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(render(Document.ASYNCAPI))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert len(found) > len(REQUESTS)
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_every_subject_has_its_channel_its_body_and_its_reply(document: dict[str, Any]) -> None:
    for event in EVENTS:
        [name] = [key for key, one in document["channels"].items() if matches(event.subject, one.get("address"))]
        assert document["operations"][name]["action"] == "send"
        assert list(document["channels"][name]["messages"]) == [event.body.__name__]
    for request in REQUESTS:
        [name] = [key for key, one in document["channels"].items() if one.get("address") == request.subject]
        operation = document["operations"][name]
        assert (operation["action"], operation["tags"]) == ("receive", [{"name": request.owner}])
        assert list(document["channels"][name]["messages"]) == [request.request.__name__]
        replies = [one["$ref"].rpartition("/")[2] for one in operation["reply"]["messages"]]
        assert replies == [f"Done{request.view.__name__}", "Refusal"]


def matches(subject: str, address: str | None) -> bool:
    return address is not None and (address == subject or (subject.endswith(">") and address.startswith(subject[:-1])))
