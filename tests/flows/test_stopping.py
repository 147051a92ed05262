"""A service that stops first answers what it has taken."""

import asyncio

from contracts.queries import GetHome
from contracts.subjects import GET_HOME, Done, Refused
from contracts.values import Service
from contracts.views import Home
from services.kit import broker
from tests.system import System

ASKERS = 4


async def test_who_asks_while_work_stops_is_answered_or_told_at_once(system: System) -> None:
    """What was taken and then dropped would leave its asker waiting for as long as a request may take."""
    answered = asyncio.Event()

    async def ask() -> Done[Home] | Refused:
        reply = await broker.ask(system.client, GET_HOME, GetHome())
        answered.set()
        return reply

    async def ask_until_away() -> str:
        try:
            while isinstance(await ask(), Done):
                pass
        except broker.Unavailable as away:
            return type(away.__cause__).__name__
        return "refused"

    asking = [asyncio.create_task(ask_until_away()) for _ in range(ASKERS)]
    await answered.wait()
    await system.stop(Service.WORK)
    assert await asyncio.gather(*asking) == ["NoRespondersError"] * ASKERS
