"""A service may ask what its code asks, and nothing else: permissions can neither lack nor linger."""

import ast
from pathlib import Path

import pytest

from contracts import subjects
from contracts.permissions import ASKS, User, grants_of
from contracts.subjects import Event, Request
from contracts.values import Service

SERVICES = Path(__file__).parents[2] / "services"


def named_in(service: Service) -> set[str]:
    """The requests and events that the code of a service names, without those it owns or sends."""
    names: set[str] = set()
    for file in (SERVICES / service).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "contracts.subjects":
                names |= {alias.name for alias in node.names}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "subjects":
                names.add(node.attr)
    return names


@pytest.mark.requirement("R-SEC-2")
@pytest.mark.parametrize("service", list(Service))
def test_a_service_may_ask_what_its_code_names_and_no_more(service: Service) -> None:
    found = [getattr(subjects, name, None) for name in named_in(service)]
    asked = {one.subject for one in found if isinstance(one, Request) and one.owner != service}
    assert {one.subject for one in ASKS[User(service)]} == asked


@pytest.mark.requirement("R-SEC-2")
@pytest.mark.parametrize("service", list(Service))
def test_a_service_may_hear_or_send_every_event_that_its_code_names(service: Service) -> None:
    grants = grants_of(User(service))
    for one in [getattr(subjects, name, None) for name in named_in(service)]:
        if isinstance(one, Event):
            # The stream of windows is read through its consumer, whose messages arrive in an inbox.
            assert one.subject in (*grants.publish, *grants.subscribe) or one is subjects.WINDOW_DUE


@pytest.mark.requirement("R-SEC-2")
def test_only_its_owner_answers_a_question() -> None:
    for request in subjects.REQUESTS:
        assert [user for user in User if request.subject in grants_of(user).subscribe] == [User(request.owner)]
