"""``dataops export``: everything into a directory, as it is at one instant."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from contracts.transfer.exports import Manifest
from services.cli.stack.client import connected, progress_on
from services.cli.stack.running import DataDir, connect_settings
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import PyMongoError
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.exports.directories import BadTarget, replacing
from services.portal.exports.exporter import Exporter, Progress
from services.portal.owners import Owners
from services.portal.store import PortalStore


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; an earlier export there is replaced.")],
    data_dir: DataDir = None,
) -> None:
    """Write an export: all records as they are at one instant, without passwords, sessions and secrets in texts.

    The directory appears when everything is in it; if anything fails, what was there stays.
    """
    settings, target = connect_settings(data_dir), Path(os.path.abspath(directory))
    try:
        manifest = asyncio.run(_export(settings, target, Console(highlight=False)))
    except BadTarget as error:
        raise StartError(f"Nothing is exported: {error}.") from error
    except PyMongoError as error:
        raise StartError(f"The portal's database cannot be read: {error}") from error
    except OSError as error:
        raise StartError(f"The export could not be written: {error.strerror or error}.") from error
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in manifest.entity_counts.items() if count)
    typer.echo(f"Exported to {target}: {counts or 'no records'}.")
    for entity, number in manifest.odd_record_counts.items():
        typer.echo(f"{number} of {entity} could not be exported exactly as stored; the manifest says why.")


async def _export(settings: Settings, target: Path, console: Console) -> Manifest:
    async with connected(settings) as client, connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        exporter = Exporter(Owners(lambda: client), store, settings, Clock(settings.starts_at))
        with progress_on(console) as progress:
            bar = progress.add_task(f"Exporting to {escape(target.name)}", total=None)

            def show(done: Progress) -> None:
                progress.update(bar, completed=done.records, total=done.total)

            async with replacing(target) as directory:
                manifest = await exporter.write(directory, show)
        records = sum(manifest.entity_counts.values())
        await store.audit("export", at=Clock.wall(), actor=None, details={"to": "directory", "records": records})
    return manifest
