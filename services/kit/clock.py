"""The only place that reads the machine's clock."""

import asyncio
from datetime import UTC, datetime, timedelta


class Clock:
    """Application time: the machine's, shifted by an offset that a test may change.

    Business rules take ``now()``. Sessions, throttling, retention and timeouts take ``wall()``, so that a test
    that lives in 2028 stays signed in.
    """

    def __init__(self, starts_at: datetime | None = None) -> None:
        self._offset = timedelta(0)
        self._changed = asyncio.Event()
        self.times_set = 0
        """How often the clock was set: who compares it before and after knows that a change came in between."""
        if starts_at is not None:
            self.set(starts_at)

    def now(self) -> datetime:
        return self.wall() + self._offset

    @staticmethod
    def wall() -> datetime:
        """The machine's time, in milliseconds as MongoDB keeps it."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def set(self, at: datetime) -> None:
        self._offset = at.astimezone(UTC) - self.wall()
        self.times_set += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def sleep_until(self, at: datetime) -> None:
        """Return when ``now()`` reaches ``at``, or at once when the clock is set to anything."""
        changed = self._changed
        seconds = (at - self.now()).total_seconds()
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return
