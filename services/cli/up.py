"""``dataops up``: the whole stack from one command, on this machine."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from contracts.values import Service
from services.cli import data_dir as directory
from services.cli.child import Child
from services.cli.embedded import Server, start_mongod, start_nats
from services.cli.foreground import run_until_stopped
from services.cli.keep_running import Start, kept_running
from services.cli.ports import ensure_free, free_ports
from services.cli.seed import DemoUser, first_start
from services.cli.service import check_nats, start_service
from services.cli.stack import DataDir, Ports, announced, load_settings, mongo_url, nats_url, withdraw
from services.kit import replica_set
from services.kit.settings import Settings

_STARTED_BEFORE = "started-before"
_OWN_SERVER_SECONDS = 10.0

_console = Console(highlight=False, markup=False, soft_wrap=True)


def up(
    data_dir: DataDir = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port of the portal; 0: any free one.  [default: $DATAOPS_PORT, else 8080]"
        ),
    ] = None,
    nats_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of nats-server; 0: any free one.")] = 4222,
    mongo_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of mongod; 0: any free one.")] = 27017,
    empty: Annotated[bool, typer.Option("--empty", help="Create no demo users and no duties.")] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    Starts the bundled nats-server and mongod, or uses those that DATAOPS_NATS_URL and DATAOPS_MONGO_URL name, then the
    four services. The first start creates two demo users, whose passwords it prints, and the nine standard duties.

    All data is in the data directory and is there again after a restart.
    """
    settings = load_settings(data_dir)
    if port is not None:
        settings = settings.model_copy(update={"portal_port": port})
    run_until_stopped(_up(settings, nats_port=nats_port, mongo_port=mongo_port, empty=empty))
    _say("Stopped.")


async def _up(settings: Settings, *, nats_port: int, mongo_port: int, empty: bool) -> None:
    directory.prepare(settings.data_dir)
    with directory.held(settings.data_dir):
        withdraw(settings.data_dir)
        settings, ports = _placed(settings, nats_port=nats_port, mongo_port=mongo_port)
        _begin_new_logs(settings.data_dir / "logs")
        _say(f"Starting DataOps on {settings.data_dir}")
        async with _servers(settings, ports), kept_running(_service_starts(settings), _say):
            users = await _greeted(settings, empty=empty)
            with announced(settings.data_dir, ports):
                _summarise(settings, users)
                try:
                    await asyncio.Event().wait()
                finally:
                    _say("Stopping")


def _placed(settings: Settings, *, nats_port: int, mongo_port: int) -> tuple[Settings, Ports]:
    """Choose every port once, so that what is restarted comes back where it was; StartError when one is taken."""
    spare = iter(free_ports(3))
    named = settings.model_fields_set
    ports = Ports(
        portal=settings.portal_port or next(spare),
        nats=None if "nats_url" in named else nats_port or next(spare),
        mongo=None if "mongo_url" in named else mongo_port or next(spare),
    )
    update: dict[str, object] = {"portal_port": ports.portal}
    ensure_free(ports.portal, wanted_by="the portal", flag="--port", host=settings.portal_host)
    if ports.nats is not None:
        ensure_free(ports.nats, wanted_by="nats-server", flag="--nats-port")
        update["nats_url"] = nats_url(ports.nats)
    if ports.mongo is not None:
        ensure_free(ports.mongo, wanted_by="mongod", flag="--mongo-port")
        update["mongo_url"] = mongo_url(ports.mongo)
    return settings.model_copy(update=update), ports


def _begin_new_logs(logs: Path) -> None:
    """Keep those of the run before, and no more."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))


@asynccontextmanager
async def _servers(settings: Settings, ports: Ports) -> AsyncGenerator[None]:
    starts: dict[str, Start] = {}
    if ports.nats is None:
        await check_nats(settings.nats_url.get_secret_value(), within=_OWN_SERVER_SECONDS)
    else:
        starts["nats-server"] = _server_start("nats-server", start_nats, settings.data_dir, ports.nats)
    if ports.mongo is None:
        await replica_set.check(settings.mongo_url.get_secret_value(), within=_OWN_SERVER_SECONDS)
    else:
        starts["mongod"] = _server_start("mongod", start_mongod, settings.data_dir, ports.mongo)
    async with kept_running(starts, _say):
        yield


def _server_start(
    name: str, start_server: Callable[[Path, int], Awaitable[Server]], data_dir: Path, port: int
) -> Start:
    async def start() -> Child:
        server = await start_server(data_dir, port)
        _say(f"  {name:<11}  ready on port {port}")
        return server.child

    return start


def _service_starts(settings: Settings) -> dict[str, Start]:
    environment = os.environ | {
        "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
        "DATAOPS_PORT": str(settings.portal_port),
        "DATAOPS_DATA_DIR": str(settings.data_dir),
    }
    return {
        service.value: _service_start(service, settings, environment | _metrics_port(settings, number))
        for number, service in enumerate(Service)
    }


def _metrics_port(settings: Settings, number: int) -> dict[str, str]:
    """The services of one machine serve their metrics one port after the other."""
    if settings.metrics_port is None:
        return {}
    return {"DATAOPS_METRICS_PORT": str(settings.metrics_port + number)}


def _service_start(service: Service, settings: Settings, environment: dict[str, str]) -> Start:
    async def start() -> Child:
        log = settings.data_dir / "logs" / f"{service}.log"
        child = await start_service(service, environment, log=log, nats_url=settings.nats_url.get_secret_value())
        _say(f"  {service:<11}  ready")
        return child

    return start


async def _greeted(settings: Settings, *, empty: bool) -> list[DemoUser]:
    """What a first start creates. One that began with ``--empty`` gets no demo users later either."""
    started_before = settings.data_dir / _STARTED_BEFORE
    if started_before.exists():
        return []
    users = [] if empty else await first_start(settings)
    started_before.touch()
    return users


def _summarise(settings: Settings, users: list[DemoUser]) -> None:
    host = "127.0.0.1" if settings.portal_host in ("0.0.0.0", "::") else settings.portal_host
    _say("")
    _console.print(f"Operations Home   http://{host}:{settings.portal_port}", style="bold")
    if users:
        _say("\nSign in as one of these; the passwords are not shown again.")
        width = max(len(user.email) for user in users)
        for user in users:
            _say(f"  {user.email:<{width}}   {user.password}   {user.role}")
    _console.print(f"\nCtrl-C stops everything; the data stays. Logs: {settings.data_dir / 'logs'}", style="dim")


def _say(text: str) -> None:
    _console.print(text)
