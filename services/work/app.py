"""The work service: what it listens to and answers, and in which order it starts and stops."""

import asyncio
from contextlib import suppress

import structlog
from faststream.nats import NatsBroker

from contracts import subjects
from contracts.events import Changed, ClockMinute
from contracts.subjects import CLOCK_MINUTE, SCHEDULE_CHANGED, WINDOWS_FINISHED, Event
from contracts.values import Service
from contracts.windows import WindowsFinished
from services.kit import broker as brokers
from services.kit import clock_control, health
from services.kit import metrics as kit_metrics
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import PyMongoError
from services.kit.mongo.indexes import create_indexes, missing_indexes
from services.kit.settings import Settings
from services.work import metrics, streams
from services.work.artifacts import store as artifacts
from services.work.artifacts.commands import ArtifactCommands
from services.work.artifacts.store import Artifacts
from services.work.committing import Committer
from services.work.files import store as files
from services.work.files.commands import FileCommands
from services.work.files.store import Files
from services.work.generation import ledger
from services.work.generation import store as generation
from services.work.generation.consumer import WindowConsumer
from services.work.generation.explicit import ExplicitGeneration
from services.work.generation.failures import FailureCommands
from services.work.generation.generator import Generator
from services.work.generation.holding import Holding
from services.work.generation.ledger import Ledger
from services.work.generation.queue import WindowQueue
from services.work.generation.reconciler import Reconciler
from services.work.generation.store import Generation
from services.work.generation.unexplained import Unexplained
from services.work.history import store as history
from services.work.history.store import History
from services.work.home.store import HomeView
from services.work.queries import Queries
from services.work.runs import store as bundles
from services.work.runs.cards import Cards
from services.work.runs.commands import RunCommands
from services.work.runs.queries import WorkflowQueries
from services.work.runs.store import Runs
from services.work.schedules import store as schedules
from services.work.schedules.chosen_dates import ChosenDates
from services.work.schedules.commands import Commands
from services.work.schedules.opened_templates import OpenedTemplates
from services.work.schedules.predicting import Predicting
from services.work.schedules.seeding import Seeding
from services.work.schedules.store import Schedules
from services.work.schedules.template_commands import TemplateCommands
from services.work.schedules.zone_mark import ZoneMark
from services.work.search_keys import SearchKeys
from services.work.tasks import store as tasks
from services.work.tasks.commands import TaskCommands
from services.work.tasks.proof_store import Proofs
from services.work.tasks.store import Tasks
from services.work.tasks.writing import TaskWriting
from services.work.transfer.exporting import Exporting
from services.work.transfer.import_store import Imports
from services.work.transfer.importing import Importing
from services.work.transfer.snapshots import Snapshots

