"""One system with one of everything in it: all that is tried on it is refused, so it serves a whole file."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from contracts.values import Service
from services.portal.auth.access import Role
from tests.api.bad_inputs.world import World, things
from tests.api.conftest import MORNING
from tests.api.people import add_person, browser_of, client_of
from tests.system import KeptSystem


@pytest.fixture(scope="module")
async def world(kept_system: KeptSystem) -> AsyncGenerator[World]:
    running = await kept_system.begin(MORNING, Service.WORK, Service.NOTIFIER, Service.PORTAL)
    operator = await add_person(running.settings, "operator@example.org", "Olivia Operations")
    admin = await add_person(running.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(client_of(running.portal_url, operator))
        browser = await stack.enter_async_context(browser_of(running.portal_url, operator))
        boss = await stack.enter_async_context(browser_of(running.portal_url, admin))
        ids = await things(running, api) | {"operator": operator.id, "admin": admin.id}
        yield World(running, api, browser, boss, ids)
