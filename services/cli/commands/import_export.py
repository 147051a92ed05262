"""``dataops import``: an export, of this system or of an earlier one, into the system that runs."""

import asyncio
import datetime as dt
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportVerdict
from services.cli.commands.validate_export import print_report
from services.cli.commands.validate_export import result as validation_result
from services.cli.imports.importer import NOT_KEPT, Export, Importer, Tally, claims_of
from services.cli.imports.mending import Mender
from services.cli.stack.client import connected, progress_on
from services.cli.stack.running import DataDir, connect_settings
from services.exports.checks.manifest import files_of, is_ours
from services.exports.kinds import instant_of
from services.exports.reader.container import opened
from services.exports.validator import Report, validate
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.portal.store import PortalStore

_LISTED = 20


@dataclass(frozen=True)
class Imported:
    """``mended_counts``: what was mended in the records of another system, and in how many."""

    tally: Tally
    mended_counts: dict[str, int]
    left_out: dict[Entity, int]


def import_export(
    path: Annotated[Path, typer.Argument(metavar="DIR_OR_ZIP", help="Directory or zip archive of an export.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each record.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace what was changed here after the export.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Take in an export: new records are added, older ones updated; what was changed here later is kept.

    Each record that changes is listed and gets a history entry. Nobody gets more rights than they have here. It may be
    repeated. An invalid export is refused whole. Nothing is generated for dates before the import. New users
    have no password until an admin sets one. Exit code 1 when the export, or a record of it, was refused.
    """
    console, report = Console(highlight=False), validate(path)
    if not is_importable(report):
        if as_json:
            typer.echo(json.dumps(validation_result(report)))
        else:
            print_report(report, console)
            console.print("Nothing was imported.")
        raise typer.Exit(1)
    imported = asyncio.run(
        _import(connect_settings(data_dir), path, report, console, dry_run=dry_run, overwrite=overwrite)
    )
    if as_json:
        typer.echo(json.dumps(_result(imported, dry_run=dry_run)))
    else:
        if secrets := report.faults.sound_count:
            console.print(f"{secrets} texts look like they hold a secret, and are imported as they are.")
        _print(imported, console, dry_run=dry_run)
    if imported.tally.reasons:
        raise typer.Exit(1)


def is_importable(report: Report) -> bool:
    """Valid, but for texts with secrets that an earlier version did not know; or another system's, whose only errors
    are references that lead nowhere and tasks closed without proof: what it once allowed cannot be undone."""
    faults = report.faults
    if report.manifest is None:
        return report.valid
    if is_ours(report.manifest):
        return faults.error_count == faults.sound_count
    return faults.error_count == faults.mendable_count


async def _import(
    settings: Settings, path: Path, report: Report, console: Console, *, dry_run: bool, overwrite: bool
) -> Imported:
    async with connected(settings) as client, connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        with opened_export(path, report) as export, progress_on(console) as progress:
            bar = progress.add_task("Importing", total=sum(report.counts.values()))
            importer = Importer(client, store, dry_run=dry_run, overwrite=overwrite)
            tally = await importer.take_in(export, lambda records: progress.advance(bar, records))
        if not dry_run:
            counts = {entity: dict(verdicts) for entity, verdicts in tally.verdicts.items()}
            await store.audit("export.imported", at=Clock.wall(), actor=None, details={"records": counts})
    mended_counts = dict(export.mender.mended_counts.most_common()) if export.mender else {}
    return Imported(
        tally, mended_counts, {entity: report.counts[entity] for entity in NOT_KEPT if report.counts.get(entity)}
    )


@contextmanager
def opened_export(path: Path, report: Report) -> Generator[Export]:
    """The records of a validated export, fit to be sent."""
    assert report.manifest is not None
    files = files_of(report.manifest)
    with opened(path) as container:
        if is_ours(report.manifest):
            yield Export(container, files)
            return
        exported_at = instant_of(str(report.manifest["generated_at"])) or dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        yield Export(container, files, Mender(report.known.ids, claims_of(container, files), exported_at))


def _result(imported: Imported, *, dry_run: bool) -> dict[str, Any]:
    tally = imported.tally
    return {
        "dryRun": dry_run,
        "entities": {
            entity: {verdict: counted[verdict] for verdict in ImportVerdict}
            for entity, counted in tally.verdicts.items()
        },
        "refused": [
            {"entity": entity, "reason": reason, "records": records, "first": tally.first[entity, reason]}
            for (entity, reason), records in tally.reasons.most_common()
        ],
        "changes": [{"entity": entity, **one.model_dump(exclude_none=True)} for entity, one in tally.listed],
        "mended": imported.mended_counts,
        "leftOut": imported.left_out,
    }


def _print(imported: Imported, console: Console, *, dry_run: bool) -> None:
    verdicts = tuple(ImportVerdict)
    console.print(f"{'':<18}" + "".join(f"{verdict:>10}" for verdict in verdicts), style="bold")
    for entity, counted in imported.tally.verdicts.items():
        line = "".join(f"{counted[verdict]:>10}" for verdict in verdicts)
        console.print(f"{entity.replace('_', ' '):<18}{line}")
    for entity, one in imported.tally.listed:
        why = f" ({one.reason})" if one.reason else ""
        console.print(escape(f"{one.verdict}: {entity} {one.id}: {', '.join(one.changed)}{why}"), soft_wrap=True)
    for (entity, reason), records in imported.tally.reasons.most_common(_LISTED):
        first = imported.tally.first[entity, reason]
        console.print(escape(f"refused: {records} {entity}, {first} first: {reason}"), soft_wrap=True)
    for what, records in list(imported.mended_counts.items())[:_LISTED]:
        console.print(escape(f"mended: {what} ({records})"), soft_wrap=True)
    if len(imported.mended_counts) > _LISTED:
        console.print(f"and {len(imported.mended_counts) - _LISTED} more: see --json.")
    for entity, records in imported.left_out.items():
        console.print(f"left out: {records} {entity.replace('_', ' ')}, which no service here stores")
    if dry_run:
        console.print("Nothing was written.")
