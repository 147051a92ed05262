"""What makes the notifier read on: anything that work says has changed, and the minute."""

import asyncio

import structlog
from faststream.nats import NatsBroker

from contracts.subjects import BUNDLE_CHANGED, CLOCK_MINUTE, SCHEDULE_CHANGED, TASK_CHANGED, WINDOWS_FINISHED
from contracts.values import Model, Service
from services.kit import health, tracing
from services.kit.broker import listen
from services.kit.cancellation import raise_if_cancelled
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.notifier.reader import BRIEF_OVERLAP, OVERLAP, HistoryReader
from services.notifier.sweeps import Sweeper

_RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0)
_EXPECTED = (Unavailable, Refused, PyMongoError, TimeoutError, ConnectionError)
_log = structlog.get_logger(__name__)


class Listener:
    """However many nudges arrive while it reads, it reads once more. Each minute, and at first, it also sweeps."""

    def __init__(self, reader: HistoryReader, sweeper: Sweeper) -> None:
        self._reader = reader
        self._sweeper = sweeper
        self._nudged = asyncio.Event()
        self._thoroughly = True
        self._causes: list[dict[str, str]] = []
        """Of the nudges since it last began to read, the traces."""
        self.state = "nothing read yet"
        """Of the last reading, in words; "ok" when it went well."""

    def subscribe(self, broker: NatsBroker) -> None:
        for event in (WINDOWS_FINISHED, TASK_CHANGED, BUNDLE_CHANGED, SCHEDULE_CHANGED):
            listen(broker, event, self._on_change, group=Service.NOTIFIER)
        listen(broker, CLOCK_MINUTE, self._on_minute, group=Service.NOTIFIER)

    async def _on_change(self, _: Model) -> None:
        self._causes.append(tracing.carried())
        self._nudged.set()

    async def _on_minute(self, _: Model) -> None:
        self._thoroughly = True
        self._nudged.set()

    async def run(self) -> None:
        """Read at once, then whenever nudged, until cancelled. What fails is tried again until it works."""
        failures = 0
        while True:
            succeeded = await self._reads()
            raise_if_cancelled()
            if succeeded:
                failures = 0
                await self._nudged.wait()
            else:
                delay = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)]
                failures += 1
                await asyncio.sleep(delay)
            self._nudged.clear()

    async def _reads(self) -> bool:
        thoroughly, self._thoroughly = self._thoroughly, False
        causes, self._causes = self._causes, []
        try:
            with tracing.caused_by("history", causes):
                await self._reader.catch_up(OVERLAP if thoroughly else BRIEF_OVERLAP)
                await (self._sweeper.sweep() if thoroughly else self._sweeper.sweep_failures())
        except _EXPECTED as error:
            self.state = f"{type(error).__name__}: {error}"
            _log.warning("history.read_failed", error=self.state)
        except Exception as error:  # noqa: BLE001  # logged and in `state`; later readings go on
            self.state = f"{type(error).__name__}: {error}"
            _log.exception("history.read_failed")
        else:
            self.state = health.OK
            return True
        self._thoroughly = True
        return False
