"""``dataops doctor``: is everything there that a night's sleep depends on, and what to do where it is not."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

import nats
import typer
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import RetentionPolicy, StorageType
from nats.js.errors import NotFoundError
from rich.console import Console
from rich.markup import escape

from contracts import subjects
from contracts.fields.dates import format_date, format_instant
from contracts.home import GetHome, Home
from contracts.values import Service
from services.cli.stack.running import DataDir, connect_settings
from services.kit import broker, health, zone_data
from services.kit.clock import Clock
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.work import streams

_ANSWERS_WITHIN = 3.0
_CLOCKS_AGREE_SECONDS = 2.0
_SILENCE = dt.timedelta(minutes=3)
_UNCHECKED = dt.timedelta(hours=2)


@dataclass(frozen=True)
class Finding:
    """``remedy`` is None when all is well."""

    what: str
    state: str
    remedy: str | None = None


def doctor(data_dir: DataDir = None) -> None:
    """Check servers, streams, durability settings, indexes, services and the clock's tick; say what to do.

    Exit code 0 when all is well, 1 otherwise.
    """
    console, ill = Console(highlight=False), 0
    for finding in asyncio.run(_examine(connect_settings(data_dir))):
        ill += finding.remedy is not None
        mark = "[green]ok[/]  " if finding.remedy is None else "[red]FAIL[/]"
        console.print(f"{mark}  {finding.what:<22} {escape(finding.state)}")
        if finding.remedy:
            console.print(f"      {escape(finding.remedy)}", style="yellow")
    if ill:
        raise typer.Exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    try:
        client = await nats.connect(
            settings.nats_url.get_secret_value(), allow_reconnect=False, connect_timeout=3, error_cb=_quiet
        )
    except (NatsError, OSError, TimeoutError) as error:
        remedy = "Start the stack with `dataops up`, or check DATAOPS_NATS_URL and the password in it."
        return [Finding("nats-server", f"{type(error).__name__}: {error}", remedy)]
    try:
        return [finding async for finding in _findings(client, settings)]
    finally:
        await client.close()


async def _quiet(_: Exception) -> None:
    """What the connection reports is also raised where it matters."""


async def _findings(client: Client, settings: Settings) -> AsyncGenerator[Finding]:
    yield Finding("nats-server", f"version {client.connected_server_version}")
    for name in [config.name for config in streams.wanted(settings)]:
        yield await _stream(client, str(name))
    answers: dict[Service, health.Health | None] = {}
    ahead: dict[Service, float] = {}
    for service in Service:
        answers[service] = answer = await _health(client, service)
        if answer is not None and answer.at is not None:
            ahead[service] = (answer.at - Clock.wall()).total_seconds()
    for service, answer in answers.items():
        for finding in _service(service, answer):
            yield finding
    yield _zone([answer for answer in answers.values() if answer is not None])
    yield _machine_clocks(ahead)
    async for finding in _home(client):
        yield finding


async def _stream(client: Client, name: str) -> Finding:
    what = f"stream {name}"
    try:
        info = await client.jetstream().stream_info(name)
    except NotFoundError:
        return Finding(
            what,
            "missing",
            "Start work: it creates its streams within half a minute, and the schedules fill them again.",
        )
    except NatsTimeout:
        return Finding(what, "JetStream does not answer", "Start nats-server with -js and a storage directory.")
    if info.config.storage != StorageType.FILE or info.config.retention != RetentionPolicy.LIMITS:
        state = f"{info.config.storage} storage, {info.config.retention} retention"
        return Finding(what, state, "Delete the stream and restart work: it must be file storage with limits.")
    return Finding(what, f"file storage, {info.state.messages} messages")


async def _health(client: Client, service: Service) -> health.Health | None:
    """None when the service does not answer."""
    try:
        reply = await client.request(health.subject(service), b"{}", timeout=_ANSWERS_WITHIN)
    except (NatsTimeout, NoRespondersError):
        return None
    return health.Health.model_validate_json(reply.data)


def _service(service: Service, answer: health.Health | None) -> Iterator[Finding]:
    if answer is None:
        yield Finding(service, "does not answer", f"Start it (`dataops run {service}`) or read its log for the reason.")
        return
    for name, state in answer.checks.items():
        remedy = None if state == health.OK else f"See the log of {service}; it goes on trying by itself."
        yield Finding(f"{service}: {name}", state, remedy)
    for name, state in answer.warnings.items():
        yield Finding(f"{service}: {name}", state, _WARNINGS.get(name, f"See the log of {service}."))


_WARNINGS = {
    "uploads": "If the portal's database was restored, import the export: the records name the files again. "
    "Otherwise `dataops sweep-uploads --delete` deletes them."
}


def _zone(answers: Sequence[health.Health]) -> Finding:
    """Dates are the same everywhere only where timezone and zone data are."""
    used: dict[str, list[str]] = {}
    for answer in answers:
        used.setdefault(f"{answer.timezone}, zone data {answer.zone_data}", []).append(answer.service)
    what = "timezone"
    if len(used) <= 1:
        return Finding(what, next(iter(used), f"zone data {zone_data.DESCRIPTION}, no service runs"))
    state = "; ".join(f"{', '.join(services)}: {zone}" for zone, services in used.items())
    return Finding(what, state, "Start all services from one release, with the same DATAOPS_TIMEZONE.")


def _machine_clocks(ahead: dict[Service, float]) -> Finding:
    """Commands carry their deadline as an instant: clocks that differ make them late, or never late.

    ``ahead``: seconds by which a service's clock is ahead of the one here, measured when its answer came."""
    what = "machine clocks"
    off = [f"{service} {seconds:+.1f} s" for service, seconds in ahead.items() if abs(seconds) > _CLOCKS_AGREE_SECONDS]
    if off:
        remedy = "Set the clocks of these machines by NTP; commands may be refused as too late until then."
        return Finding(what, f"they differ: {', '.join(off)}", remedy)
    return Finding(what, "they agree" if ahead else "no service runs")


