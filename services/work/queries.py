"""Queries. A page holds what fits in a reply: the asker goes on with ``after``."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from contracts import queries
from contracts.cron import CronError, CronExpression
from contracts.subjects import Refused
from contracts.values import Kind, Model
from contracts.views import Home, RecurringConfig, ScheduleRow, Task, TaskRow
from services.kit.clock import Clock
from services.kit.mongo import Document
from services.work.stores.generation import Generation
from services.work.stores.history import History, feed_position
from services.work.stores.home import HomeView
from services.work.stores.schedules import Schedules, config_of, schedule_of
from services.work.stores.tasks import Tasks, task_position

REPLY_BYTES = 400_000
_PAGE = 200
ItemT = TypeVar("ItemT", bound=Model)


class Queries:
    def __init__(
        self,
        schedules: Schedules,
        tasks: Tasks,
        generation: Generation,
        history: History,
        home: HomeView,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._schedules = schedules
        self._tasks = tasks
        self._generation = generation
        self._history = history
        self._home = home
        self._clock = clock
        self._zone = zone

    async def home(self, question: queries.GetHome) -> Home:
        return await self._home.at(self._clock.now(), question.others)

    async def recurring(self, question: queries.GetRecurring) -> RecurringConfig | Refused:
        document = await self._schedules.find(Kind.RECURRING, question.id)
        if document is None:
            return Refused(code="not_found", message="Recurring config not found")
        return config_of(document, self._clock.now())

    async def recurring_page(self, question: queries.ListRecurring) -> queries.RecurringPage:
        documents = await self._schedules.page(Kind.RECURRING, after=question.after or "", limit=_PAGE)
        configs = [config_of(document, self._clock.now()) for document in documents]
        items, after = page_of(configs, _PAGE, lambda config: config.id)
        return queries.RecurringPage(items=items, after=after)

    async def schedule(self, question: queries.ScheduleQuestion) -> ScheduleRow | Refused:
        document = await self._schedules.find(question.kind, question.id)
        if document is None or "timeline" not in document:
            return Refused(code="not_found", message="Schedule not found")
        return await self.schedule_row(question.kind, document)

    async def schedules(self, question: queries.ListSchedules) -> queries.SchedulePage:
        """Recurring configs, then templates with a trigger; ``after`` is ``<kind>/<id>``."""
        kind_text, _, after_id = (question.after or f"{Kind.RECURRING}/").partition("/")
        kind = Kind(kind_text)
        documents = await self._schedules.page(kind, after=after_id, limit=_PAGE)
        rows = [await self.schedule_row(kind, document) for document in documents if "timeline" in document]
        items, after = page_of(rows, _PAGE, lambda row: f"{kind}/{row.id}")
        if after is None and len(documents) == _PAGE:
            after = f"{kind}/{documents[-1]['_id']}"
        if after is None and kind is Kind.RECURRING:
            after = f"{Kind.TEMPLATE}/"
        return queries.SchedulePage(items=items, after=after)

    async def schedule_row(self, kind: Kind, document: Document) -> ScheduleRow:
        now = self._clock.now()
        schedule = schedule_of(kind, document)
        revision = schedule.revision_at(now) or schedule.timeline[0]
        sentence, several, upcoming = "cannot be read", False, None
        try:
            cron = CronExpression.parse(revision.cron)
        except CronError:
            pass
        else:
            sentence, several = cron.sentence(), cron.fires_more_than_once_a_day
            upcoming = next(iter(cron.next_openings(now, 1, self._zone)), None) if revision.enabled else None
        return ScheduleRow(
            kind=kind,
            id=schedule.source_id,
            title=schedule.title,
            cron=revision.cron,
            sentence=sentence,
            several_a_day=several,
            assignee_id=document.get("assignee_id" if kind is Kind.RECURRING else "default_assignee_id"),
            enabled=revision.enabled,
            revision=revision,
            next_at=upcoming.opens_at if upcoming else None,
            next_date=upcoming.date if upcoming else None,
            last=await self._generation.last_of(schedule.source_id),
            generated=await self._generation.generated_by(schedule.source_id),
        )

    async def schedule_feed(self, question: queries.ScheduleFeed) -> queries.ScheduleFeedPage:
        as_of = Clock.wall()
        kind_text, _, after_id = (question.after or f"{Kind.RECURRING}/").partition("/")
        kind = Kind(kind_text)
        found = await self._schedules.changed_since(kind, question.since, after=after_id, limit=_FEED_PAGE)
        items, after = page_of(found, _FEED_PAGE, lambda schedule: f"{kind}/{schedule.source_id}")
        if after is None and kind is Kind.RECURRING:
            after = f"{Kind.TEMPLATE}/"
        return queries.ScheduleFeedPage(items=items, as_of=as_of, after=after)

    async def task(self, question: queries.GetTask) -> Task | Refused:
        document = await self._tasks.find(question.id)
        if document is None:
            return Refused(code="not_found", message="Task not found")
        return (await self.task_row(document)).task

    async def task_row(self, document: Document) -> TaskRow:
        now = self._clock.now()
        rows = await self._tasks.rows([document], today=now.astimezone(self._zone).date(), now=now)
        return rows[0]

    async def task_page(self, question: queries.ListTasks) -> queries.TaskPage:
        found = await self._tasks.page(question)
        items, after = page_of(found, question.limit, task_position)
        return queries.TaskPage(items=items, after=after)

    async def history_feed(self, question: queries.HistoryFeed) -> queries.HistoryPage:
        found = await self._history.feed(question.since, question.kinds, after=question.after, limit=_FEED_PAGE)
        items, after = page_of(found, _FEED_PAGE, feed_position)
        return queries.HistoryPage(items=items, after=after)


_FEED_PAGE = 1_000


def page_of(found: Sequence[ItemT], limit: int, position: Callable[[ItemT], str]) -> tuple[list[ItemT], str | None]:
    """As many as a reply holds (at least one), and the position to go on from; None after the last."""
    size = 0
    for count, item in enumerate(found):
        size += len(item.model_dump_json(exclude_none=True))
        if size > REPLY_BYTES and count > 0:
            return list(found[:count]), position(found[count - 1])
    return list(found), position(found[-1]) if len(found) == limit else None
