"""How a command talks to the services: what goes wrong is said in one line."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeVar

import nats
from nats.aio.client import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.subjects import Refused, Request
from contracts.values import Model
from services.cli.service import check_nats
from services.kit import broker
from services.kit.settings import Settings
from services.kit.start_error import StartError

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)

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


async def view_of(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
    """The answer; StartError when it is a refusal, or when nobody answers."""
    try:
        reply = await broker.ask(client, request, body)
    except broker.Unavailable as error:
        remedy = f"start it (`dataops run {error.service}`), or see `dataops doctor`"
        raise StartError(f"{error.service} does not answer: {remedy}.") from error
    if isinstance(reply, Refused):
        raise StartError(f"{reply.message.rstrip('.')}.")
    return reply.view


def progress_on(console: Console) -> Progress:
    """A bar that is shown on a terminal only, so that piped output stays clean."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
