"""``dataops restore-drill``: a backup that was never restored is none. Tries it beside the running system."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from nats.aio.client import Client
from rich.console import Console
from rich.markup import escape

from contracts.transfer.imports import ImportVerdict
from contracts.values import Service
from services.cli.commands.import_export import is_importable, opened_export
from services.cli.drill.checks import difference, open_pages
from services.cli.drill.scratch import drop_abandoned_databases, scratch_system
from services.cli.imports.importer import Importer
from services.cli.stack.client import connected
from services.cli.stack.running import DataDir, connect_settings
from services.exports.validator import Report, validate
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.kit.unavailable import Unavailable
from services.portal.exports.exporter import Exporter
from services.portal.exports.spools import DRILL, Spool, remove_abandoned_spools
from services.portal.owners import Owners
from services.portal.store import PortalStore


@dataclass(frozen=True)
class Step:
    """``found``: what was seen, or why it failed."""

    what: str
    passed: bool
    found: str
    seconds: float


class Failed(Exception):
    """A step did not show what it must; the message says what it showed."""


def restore_drill(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Try a restore: export the running system, validate the export, import it into a scratch system, look at what
    that shows, export it again and compare.

    The running system is only read. The scratch system has a broker and databases of its own, which are gone at the
    end. Exit code 0 when everything came back as it was, 1 otherwise.
    """
    steps = asyncio.run(drill(connect_settings(data_dir)))
    passed = all(step.passed for step in steps)
    if as_json:
        typer.echo(json.dumps({"passed": passed, "steps": [asdict(step) for step in steps]}))
    else:
        _print(steps, Console(highlight=False), passed=passed)
    if not passed:
        raise typer.Exit(1)


async def drill(settings: Settings) -> list[Step]:
    """The steps that were taken; the last one failed if any did."""
    steps: list[Step] = []
    await asyncio.to_thread(remove_abandoned_spools, DRILL)
    spool = Spool(DRILL)
    try:
        await _take(steps, settings, spool.directory)
    except (Failed, StartError, Unavailable, Refused, PyMongoError, OSError) as error:
        steps.append(Step(STEPS[len(steps)], False, str(error), 0.0))
    finally:
        await asyncio.to_thread(spool.remove)
    return steps


STEPS = ("export", "validate", "start a scratch system", "import", "look at it", "export again", "compare")


async def _take(steps: list[Step], settings: Settings, place: Path) -> None:
    began = time.monotonic()

    def passed(found: str) -> None:
        nonlocal began
        steps.append(Step(STEPS[len(steps)], True, found, round(time.monotonic() - began, 2)))
        began = time.monotonic()

    first, second = place / "first", place / "second"
    await drop_abandoned_databases(settings)
    async with _reached(settings) as (client, store):
        passed(await _export(client, store, settings, first))
    report = await asyncio.to_thread(validate, first)
    if not is_importable(report):
        raise Failed(f"{report.faults.error_count} faults; the first: {report.faults.errors[0].message}")
    passed("no fault")
    async with scratch_system(settings, place / "scratch") as scratch, _reached(scratch) as (client, store):
        passed(f"databases {scratch.mongo_prefix}_*")
        passed(await _import(client, store, first, report))
        found, wrong = await open_pages(client, first)
        if wrong:
            raise Failed(wrong)
        passed(found)
        passed(await _export(client, store, scratch, second))
        if found := await asyncio.to_thread(difference, first, second):
            raise Failed(found)
        passed("the same, byte by byte")


@asynccontextmanager
async def _reached(settings: Settings) -> AsyncGenerator[tuple[Client, PortalStore]]:
    async with connected(settings) as client, connection.connect(settings, Service.PORTAL.value) as database:
        store = PortalStore(database)
        await store.prepare()
        yield client, store


async def _export(client: Client, store: PortalStore, settings: Settings, directory: Path) -> str:
    await asyncio.to_thread(directory.mkdir)
    exporter = Exporter(Owners(lambda: client), store, settings, Clock(settings.starts_at))
    manifest = await exporter.write(directory)
    return f"{sum(manifest.entity_counts.values())} records"


async def _import(client: Client, store: PortalStore, directory: Path, report: Report) -> str:
    with opened_export(directory, report) as export:
        tally = await Importer(client, store, dry_run=False).take_in(export, _ignore)
    if tally.reasons:
        ((entity, reason), records), *_ = tally.reasons.most_common(1)
        raise Failed(f"{records} {entity} were refused: {reason}")
    return f"{tally.total(ImportVerdict.INSERTED)} records"


def _ignore(_: int) -> None:
    """Nobody watches."""


def _print(steps: list[Step], console: Console, *, passed: bool) -> None:
    for step in steps:
        mark = "[green]ok[/]  " if step.passed else "[red]FAIL[/]"
        console.print(f"{mark}  {step.what:<24}{step.seconds:>8.2f} s  {escape(step.found)}", soft_wrap=True)
    console.print("Restored as it was." if passed else "The restore failed.")
