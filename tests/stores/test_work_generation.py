"""The ledger and the unique indexes, on a real MongoDB."""

import asyncio
import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from pymongo import WriteConcern

from contracts.recurring import RecurringConfig
from contracts.templates import Template
from contracts.values import Kind, Outcome, Trigger, Window
from contracts.windows import Totals, WindowError, WindowRow
from services.kit.clock import Clock
from services.kit.mongo.driver import Database, PyMongoError, Row
from services.kit.mongo.indexes import create_indexes
from services.kit.mongo.transactions import in_transaction
from services.kit.mongo.writing import is_transient
from services.work.generation import ledger
from services.work.generation.generator import Generator
from services.work.generation.ledger import Ledger
from services.work.generation.making import Run, automatic_run, recurring_task
from services.work.generation.records import Asked
from services.work.generation.store import INDEXES, Generation, LedgerEntry
from services.work.history.store import History, new_history_entry
from services.work.schedules.store import Schedules, new_document
from tests.stores.profiling import profiled

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
WINDOW = Window(kind=Kind.RECURRING, source_id="c1", date=NOW.date())
RUN_WINDOW = Window(kind=Kind.TEMPLATE, source_id="t1", date=NOW.date())
CONFIG = RecurringConfig(
    id="c1", description="Backup", cron_expression="0 9 * * *", enabled=True, created_at=NOW, updated_at=NOW
)
TEMPLATE = Template.model_validate(
    {
        "id": "t1",
        "name": "Newsletter",
        "type": "news",
        "task_definitions": [{"refId": f"s{n}", "description": f"Step {n}", "offsetDays": n} for n in range(3)],
        "created_at": NOW,
        "updated_at": NOW,
    }
)


@pytest.fixture
async def generation(database: Database) -> Generation:
    await create_indexes(database, INDEXES)
    return Generation(database)


def entry(outcome: Outcome = Outcome.GENERATED, *, repeated: bool = False, code: str | None = None) -> LedgerEntry:
    return LedgerEntry(
        WINDOW,
        outcome,
        Trigger.SCHEDULE,
        "Backup",
        repeated=repeated,
        opened_at=NOW,
        item_id=WINDOW.item_id if outcome is Outcome.GENERATED else None,
        error=WindowError(code=code, message="why") if code else None,
    )


async def row(database: Database) -> WindowRow:
    found = await Ledger(database, Schedules(database)).find(WINDOW.id)
    assert found is not None
    return found


def run() -> Run:
    return automatic_run(TEMPLATE, RUN_WINDOW, 0, NOW, NOW.date())


async def add(generation: Generation, made: Run) -> bool:
    given = LedgerEntry(RUN_WINDOW, Outcome.GENERATED, Trigger.SCHEDULE, "Newsletter", item_id=RUN_WINDOW.item_id)
    return (await generation.add_run(made, given, generated, NOW)).fresh


def generated() -> Row:
    return new_history_entry("window.generated", at=NOW, name=f"{RUN_WINDOW.id}:generated")


@pytest.mark.requirement("R-GEN-3")
async def test_fifty_writers_of_one_window_leave_one_task(generation: Generation, database: Database) -> None:
    task = recurring_task(CONFIG, WINDOW, NOW)
    written = await asyncio.gather(*(generation.add_recurring_tasks([dict(task)]) for _ in range(50)))
    assert sum(one.fresh for [one] in written) == 1
    assert {one.item_id for [one] in written} == {WINDOW.item_id}
    assert await database.tasks.count_documents({}) == 1


@pytest.mark.requirement("R-GEN-3")
async def test_a_task_of_another_id_that_holds_the_window_is_named(generation: Generation, database: Database) -> None:
    await database.tasks.insert_one({**recurring_task(CONFIG, WINDOW, NOW), "_id": "imported"})
    [written] = await generation.add_recurring_tasks([recurring_task(CONFIG, WINDOW, NOW)])
    assert (written.fresh, written.item_id) == (False, "imported")


