"""Queries about templates and workflow runs, in pages."""

from zoneinfo import ZoneInfo

from contracts.history import GetBundleHistory, HistoryPage
from contracts.runs import (
    Bundle,
    BundleCardPage,
    BundlePage,
    GetBundle,
    GetWorkflow,
    ListBundleCards,
    ListBundles,
    ListBundleTasks,
    Workflow,
)
from contracts.tasks import ListTasks, TaskPage
from contracts.templates import GetTemplate, ListTemplates, OpenedTemplate, TemplatePage
from contracts.values import Kind
from services.kit.clock import Clock
from services.kit.refused import invalid_field, not_found
from services.work.history.store import History, feed_position
from services.work.messages import NOT_A_POSITION
from services.work.queries import page_of
from services.work.runs.cards import Cards
from services.work.runs.store import Runs, run_position
from services.work.schedules.opened_templates import OpenedTemplates
from services.work.schedules.reading import template_of
from services.work.schedules.store import Schedules
from services.work.tasks.rows import brief
from services.work.tasks.store import Tasks, run_of, task_position


class WorkflowQueries:
    def __init__(
        self,
        bundles: Runs,
        schedules: Schedules,
        tasks: Tasks,
        cards: Cards,
        history: History,
        *,
        opened: OpenedTemplates,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._bundles = bundles
        self._schedules = schedules
        self._tasks = tasks
        self._cards = cards
        self._history = history
        self._opened = opened
        self._clock = clock
        self._zone = zone

    async def template(self, question: GetTemplate) -> OpenedTemplate:
        document = await self._schedules.find(Kind.TEMPLATE, question.id)
        if document is None:
            raise not_found("Template")
        return await self._opened.of(document)

    async def templates(self, question: ListTemplates) -> TemplatePage:
        found = await self._schedules.page(Kind.TEMPLATE, after=question.after or "", limit=question.limit)
        items, after = page_of([template_of(one) for one in found], question.limit, lambda template: template.id)
        return TemplatePage(items=items, after=after)

    async def bundle(self, question: GetBundle) -> Bundle:
        document = await self._bundles.find(question.id)
        if document is None:
            raise not_found("Bundle")
        return run_of(document)

    async def bundles(self, question: ListBundles) -> BundlePage:
        found = await self._bundles.page(after=question.after or "", limit=question.limit)
        items, after = page_of([run_of(one) for one in found], question.limit, lambda bundle: bundle.id)
        return BundlePage(items=items, after=after)

    async def tasks(self, question: ListBundleTasks) -> TaskPage:
        if await self._bundles.find(question.id) is None:
            raise not_found("Bundle")
        of_run = ListTasks(bundle_id=question.id, after=question.after, limit=question.limit)
        items, after = page_of(await self._tasks.page(of_run), question.limit, task_position)
        return TaskPage(items=items, after=after)

    async def cards(self, question: ListBundleCards) -> BundleCardPage:
        now = self._clock.now()
        found = await self._bundles.by_anchor(question)
        positions = {one["_id"]: run_position(one) for one in found}
        cards = await self._cards.of(found, today=now.astimezone(self._zone).date(), now=now)
        items, after = page_of(cards, question.limit, lambda card: positions[card.bundle.id])
        return BundleCardPage(items=items, after=after)

    async def workflow(self, question: GetWorkflow) -> Workflow:
        bundle = await self._bundles.find(question.id)
        if bundle is None:
            raise not_found("Bundle")
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        found = await self._tasks.of_run(question.id, after=question.after, limit=question.limit)
        rows = await self._tasks.rows([brief(document) for document in found], today=today, now=now)
        items, after = page_of(rows, question.limit, lambda row: task_position(row.task))
        [card] = await self._cards.of([bundle], today=today, now=now)
        return Workflow(card=card, tasks=items, after=after)

    async def history(self, question: GetBundleHistory) -> HistoryPage:
        if await self._bundles.find(question.id) is None:
            raise not_found("Bundle")
        try:
            found = await self._history.of_run(question.id, before=question.after, limit=question.limit)
        except ValueError:
            raise invalid_field("after", NOT_A_POSITION) from None
        items, after = page_of(found, question.limit, feed_position)
        return HistoryPage(items=items, after=after)
