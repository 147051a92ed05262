"""``dataops sweep-uploads``: delete the uploads that no record names, however many they are."""

import asyncio
from typing import Annotated

import typer

from services.cli.stack.client import connected
from services.cli.stack.running import DataDir, connect_settings
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.portal.files.sweep import UploadSweep, sweep
from services.portal.owners import Owners
from services.portal.store import PortalStore


def sweep_uploads(
    delete: Annotated[bool, typer.Option("--delete", help="Delete them permanently.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Say how many uploads no record has named for 30 days, and with --delete delete them.

    The portal does so every hour, but stops where more than a few would go. If its database was restored, import the
    export first: then the records name the files again.
    """
    state = asyncio.run(_sweep(connect_settings(data_dir), delete=delete))
    typer.echo(
        f"Deleted {state.deleted} files." if delete else f"{state.held} files would be deleted: --delete does so."
    )


async def _sweep(settings: Settings, *, delete: bool) -> UploadSweep:
    state = UploadSweep()
    async with connected(settings) as client, connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        await sweep(store.bytes, Owners(lambda: client), Clock.wall(), state, few=None if delete else 0)
        if delete:
            details = {"deleted": state.deleted}
            await store.audit("uploads.swept", at=Clock.wall(), actor=None, details=details)
    return state
