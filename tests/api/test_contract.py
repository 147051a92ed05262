"""The running system against its own description: whatever is sent, no 5xx, and every answer as the schema says."""

import asyncio
import traceback
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.portal.openapi.pages import described
from tests.support.routes import EXAMPLES, things
from tests.system import System

# The system runs beside Hypothesis, in another thread: what it draws from `random` is none of the strategies'.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LEFT_OUT = {"/api/auth/login", "/api/auth/logout"}
"""Signing in is throttled, and signing out would end the session of the test: both have tests of their own."""
IN_ORDER = ("GET", "POST", "PUT", "DELETE")


def operations() -> list[Any]:
    """What is there is deleted last, so that the others are tried on something."""
    schema = schemathesis.openapi.from_dict(described())
    found = [result.ok() for result in schema.get_all_operations()]
    offered = [operation for operation in found if operation.path not in LEFT_OUT]
    return sorted(offered, key=lambda operation: IN_ORDER.index(operation.method.upper()))


def nearly_usual(example: dict[str, Any], odd: dict[str, Any], position: int) -> dict[str, Any]:
    """The example with one field as odd as it was generated: gets further than a body that is odd throughout."""
    names = sorted(odd)
    return example | ({names[position % len(names)]: odd[names[position % len(names)]]} if names else {})


def probe(operation: Any, url: str, headers: dict[str, str], known: dict[str, str], examples: int) -> None:
    """Valid, invalid and nearly valid requests; most of them about something that is there."""
    example = EXAMPLES[operation.method.upper(), operation.path]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @seed(2028)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, unknown=st.integers(0, 3), position=st.integers(0, 19))
    def send(case: Any, unknown: int, position: int) -> None:
        if unknown:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        if example and isinstance(case.body, dict) and position < 12:
            case.body = nearly_usual(example, case.body, position)
        case.headers = {**dict(case.headers or {}), **headers}
        case.validate_response(case.call(base_url=url), checks=CHECKS)

    send()


async def probe_all(system: System, api: httpx.AsyncClient, examples: int) -> None:
    known = await things(system, api)
    headers = {"Authorization": api.headers["authorization"]}
    faults: list[str] = []
    for operation in operations():
        try:
            await asyncio.to_thread(probe, operation, system.portal_url, headers, known, examples)
        except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001  # all faults are told together
            text = "".join(traceback.format_exception(fault))  # a flaky one is explained only by the parts of its group
            faults.append(f"{operation.method} {operation.path}\n{text}")
    assert not faults, "\n\n".join(faults)


async def test_a_sample_of_requests_is_answered_as_described(system: System, api: httpx.AsyncClient) -> None:
    await probe_all(system, api, examples=6)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_many_requests_are_answered_as_described(system: System, api: httpx.AsyncClient) -> None:
    await probe_all(system, api, examples=300)
