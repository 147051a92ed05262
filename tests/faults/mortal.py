"""A service that ends itself with SIGKILL at an exact point: ``python -m tests.faults.mortal work|scheduler COUNT``.

Work goes before its COUNT-th acknowledgement: the window is written, and will be delivered again. A scheduler goes when
the broker has its COUNT-th window: its cursor is not moved, so what it published will be published again. COUNT 0 lives
on. Batches are small, so that several workers share a small backlog, and what a dead worker held comes back soon.
"""

import asyncio
import importlib
import os
import signal
import sys
from typing import Any

from contracts.values import Service
from services.kit.settings import Settings
from services.scheduler.publisher import Publisher
from services.work import streams
from services.work.generation import consumer as windows


def die_at_acknowledgement(count: int) -> None:
    settle, left = windows.WindowConsumer._settle, iter(range(count - 1, -1, -1))

    async def settle_or_die(self: windows.WindowConsumer, *arguments: Any) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await settle(self, *arguments)

    windows.WindowConsumer._settle = settle_or_die


def die_at_publication(count: int) -> None:
    send, left = Publisher._send, iter(range(count - 1, -1, -1))

    async def send_and_die(self: Publisher, *arguments: Any) -> Any:
        ack = await send(self, *arguments)
        if next(left) == 0:
            await ack
            os.kill(os.getpid(), signal.SIGKILL)
        return ack

    Publisher._send = send_and_die


def main(service: Service, count: int) -> None:
    windows._BATCH = 25
    streams.ACK_WAIT_SECONDS = 2.0
    if count:
        {Service.WORK: die_at_acknowledgement, Service.SCHEDULER: die_at_publication}[service](count)
    asyncio.run(importlib.import_module(f"services.{service}.app").serve(Settings()))


if __name__ == "__main__":
    main(Service(sys.argv[1]), int(sys.argv[2]))