async def _home(client: Client) -> AsyncGenerator[Finding]:
    """What Home would say: whether the time is told, whether the clock was ahead, and whether dates are unexplained."""
    try:
        home = await broker.ask(client, subjects.GET_HOME, GetHome())
    except broker.Unavailable as error:
        yield Finding("clock tick", str(error), "Start work first: it remembers the last tick.")
        return
    except Refused as error:
        yield Finding("clock tick", str(error), "See the log of work.")
        return
    yield _tick(home.last_tick_at)
    if home.clock_ahead_until is not None:
        yield Finding(
            "clock",
            f"a scheduler's clock was ahead until {_utc(home.clock_ahead_until)}",
            "Correct the clock (NTP). Work up to then may have been created early; new work is created when it is due.",
        )
    yield _dates(home)


def _tick(last: dt.datetime | None) -> Finding:
    if last is None or Clock.wall() - last > _SILENCE:
        state = f"none since {_utc(last)}" if last else "none so far"
        return Finding(
            "clock tick", state, "Start a scheduler (`dataops run scheduler`): nothing new is due without it."
        )
    return Finding("clock tick", f"{(Clock.wall() - last).total_seconds():.0f} s ago")


def _dates(home: Home) -> Finding:
    what, checked = "scheduled dates", home.dates_checked_at
    if home.unexplained.count:
        first = "".join(f"; the first: {one.title!r} on {format_date(one.date)}" for one in home.unexplained.items[:1])
        remedy = (
            "They are created, or recorded with the reason, once nothing blocks them: "
            'ask "why" on the schedule\'s page.'
        )
        return Finding(what, f"{home.unexplained.count} without a record{first}", remedy)
    if checked is None or Clock.wall() - checked > _UNCHECKED:
        state = f"not checked since {_utc(checked)}" if checked else "not checked yet"
        return Finding(what, state, "See the log of work for `reconciliation.failed`; a scheduler must run too.")
    return Finding(what, f"each has its record, checked {(Clock.wall() - checked).total_seconds():.0f} s ago")


def _utc(at: dt.datetime) -> str:
    return f"{format_instant(at, dt.UTC)} UTC"
