"""Exports that people wait for: written to a directory of this machine, then sent from there.

So a slow browser cannot outlive the instant that is read, and what fails does so before the first byte is sent.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from contracts.transfer.exports import Manifest
from services.kit.clock import Clock
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.portal.exports import messages
from services.portal.exports.archives import archive, archive_name
from services.portal.exports.directories import replacing
from services.portal.exports.exporter import Exporter, OnProgress, Progress
from services.portal.exports.spools import Spool
from services.portal.store import PortalStore

_KEPT = dt.timedelta(hours=1)
_BROWSER_WAITS_SECONDS = 2.0
_log = structlog.get_logger(__name__)


@dataclass
class Job:
    """The latest export of one person. Under way while it has neither a manifest nor a fault."""

    spool: Spool
    progress: Progress
    manifest: Manifest | None = None
    fault: str | None = None

    @property
    def going_on(self) -> bool:
        return self.manifest is None and self.fault is None


class Exports:
    """One is written at a time; others wait for their turn."""

    def __init__(self, exporter: Exporter, store: PortalStore) -> None:
        self._exporter = exporter
        self._store = store
        self._turn = asyncio.Lock()
        self._jobs: dict[str, Job] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def send(self, actor: str) -> tuple[str, AsyncIterator[bytes]]:
        """Name and bytes of an archive. Raises as ``Exporter.write`` does, before any byte is there."""
        spool = Spool()
        try:
            manifest = await self._write(spool.directory, actor, to="download")
            # Opened by now: the bytes go when the last of them is sent, also to a browser that leaves before.
            return archive_name(manifest), archive(spool.directory, manifest)
        finally:
            spool.remove()

    async def replace(self, target: Path, actor: str) -> Manifest:
        """Write into a directory of the server. Raises BadTarget besides what ``Exporter.write`` raises."""
        async with replacing(target) as directory:
            return await self._write(directory, actor, to="directory")

    async def start(self, actor: str) -> None:
        """Unless one of theirs is under way already. A short one is over when this returns."""
        earlier = self._jobs.get(actor)
        if earlier is not None and earlier.going_on:
            return
        if earlier is not None:
            self._forget(actor, earlier)
        job = self._jobs[actor] = Job(Spool(), Progress(0, 0, 0))
        running = asyncio.create_task(self._run(job, actor))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.wait([running], timeout=_BROWSER_WAITS_SECONDS)

    def of(self, actor: str) -> Job | None:
        """Kept for an hour after its end."""
        return self._jobs.get(actor)

    def download(self, actor: str) -> tuple[str, AsyncIterator[bytes]] | None:
        job = self.of(actor)
        if job is None or job.manifest is None:
            return None
        return archive_name(job.manifest), archive(job.spool.directory, job.manifest)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        for actor, job in list(self._jobs.items()):
            self._forget(actor, job)

    def _forget(self, actor: str, job: Job) -> None:
        """A later one of theirs stays."""
        if self._jobs.get(actor) is job:
            del self._jobs[actor]
        job.spool.remove()

    async def _run(self, job: Job, actor: str) -> None:
        def watch(progress: Progress) -> None:
            job.progress = progress

        try:
            job.manifest = await self._write(job.spool.directory, actor, to="page", on_progress=watch)
        except (Unavailable, Refused, PyMongoError, OSError) as error:
            _log.error("export.failed", error=f"{type(error).__name__}: {error}")
            job.fault = _in_words(error)
        except Exception:  # noqa: BLE001  # logged, and shown on the export page
            _log.exception("export.failed")
            job.fault = messages.UNEXPECTED
        finally:
            if job.going_on:
                job.fault = messages.INTERRUPTED
            asyncio.get_running_loop().call_later(_KEPT.total_seconds(), self._forget, actor, job)

    async def _write(self, directory: Path, actor: str, *, to: str, on_progress: OnProgress | None = None) -> Manifest:
        async with self._turn:
            manifest = await self._exporter.write(directory, on_progress)
        records = sum(manifest.entity_counts.values())
        await self._store.audit("export", at=Clock.wall(), actor=actor, details={"to": to, "records": records})
        return manifest


def _in_words(error: Exception) -> str:
    match error:
        case Unavailable():
            return messages.service_silent(error.service)
        case PyMongoError():
            return messages.DATABASE_SILENT
        case OSError():
            return messages.files_not_written(error.strerror or error)
        case _:
            return messages.refused(error)
