"""What holds up a window that opened and has no ledger entry."""

import datetime as dt
from collections.abc import Callable

from contracts.values import Window
from services.kit.clock import Clock
from services.work.generation.queue import WindowQueue
from services.work.generation.unexplained import Unexplained
from services.work.generation.why import Held
from services.work.home.store import HomeView

_SILENCE = dt.timedelta(minutes=3)


class Holding:
    """``queue`` and ``consumer_fault`` are asked for each time: both come after the start. The fault is that of this
    worker's consumer, None while it works."""

    def __init__(
        self,
        home: HomeView,
        unexplained: Unexplained,
        *,
        queue: Callable[[], WindowQueue],
        consumer_fault: Callable[[], str | None],
    ) -> None:
        self._home = home
        self._unexplained = unexplained
        self._queue = queue
        self._consumer_fault = consumer_fault

    async def of(self, window: Window) -> Held:
        last_tick, found = await self._home.last_tick(), await self._unexplained.find(window.id)
        return Held(
            is_silent=last_tick is None or Clock.wall() - last_tick > _SILENCE,
            silent_since=last_tick,
            waiting=await self._queue().waiting(),
            consumer_fault=self._consumer_fault(),
            sent_at=found.sent_at if found else None,
            tries=found.tries if found else 0,
        )
