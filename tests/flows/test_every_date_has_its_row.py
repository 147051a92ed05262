"""Whatever people, clocks and brokers do to schedules: every date that fired has one ledger row, the right one, and
every generated date has its task once.

The real domain, stores and commands on a real MongoDB, the scheduler's own agenda, and no broker: the test decides what
is delivered, when, how often and in which order. The answers come from `slow_reference`.
"""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, Future
from contextlib import AsyncExitStack
from importlib.resources import files
from io import BytesIO
from typing import Any, TypeVar, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern

from contracts.duties import TaskDefinition
from contracts.generation import Generate, Generated, ReportIncident, Verdict
from contracts.recurring import CreateRecurring, DeleteRecurring, RecurringChanges, UpdateRecurring
from contracts.schedule_rows import ArchiveSchedule, PauseSchedule, RestoreSchedule, ResumeSchedule
from contracts.schedules import Schedule, ScheduleFeed
from contracts.subjects import Nothing
from contracts.templates import CreateTemplate, DeleteTemplate, TemplateChanges, UpdateTemplate
from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportRecords
from contracts.values import Kind, Trigger, Window, iso_milliseconds
from contracts.windows import WindowDue
from services.kit.clock import Clock
from services.kit.mongo import connection, transactions
from services.kit.mongo.indexes import create_indexes
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.scheduler.agenda import Agenda, DueWindow, windows_of
from services.work.app import INDEXES
from services.work.committing import Committer
from services.work.generation.explicit import ExplicitGeneration
from services.work.generation.generator import Generator, Handled
from services.work.generation.ledger import Ledger
from services.work.generation.queue import WindowQueue
from services.work.generation.reconciler import Reconciler
from services.work.generation.records import Asked
from services.work.generation.store import Generation
from services.work.generation.unexplained import Unexplained
from services.work.generation.why import Held
from services.work.history.store import History
from services.work.home.store import HomeView
from services.work.queries import Queries
from services.work.runs.store import Runs
from services.work.schedules.chosen_dates import ChosenDates
from services.work.schedules.commands import Commands
from services.work.schedules.opened_templates import OpenedTemplates
from services.work.schedules.store import Schedules
from services.work.schedules.template_commands import TemplateCommands
from services.work.schedules.zone_mark import ZoneMark
from services.work.tasks.proof_store import Proofs
from services.work.tasks.store import Tasks
from services.work.transfer.import_store import Imports
from services.work.transfer.importing import Importing
from tests.flows.slow_reference import CRONS, DAY, Duty

ResultT = TypeVar("ResultT")
Key = tuple[Kind, str]
HORIZON = 7 * DAY
UNSEEN, LATELY, UNDER_WAY = dt.timedelta(minutes=2), dt.timedelta(minutes=10), dt.timedelta(minutes=5)
COLLECTIONS = (
    "recurring",
    "templates",
    "tasks",
    "bundles",
    "windows",
    "history",
    "unexplained",
    "reconciliation",
    "marks",
)
STEPS = [TaskDefinition(ref_id=f"s{n}", description=f"Step {n}", offset_days=n) for n in range(3)]
STARTS = ["2028-02-25 20:30", "2028-03-24 08:59", "2028-10-27 23:00", "2028-12-30 09:00"]


def newer_data(name: str, moved_to: str) -> ZoneInfo:
    """As if the next zone data had moved the region to where another one is."""
    data = files("tzdata.zoneinfo").joinpath(*moved_to.split("/")).read_bytes()
    return ZoneInfo.from_file(BytesIO(data), key=name)


ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
OTHER_ZONES = [
    *(ZoneInfo(name) for name in (*ZONES, "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago")),
    newer_data("Europe/Berlin", "Europe/Moscow"),
    newer_data("America/New_York", "America/Anchorage"),
]

_MORE_MACHINES = 5
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]

