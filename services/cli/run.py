"""``dataops run``: one service in the foreground."""

from importlib import import_module
from typing import Annotated

import typer

from contracts.values import Service
from services.cli.foreground import run_until_stopped
from services.cli.stack import load_settings
from services.kit import logs


def run(service: Annotated[Service, typer.Argument(help="Which service.")]) -> None:
    """Run one service in the foreground until Ctrl-C or SIGTERM.

    Its settings are read from the environment (DATAOPS_NATS_URL, DATAOPS_MONGO_URL, ...). It logs to standard error.
    """
    logs.configure(service)
    app = import_module(f"services.{service}.app")
    run_until_stopped(app.serve(load_settings()))
