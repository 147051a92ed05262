"""A service that is told to stop stops, also when the library it waits in has swallowed the word."""

import asyncio
from typing import Any

import pytest

from contracts.values import Service
from services.kit.unavailable import Unavailable
from services.notifier.listeners import Listener


class Deaf:
    """A reader that loses one cancellation, as asyncio's wait_for may, and then finds nobody who answers."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def catch_up(self, _: Any) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise Unavailable(Service.WORK) from None


@pytest.mark.requirement("R-REL-4")
async def test_the_notifier_stops_though_its_reader_lost_the_cancellation() -> None:
    reader: Any = Deaf()
    running = asyncio.create_task(Listener(reader, reader).run())
    await reader.began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await running
    assert running.cancelled()
