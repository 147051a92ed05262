"""Pausing a schedule while somebody else changes it, on a real MongoDB."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule, ResumeSchedule, ScheduleRow
from contracts.subjects import Event
from contracts.values import Kind, Outcome, Trigger, Window
from contracts.windows import Totals
from services.kit.clock import Clock
from services.kit.mongo.driver import Database
from services.kit.mongo.indexes import create_indexes
from services.work.app import INDEXES
from services.work.committing import Committer
from services.work.generation.ledger import Ledger
from services.work.generation.store import Generation, LedgerEntry
from services.work.generation.why import Held
from services.work.history.store import History
from services.work.home.store import HomeView
from services.work.queries import Queries
from services.work.schedules.commands import Commands
from services.work.schedules.store import Schedules
from services.work.tasks.store import Tasks
from tests.stores.profiling import profiled

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
BACKUP = {"kind": Kind.RECURRING, "id": "backup"}


async def publish(event: Event, ids: list[str]) -> None:
    """Nobody listens."""


async def nothing_holds(_: Window) -> Held:
    return Held()


def commands_of(database: Database, at: dt.datetime) -> Commands:
    schedules, history = Schedules(database), History(database)
    tasks, ledger = Tasks(database, schedules), Ledger(database, schedules)
    clock, zone = Clock(at), ZoneInfo("UTC")
    home = HomeView(database, tasks, ledger, zone)
    queries = Queries(schedules, tasks, ledger, history, home, clock, zone, nothing_holds)
    committer = Committer(history, publish)
    return Commands(schedules, tasks, history, queries, ledger, clock=clock, zone=zone, committer=committer)


async def recorded(database: Database, date: dt.datetime, outcome: Outcome) -> None:
    window = Window(kind=Kind.RECURRING, source_id="backup", date=date.date())
    entry = LedgerEntry(window, outcome, Trigger.SCHEDULE, "Backup", opened_at=date, item_id=window.item_id)
    await Generation(database).record([entry], date)


@pytest.mark.requirement("R-PAU-1")
@pytest.mark.requirement("R-REL-4")
async def test_a_pause_that_is_tried_again_reads_the_ledger_once_and_answers_with_it(
    database: Database, conflicts: list[str]
) -> None:
    await create_indexes(database, INDEXES)
    conflicts.append("not this one")
    await commands_of(database, NOW).create_recurring(
        CreateRecurring(id="backup", description="Backup", cron_expression="0 9 * * *")
    )
    await recorded(database, NOW, Outcome.GENERATED)

    conflicts.clear()
    pause = PauseSchedule(**BACKUP, key="a-press-of-the-button")
    async with profiled(database, ns=f"{database.name}.windows") as read:
        paused = await commands_of(database, NOW).pause_schedule(pause)
    assert conflicts
    assert isinstance(paused, ScheduleRow)
    assert (paused.enabled, paused.totals, paused.last is not None) == (False, Totals(generated=1), True)
    assert len(read) == 2, "the last window and the totals"

    tomorrow = NOW + dt.timedelta(days=1)
    await recorded(database, tomorrow, Outcome.PAUSED)
    later = commands_of(database, tomorrow)
    assert await later.pause_schedule(pause) == paused
    again = await later.pause_schedule(PauseSchedule(**BACKUP))
    assert isinstance(again, ScheduleRow)
    assert (again.unmade, again.unmade_count) == ([tomorrow.date()], 1)
    resumed = await later.resume_schedule(ResumeSchedule(**BACKUP))
    assert isinstance(resumed, ScheduleRow)
    assert (resumed.enabled, resumed.unmade_count) == (True, 0)
