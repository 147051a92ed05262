"""A scheduler alone, with an owner made up for it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import NotFoundError

from contracts.events import ClockMinute
from contracts.generation import ReportIncident
from contracts.schedules import Schedule, ScheduleFeed, ScheduleFeedPage
from contracts.subjects import (
    COUNT_MADE_AHEAD,
    FIND_OUTCOMES,
    REPORT_INCIDENT,
    SCHEDULE_FEED,
    WINDOW_DUE,
    Nothing,
)
from contracts.values import Outcome
from contracts.windows import CountMadeAhead, FindOutcomes, MadeAhead, Outcomes, WindowDue
from services.kit import broker
from services.kit.clock import Clock
from services.kit.refused import refused
from services.kit.settings import Settings
from services.scheduler.app import serve

PATIENCE = 20.0


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime(2028, 2, day, hour, minute, second, tzinfo=dt.UTC)


class PlayedWork:
    """Keeps the window stream and answers the schedule feed, two schedules a page."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream = client.jetstream()
        self.schedules: list[Schedule] = []
        self.meanwhile: list[Callable[[], None]] = []
        """What happens, once, while the scheduler waits for an answer."""
        self.reports: list[ReportIncident] = []
        self.refusing_reports = False
        self.recorded: set[str] = set()
        """Windows that made their task."""
        self.made_early: set[str] = set()
        """Windows that somebody had made before they opened."""

    def answer(self, nats: NatsBroker) -> None:
        broker.answer(nats, SCHEDULE_FEED, self.feed)
        broker.answer(nats, REPORT_INCIDENT, self.report)
        broker.answer(nats, FIND_OUTCOMES, self.outcomes)
        broker.answer(nats, COUNT_MADE_AHEAD, self.made_ahead)

    async def report(self, command: ReportIncident) -> Nothing:
        if self.refusing_reports:
            raise refused("internal", "Internal server error")
        self.reports.append(command)
        return Nothing()

    async def outcomes(self, question: FindOutcomes) -> Outcomes:
        return Outcomes(outcomes={id: Outcome.GENERATED for id in question.windows if id in self.recorded})

    async def made_ahead(self, question: CountMadeAhead) -> MadeAhead:
        return MadeAhead(windows=len(self.made_early.intersection(question.windows)))

    async def keep(self, *window_ids: str) -> None:
        """What an earlier scheduler had published before it was killed, of duties at nine."""
        for id in window_ids:
            subject = f"dataops.window.due.{id.replace(':', '.')}"
            await self._stream.publish(
                subject,
                WindowDue(late=True).model_dump_json().encode(),
                headers={"Nats-Msg-Id": f"{id}@{id[-10:]}T09:00Z"},
            )

    async def hold_at_most(self, messages: int) -> None:
        await self._stream.update_stream(_stream(max_msgs=messages, discard=DiscardPolicy.NEW))

    async def delete_stream(self) -> None:
        with suppress(NotFoundError):
            await self._stream.delete_stream("WINDOWS")

    async def create_stream(self) -> None:
        await self.delete_stream()
        await self._stream.add_stream(_stream())

    async def feed(self, asked: ScheduleFeed) -> ScheduleFeedPage:
        if self.meanwhile:
            self.meanwhile.pop()()
        changed = [one for one in self.schedules if asked.since is None or one.changed_at >= asked.since]
        first = int(asked.after or 0)
        more = str(first + 2) if len(changed) > first + 2 else None
        return ScheduleFeedPage(items=changed[first : first + 2], as_of=Clock.wall(), after=more)

    async def received(self) -> dict[str, WindowDue]:
        """Every stored message: subject after the prefix, and body. Twins would fail here."""
        state = (await self._stream.stream_info("WINDOWS")).state
        messages = [await self._stream.get_msg("WINDOWS", seq) for seq in range(1, state.last_seq + 1)]
        found = {str(message.subject): WindowDue.model_validate_json(message.data or b"") for message in messages}
        assert len(found) == len(messages)
        return {subject.removeprefix("dataops.window.due."): body for subject, body in found.items()}


def _stream(**limits: Any) -> StreamConfig:
    return StreamConfig("WINDOWS", subjects=[WINDOW_DUE.subject], duplicate_window=3600, **limits)


class Minutes:
    """Hears the time being told."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[dt.datetime] = asyncio.Queue()

    async def receive(self, minute: ClockMinute) -> None:
        self.received.put_nowait(minute.at)

    async def next(self) -> dt.datetime:
        async with asyncio.timeout(PATIENCE):
            return await self.received.get()

    async def reach(self, at: dt.datetime) -> None:
        while await self.next() < at:
            pass


@asynccontextmanager
async def background(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
        assert not task.done(), "it stopped by itself"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def scheduler(settings: Settings, *, starts_at: dt.datetime) -> AsyncIterator[None]:
    """The whole service, living at ``starts_at``."""
    async with background(serve(settings.model_copy(update={"clock": starts_at, "test_control": True}))):
        yield
