"""How a command reaches the services, and shows how far it is."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.stack.service import check_nats
from services.kit.settings import Settings

_CONNECT_SECONDS = 5.0


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Client]:
    """A client of the broker; StartError when it cannot be reached."""
    url = settings.nats_url.get_secret_value()
    await check_nats(url, within=_CONNECT_SECONDS)
    client = await nats.connect(url)
    try:
        yield client
    finally:
        await client.close()


def progress_on(console: Console) -> Progress:
    """A bar that is shown on a terminal only, so that piped output stays clean."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
