"""Explicit generation: a date range, in pages that are durable one by one."""

import datetime as dt
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog

from contracts.cron.expression import CronError, CronExpression
from contracts.generation import FailedWindow, Generate, Generated, GenerateToday
from contracts.subjects import REPLY_BYTES
from contracts.templates import Template
from contracts.values import Kind, Outcome, Trigger, Window
from contracts.windows import WindowsFinished
from services.kit.clock import Clock
from services.kit.refused import invalid_field, refused
from services.work import metrics
from services.work.generation import messages
from services.work.generation.generator import Generator, Handled, finished
from services.work.generation.records import Asked
from services.work.messages import NOT_A_POSITION
from services.work.schedules.reading import Source, source_of
from services.work.schedules.store import Schedules
from services.work.tasks.rows import task_of
from services.work.tasks.store import run_of

_WINDOWS_A_PAGE = 500
_SOURCES_AT_ONCE = 100
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Position:
    """Where a page ended: the last window that was handled."""

    kind: Kind
    source_id: str = ""
    date: dt.date = dt.date.min

    @classmethod
    def read(cls, text: str) -> "_Position":
        kind, source_id, date = text.split("/")
        return cls(Kind(kind), source_id, dt.date.fromisoformat(date))

    def __str__(self) -> str:
        return f"{self.kind}/{self.source_id}/{self.date.isoformat()}"


class ExplicitGeneration:
    def __init__(
        self,
        schedules: Schedules,
        generator: Generator,
        clock: Clock,
        zone: ZoneInfo,
        publish: Callable[[WindowsFinished], Awaitable[None]],
    ) -> None:
        self._schedules = schedules
        self._generator = generator
        self._clock = clock
        self._zone = zone
        self._publish = publish

    async def generate(self, command: Generate) -> Generated:
        if command.source_ids is not None and (unknown := await self._unknown(command.source_ids, command.kinds)):
            raise refused("not_found", messages.no_schedule(unknown), fields={"sourceIds": unknown})
        try:
            start = _Position.read(command.after) if command.after else _Position(command.kinds[0])
        except ValueError:
            raise invalid_field("after", NOT_A_POSITION) from None
        asked, end = await self._next_windows(command, start)
        if command.dry_run:
            return Generated(planned=await self._generator.plan(asked), after=str(end) if end else None)
        started = time.perf_counter()
        results = await self._generator.handle(asked)
        metrics.count(asked, results, took=time.perf_counter() - started, now=self._clock.now())
        if results:
            await self._publish(finished(results))
        page = summary(results, after=str(end) if end else None)
        _log.info(
            "windows.requested",
            trigger=command.trigger.value,
            windows=len(asked),
            generated=sum(one.is_new for one in results),
            skipped=page.skipped_tasks + page.skipped_bundles,
            failed=len(page.failed),
            after=page.after,
        )
        return page

    async def today(self, command: GenerateToday) -> Generated:
        today = command.date or self._clock.now().astimezone(self._zone).date()
        return await self.generate(
            Generate(start_date=today, end_date=today, trigger=Trigger.MANUAL, actor=command.actor, after=command.after)
        )

    async def _unknown(self, ids: Sequence[str], kinds: Sequence[Kind]) -> str | None:
        now = self._clock.now()
        known: set[str] = set()
        for kind in kinds:
            known |= (await self._schedules.load(kind, list(ids), now)).keys()
        return next((id for id in ids if id not in known), None)

    async def _next_windows(self, command: Generate, start: _Position) -> tuple[list[Asked], _Position | None]:
        """The windows of the next page, as many as its reply and its time can hold, and where it ends."""
        asked: list[Asked] = []
        room = REPLY_BYTES
        for kind in command.kinds[command.kinds.index(start.kind) :]:
            position = start if kind is start.kind else _Position(kind)
            async for source in self._active_sources(kind, position.source_id, command.source_ids):
                first = command.start_date
                if source.schedule.source_id == position.source_id:
                    first = max(first, position.date + dt.timedelta(days=1))
                for date in self._dates(source, first, command.end_date):
                    room -= _reply_size(source)
                    if asked and (room < 0 or len(asked) >= _WINDOWS_A_PAGE):
                        last = asked[-1].window
                        return asked, _Position(last.kind, last.source_id, last.date)
                    window = Window(kind=kind, source_id=source.schedule.source_id, date=date)
                    asked.append(Asked(window, command.trigger, actor=command.actor))
        return asked, None

    async def _active_sources(self, kind: Kind, from_id: str, only: Sequence[str] | None) -> AsyncGenerator[Source]:
        """Sources from an id on, in order; all that are active, or the chosen ones, paused too."""
        now, after = self._clock.now(), ""
        while documents := await self._schedules.page(
            kind, after=after, limit=_SOURCES_AT_ONCE, start=from_id, only=only
        ):
            for document in documents:
                if "timeline" in document:
                    source = source_of(kind, document, now)
                    current = source.schedule.revision_at(now) or source.schedule.timeline[0]
                    if only is not None or (current.enabled and not current.archived):
                        yield source
            after = documents[-1]["_id"]

    def _dates(self, source: Source, first: dt.date, last: dt.date) -> list[dt.date]:
        """Dates that today's cron matches; for a cron that cannot be read all, so that each fails in sight."""
        current = source.schedule.revision_at(self._clock.now()) or source.schedule.timeline[0]
        if first > last:
            return []
        try:
            return CronExpression.parse(current.cron).dates_between(first, last)
        except CronError:
            return [first + dt.timedelta(days=day) for day in range((last - first).days + 1)]


def _reply_size(source: Source) -> int:
    """About what one window adds to a reply: a task repeats its definition, and has some 600 bytes of its own."""
    steps = len(source.definition.task_definitions) if isinstance(source.definition, Template) else 1
    return source.size + 600 * (steps + 1)


def summary(results: Sequence[Handled], after: str | None) -> Generated:
    """What one page made and did not make; a window counts once, whatever it holds."""
    new = [one for one in results if one.is_new]
    skipped = [one for one in results if one.repeated or one.outcome is Outcome.SKIPPED]
    return Generated(
        tasks=[task_of(one.documents[0]) for one in new if one.window.kind is Kind.RECURRING],
        bundles=[run_of(one.documents[0]) for one in new if one.window.kind is Kind.TEMPLATE],
        skipped_tasks=sum(one.window.kind is Kind.RECURRING for one in skipped),
        skipped_bundles=sum(one.window.kind is Kind.TEMPLATE for one in skipped),
        paused=sum(one.outcome is Outcome.PAUSED for one in results),
        failed=[
            FailedWindow(
                kind=one.window.kind, source_id=one.window.source_id, date=one.window.date, error=one.error.message
            )
            for one in results
            if one.error is not None and one.outcome not in (Outcome.PAUSED, Outcome.SKIPPED)
        ],
        after=after,
    )
