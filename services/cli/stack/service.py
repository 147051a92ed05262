"""The services as child processes, and whether they are ready."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.values import Service
from services.cli.stack.child import Child, Died
from services.cli.stack.keep_running import PrintLine
from services.kit.health import OK, Health, subject
from services.kit.start_error import StartError

_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.05
_RETRY_SECONDS = 1
_LINES_SHOWN = 12


async def start_service(
    service: Service, environment: Mapping[str, str], *, log: Path, nats_url: str, print_line: PrintLine | None = None
) -> Child:
    """Start one service and return when it says that it is ready; StartError with the end of its log.

    It is waited for while it makes progress. ``print_line`` gets a line every ten seconds.
    """
    command = [sys.executable, "-m", "services.cli.main", "run", service.value]
    child = await Child.spawn(service.value, command, log=log, env=environment)
    waiting = _Waiting(service)

    def report(seconds: float) -> None:
        if print_line:
            print_line(f"  {service:<11}  not ready after {seconds:.0f} s: {waiting.for_what}")

    try:
        await child.until(
            waiting.until_ready(nats_url), patience=_PATIENCE_SECONDS, sign=lambda: waiting.for_what, report=report
        )
    except Died as died:
        raise StartError(_with_log(f"{service} did not start (exit code {died.code})", child)) from died
    except TimeoutError as error:
        reason = f"{service} made no progress for {_PATIENCE_SECONDS:.0f} s ({waiting.for_what})"
        raise StartError(_with_log(reason, child)) from error
    return child


async def check_nats(url: str, *, within: float) -> None:
    """Return when the NATS server at ``url`` takes us as a client; else StartError, without the password."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    if not place:
        raise StartError("DATAOPS_NATS_URL is not a URL such as nats://host:4222.")
    faults: list[str] = []
    try:
        async with asyncio.timeout(within), _connected(url, faults):
            return
    except (TimeoutError, OSError, ValueError, NatsError) as error:
        reason = faults[-1] if faults else str(error) or "no answer"
        raise StartError(
            f"NATS at {place} cannot be used ({reason}): check that it runs, and DATAOPS_NATS_URL."
        ) from error


class _Waiting:
    """Asks one service until it is ready, and remembers what it waited for last."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.for_what = "it is loading"

    async def until_ready(self, nats_url: str) -> None:
        async with _connected(nats_url, []) as client:
            while True:
                health = await self._ask(client)
                if health and health.ready:
                    return
                if health:
                    self.for_what = ", ".join(f"{name}: {text}" for name, text in health.checks.items() if text != OK)
                await asyncio.sleep(_POLL_SECONDS)

    async def _ask(self, client: Client) -> Health | None:
        try:
            answer = await client.request(subject(self._service), timeout=2.0)
            return Health.model_validate_json(answer.data)
        except (NatsError, ValidationError):
            return None


@asynccontextmanager
async def _connected(url: str, faults: list[str]) -> AsyncGenerator[Client]:
    """A client that keeps trying; ``faults`` collects what stood in its way."""

    async def note(error: Exception) -> None:
        faults.append(str(error))

    client = Client()
    try:
        await client.connect(url, error_cb=note, max_reconnect_attempts=-1, reconnect_time_wait=_RETRY_SECONDS)
        yield client
    finally:
        await client.close()


def _with_log(reason: str, child: Child) -> str:
    end = child.last_words()[-_LINES_SHOWN:]
    return "\n".join([f"{reason}. The end of its log, {child.log}:", *end])
