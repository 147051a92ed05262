"""``dataops run``: one service in the foreground."""

import gc
from importlib import import_module
from typing import Annotated

import typer

from contracts.values import Service
from services.cli.stack.foreground import run_until_stopped
from services.cli.stack.running import load_settings
from services.kit import logs, metrics, replica_set, tracing
from services.kit.settings import Settings

_DATABASE_SECONDS = 30.0
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def run(service: Annotated[Service, typer.Argument(help="Which service.")]) -> None:
    """Run one service in the foreground until Ctrl-C or SIGTERM.

    Its settings are read from the environment (DATAOPS_NATS_URL, DATAOPS_MONGO_URL, ...). It logs to standard error.
    """
    logs.configure(service)
    settings = load_settings()
    with tracing.exported(settings, service):
        run_until_stopped(_serve(service, settings))


async def _serve(service: Service, settings: Settings) -> None:
    """An unreachable broker is waited for by the service; a database that will not let us in is told at once."""
    await replica_set.check(settings.mongo_url.get_secret_value(), within=_DATABASE_SECONDS)
    app = import_module(f"services.{service}.app")
    # What is loaded by now lives as long as the process: the collector need not walk it again and again.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    async with metrics.served(settings):
        await app.serve(settings)
