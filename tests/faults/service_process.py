"""A service as a process of its own, which is struck by a signal where ``tests.faults.signalled`` says."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from contracts.values import Service
from services.kit import health
from services.kit.settings import Settings
from tests.system import System, eventually


@asynccontextmanager
async def service_process(
    system: System, service: Service, sent: signal.Signals, *points: str
) -> AsyncGenerator[Process]:
    """A process that is ready and has yet to reach the points; killed at the end if it still lives."""
    command = [sys.executable, "-m", "tests.faults.signalled", service.value, sent.name, *points]
    process = await asyncio.create_subprocess_exec(*command, env=_environment(system.settings))

    async def is_ready() -> bool:
        assert process.returncode is None, f"{service} died before its time"
        try:
            reply = await system.client.request(health.subject(service), b"{}", timeout=0.5)
        except (NatsTimeout, NoRespondersError):
            return False
        return json.loads(reply.data)["ready"]

    try:
        await eventually(is_ready)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stands_still(process: Process) -> None:
    """Return when SIGSTOP has reached it."""

    async def it_is_stopped() -> bool:
        at_once = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, process.pid, at_once) is not None  # noqa: ASYNC222  # it does not wait

    await eventually(it_is_stopped, within=30)


def _environment(settings: Settings) -> dict[str, str]:
    assert settings.clock is not None
    return os.environ | {
        "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
        "DATAOPS_MONGO_PREFIX": settings.mongo_prefix,
        "DATAOPS_CLOCK": settings.clock.isoformat(),
        "DATAOPS_TEST_CONTROL": "1",
    }
