"""Queries. A page holds what fits in a reply: the asker goes on with ``after``."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from contracts.cron.expression import CronError, CronExpression
from contracts.generation import Failures, ListFailures
from contracts.history import GetTaskHistory, HistoryFeed, HistoryPage
from contracts.home import AttentionPage, GetHome, Home, ListAttention
from contracts.recurring import GetRecurring, ListRecurring, RecurringConfig, RecurringPage
from contracts.schedule_rows import (
    GetUpcoming,
    ListSchedules,
    Occurrence,
    SchedulePage,
    ScheduleQuestion,
    ScheduleRow,
    Upcoming,
)
from contracts.schedules import Schedule, ScheduleFeed, ScheduleFeedPage, parts_of
from contracts.subjects import REPLY_BYTES, reply_size
from contracts.tasks import FindTodo, GetTask, ListTaskRows, ListTasks, Task, TaskPage, TaskRow, TaskRowPage, Todo
from contracts.values import Kind, Model, TaskStatus, Window
from contracts.windows import (
    AskWhy,
    CountMadeAhead,
    FindOutcomes,
    ListWindows,
    MadeAhead,
    Outcomes,
    Totals,
    Why,
    WhyCode,
    WindowPage,
    WindowRow,
)
from services.kit.clock import Clock
from services.kit.mongo.driver import Query
from services.kit.refused import invalid, invalid_field, not_found
from services.work import messages
from services.work.generation.ledger import Ledger
from services.work.generation.why import Held, why
from services.work.history.store import History, feed_position
from services.work.home.store import HomeView
from services.work.schedules.documents import ScheduleDocument, TemplateDocument
from services.work.schedules.reading import config_of, schedule_of
from services.work.schedules.schedule_row import schedule_row
from services.work.schedules.store import Schedules
from services.work.schedules.triggers import cron_of
from services.work.tasks.documents import TaskDocument
from services.work.tasks.rows import ATTENDED, attention_row, brief
from services.work.tasks.store import Tasks, needing, task_position

_PAGE = 200
_FEED_PAGE = 1_000
_IDS_ASKED = 1_000
ItemT = TypeVar("ItemT", bound=Model)


@dataclass(frozen=True)
class Figures:
    """What the ledger says of schedules, by their ids; ``unmade`` since each began to pause, at ``paused``."""

    last: dict[str, WindowRow]
    totals: dict[str, Totals]
    paused: dict[str, dt.datetime]
    unmade: dict[str, list[str]]


class Queries:
    def __init__(
        self,
        schedules: Schedules,
        tasks: Tasks,
        ledger: Ledger,
        history: History,
        home: HomeView,
        clock: Clock,
        zone: ZoneInfo,
        what_holds: Callable[[Window], Awaitable[Held]],
    ) -> None:
        self._what_holds = what_holds
        self._schedules = schedules
        self._tasks = tasks
        self._ledger = ledger
        self._history = history
        self._home = home
        self._clock = clock
        self._zone = zone

    async def home(self, question: GetHome) -> Home:
        return await self._home.at(self._clock.now(), question)

    async def recurring(self, question: GetRecurring) -> RecurringConfig:
        document = await self._schedules.find(Kind.RECURRING, question.id)
        if document is None:
            raise not_found("Recurring config")
        return config_of(document, self._clock.now())

    async def recurring_page(self, question: ListRecurring) -> RecurringPage:
        documents = await self._schedules.page(Kind.RECURRING, after=question.after or "", limit=_PAGE)
        configs = [config_of(document, self._clock.now()) for document in documents]
        items, after = page_of(configs, _PAGE, lambda config: config.id)
        return RecurringPage(items=items, after=after)

    async def schedule(self, question: ScheduleQuestion) -> ScheduleRow:
        document = await self._schedules.find(question.kind, question.id)
        if document is None or "timeline" not in document:
            raise not_found("Schedule")
        return self.schedule_row(question.kind, document, await self.figures(question.kind, [document]))

    async def schedules(self, question: ListSchedules) -> SchedulePage:
        """Recurring configs, then templates with a trigger; ``after`` is ``<kind>/<id>``."""
        kind_text, _, after_id = (question.after or f"{Kind.RECURRING}/").partition("/")
        kind = Kind(kind_text)
        documents = await self._schedules.page(kind, after=after_id, limit=_PAGE)
        listed = [document for document in documents if "timeline" in document]
        figures = await self.figures(kind, listed)
        rows = [self.schedule_row(kind, document, figures) for document in listed]
        items, after = page_of(rows, _PAGE, lambda row: f"{kind}/{row.id}")
        if after is None and len(documents) == _PAGE:
            after = f"{kind}/{documents[-1]['_id']}"
        if after is None and kind is Kind.RECURRING:
            after = f"{Kind.TEMPLATE}/"
        return SchedulePage(items=items, after=after)

    async def figures(self, kind: Kind, documents: Sequence[ScheduleDocument]) -> Figures:
        now = self._clock.now()
        schedules = [schedule_of(kind, document) for document in documents]
        ids = [schedule.source_id for schedule in schedules]
        paused = {one.source_id: since for one in schedules if (since := one.paused_since(now)) is not None}
        return Figures(
            last=await self._ledger.last_of(ids),
            totals=await self._ledger.totals_of(ids),
            paused=paused,
            unmade=await self._ledger.paused_since(paused),
        )

    def schedule_row(self, kind: Kind, document: ScheduleDocument, figures: Figures) -> ScheduleRow:
        """``figures`` may be of before the last change: what a pause left unmade is told while it is that pause."""
        now, schedule, id = self._clock.now(), schedule_of(kind, document), document["_id"]
        same_pause = figures.paused.get(id) == schedule.paused_since(now)
        return schedule_row(
            schedule,
            now=now,
            zone=self._zone,
            assignee_id=document.get("assignee_id" if kind is Kind.RECURRING else "default_assignee_id"),
            by_hand=kind is Kind.TEMPLATE and cron_of(cast("TemplateDocument", document)) is None,
            last=figures.last.get(id),
            totals=figures.totals.get(id, Totals()),
            unmade=figures.unmade.get(id, []) if same_pause else [],
        )

    async def windows(self, question: ListWindows) -> WindowPage:
        if not await self._schedules.known(question.kind, question.id):
            raise not_found("Schedule")
        found = await self._ledger.of_schedule(question.id, before=question.after, limit=question.limit)
        items, after = page_of(found, question.limit, lambda row: row.date.isoformat())
        return WindowPage(items=items, after=after)

    async def upcoming(self, question: GetUpcoming) -> Upcoming:
        """The next windows of a schedule, or of an expression that is only being typed."""
        cron = question.cron
        if question.id is not None:
            document = await self._schedules.find(question.kind, question.id)
            if document is None or "timeline" not in document:
                raise not_found("Schedule")
            cron = schedule_of(question.kind, document).timeline[-1].cron
        try:
            expression = CronExpression.parse(cron or "")
        except CronError as error:
            raise invalid(f"cronExpression: {error}", {"cronExpression": str(error)}) from None
        openings = expression.next_openings(self._clock.now(), question.count, self._zone)
        items = [Occurrence(date=opening.date, opens_at=opening.opens_at) for opening in openings]
        return Upcoming(items=items, timezone=str(self._zone))

    async def why(self, question: AskWhy) -> Why:
        document = await self._schedules.find(question.kind, question.id)
        if document is None or "timeline" not in document:
            raise not_found("Schedule")
        window = Window(kind=question.kind, source_id=question.id, date=question.date)
        schedule, now = schedule_of(question.kind, document), self._clock.now()
        row = await self._ledger.find(window.id)
        answer = why(schedule, question.date, row, now=now, zone=self._zone)
        if answer.code is WhyCode.HELD_UP:
            held = await self._what_holds(window)
            return why(schedule, question.date, row, now=now, zone=self._zone, held=held)
        return answer

    async def made_ahead(self, question: CountMadeAhead) -> MadeAhead:
        return MadeAhead(windows=await self._ledger.count_made_ahead(question.windows))

    async def outcomes(self, question: FindOutcomes) -> Outcomes:
        return Outcomes(outcomes=await self._ledger.outcomes(question.windows))

    async def failures(self, question: ListFailures) -> Failures:
        failures = sorted(await self._ledger.failures(), key=lambda failure: failure.key)
        rest = [failure for failure in failures if failure.key > (question.after or "")]
        items, after = page_of(rest[:_PAGE], _PAGE, lambda failure: failure.key)
        return Failures(items=items, after=after)

    async def attention(self, question: ListAttention) -> AttentionPage:
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        query = needing(question.attention, today=today, now=now)
        found = await self._tasks.matching(query, after=question.after or "", limit=_FEED_PAGE, fields=ATTENDED)
        rows = [attention_row(document, today=today, zone=self._zone) for document in found]
        items, after = page_of(rows, _FEED_PAGE, lambda row: row.id)
        return AttentionPage(items=items, after=after)

    async def todo(self, question: FindTodo) -> Todo:
        query: Query = {
            "$and": [{"_id": {"$in": question.ids}}],
            "deleted_at": None,
            "status": TaskStatus.TODO.value,
        }
        found = await self._tasks.matching(query, after="", limit=_IDS_ASKED, fields=["_id"])
        return Todo(ids=[document["_id"] for document in found])

    async def schedule_feed(self, question: ScheduleFeed) -> ScheduleFeedPage:
        as_of = Clock.wall()
        kind, sent, after_id = _feed_place(question.after or f"{Kind.RECURRING}/")
        begun = await self._schedules.feed(kind, question.since, ids={"$eq": after_id}, limit=1) if sent else []
        limit = _FEED_PAGE - len(begun)
        found = [*begun, *await self._schedules.changed_since(kind, question.since, after=after_id, limit=limit)]
        parts = [part for schedule in found for part in enumerate(parts_of(schedule), start=1)]
        size, items, after = 0, list[Schedule](), None
        for number, part in parts[sent if begun else 0 :]:
            size += reply_size(part)
            if size > REPLY_BYTES and items:
                break
            items.append(part)
            after = f"{kind}+{number}/{part.source_id}" if part.more else f"{kind}/{part.source_id}"
        else:
            if len(found) < _FEED_PAGE:
                after = f"{Kind.TEMPLATE}/" if kind is Kind.RECURRING else None
        return ScheduleFeedPage(items=items, as_of=as_of, after=after)

    async def task(self, question: GetTask) -> Task:
        return (await self.row(question)).task

    async def row(self, question: GetTask) -> TaskRow:
        document = await self._tasks.find(question.id)
        if document is None:
            raise not_found("Task")
        return await self.task_row(document)

    async def task_row(self, document: TaskDocument) -> TaskRow:
        now = self._clock.now()
        rows = await self._tasks.rows([document], today=now.astimezone(self._zone).date(), now=now)
        return rows[0]

    async def task_page(self, question: ListTasks) -> TaskPage:
        try:
            found = await self._tasks.page(question)
        except ValueError:
            raise invalid_field("after", messages.NOT_A_POSITION) from None
        items, after = page_of(found, question.limit, task_position)
        return TaskPage(items=items, after=after)

    async def task_rows(self, question: ListTaskRows) -> TaskRowPage:
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        try:
            found = await self._tasks.listed(question, today=today, now=now)
        except ValueError:
            raise invalid_field("after", messages.NOT_A_POSITION) from None
        rows = await self._tasks.rows([brief(document) for document in found], today=today, now=now)
        items, after = page_of(rows, question.limit, lambda row: task_position(row.task))
        return TaskRowPage(items=items, after=after)

    async def history_feed(self, question: HistoryFeed) -> HistoryPage:
        as_of = Clock.wall()
        found = await self._history.feed(question.since, question.kinds, after=question.after, limit=_FEED_PAGE)
        items, after = page_of(found, _FEED_PAGE, feed_position)
        return HistoryPage(items=items, after=after, as_of=as_of)

    async def task_history(self, question: GetTaskHistory) -> HistoryPage:
        try:
            found = await self._history.of_task(
                question.id, newest_first=question.newest_first, after=question.after, limit=question.limit
            )
        except ValueError:
            raise invalid_field("after", messages.NOT_A_POSITION) from None
        if not found and question.after is None and await self._tasks.find(question.id) is None:
            raise not_found("Task")
        items, after = page_of(found, question.limit, feed_position)
        return HistoryPage(items=items, after=after)


def _feed_place(after: str) -> tuple[Kind, int, str]:
    """Kind, how many parts of the timeline were sent, id: of ``recurring/<id>``, or ``recurring+<parts>/<id>``."""
    place, _, id = after.partition("/")
    kind, _, parts = place.partition("+")
    return Kind(kind), int(parts or 0), id


def page_of(found: Sequence[ItemT], limit: int, position: Callable[[ItemT], str]) -> tuple[list[ItemT], str | None]:
    """As many as a reply holds (at least one), and the position to go on from; None after the last."""
    size = 0
    for count, item in enumerate(found):
        size += reply_size(item)
        if size > REPLY_BYTES and count > 0:
            return list(found[:count]), position(found[count - 1])
    return list(found), position(found[-1]) if len(found) == limit else None
