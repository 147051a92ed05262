"""Windows that were published and left no trace are published again: the broker never holds the only copy."""

import asyncio
import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import structlog
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from contracts.subjects import WINDOW_DUE
from contracts.values import Incident
from services.kit.cancellation import heed_cancellation
from services.kit.clock import Clock
from services.scheduler import incidents
from services.scheduler.agenda import Agenda, DueWindow
from services.scheduler.asking import find_unrecorded
from services.scheduler.feed import ScheduleReader
from services.scheduler.outages import steps
from services.scheduler.publisher import Publisher
from services.scheduler.store import Loss, ProgressStore, Span
from services.scheduler.stream_watch import StreamWatch
from services.scheduler.ticker import EXPECTED

_CONSUMER = "work"
_MARGIN = dt.timedelta(minutes=5)
_BEFORE = dt.timedelta(milliseconds=1)
"""The shortest time that MongoDB can tell apart."""
_LEASE = dt.timedelta(minutes=1)
_TRIES = 3
"""A window that leaves no trace however often it is published is one that work does not know: not worth more."""
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 180.0, 3_600.0
_SOON_SECONDS = 5.0
_SHARE = 1_000
"""A full list of very many schedules takes seconds: at most a thousandth of the time goes into reading it."""

_log = structlog.get_logger(__name__)


class Reconciler:
    """Compares what should have been published with the ledger, once the consumer has nothing left to handle.

    Windows keep their identity, so publishing one that was not lost after all does no harm.
    """

    def __init__(
        self, client: Client, store: ProgressStore, *, clock: Clock, zone: ZoneInfo, catch_up: dt.timedelta
    ) -> None:
        self._client = client
        self._stream = client.jetstream()
        self._watch = StreamWatch(self._stream)
        self._publisher = Publisher(client)
        self._store = store
        self._clock = clock
        self._zone = zone
        self._catch_up = catch_up
        self._wanted = asyncio.Event()
        self._tries: dict[DueWindow, int] = {}

    async def consider(self) -> None:
        """Called after each tick: reconcile at once when the broker looks as if it had lost windows."""
        try:
            lost = await self._watch.looks_lost()
        except EXPECTED as error:
            _log.warning("stream.unseen", error=f"{type(error).__name__}: {error}")
            return
        if lost:
            self._wanted.set()

    async def run(self) -> None:
        """Reconcile after the first tick, then every few minutes and when wanted, until cancelled."""
        await self._wanted.wait()
        while True:
            self._wanted.clear()
            began = asyncio.get_running_loop().time()
            done = await self._succeeds()
            heed_cancellation()
            took = asyncio.get_running_loop().time() - began
            pause = min(max(_PAUSE_SECONDS, took * _SHARE), _LONGEST_PAUSE_SECONDS) if done else _SOON_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wanted.wait()

    async def _succeeds(self) -> bool:
        try:
            return await self.reconcile()
        except EXPECTED as error:
            _log.warning("reconciliation.failed", error=f"{type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001  # a bug here must not end the scheduler
            _log.exception("reconciliation.failed")
        return False

    async def reconcile(self) -> bool:
        """False when it is too early: windows are still on their way, or another scheduler is at it."""
        progress = await self._store.progress()
        if progress.published is None:
            return True
        span = Span(progress.confirmed or progress.published - self._catch_up, progress.published - _MARGIN)
        if progress.loss is None and span.since >= span.until:
            return True
        if not await self._all_is_handled():
            return False
        run = await self._store.begin_reconciliation(self._clock.wall(), lease=_LEASE)
        if run is None:
            return False
        try:
            await self._reconcile(progress.loss, span, run)
        finally:
            await self._store.end_reconciliation(run)
        return True

    async def _all_is_handled(self) -> bool:
        """Whether every stored window was handled. Without stream or consumer there is nobody to handle any."""
        assert WINDOW_DUE.stream is not None
        try:
            info = await self._stream.consumer_info(WINDOW_DUE.stream, _CONSUMER)
        except NotFoundError:
            return False
        return not info.num_pending and not info.num_ack_pending

    async def _reconcile(self, untold: Loss | None, span: Span, run: int) -> None:
        agenda = Agenda()
        await ScheduleReader(self._client).refresh(agenda)
        windows, lost = 0, list[DueWindow]()
        for interval in steps(*span):
            due = agenda.windows_between(*interval, self._zone)
            windows += len(due)
            lost += await find_unrecorded(self._client, due)
        again = [due for due in lost if self._tries.get(due, 0) < _TRIES]
        if again:
            await self._publish_again(again, untold or Loss(span, len(again)), run)
        elif untold is not None:
            await self._tell(untold)
        confirmed = min(due.opens_at for due in again) - _BEFORE if again else span.until
        await self._store.move_confirmed(confirmed)
        _log.info(
            "reconciled",
            after=span.since.isoformat(),
            until=span.until.isoformat(),
            windows=windows,
            published_again=len(again),
        )
        if len(again) < len(lost):
            given_up = [due for due in lost if due not in set(again)]
            _log.error("windows.given_up", count=len(given_up), first=given_up[0].window.id)

    async def _publish_again(self, due: list[DueWindow], loss: Loss, run: int) -> None:
        """Whoever goes on after a crash in here tells the same loss again."""
        await self._store.begin_loss(loss)
        await self._publisher.publish(due, self._clock.now(), again=run)
        self._tries.update({one: self._tries.get(one, 0) + 1 for one in due})
        await self._tell(loss)

    async def _tell(self, loss: Loss) -> None:
        await incidents.report(self._client, Incident.WINDOWS_LOST, loss.span, made_late=loss.windows)
        await self._store.end_loss()
