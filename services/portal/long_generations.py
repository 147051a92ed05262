"""Generations that take longer than a browser should wait: they go on here, and their page shows how far they are."""

import asyncio
import datetime as dt
from collections.abc import Mapping

import structlog

from contracts.commands import Generate
from contracts.subjects import GENERATE, Refused
from contracts.views import Generated
from services.kit.clock import Clock
from services.kit.unavailable import Unavailable
from services.portal.generations import Generation, State, summed_up
from services.portal.owners import Owners
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

    async def start(self, command: Generate, titles: Mapping[str, str]) -> Generation | Refused:
        """The whole result if it comes soon, else the beginning of it; what refuses does so at once."""
        first = await self._owners.ask(GENERATE, command)
        if isinstance(first, Refused):
            return first
        pages = [first.view]
        state = State.RUNNING if first.view.after else State.DONE
        begun = summed_up(command, pages, at=Clock.wall(), titles=titles, state=state)
        await self._store.keep_generation(begun, until=Clock.wall() + _KEPT)
        if state is State.RUNNING:
            rest = asyncio.create_task(self._go_on(begun.id, command, pages, titles))
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

    async def _go_on(self, id: str, command: Generate, pages: list[Generated], titles: Mapping[str, str]) -> None:
        state = State.STOPPED
        try:
            while after := pages[-1].after:
                reply = await self._owners.ask(GENERATE, command.model_copy(update={"after": after}))
                if isinstance(reply, Refused):
                    _log.error("generation.refused", generation=id, reason=reply.message)
                    return
                pages.append(reply.view)
                await self._keep(summed_up(command, pages, at=Clock.wall(), titles=titles, id=id, state=State.RUNNING))
            state = State.DONE
        except Unavailable as error:
            _log.error("generation.interrupted", generation=id, error=str(error))
        finally:
            await self._keep(summed_up(command, pages, at=Clock.wall(), titles=titles, id=id, state=state))

    async def _keep(self, generation: Generation) -> None:
        await self._store.keep_generation(generation, until=Clock.wall() + _KEPT)
