"""Out of a system and into one: what the commands do, with the services of the test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.transfer.exports import Manifest
from services.cli.commands.import_export import is_importable, opened_export
from services.cli.imports.importer import Importer, Tally
from services.exports.validator import Report, validate
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.portal.exports.exporter import Exporter
from services.portal.owners import Owners
from services.portal.store import PortalStore
from tests.system import System


@asynccontextmanager
async def portal_store(system: System) -> AsyncGenerator[PortalStore]:
    async with connection.connect(system.settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        yield store


async def export(system: System, directory: Path) -> Manifest:
    await asyncio.to_thread(directory.mkdir)
    async with portal_store(system) as store:
        exporter = Exporter(Owners(lambda: system.client), store, system.settings, Clock(system.settings.starts_at))
        return await exporter.write(directory)


async def take_in(system: System, path: Path, *, dry_run: bool = False, overwrite: bool = False) -> Tally:
    """Fails the test when the export may not be imported."""
    report = valid(path)
    async with portal_store(system) as store:
        with opened_export(path, report) as records:
            importer = Importer(system.client, store, dry_run=dry_run, overwrite=overwrite)
            return await importer.take_in(records, lambda _: None)


def valid(path: Path) -> Report:
    report = validate(path)
    assert is_importable(report), [fault.message for fault in report.faults.errors]
    return report


def bodies(directory: Path) -> dict[str, bytes]:
    """The record files of an export."""
    return {file.name: file.read_bytes() for file in sorted(directory.glob("*.jsonl"))}
