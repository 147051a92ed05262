"""The running system against its own description: whatever is sent, no 5xx, and every answer as the schema says."""

import asyncio
from collections.abc import Iterator
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

from services.portal.openapi.document import document
from services.portal.openapi.routes import OPERATIONS
from tests.api.files import task_of, uploaded
from tests.api.test_artifacts import added, bundle_of
from tests.system import System

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LEFT_OUT = {"/api/auth/login", "/api/auth/logout"}
"""Signing in is throttled, and signing out would end the session of the test: both have tests of their own."""


async def things(system: System, api: httpx.AsyncClient) -> dict[str, str]:
    """One of each kind, by the name that it has in paths."""
    task = await task_of(system, api)
    bundle, _ = await bundle_of(api)
    return {
        "taskId": task["id"],
        "configId": task["recurringConfigId"],
        "scheduleId": task["recurringConfigId"],
        "bundleId": bundle["id"],
        "templateId": bundle["templateId"],
        "fileId": (await uploaded(api, task["id"]))["id"],
        "artifactId": (await added(api, taskId=task["id"]))["id"],
        "userId": (await api.get("/api/me")).json()["user"]["id"],
        "notificationId": "unknown",
    }


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(document(OPERATIONS))
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in LEFT_OUT:
            yield operation


def probe(operation: Any, url: str, headers: dict[str, str], known: dict[str, str], examples: int) -> None:
    """Valid and invalid requests; half of them about something that is there."""
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
    @given(case=cases, about_known=st.booleans())
    def send(case: Any, about_known: bool) -> None:
        if about_known:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
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
        except Exception as fault:  # noqa: BLE001  # every operation is tried, and all faults are told together
            faults.append(f"{operation.method} {operation.path}\n{fault}")
    assert not faults, "\n\n".join(faults)


async def test_a_sample_of_requests_is_answered_as_described(system: System, api: httpx.AsyncClient) -> None:
    await probe_all(system, api, examples=6)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_many_requests_are_answered_as_described(system: System, api: httpx.AsyncClient) -> None:
    await probe_all(system, api, examples=300)