@pytest.mark.requirement("R-GEN-3")
async def test_moving_archiving_or_hiding_a_task_neither_frees_its_window_nor_takes_another(
    generation: Generation, database: Database
) -> None:
    await generation.add_recurring_tasks([recurring_task(CONFIG, WINDOW, NOW)])
    next_day = Window(kind=Kind.RECURRING, source_id="c1", date=NOW.date() + dt.timedelta(days=1))
    changes = {"date": next_day.date.isoformat(), "status": "archived", "deleted_at": NOW, "live": False}
    await database.tasks.update_one({"_id": WINDOW.item_id}, {"$set": changes})
    written = await generation.add_recurring_tasks(
        [recurring_task(CONFIG, WINDOW, NOW), recurring_task(CONFIG, next_day, NOW)]
    )
    assert [one.fresh for one in written] == [False, True]


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.parametrize("first", [Outcome.FAILED, Outcome.PAUSED, Outcome.MISSED, Outcome.SKIPPED])
async def test_every_other_outcome_may_become_generated_and_what_went_wrong_skipped(
    generation: Generation, database: Database, first: Outcome
) -> None:
    await generation.record([entry(first, code="invalid_cron" if first is Outcome.FAILED else None)], NOW)
    for other in (Outcome.FAILED, Outcome.PAUSED, Outcome.MISSED):
        await generation.record([entry(other)], NOW)
        assert (await row(database)).outcome is first
    await generation.record([entry(Outcome.SKIPPED)], NOW)
    held_by_another = await row(database)
    assert held_by_another.outcome is (Outcome.PAUSED if first is Outcome.PAUSED else Outcome.SKIPPED)
    assert held_by_another.error is None
    await generation.record([entry()], NOW)
    entry_now = await row(database)
    assert (entry_now.outcome, entry_now.generated, entry_now.error) == (Outcome.GENERATED, 1, None)


@pytest.mark.requirement("R-GEN-5")
async def test_generated_is_final_and_repeats_only_raise_the_skip_counter(
    generation: Generation, database: Database
) -> None:
    await generation.record([entry()], NOW)
    for outcome in (Outcome.FAILED, Outcome.PAUSED, Outcome.MISSED, Outcome.SKIPPED):
        await generation.record([entry(outcome)], NOW)
    for _ in range(3):
        await generation.record([entry(repeated=True)], NOW)
    entry_now = await row(database)
    assert (entry_now.outcome, entry_now.generated, entry_now.skipped) == (Outcome.GENERATED, 1, 3)


@pytest.mark.requirement("R-GEN-5")
async def test_fresh_and_repeat_in_either_order_count_the_same(generation: Generation, database: Database) -> None:
    await generation.record([entry(repeated=True)], NOW)
    await generation.record([entry()], NOW)
    backwards = await database.windows.find_one({"_id": WINDOW.id})
    await database.windows.delete_many({})
    await generation.record([entry()], NOW)
    await generation.record([entry(repeated=True)], NOW)
    assert await database.windows.find_one({"_id": WINDOW.id}) == backwards


@pytest.mark.requirement("R-GEN-5")
async def test_totals_are_counted_from_the_index_however_many_rows_there_are(
    generation: Generation, database: Database
) -> None:
    await create_indexes(database, ledger.INDEXES)
    paused = Window(kind=Kind.RECURRING, source_id="c1", date=NOW.date() + dt.timedelta(days=1))
    given = [entry(), entry(repeated=True), LedgerEntry(paused, Outcome.PAUSED, Trigger.SCHEDULE, "Backup")]
    for one in given:
        await generation.record([one], NOW)
    async with profiled(database, ns=f"{database.name}.windows") as operations:
        totals = await Ledger(database, Schedules(database)).totals_of(["c1", "none"])
    assert totals == {"c1": Totals(generated=1, paused=1, repeats=1)}
    [read] = operations
    assert (read["keysExamined"] > 0, read["docsExamined"]) == (True, 0)


@pytest.mark.requirement("R-GEN-4")
async def test_a_run_is_written_whole_or_not_at_all(generation: Generation, database: Database) -> None:
    broken = run()
    broken.tasks[2]["_id"] = broken.tasks[1]["_id"]
    with pytest.raises(PyMongoError):
        await add(generation, broken)
    assert [await database[name].count_documents({}) for name in ("bundles", "tasks", "windows", "history")] == [0] * 4
    assert await add(generation, run())
    assert [await database[name].count_documents({}) for name in ("bundles", "tasks", "windows", "history")] == [
        1,
        3,
        1,
        1,
    ]


