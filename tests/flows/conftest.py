"""A system that lives on Wednesday 2 February 2028, with every service running unless the test says otherwise."""

from collections.abc import AsyncGenerator

import pytest

from contracts.values import Service
from services.kit.settings import Settings
from tests.system import KeptSystem, System, instant, system_on

WEDNESDAY_MORNING = "2028-02-02 08:00"
_SERVICES = (Service.WORK, Service.SCHEDULER, Service.NOTIFIER)


@pytest.fixture
async def idle(settings: Settings) -> AsyncGenerator[System]:
    """Servers and clock, but no service yet."""
    virtual = {"clock": instant(WEDNESDAY_MORNING), "test_control": True, "portal_port": 0}
    async with system_on(settings.model_copy(update=virtual)) as system:
        yield system


@pytest.fixture
async def system(kept_system: KeptSystem) -> System:
    """The next test may get the same services and streams."""
    anew = (Service.SCHEDULER, Service.NOTIFIER)
    return await kept_system.begin(WEDNESDAY_MORNING, *_SERVICES, anew=anew)
