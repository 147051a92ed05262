"""The portal with work and the notifier behind it, on Wednesday 2 February 2028, and a signed-in client."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from contracts.values import Service
from services.portal.auth.access import Role
from tests.api.people import Browser, Person, add_person, browser_of, client_of
from tests.system import KeptSystem, System

TODAY = "2028-02-02"
MORNING = f"{TODAY} 08:00"


@pytest.fixture
async def system(kept_system: KeptSystem) -> System:
    return await kept_system.begin(MORNING, Service.WORK, Service.NOTIFIER, Service.PORTAL)


@pytest.fixture
async def operator(system: System) -> Person:
    return await add_person(system.settings, "Operator@Example.org", "Olivia Operations")


@pytest.fixture
async def admin(system: System) -> Person:
    return await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)


@pytest.fixture
async def stranger(system: System) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=system.portal_url, verify=False) as client:
        yield client


@pytest.fixture
async def api(system: System, operator: Person) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(system.portal_url, operator) as client:
        yield client


@pytest.fixture
async def browser(system: System, operator: Person) -> AsyncGenerator[Browser]:
    async with browser_of(system.portal_url, operator) as browser:
        yield browser