@pytest.mark.requirement("R-GEN-3")
async def test_eight_writers_of_one_run_leave_one_whole_run(generation: Generation, database: Database) -> None:
    fresh = await asyncio.gather(*(add(generation, run()) for _ in range(8)))
    assert sum(fresh) == 1
    assert (await database.bundles.count_documents({}), await database.tasks.count_documents({})) == (1, 3)


@pytest.mark.requirement("R-NOT-1")
async def test_what_a_transaction_tells_its_readers_bears_the_time_of_the_attempt_that_was_kept(
    generation: Generation, database: Database, conflicts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They read on from where they were, and a transaction may be tried for longer than they look back."""
    hours = itertools.count()
    monkeypatch.setattr(Clock, "wall", lambda: NOW + dt.timedelta(hours=next(hours)))
    assert await add(generation, run())
    assert conflicts
    [entry_now] = await database.history.find().to_list(None)
    assert entry_now["recorded_at"] == NOW + dt.timedelta(hours=1)

    conflicts.clear()
    document, schedules = new_document("c1", NOW) | {"changed_at": NOW}, Schedules(database)
    await in_transaction(database, lambda session: schedules.add(Kind.RECURRING, document, session))
    assert conflicts
    assert (await database.recurring.find_one({"_id": "c1"}))["changed_at"] == NOW + dt.timedelta(hours=3)


@pytest.mark.requirement("R-GEN-3")
async def test_the_first_run_of_an_anchor_date_holds_it_even_when_archived(
    generation: Generation, database: Database
) -> None:
    by_hand = {**run().document, "_id": "by-hand", "status": "archived"}
    await database.bundles.insert_one(by_hand)
    given = LedgerEntry(RUN_WINDOW, Outcome.GENERATED, Trigger.SCHEDULE, "Newsletter")
    written = await generation.add_run(run(), given, generated, NOW)
    assert (written.fresh, written.item_id) == (False, "by-hand")


@pytest.mark.requirement("R-REL-4")
async def test_unexpected_errors_of_a_window_are_counted(generation: Generation) -> None:
    assert [await generation.count_error(WINDOW.id) for _ in range(3)] == [1, 2, 3]


def unconfirmed(database: Database) -> Database:
    """The same database while no majority follows: writes stay, and raise."""
    return database.with_options(write_concern=WriteConcern(w=2))


def worker(database: Database, history: Database) -> Generator:
    schedules = Schedules(database)
    kept, clock = Ledger(database, schedules), Clock(NOW)
    return Generator(schedules, Generation(database), kept, History(history), clock=clock, zone=ZoneInfo("UTC"))


@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize("since", ["before the try", "in the middle"])
async def test_a_worker_that_outlives_a_try_alone_is_not_counted_however_often_the_database_confirms_nothing(
    generation: Generation, database: Database, since: str
) -> None:
    revision = {"since": NOW - dt.timedelta(days=1), "cron": "0 9 * * *"}
    times = {"created_at": NOW, "updated_at": NOW, "changed_at": NOW, "deleted_at": None}
    await database.recurring.insert_one({"_id": "c1", "description": "Backup", "timeline": [revision], **times})
    asked, stalled = Asked(WINDOW, Trigger.SCHEDULE), unconfirmed(database)
    for _ in range(6):
        with pytest.raises(PyMongoError) as raised:
            await worker(stalled if since == "before the try" else database, history=stalled).handle_alone(asked)
        assert is_transient(raised.value)

    assert (await worker(database, history=database).handle_alone(asked)).outcome is Outcome.GENERATED


@pytest.mark.requirement("R-REL-4")
async def test_database_that_confirms_no_write_is_out_of_reach(database: Database) -> None:
    await Generation(database).reach()
    with pytest.raises(PyMongoError) as raised:
        await Generation(unconfirmed(database)).reach()
    assert is_transient(raised.value)
