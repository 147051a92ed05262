"""What a service says of itself while something that it waits for stands still."""

import asyncio

import pytest

from contracts.values import Service
from services.cli.commands import doctor
from services.kit import broker as brokers
from services.kit import health
from services.kit.settings import Settings


async def stands_still() -> str:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def is_well() -> str:
    return health.OK


@pytest.mark.requirement("R-REL-4")
async def test_health_names_all_that_stands_still_within_its_timeout(settings: Settings) -> None:
    checks = dict.fromkeys(("mongodb", "indexes", "disk"), stands_still) | {"windows": is_well}
    async with brokers.connect(settings, "work") as broker:
        health.serve(broker, Service.WORK, checks, timezone=settings.timezone)
        await broker.start()
        reply = await broker.connection.request(health.subject(Service.WORK), timeout=doctor._ANSWERS_WITHIN)
    said = health.Health.model_validate_json(reply.data)
    assert not said.ready
    assert said.checks == dict.fromkeys(("mongodb", "indexes", "disk"), "no answer within 1.5 s") | {"windows": "ok"}
