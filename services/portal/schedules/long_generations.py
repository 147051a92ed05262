"""Generations that take longer than a browser should wait: they go on here, and their page shows how far they are."""

import asyncio
import datetime as dt
from collections.abc import Mapping

import structlog

from contracts.generation import Generate
from contracts.subjects import GENERATE
from services.kit.clock import Clock
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.portal.owners import Owners
from services.portal.schedules.generations import Generation, State, asked_for, grown
from services.portal.store import PortalStore

_KEPT = dt.timedelta(days=30)
_BROWSER_WAITS_SECONDS = 2.0
_log = structlog.get_logger(__name__)


class LongGenerations:
    """One task for each that is under way. Every page is durable in work, so one that is cut off by a stop is simply
    asked for again."""

    def __init__(self, owners: Owners, store: PortalStore) -> None:
        self._owners = owners
        self._store = store
        self._running: set[asyncio.Task[None]] = set()

    async def start(self, command: Generate, titles: Mapping[str, str]) -> Generation:
        """The whole result if it comes soon, else the beginning of it. Raises Refused, which comes at once."""
        first = await self._owners.ask(GENERATE, command)
        now = Clock.wall()
        begun = grown(asked_for(command, titles, at=now), first, titles, at=now)
        await self._keep(begun)
        if first.after is not None:
            rest = asyncio.create_task(self._go_on(begun, command, first.after, titles))
            self._running.add(rest)
            rest.add_done_callback(self._running.discard)
            await asyncio.wait([rest], timeout=_BROWSER_WAITS_SECONDS)
        return begun

    async def stop(self) -> None:
        """Cut off what is under way; its page says so."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _go_on(self, so_far: Generation, command: Generate, after: str | None, titles: Mapping[str, str]) -> None:
        try:
            while after is not None:
                page = await self._owners.ask(GENERATE, command.model_copy(update={"after": after}))
                so_far, after = grown(so_far, page, titles, at=Clock.wall()), page.after
                await self._keep(so_far)
        except Refused as error:
            _log.error("generation.refused", generation=so_far.id, reason=str(error))
        except Unavailable as error:
            _log.error("generation.interrupted", generation=so_far.id, error=str(error))
        except Exception:  # noqa: BLE001  # logged, and its page says that it stopped
            _log.exception("generation.failed", generation=so_far.id)
        finally:
            if so_far.state is State.RUNNING:
                await self._keep(so_far.model_copy(update={"at": Clock.wall(), "state": State.STOPPED}))

    async def _keep(self, generation: Generation) -> None:
        await self._store.keep_generation(generation, until=Clock.wall() + _KEPT)