INDEXES = (
    *schedules.INDEXES,
    *generation.INDEXES,
    *history.INDEXES,
    *ledger.INDEXES,
    *tasks.INDEXES,
    *files.INDEXES,
    *artifacts.INDEXES,
    *bundles.INDEXES,
)
RETIRED_INDEXES = (("tasks", "due"),)
_MAX_PUBLISHED_IDS = 100
_PAUSE_SECONDS = 10
_log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run until cancelled. A batch of windows under way is finished before the connections close.

    Raises NotDurable or UnsafeStream when a server would forget what it acknowledged.
    """
    clock, zone = Clock(settings.starts_at), settings.zone
    async with connection.connect(settings, "work") as database, brokers.connect(settings, "work") as broker:
        schedule_store, generation_store, history_store = Schedules(database), Generation(database), History(database)
        task_store = Tasks(database, schedule_store)
        await create_indexes(database, INDEXES, retired=RETIRED_INDEXES)
        dates = ChosenDates(schedule_store, task_store, history_store, ZoneMark(database))
        await dates.move_to(zone)
        ledger_store = Ledger(database, schedule_store)
        home = HomeView(database, task_store, ledger_store, zone)
        generator = Generator(schedule_store, generation_store, ledger_store, history_store, clock=clock, zone=zone)
        consumers: list[WindowConsumer] = []

        def consumer_fault() -> str | None:
            return consumers[0].waiting_for if consumers else "starting"

        unexplained = Unexplained(database)
        holding = Holding(
            home, unexplained, queue=lambda: WindowQueue(broker.connection), consumer_fault=consumer_fault
        )
        queries = Queries(schedule_store, task_store, ledger_store, history_store, home, clock, zone, holding.of)

        async def publish_changed(event: Event, ids: list[str]) -> None:
            await brokers.publish_event(broker.connection, event, Changed(ids=ids[:_MAX_PUBLISHED_IDS]))

        async def publish_finished(event: WindowsFinished) -> None:
            await brokers.publish_event(broker.connection, WINDOWS_FINISHED, event)

        committer = Committer(history_store, publish_changed)
        commands = Commands(
            schedule_store,
            task_store,
            history_store,
            queries,
            ledger_store,
            clock=clock,
            zone=zone,
            committer=committer,
        )
        explicit = ExplicitGeneration(schedule_store, generator, clock, zone, publish_finished)
        opened = OpenedTemplates(Runs(database), clock=clock, zone=zone)
        templates = TemplateCommands(schedule_store, history_store, ledger_store, committer, opened=opened, clock=clock)
        _answer(broker, commands, explicit, queries, Seeding(commands, templates, schedule_store))
        proof_store, run_store = Proofs(database), Runs(database)
        brokers.answer(
            broker, subjects.LIST_PREDICTED, Predicting(schedule_store, run_store, ledger_store, clock, zone).predicted
        )
        bundle_commands = RunCommands(
            run_store, schedule_store, proof_store, history_store, ledger_store, committer, clock=clock, zone=zone
        )
        workflow_queries = WorkflowQueries(
            run_store, schedule_store, task_store, Cards(database), history_store, opened=opened, clock=clock, zone=zone
        )
        _answer_workflows(broker, templates, bundle_commands, workflow_queries)
        writing = TaskWriting(task_store, Runs(database), proof_store, history_store, zone)
        _answer_tasks(
            broker,
            TaskCommands(task_store, writing, queries, clock=clock, committer=committer, publish=publish_changed),
        )
        _answer_artifacts(
            broker, ArtifactCommands(Artifacts(database), proof_store, history_store, clock=clock, committer=committer)
        )
        _answer_files(
            broker,
            FileCommands(Files(database), task_store, proof_store, history_store, clock=clock, committer=committer),
        )

        snapshots = Snapshots(database)
        await snapshots.prepare()
        _answer_export(broker, Exporting(snapshots))
        importing = Importing(Imports(database), proof_store, history_store, clock=clock, zone=zone)
        brokers.answer(broker, subjects.IMPORT_WORK, importing.records)

        reconcilers: list[Reconciler] = []

        async def on_minute(minute: ClockMinute) -> None:
            await home.record_tick(clock.wall(), ahead_until=minute.ahead_until)
            for reconciler in reconcilers:
                reconciler.begin_minute(minute.at)
            if resumed := await dates.end_pauses(clock.now()):
                await publish_changed(SCHEDULE_CHANGED, resumed)

        brokers.listen(broker, CLOCK_MINUTE, on_minute, group=Service.WORK)

        async def check_database() -> str:
            await database.command("ping")
            return health.OK

        async def check_indexes() -> str:
            missing = await missing_indexes(database, INDEXES)
            return f"missing: {', '.join(missing)}; restart work to create them" if missing else health.OK

        async def check_windows() -> str:
            return consumer_fault() or health.OK

        health.serve(
            broker,
            Service.WORK,
            {"mongodb": check_database, "indexes": check_indexes, "windows": check_windows},
            timezone=settings.timezone,
        )
        if settings.test_control:
            clock_control.follow_test_clock(broker, Service.WORK, clock)
        client = await broker.connect()
        failure_commands = FailureCommands(
            ledger_store, history_store, generator, home, committer, client=client, clock=clock, zone=zone
        )
        brokers.answer(broker, subjects.ACKNOWLEDGE_FAILURE, failure_commands.acknowledge)
        brokers.answer(broker, subjects.RETRY_FAILURE, failure_commands.retry)
        brokers.answer(broker, subjects.REPORT_INCIDENT, failure_commands.report)
        await streams.prepare(broker.connection.jetstream(), settings)

        async def on_made_again(names: list[str]) -> None:
            await failure_commands.report_streams(names)
            await unexplained.want()

        keeper = streams.StreamKeeper(broker.connection.jetstream(), settings, on_made_again)
        await broker.start()
        consumers.append(WindowConsumer(broker.connection, generator, clock, keeper))
        searching = asyncio.create_task(_build_search_keys(SearchKeys(database)))
        reconcilers.append(
            Reconciler(
                schedule_store,
                unexplained,
                generator,
                failure_commands.report,
                queue=WindowQueue(client),
                clock=clock,
                zone=zone,
                catch_up=settings.catch_up,
            )
        )
        _log.info("work.started", timezone=settings.timezone)
        reconciling, keeping = asyncio.create_task(reconcilers[0].run()), asyncio.create_task(keeper.run())
        consuming = asyncio.create_task(consumers[0].run())
        sampler = metrics.sampler(broker.connection.jetstream(), ledger_store, home, unexplained, clock)
        try:
            with kit_metrics.sampled(settings, sampler):
                await consuming
        finally:
            for task in (keeping, reconciling, consuming, searching):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            _log.info("work.stopped")


async def _build_search_keys(keys: SearchKeys) -> None:
    """Returns when every document has its keys; while the database fails it tries again."""
    while True:
        try:
            if changed := await keys.build():
                _log.info("search_keys.built", documents=changed)
        except PyMongoError as error:
            _log.warning("search_keys.interrupted", error=str(error), retry_in_s=_PAUSE_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


def _answer(
    broker: NatsBroker, commands: Commands, explicit: ExplicitGeneration, queries: Queries, seeding: Seeding
) -> None:
    brokers.answer(broker, subjects.CREATE_RECURRING, commands.create_recurring)
    brokers.answer(broker, subjects.UPDATE_RECURRING, commands.update_recurring)
    brokers.answer(broker, subjects.DELETE_RECURRING, commands.delete_recurring)
    brokers.answer(broker, subjects.CREATE_STANDARD_DUTIES, seeding.create)
    brokers.answer(broker, subjects.PAUSE_SCHEDULE, commands.pause_schedule)
    brokers.answer(broker, subjects.RESUME_SCHEDULE, commands.resume_schedule)
    brokers.answer(broker, subjects.ARCHIVE_SCHEDULE, commands.archive_schedule)
    brokers.answer(broker, subjects.RESTORE_SCHEDULE, commands.restore_schedule)
    brokers.answer(broker, subjects.GENERATE, explicit.generate)
    brokers.answer(broker, subjects.GENERATE_TODAY, explicit.today)
    brokers.answer(broker, subjects.GET_HOME, queries.home)
    brokers.answer(broker, subjects.GET_RECURRING, queries.recurring)
    brokers.answer(broker, subjects.LIST_RECURRING, queries.recurring_page)
    brokers.answer(broker, subjects.GET_SCHEDULE, queries.schedule)
    brokers.answer(broker, subjects.LIST_SCHEDULES, queries.schedules)
    brokers.answer(broker, subjects.SCHEDULE_FEED, queries.schedule_feed)
    brokers.answer(broker, subjects.GET_TASK, queries.task)
    brokers.answer(broker, subjects.GET_TASK_ROW, queries.row)
    brokers.answer(broker, subjects.LIST_TASKS, queries.task_page)
    brokers.answer(broker, subjects.LIST_TASK_ROWS, queries.task_rows)
    brokers.answer(broker, subjects.TASK_HISTORY, queries.task_history)
    brokers.answer(broker, subjects.HISTORY_FEED, queries.history_feed)
    brokers.answer(broker, subjects.LIST_WINDOWS, queries.windows)
    brokers.answer(broker, subjects.GET_UPCOMING, queries.upcoming)
    brokers.answer(broker, subjects.ASK_WHY, queries.why)
    brokers.answer(broker, subjects.COUNT_MADE_AHEAD, queries.made_ahead)
    brokers.answer(broker, subjects.FIND_OUTCOMES, queries.outcomes)
    brokers.answer(broker, subjects.LIST_FAILURES, queries.failures)
    brokers.answer(broker, subjects.LIST_ATTENTION, queries.attention)
    brokers.answer(broker, subjects.FIND_TODO, queries.todo)


def _answer_tasks(broker: NatsBroker, commands: TaskCommands) -> None:
    brokers.answer(broker, subjects.CREATE_TASK, commands.create)
    brokers.answer(broker, subjects.UPDATE_TASK, commands.update)
    brokers.answer(broker, subjects.DELETE_TASK, commands.delete)
    brokers.answer(broker, subjects.COMPLETE_TASK, commands.complete)
    brokers.answer(broker, subjects.REOPEN_TASK, commands.reopen)
    brokers.answer(broker, subjects.UNDO_CHANGE, commands.undo)
    brokers.answer(broker, subjects.MARK_WAITING, commands.mark_waiting)
    brokers.answer(broker, subjects.SEND_FOLLOW_UP, commands.send_follow_up)
    brokers.answer(broker, subjects.RECEIVE_RESPONSE, commands.receive_response)
    brokers.answer(broker, subjects.SNOOZE_FOLLOW_UP, commands.snooze)
    brokers.answer(broker, subjects.ADD_COMMENT, commands.add_comment)


def _answer_workflows(
    broker: NatsBroker, templates: TemplateCommands, bundles: RunCommands, queries: WorkflowQueries
) -> None:
    brokers.answer(broker, subjects.CREATE_TEMPLATE, templates.create)
    brokers.answer(broker, subjects.UPDATE_TEMPLATE, templates.update)
    brokers.answer(broker, subjects.DELETE_TEMPLATE, templates.delete)
    brokers.answer(broker, subjects.CREATE_BUNDLE, bundles.create)
    brokers.answer(broker, subjects.UPDATE_BUNDLE, bundles.update)
    brokers.answer(broker, subjects.FILL_LINK, bundles.fill_link)
    brokers.answer(broker, subjects.CHANGE_STAGE, bundles.change_stage)
    brokers.answer(broker, subjects.ARCHIVE_BUNDLE, bundles.archive)
    brokers.answer(broker, subjects.RESTORE_BUNDLE, bundles.restore)
    brokers.answer(broker, subjects.DELETE_BUNDLE, bundles.delete)
    brokers.answer(broker, subjects.GET_TEMPLATE, queries.template)
    brokers.answer(broker, subjects.LIST_TEMPLATES, queries.templates)
    brokers.answer(broker, subjects.GET_BUNDLE, queries.bundle)
    brokers.answer(broker, subjects.LIST_BUNDLES, queries.bundles)
    brokers.answer(broker, subjects.LIST_BUNDLE_TASKS, queries.tasks)
    brokers.answer(broker, subjects.LIST_BUNDLE_CARDS, queries.cards)
    brokers.answer(broker, subjects.GET_WORKFLOW, queries.workflow)
    brokers.answer(broker, subjects.BUNDLE_HISTORY, queries.history)


def _answer_artifacts(broker: NatsBroker, commands: ArtifactCommands) -> None:
    brokers.answer(broker, subjects.ADD_ARTIFACT, commands.add)
    brokers.answer(broker, subjects.UPDATE_ARTIFACT, commands.update)
    brokers.answer(broker, subjects.ATTACH_ARTIFACT, commands.attach)
    brokers.answer(broker, subjects.ARCHIVE_ARTIFACT, commands.archive)
    brokers.answer(broker, subjects.GET_ARTIFACT, commands.show)
    brokers.answer(broker, subjects.LIST_ARTIFACTS, commands.page)


def _answer_files(broker: NatsBroker, commands: FileCommands) -> None:
    brokers.answer(broker, subjects.ADD_FILE, commands.add)
    brokers.answer(broker, subjects.DELETE_FILE, commands.delete)
    brokers.answer(broker, subjects.GET_FILE, commands.show)
    brokers.answer(broker, subjects.LIST_FILES, commands.page)
    brokers.answer(broker, subjects.FIND_STRAY_FILES, commands.strays)


def _answer_export(broker: NatsBroker, exporting: Exporting) -> None:
    brokers.answer(broker, subjects.CHOOSE_SNAPSHOT, exporting.choose)
    brokers.answer(broker, subjects.EXPORT_WORK, exporting.records)
    brokers.answer(broker, subjects.FIND_EXPORTED, exporting.find)
