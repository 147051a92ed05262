"""``dataops up``: the whole stack from one command, on this machine."""

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from contracts.values import Service
from services.cli.commands.seed import create_demo_users, create_first_work
from services.cli.commands.users import load_users
from services.cli.stack import data_dir as directory
from services.cli.stack.child import Child
from services.cli.stack.embedded import Server, start_mongod, start_nats
from services.cli.stack.foreground import run_until_stopped
from services.cli.stack.keep_running import Start, kept_running
from services.cli.stack.ports import PortWish, choose_ports
from services.cli.stack.preflight import port_wishes, start_problems
from services.cli.stack.running import DataDir, Ports, announced, load_settings, mongo_url, nats_url, withdraw
from services.cli.stack.service import check_nats, start_service
from services.kit import replica_set
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.auth.access import Role

_STARTED_BEFORE, _UNFINISHED = "started-before", "unfinished"
_OWN_SERVER_SECONDS = 10.0

_console = Console(highlight=False, markup=False, soft_wrap=True)


def up(
    data_dir: DataDir = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port of the portal; 0: any free one.  [default: $DATAOPS_PORT, else 8080, if it is free]",
        ),
    ] = None,
    nats_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of nats-server; 0: any free one.  [default: 4222, if it is free]"),
    ] = None,
    mongo_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of mongod; 0: any free one.  [default: 27017, if it is free]"),
    ] = None,
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
    _print_line("Stopped.")


async def _up(settings: Settings, *, nats_port: int | None, mongo_port: int | None, empty: bool) -> None:
    wishes = _wishes(settings, nats_port=nats_port, mongo_port=mongo_port)
    if problems := start_problems(settings.data_dir, list(wishes.values())):
        raise StartError("\n".join(problems))
    with directory.held(settings.data_dir):
        withdraw(settings.data_dir)
        settings, ports = _placed(settings, wishes)
        _begin_new_logs(settings.data_dir / "logs")
        _print_line(f"Starting DataOps on {settings.data_dir}")
        async with _servers(settings, ports), kept_running(_service_starts(settings), _print_line):
            await _greet(settings, empty=empty)
            with announced(settings.data_dir, ports):
                _console.print(
                    f"\nCtrl-C stops everything; the data stays. Logs: {settings.data_dir / 'logs'}", style="dim"
                )
                try:
                    await asyncio.Event().wait()
                finally:
                    _print_line("Stopping")


def _wishes(settings: Settings, *, nats_port: int | None, mongo_port: int | None) -> dict[str, PortWish]:
    """What has to listen here; a server that the environment names does not."""
    named = settings.model_fields_set
    portal = settings.portal_port if "portal_port" in named else None
    wishes = port_wishes(portal, nats_port, mongo_port, portal_host=settings.portal_host)
    return {server: wish for server, wish in wishes.items() if f"{server}_url" not in named}


def _placed(settings: Settings, wishes: dict[str, PortWish]) -> tuple[Settings, Ports]:
    """Choose every port once, so that what is restarted comes back where it was."""
    chosen = dict(zip(wishes, choose_ports(list(wishes.values())), strict=True))
    for server, wish in wishes.items():
        if wish.named is None and chosen[server] != wish.default:
            _print_line(
                f"Port {wish.default} is taken: {wish.wanted_by} uses {chosen[server]}. {wish.flag} names another."
            )
    ports = Ports(portal=chosen["portal"], nats=chosen.get("nats"), mongo=chosen.get("mongo"))
    update: dict[str, object] = {"portal_port": ports.portal}
    if ports.nats is not None:
        update["nats_url"] = nats_url(ports.nats)
    if ports.mongo is not None:
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
    async with kept_running(starts, _print_line):
        yield


def _server_start(
    name: str, start_server: Callable[[Path, int], Awaitable[Server]], data_dir: Path, port: int
) -> Start:
    async def start() -> Child:
        server = await start_server(data_dir, port)
        _print_line(f"  {name:<11}  ready on port {port}")
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
        nats_url = settings.nats_url.get_secret_value()
        child = await start_service(service, environment, log=log, nats_url=nats_url, print_line=_print_line)
        _print_line(f"  {service:<11}  ready")
        return child

    return start


async def _greet(settings: Settings, *, empty: bool) -> None:
    """Print the address and how to sign in. A first start also creates the demo users and their work.

    The mark in the data directory is empty when that is complete. One that began with ``--empty`` gets no demo users
    later either.
    """
    mark = settings.data_dir / _STARTED_BEFORE
    if not mark.exists():
        mark.write_text("" if empty else _UNFINISHED)
    unfinished = mark.read_text() == _UNFINISHED
    users = await create_demo_users(settings) if unfinished else []
    _console.print(f"\nOperations Home   http://{_host(settings)}:{settings.portal_port}", style="bold")
    if users:
        _print_line("\nSign in as one of these; the passwords are not shown again.")
        width = max(len(user.email) for user in users)
        for user in users:
            _print_line(f"  {user.email:<{width}}   {user.password}   {user.role}")
    else:
        _print_line(await _how_to_sign_in(settings))
    if unfinished:
        await create_first_work(settings)
        mark.write_text("")


def _host(settings: Settings) -> str:
    return "127.0.0.1" if settings.portal_host in ("0.0.0.0", "::") else settings.portal_host


async def _how_to_sign_in(settings: Settings) -> str:
    """One line with a command to copy: for a password that is lost, or for the first account."""
    active = [user for user in await load_users(settings) if user.active]
    if not active:
        add = _command("users", "add", "you@example.org", "--name", "Your Name", "--role", "admin", settings=settings)
        return f"There are no accounts yet. Add the first one in another terminal: {add}"
    known = min(active, key=lambda user: (user.role is not Role.ADMIN, user.created_at))
    reset = _command("users", "password", known.email, settings=settings)
    return f"Sign in as before. If the password is lost, set a new one in another terminal: {reset}"


def _command(*words: str, settings: Settings) -> str:
    """The command as it is typed here, for this data directory."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "dataops" else "dataops"
    where = (
        ("--data-dir", str(settings.data_dir)) if settings.data_dir != Settings.model_fields["data_dir"].default else ()
    )
    return shlex.join((program, *words, *where))


def _print_line(text: str) -> None:
    _console.print(text)