VERDICTS = {
    "generated": Verdict.WOULD_CREATE,
    "generated before": Verdict.EXISTS,
    "skipped": Verdict.EXISTS,
    "paused": Verdict.PAUSED,
    "failed": Verdict.INVALID,
}
crons = st.sampled_from(list(CRONS))
either = st.booleans()


class StillClock(Clock):
    """Shows one instant until it is set to another."""

    def __init__(self, at: dt.datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> dt.datetime:
        return self.at


class AtOnce(Executor):
    """Lets the driver do in the thread of the loop what it does in others: handing over takes a third of the time.

    Whatever may be under way at a time still is, command by command; two commands at the very same time are left to the
    long version.
    """

    def submit(self, fn: Callable[..., ResultT], /, *args: Any, **kwargs: Any) -> Future[ResultT]:
        done: Future[ResultT] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # raised in the task that awaits it
            done.set_exception(error)
        return done


class Work:
    """The stores and handlers of the work service, wired as its app does, on an event loop of their own."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self.database: Any = self.run(self._open.enter_async_context(connection.connect(settings, "work")))
        self.run(create_indexes(self.database, INDEXES))
        self.steps = self.machines = 0
        self.outcomes: Counter[str] = Counter()

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._runner.get_loop().run_until_complete(work)  # ``run`` would set a signal handler each time

    def wire(self, clock: Clock, zone: ZoneInfo) -> None:
        database = self.database
        self.stored, self.history = Schedules(database), History(database)
        tasks, ledger = Tasks(database, self.stored), Ledger(database, self.stored)
        home = HomeView(database, tasks, ledger, zone)
        self.queue = PlayedQueue()
        self.unexplained = Unexplained(database)
        self.generator = Generator(self.stored, Generation(database), ledger, self.history, clock=clock, zone=zone)
        self.queries = Queries(self.stored, tasks, ledger, self.history, home, clock, zone, _nothing_holds)
        self.reconciler = Reconciler(
            self.stored,
            self.unexplained,
            self.generator,
            _report_to_nobody,
            queue=cast("WindowQueue", self.queue),
            clock=clock,
            zone=zone,
            catch_up=HORIZON,
        )
        self.importing = Importing(Imports(database), Proofs(database), self.history, clock=clock, zone=zone)
        committer = Committer(self.history, _publish_nothing)
        self.commands = Commands(
            self.stored, tasks, self.history, self.queries, ledger, clock=clock, zone=zone, committer=committer
        )
        self.dates = ChosenDates(self.stored, tasks, self.history, ZoneMark(database))
        self.templates = TemplateCommands(
            self.stored,
            self.history,
            ledger,
            committer,
            opened=OpenedTemplates(Runs(database), clock=clock, zone=zone),
            clock=clock,
        )
        self.explicit = ExplicitGeneration(self.stored, self.generator, clock, zone, _publish_nothing)

    def forget(self) -> None:
        async def empty() -> None:
            await asyncio.gather(*(self.database[name].delete_many({}) for name in COLLECTIONS))

        self.run(empty())

    def copy(self) -> dict[str, list[dict[str, Any]]]:
        async def read() -> dict[str, list[dict[str, Any]]]:
            return {name: await self.database[name].find({}).to_list(None) for name in COLLECTIONS}

        return self.run(read())

    def put_back(self, copy: dict[str, list[dict[str, Any]]]) -> None:
        async def write() -> None:
            for name, documents in copy.items():
                await self.database[name].delete_many({})
                if documents:
                    await self.database[name].insert_many(documents)

        self.run(write())

    def close(self) -> None:
        self.run(self._open.aclose())
        self._runner.close()


class PlayedQueue:
    """What work publishes is handed over when the test delivers it."""

    def __init__(self) -> None:
        self.is_empty = True
        self.published: list[Asked] = []

    async def becomes_empty(self) -> bool:
        return self.is_empty and not self.published

    async def publish(self, window: Window, body: WindowDue) -> None:
        self.published.append(Asked(window, body.trigger, late=body.late))


async def _publish_nothing(*_: object) -> None:
    pass


async def _nothing_holds(_: Window) -> Held:
    return Held()


async def _report_to_nobody(_: ReportIncident) -> Nothing:
    return Nothing()


class Operations(RuleBasedStateMachine):
    """Rules are what can happen; ``duties`` remembers what must have come of it."""

    schedules = Bundle("schedules")
    recurring = schedules.filter(lambda key: key[0] is Kind.RECURRING)
    templates = schedules.filter(lambda key: key[0] is Kind.TEMPLATE)

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work
        work.machines += 1
        self.duties: dict[Key, Duty] = {}
        self.in_flight: list[Asked] = []
        self.delivered: list[Asked] = []
        self.scheduler_runs = True
        self.known: dict[Key, Schedule] = {}
        self.reconciled: dt.datetime | None = None

    @initialize(target=schedules, start=st.sampled_from(STARTS), zone=st.sampled_from(ZONES), one=crons, other=crons)
    def begin(self, start: str, zone: str, one: str, other: str) -> Any:
        self.zone = ZoneInfo(zone)
        self.clock = StillClock(dt.datetime.fromisoformat(start).replace(tzinfo=self.zone).astimezone(dt.UTC))
        self.cursor = self.now
        self.work.wire(self.clock, self.zone)
        self.work.run(self.work.dates.move_to(self.zone))
        return multiple(self.create(one, True), self.create_template(other, True, 1))

    @property
    def now(self) -> dt.datetime:
        return self.clock.at

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def done(self, reply: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.work.run(reply)

    # What operators do

    @rule(target=schedules, cron=crons, enabled=either)
    def create(self, cron: str, enabled: bool) -> Key:
        command = CreateRecurring(description="Duty", cron_expression=cron, enabled=enabled, id=uuid4().hex)
        config = self.done(self.work.commands.create_recurring(command))
        return self._remember((Kind.RECURRING, config.id), cron, enabled)

    @rule(target=schedules, cron=crons, enabled=either, lead=st.integers(0, 2))
    def create_template(self, cron: str, enabled: bool, lead: int) -> Key:
        command = CreateTemplate(
            id=uuid4().hex,
            name="Run",
            type="test",
            task_definitions=STEPS,
            trigger_type="automatic",
            trigger_schedule=cron,
            trigger_lead_days=lead,
            trigger_enabled=enabled,
        )
        template = self.done(self.work.templates.create(command))
        return self._remember((Kind.TEMPLATE, template.id), cron, enabled, lead)

    def _remember(self, key: Key, cron: str, enabled: bool, lead: int = 0) -> Key:
        duty = self.duties[key] = Duty(self.zone, self.now, cron, lead)
        if not enabled:
            duty.do(self.now, "pause")
        return key

    @rule(key=recurring, cron=crons)
    def edit(self, key: Key, cron: str) -> None:
        changes = RecurringChanges(cron_expression=cron)
        self.done(self.work.commands.update_recurring(UpdateRecurring(id=key[1], changes=changes)))
        self.duties[key].do(self.now, "edit", cron)

    @rule(key=templates, cron=st.none() | crons, lead=st.none() | st.integers(0, 2))
    def edit_template(self, key: Key, cron: str | None, lead: int | None) -> None:
        changes = {"name": "Run", "trigger_schedule": cron, "trigger_lead_days": lead}
        sent = TemplateChanges.model_validate({name: value for name, value in changes.items() if value is not None})
        self.done(self.work.templates.update(UpdateTemplate(id=key[1], changes=sent)))
        if cron is not None:
            self.duties[key].do(self.now, "edit", cron)
        if lead is not None:
            self.duties[key].do(self.now, "new lead", lead)

    @rule(key=schedules, days=st.none() | st.integers(1, 6))
    def pause(self, key: Key, days: int | None) -> None:
        date = None if days is None else self.today + days * DAY
        command = PauseSchedule(kind=key[0], id=key[1], reason="holiday", until=date)
        self.done(self.work.commands.pause_schedule(command))
        until = dt.datetime.combine(date, dt.time(), self.zone).astimezone(dt.UTC) if date else None
        self.duties[key].do(self.now, "pause", until)

    @rule(key=schedules)
    def resume(self, key: Key) -> None:
        self.done(self.work.commands.resume_schedule(ResumeSchedule(kind=key[0], id=key[1])))
        self.duties[key].do(self.now, "resume")

    @rule(key=schedules)
    def archive(self, key: Key) -> None:
        self.done(self.work.commands.archive_schedule(ArchiveSchedule(kind=key[0], id=key[1])))
        self.duties[key].do(self.now, "archive")

    @rule(key=schedules)
    def restore(self, key: Key) -> None:
        self.done(self.work.commands.restore_schedule(RestoreSchedule(kind=key[0], id=key[1])))
        self.duties[key].do(self.now, "restore")

    @rule(target=schedules, key=consumes(schedules))
    def delete(self, key: Key) -> Any:
        """A config only while it has made nothing; a template always."""
        duty = self.duties[key]
        if key[0] is Kind.TEMPLATE:
            self.done(self.work.templates.delete(DeleteTemplate(id=key[1])))
        else:
            try:
                self.done(self.work.commands.delete_recurring(DeleteRecurring(id=key[1])))
            except Refused:
                assert "generated" in duty.rows.values()
                return key
            assert "generated" not in duty.rows.values()
        duty.is_deleted = True
        return multiple()

    @rule(key=templates, broken=st.sampled_from([True, True, False]))
    def someone_edits_the_database(self, key: Key, broken: bool) -> None:
        self.work.run(self._describe_first_step(key[1], "  " if broken else "Step 0"))
        self.duties[key].is_broken = broken

    async def _describe_first_step(self, id: str, text: str) -> None:
        change = {"task_definitions.0.description": text}
        await self.work.database.templates.update_one({"_id": id}, {"$set": change})

    @rule(key=st.none() | schedules, first=st.integers(-12, 3), days=st.integers(0, 8))
    def backfill(self, key: Key | None, first: int, days: int) -> None:
        """A dry run first: it says what then comes true."""
        start = self.today + first * DAY
        dates = [start + day * DAY for day in range(days + 1)]
        chosen = {
            known: duty
            for known, duty in self.duties.items()
            if not duty.is_deleted and (known == key if key else not duty.is_held(self.now))
        }
        asked = [(one, date) for one, duty in chosen.items() for date in dates if duty.matches_today(date, self.now)]
        expected = {(one, date): VERDICTS[chosen[one].would_be(date, self.now)] for one, date in asked}
        command = Generate(start_date=start, end_date=dates[-1], source_ids=[key[1]] if key else None)

        planned = self._pages(command.model_copy(update={"dry_run": True}))
        said = {((one.kind, one.source_id), one.date): one.verdict for page in planned for one in page.planned}
        assert said == expected

        assert _counts(self._pages(command)) == Counter(expected.values())
        for one, date in asked:
            chosen[one].requested(date, self.now)

    def _pages(self, command: Generate) -> list[Generated]:
        pages = [self.done(self.work.explicit.generate(command))]
        while (after := pages[-1].after) is not None:
            pages.append(self.done(self.work.explicit.generate(command.model_copy(update={"after": after}))))
        return pages

    @rule(key=templates, lead=st.integers(0, 2))
    def a_week_is_asked_for_again_with_another_lead(self, key: Key, lead: int) -> None:
        """Its windows may then meet anchors that other windows hold."""
        self.edit_template(key, None, lead)
        self.backfill(key, -5, 7)

    @rule(key=schedules, back=st.integers(-3, 15))
    def replay_by_subject(self, key: Key, back: int) -> None:
        date = self.today - back * DAY
        [handled] = self._handle([Asked(Window(kind=key[0], source_id=key[1], date=date), Trigger.REPLAY)])
        is_window = self.duties[key].replayed(date, self.now)
        assert is_window == (handled.error is None or handled.error.code != "not_scheduled")

    # What time does

    @rule(minutes=st.sampled_from([0, 0.5, 1, 2, 45, 300, 1440]), keep=either)
    def time_passes(self, minutes: float, keep: bool) -> None:
        self._pass(dt.timedelta(minutes=minutes), keep)

    @rule(days=st.integers(1, 6), at_once=either, keep=either)
    def days_pass(self, days: int, at_once: bool, keep: bool) -> None:
        for time in [days * DAY] if at_once else days * [DAY]:
            self._pass(time, keep)

    @rule(cron=crons, seconds=st.sampled_from([-1, 0, 0, 0, 1]), keep=either)
    def it_becomes_the_time_of(self, cron: str, seconds: int, keep: bool) -> None:
        """The minute of some expression, a second before or after it, or the very instant."""
        local = self.now.astimezone(self.zone)
        wanted = dt.datetime.combine(local.date(), dt.time(CRONS[cron].hour, CRONS[cron].minute), self.zone)
        at = wanted.astimezone(dt.UTC) + dt.timedelta(seconds=seconds)
        self._pass((at if at >= self.now else at + DAY) - self.now, keep)

    def _pass(self, time: dt.timedelta, keep: bool) -> None:
        self.clock.at += time
        if self.scheduler_runs:
            self._tick()
            if not keep:
                self.everything_is_delivered(False)

    @precondition(lambda self: self.scheduler_runs)
    @rule()
    def the_scheduler_goes_down(self) -> None:
        self.scheduler_runs = False

    @precondition(lambda self: not self.scheduler_runs)
    @rule(days=st.integers(0, 12))
    def the_scheduler_comes_back(self, days: int) -> None:
        self.clock.at += days * DAY
        self.scheduler_runs = True
        self._tick()

    def _tick(self) -> None:
        """As the ticker does it: what changed since the last tick, then the missed, then what opened until now; or,
        while the cursor lies ahead, what opened lately."""
        schedules = self._schedules()
        agenda = Agenda()
        for schedule in schedules.values():
            agenda.put(schedule)
        changed = [one for key, one in schedules.items() if self.known.get(key) != one]
        self.known = schedules
        self.work.run(self.work.dates.end_pauses(self.now))
        if self.cursor - self.now > UNSEEN:
            lately = agenda.windows_between(self.now - LATELY, self.now, self.zone)
            self._publish([one for one in lately if not self._is_made(one)])
            return
        horizon = self.now - HORIZON
        if self.cursor < horizon:
            too_old = agenda.windows_between(self.cursor, horizon, self.zone)
            self._compare(too_old, self.cursor, horizon)
            self.work.run(self.work.generator.record_missed([_window(one) for one in too_old], "No scheduler ran"))
            for one in too_old:
                self.duties[one.kind, one.source_id].too_old(one.date, self.now)
            self.cursor = horizon
        for one in changed:
            self._publish(windows_of(one, self.cursor - UNSEEN, self.cursor, self.zone))
        due = agenda.windows_between(self.cursor, self.now, self.zone)
        self._compare(due, self.cursor, self.now)
        self._publish(due)
        self.cursor = max(self.cursor, self.now)

    def _is_made(self, due: DueWindow) -> bool:
        return self.duties[due.kind, due.source_id].rows.get(due.date) == "generated"

    def _schedules(self) -> dict[Key, Schedule]:
        found: dict[Key, Schedule] = {}
        after, is_last = None, False
        while not is_last:
            page = self.work.run(self.work.queries.schedule_feed(ScheduleFeed(after=after)))
            found.update({(one.kind, one.source_id): one for one in page.items})
            after, is_last = page.after, page.after is None
        return found

    def _compare(self, due: Sequence[DueWindow], after: dt.datetime, until: dt.datetime) -> None:
        """The agenda finds the dates that the reference finds."""
        found = Counter((one.kind, one.source_id, one.date) for one in due)
        expected = Counter(
            (*key, date)
            for key, duty in self.duties.items()
            if not duty.is_deleted
            for date in duty.dates_opened(after, until)
        )
        assert found == expected

    def _publish(self, due: Sequence[DueWindow]) -> None:
        for one in due:
            late = self.now - one.opens_at > UNSEEN
            trigger = Trigger.CATCH_UP if late else Trigger.SCHEDULE
            self.in_flight.append(Asked(_window(one), trigger, late=late))

    # What the broker does

    @rule(backwards=either)
    def everything_is_delivered(self, backwards: bool) -> None:
        messages, self.in_flight = self.in_flight[:: -1 if backwards else 1], []
        self._deliver(messages)
        self.delivered += messages

    @precondition(lambda self: self.delivered)
    @rule(back=st.integers(0, 20))
    def one_is_delivered_twice(self, back: int) -> None:
        self._deliver([self.delivered[-1 - back % len(self.delivered)]] * 2)

    @rule(key=st.none() | schedules)
    def the_consumer_is_deleted(self, key: Key | None) -> None:
        """All that waited in the queue is gone; more so when it happens in the minute of a tick."""
        self.clock.at += dt.timedelta(minutes=1)
        if self.scheduler_runs:
            self._tick()
        self.in_flight = []
        self._quiet_minute()

    def _quiet_minute(self) -> None:
        """Nobody does anything for six minutes, and the scheduler tells the time: then every date has its entry."""
        self.clock.at += UNDER_WAY + dt.timedelta(minutes=1)
        self.scheduler_runs = True
        self._tick()
        self.everything_is_delivered(False)
        self._reconcile()
        for key, duty in self.duties.items():
            if not duty.is_deleted:
                opened = duty.dates_opened(self.now - HORIZON, self.now - UNDER_WAY)
                assert opened <= duty.rows.keys(), key
        self.every_row_and_every_task_is_the_right_one()
        assert self.work.run(self.work.unexplained.count(self.now)) == 0

    def _reconcile(self) -> None:
        """Twice: what the first look publishes again is handled before the second."""
        horizon, until = self.now - HORIZON, self.now - UNDER_WAY
        since = min(horizon, self.reconciled - 2 * DAY) if self.reconciled else horizon
        for duty in self.duties.values():
            if not duty.is_deleted:
                for date in sorted(duty.dates_opened(since, horizon) - duty.rows.keys()):
                    duty.too_old(date, self.now)
        for _ in range(2):
            self.work.run(self.work.reconciler.reconcile(self.now))
            again, self.work.queue.published = self.work.queue.published, []
            self._deliver(again)
        self.reconciled = until

    # What befalls the system as a whole

    @rule(zone=st.sampled_from(OTHER_ZONES))
    def the_zone_or_its_data_changes(self, zone: ZoneInfo) -> None:
        """Every service starts anew."""
        self.work.run(self.work.dates.end_pauses(self.now))
        self.zone = zone
        for duty in self.duties.values():
            duty.move_to(zone, self.now)
        self.work.wire(self.clock, zone)
        self.work.run(self._move_dates())
        self._quiet_minute()

    async def _move_dates(self) -> None:
        """The mark that work leaves says another version: that installed is always the same here."""
        await self.work.database.marks.update_one({"_id": "zone"}, {"$set": {"data": "older"}})
        await self.work.dates.move_to(self.zone)

    @precondition(lambda self: self.scheduler_runs and self.cursor <= self.now)
    @rule(target=schedules, days=st.integers(1, 3), cron=crons, hours=st.sampled_from([1, 9, 30]))
    def the_clock_was_ahead(self, days: int, cron: str, hours: int) -> Key:
        """For a tick; then somebody creates a schedule, and time goes on from where it was."""
        self.everything_is_delivered(False)
        self.clock.at += days * DAY
        self._tick()
        self.everything_is_delivered(False)
        self.clock.at -= days * DAY
        key = self.create(cron, True)
        self.clock.at += dt.timedelta(hours=hours)
        self._quiet_minute()
        return key

    @rule(days=st.integers(1, 9))
    def works_database_is_restored(self, days: int) -> None:
        """As it was some days ago. The scheduler goes on from where it is."""
        duties = {key: duty.copy() for key, duty in self.duties.items()}
        copy, reconciled = self.work.copy(), self.reconciled
        self._days_go_by(days)
        self.work.put_back(copy)
        self.duties, self.reconciled, self.in_flight = duties, reconciled, []
        for duty in self.duties.values():
            duty.zone = self.zone
        self.work.wire(self.clock, self.zone)
        self._quiet_minute()

    @rule(days=st.integers(1, 9))
    def schedulers_database_is_restored(self, days: int) -> None:
        cursor = self.cursor
        self._days_go_by(days)
        self.cursor = min(cursor, self.cursor)
        self._quiet_minute()

    def _days_go_by(self, days: int) -> None:
        self.scheduler_runs = True
        for _ in range(days):
            self.clock.at += DAY
            self._tick()
            self.everything_is_delivered(False)

    @rule(target=schedules, cron=crons, age=st.integers(1, 20), enabled=either)
    def a_schedule_is_imported(self, cron: str, age: int, enabled: bool) -> Key:
        """With a past of its own, for which its ledger elsewhere answers."""
        created_at, id = self.now - age * DAY, uuid4().hex
        record = {
            "recurring_config_id": id,
            "description": "Duty",
            "cron_expression": cron,
            "enabled": enabled,
            "created_at": iso_milliseconds(created_at),
            "updated_at": iso_milliseconds(created_at),
            "version": 1,
            "timeline": [
                {
                    "since": iso_milliseconds(created_at),
                    "cron": cron,
                    "leadDays": 0,
                    "enabled": enabled,
                    "archived": False,
                }
            ],
        }
        question = ImportRecords(entity=Entity.RECURRING_CONFIGS, records=[record])
        [result] = self.done(self.work.importing.records(question)).results
        assert result.reason is None
        duty = self.duties[Kind.RECURRING, id] = Duty(self.zone, created_at, cron, imported_at=self.now)
        if not enabled:
            duty.do(created_at, "pause")
        return Kind.RECURRING, id

    def _deliver(self, messages: Sequence[Asked]) -> None:
        """In one batch, unless two of its windows may want the same anchor: which of them gets it is a race."""
        batches: list[list[Asked]] = [[]]
        for message in messages:
            if any(self._may_contend(message.window, other.window) for other in batches[-1]):
                batches.append([])
            batches[-1].append(message)
        for batch in batches:
            self._handle(batch)
            for one in batch:
                self.duties[one.window.kind, one.window.source_id].published(one.window.date, self.now)

    def _may_contend(self, one: Window, other: Window) -> bool:
        deeds = self.duties[one.kind, one.source_id].deeds
        return one.source_id == other.source_id and one != other and any(deed == "new lead" for _, deed, _ in deeds)

    def _handle(self, asked: Sequence[Asked]) -> list[Handled]:
        handled = self.work.run(self.work.generator.handle(asked))
        assert not [one.error for one in handled if one.unexpected]
        return handled

    # What must hold

    @invariant()
    def every_row_and_every_task_is_the_right_one(self) -> None:
        self.work.steps += 1
        rows = {
            (*key, date.isoformat()): outcome
            for key, duty in self.duties.items()
            for date, outcome in duty.rows.items()
        }
        ledger, made = self.work.run(self._stored())
        assert ledger == rows
        assert made == Counter(window for window, outcome in rows.items() if outcome == "generated")

    async def _stored(self) -> tuple[dict[tuple[str, str, str], str], Counter[tuple[str, str, str]]]:
        """Outcomes by window, and the windows for which there is a task or a whole run, each as often as there is."""
        database = self.work.database
        windows, tasks, bundles = await asyncio.gather(
            database.windows.find({}, ["kind", "source_id", "date", "outcome"]).to_list(None),
            database.tasks.find({}, ["recurring_config_id", "window_date", "bundle_id", "template_task_ref"]).to_list(
                None
            ),
            database.bundles.find({}, ["template_id", "anchor_date"]).to_list(None),
        )
        made: Counter[tuple[str, str, str]] = Counter()
        steps: dict[str, list[str]] = {}
        for task in tasks:
            if "bundle_id" in task:
                steps.setdefault(task["bundle_id"], []).append(task["template_task_ref"])
            else:
                made[Kind.RECURRING, task["recurring_config_id"], task["window_date"]] += 1
        for bundle in bundles:
            assert sorted(steps.pop(bundle["_id"])) == [step.ref_id for step in STEPS]
            anchors = self.duties[Kind.TEMPLATE, bundle["template_id"]].anchors
            date = anchors[dt.date.fromisoformat(bundle["anchor_date"])]
            made[Kind.TEMPLATE, bundle["template_id"], date.isoformat()] += 1
        assert not steps, "tasks without a run"
        return {(row["kind"], row["source_id"], row["date"]): row["outcome"] for row in windows}, made

    def teardown(self) -> None:
        """Calm comes back: then no date is unexplained."""
        try:
            if self.duties:
                self._quiet_minute()
        finally:
            self.work.outcomes.update(outcome for duty in self.duties.values() for outcome in duty.rows.values())
            self.work.forget()


def _window(due: DueWindow) -> Window:
    return Window(kind=due.kind, source_id=due.source_id, date=due.date)


def _counts(pages: Sequence[Generated]) -> Counter[Verdict]:
    """What a generation reported, in the words of the dry run."""
    counts: Counter[Verdict] = Counter()
    for page in pages:
        counts[Verdict.WOULD_CREATE] += len(page.tasks) + len(page.bundles)
        counts[Verdict.EXISTS] += page.skipped_tasks + page.skipped_bundles
        counts[Verdict.PAUSED] += page.paused
        counts[Verdict.INVALID] += len(page.failed)
    return +counts


def run(settings: Settings, *, machines: int, steps: int, least: int) -> Work:
    """Let ``machines`` live, each for ``steps`` at most, and more of them until they took more than ``least`` steps."""
    work = Work(settings)
    try:
        while work.steps <= least:
            run_state_machine_as_test(
                lambda: Operations(work),
                settings=hypothesis_settings(
                    max_examples=_MORE_MACHINES if work.steps else machines,
                    stateful_step_count=steps,
                    deadline=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                    phases=PHASES,
                    report_multiple_bugs=False,
                ),
            )
    finally:
        print(f"{work.machines} machines, {work.steps} steps; windows: {dict(work.outcomes)}")
        work.close()
    return work


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thirds of the time would be spent on journal writes; what survives a crash is shown in ``tests/faults``."""
    for module in (connection, transactions):
        monkeypatch.setattr(module, "WriteConcern", lambda **_: WriteConcern(w=1, j=False))
        monkeypatch.setattr(module, "ReadConcern", lambda level: ReadConcern(level if level == "snapshot" else "local"))


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-GEN-5")
@pytest.mark.requirement("R-PAU-2")
@pytest.mark.requirement("R-REL-1")
@pytest.mark.timeout(600)
def test_whatever_happens_every_date_has_its_row_and_its_task_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motor.frameworks.asyncio._EXECUTOR", AtOnce())
    work = run(settings, machines=45, steps=40, least=2_000)
    assert work.steps > 2_000


@pytest.mark.soak
@pytest.mark.requirement("R-GEN-3")
@pytest.mark.timeout(3_600)
def test_and_so_it_stays_for_a_long_while(settings: Settings) -> None:
    work = run(settings, machines=900, steps=80, least=50_000)
    assert work.steps > 50_000
