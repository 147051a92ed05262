"""Operations Home on random work, against a slow and obvious count over all of it."""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.home import BundleSection, Home, TaskSection
from contracts.runs import BundleCard
from contracts.subjects import Done
from contracts.tasks import TaskFilter, TaskRow
from services.kit import broker
from services.kit.mongo.driver import Database
from services.kit.mongo.indexes import create_indexes
from services.kit.mongo.reading import read_together
from services.work.app import INDEXES
from services.work.generation.ledger import OPEN_FAILURES, Ledger
from services.work.home.store import RUNS_WITH_OPEN_TASKS, HomeView, calm_runs
from services.work.schedules.store import Schedules
from services.work.search_keys import with_search_fields
from services.work.tasks import store as filters
from services.work.tasks.store import Tasks

DAY = dt.timedelta(days=1)
REPLY_LIMIT = 512 * 1024
PEOPLE = ["me", "ann", "ben", "gone", None]
TAGS = ["sponsor", "event", "(event)"]
OTHERS = ["ann", "ben"]  # active users besides me; "gone" is none any more
EVERYTHING = TaskFilter()
NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)


@dataclass
class Run:
    id: str
    anchor: dt.date
    born_on: dt.date
    stage: str
    is_archived: bool

    def stored(self) -> dict[str, Any]:
        return {
            "_id": self.id,
            "title": f"Run {self.id}",
            "anchor_date": self.anchor.isoformat(),
            "stage": self.stage,
            "status": "archived" if self.is_archived else "active",
            "template_id": "t1",
            "steps": 9,
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
        }


@dataclass
class Item:
    """A task as a person would describe it."""

    id: str
    due: dt.date
    status: str
    assignee: str | None
    run: Run | None
    step: int
    lacks: list[str]
    follow_up: dt.datetime | None
    completed: dt.datetime | None
    was_refused: bool
    is_deleted: bool
    tags: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return "recurring" if self.run is None else "template"

    @property
    def description(self) -> str:
        return f"Task {self.id}"

    @property
    def is_hidden(self) -> bool:
        return self.is_deleted or (self.run is not None and self.run.is_archived)

    @property
    def overdue_from(self) -> dt.date:
        """The day after it was due; for a task that was due before its run existed, the run's second day."""
        return (self.due if self.run is None else max(self.due, self.run.born_on)) + DAY

    def stored(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "_id": self.id,
            "description": self.description,
            "source": self.source,
            "tags": list(self.tags),
            "date": self.due.isoformat(),
            "status": self.status,
            "overdue_from": self.overdue_from.isoformat(),
            "live": not self.is_hidden,
            "missing": self.lacks,
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
        }
        if self.run is None:
            document |= {"recurring_config_id": "c1", "window_date": f"of {self.id}"}
        else:
            document |= {"bundle_id": self.run.id, "template_id": "t1"}
            document |= {"template_task_ref": self.id, "step": self.step, "late_run": self.due < self.run.born_on}
        if self.assignee:
            document["assignee_id"] = self.assignee
        if self.follow_up:
            document |= {"follow_up_at": self.follow_up.isoformat(), "follow_up_due_at": self.follow_up}
        if self.completed:
            document["completed_at"] = self.completed
        if self.was_refused:
            document["completion_refused_at"] = NOW
        if self.is_deleted:
            document["deleted_at"] = NOW
        return document


@dataclass
class Office:
    """All the work there is, and an instant at which somebody looks."""

    now: dt.datetime
    zone: ZoneInfo
    items: list[Item]
    runs: list[Run]

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def of(self, status: str) -> list[Item]:
        return [item for item in self.items if item.status == status and not item.is_hidden]

    def overdue(self) -> list[Item]:
        return [item for item in self.of("todo") if item.overdue_from <= self.today]

    def due_today(self) -> list[Item]:
        return [item for item in self.of("todo") if item.due <= self.today < item.overdue_from]

    def follow_ups_due(self) -> list[Item]:
        return [item for item in self.of("waiting") if item.follow_up and item.follow_up <= self.now]

    def waiting(self) -> list[Item]:
        return [item for item in self.of("waiting") if item.follow_up and item.follow_up > self.now]

    def done_today(self) -> list[Item]:
        return [
            item
            for item in self.of("done")
            if item.completed and item.completed.astimezone(self.zone).date() == self.today
        ]

    def coming_up(self) -> list[Item]:
        return [item for item in self.of("todo") if self.today < item.due <= self.today + 7 * DAY]

    def counted(self, run: Run) -> list[Item]:
        return [item for item in self.items if item.run is run and not item.is_deleted and item.status != "archived"]

    def unfinished(self, run: Run) -> list[Item]:
        return [item for item in self.counted(run) if item.status in {"todo", "waiting"}]

    def proof_due(self, run: Run) -> list[Item]:
        return [item for item in self.unfinished(run) if item.lacks and (item.was_refused or item.due <= self.today)]

    def is_at_risk(self, run: Run) -> bool:
        late = {item.run.id for item in [*self.overdue(), *self.follow_ups_due()] if item.run}
        return run.id in late or bool(self.proof_due(run))

    def active_runs(self) -> list[Run]:
        runs = [run for run in self.runs if not run.is_archived and (run.stage != "done" or self.unfinished(run))]
        return sorted(runs, key=lambda run: (run.anchor, run.id))


def some_office(seed: int, *, tasks: int, runs: int) -> Office:
    dice = random.Random(seed)
    zone = ZoneInfo(dice.choice(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]))
    now = dt.datetime(2028, 2, 2, tzinfo=zone).astimezone(dt.UTC) + dt.timedelta(minutes=dice.choice([0, 1, 540, 1439]))
    today = now.astimezone(zone).date()
    known = [
        Run(
            id=f"run-{number:03}",
            anchor=today + dice.randint(-20, 20) * DAY,
            born_on=today - dice.randint(0, 3) * DAY,
            stage=dice.choice(["preparation", "announced", "after-event", "done", "done"]),
            is_archived=dice.random() < 0.2,
        )
        for number in range(runs)
    ]

    def some_instant() -> dt.datetime:
        return now + dice.choice([-2 * DAY, -DAY, -dt.timedelta(minutes=1), 0 * DAY, dt.timedelta(minutes=1), DAY])

    def some_item(number: int) -> Item:
        status = dice.choice(["todo", "todo", "waiting", "done", "archived"])
        return Item(
            id=f"task-{number:04}",
            due=today + dice.choice([*range(-4, 5), 7, 8]) * DAY,
            status=status,
            assignee=dice.choice(PEOPLE),
            run=dice.choice(known) if known and dice.random() < 0.7 else None,
            step=number,
            lacks=dice.choice([[], [], [], ["LinkedIn URL"], ["file", "comment: Outcome"]]),
            follow_up=some_instant() if status == "waiting" else None,
            completed=min(some_instant(), now) if status == "done" else None,
            was_refused=dice.random() < 0.1,
            is_deleted=dice.random() < 0.05,
            tags=tuple(dice.sample(TAGS, dice.randint(0, 2))),
        )

    return Office(now, zone, [some_item(number) for number in range(tasks)], known)


async def home_of(
    database: Database, office: Office, others: Iterable[str] = (), asked: TaskFilter | None = None
) -> Home:
    schedules = Schedules(database)
    view = HomeView(database, Tasks(database, schedules), Ledger(database, schedules), office.zone)
    return await view.at(office.now, asked or TaskFilter(others=list(others)))


async def moved_in(database: Database, office: Office) -> None:
    await create_indexes(database, INDEXES)
    revision = {"since": office.now, "cron": "0 9 * * *"}
    await database.recurring.insert_one({"_id": "c1", "description": "Slack invites", "timeline": [revision]})
    for name, things in (("tasks", office.items), ("bundles", office.runs)):
        if things:
            await database[name].insert_many([with_search_fields(name, one.stored()) for one in things])


def ids(section: TaskSection) -> list[str]:
    return [row.task.id for row in section.rows]


def first_of(items: list[Item], order: Any) -> list[str]:
    return [item.id for item in sorted(items, key=lambda item: (order(item), item.id))[:50]]


def is_meant(item: Item, asked: TaskFilter) -> bool:
    """All of the filter but the people."""
    return (
        asked.source in (None, item.source)
        and asked.bundle_id in (None, item.run.id if item.run else None)
        and (asked.tag is None or asked.tag in item.tags)
        and (asked.text or "").lower() in item.description.lower()
    )


def check_sections(home: Home, office: Office, others: Iterable[str], asked: TaskFilter = EVERYTHING) -> None:
    def mine(items: list[Item]) -> list[Item]:
        whose = [item for item in items if item.assignee not in others and is_meant(item, asked)]
        return [item for item in whose if asked.assignee_id is None or (item.assignee or "") == asked.assignee_id]

    assert home.today == office.today
    for section, items, order in (
        (home.overdue, office.overdue(), lambda item: item.due),
        (home.due_today, office.due_today(), lambda item: item.due),
        (home.follow_ups_due, office.follow_ups_due(), lambda item: item.follow_up),
        (home.waiting, office.waiting(), lambda item: item.follow_up),
        (home.done_today, office.done_today(), lambda item: office.now - item.completed),
        (home.coming_up, office.coming_up(), lambda item: item.due),
    ):
        assert section.count == len(mine(items))
        assert ids(section) == first_of(mine(items), order)
    late = [*office.overdue(), *office.follow_ups_due()]
    assert home.for_others == sum(item.assignee in others and is_meant(item, asked) for item in late)


def check_rows(home: Home, office: Office) -> None:
    items = {item.id: item for item in office.items}
    late, follow_ups = {item.id for item in office.overdue()}, {item.id for item in office.follow_ups_due()}
    sections = [home.overdue, home.due_today, home.follow_ups_due, home.waiting, home.done_today, home.coming_up]
    for row in [row for section in sections for row in section.rows]:
        item = items[row.task.id]
        assert row.days_late == ((office.today - item.due).days if item.id in late else 0)
        assert row.follow_up_due == (item.id in follow_ups)
        assert row.missing == (item.lacks if item.status != "done" else [])
        assert row.late_run == (item.run is not None and item.due < item.run.born_on)
        assert (row.source_title, row.source_cron) == (
            ("Slack invites", "0 9 * * *") if item.run is None else (f"Run {item.run.id}", None)
        )


def check_workflows(home: Home, office: Office) -> None:
    risky = [run for run in office.active_runs() if office.is_at_risk(run)]
    calm = [run for run in office.active_runs() if not office.is_at_risk(run)]
    for section, runs in ((home.at_risk, risky), (home.active, calm)):
        assert section.count == len(runs)
        assert [card.bundle.id for card in section.cards] == [run.id for run in runs[:50]]
        for card, run in zip(section.cards, runs, strict=False):
            check_card(card, run, office)
            assert card.at_risk == office.is_at_risk(run)


def check_card(card: BundleCard, run: Run, office: Office) -> None:
    counted, unfinished = office.counted(run), office.unfinished(run)
    assert (card.done, card.total) == (len(counted) - len(unfinished), len(counted))
    assert card.overdue == sum(item.run is run for item in office.overdue())
    assert card.follow_ups_due == sum(item.run is run for item in office.follow_ups_due())
    assert card.waiting == sum(item.status == "waiting" for item in unfinished)
    assert set(card.missing) == {lacking for item in office.proof_due(run) for lacking in item.lacks}
    following = min(unfinished, key=lambda item: (item.due, item.step), default=None)
    assert (card.next_task.id if card.next_task else None) == (following.id if following else None)


@pytest.mark.requirement("R-HOM-2")
@pytest.mark.requirement("R-HOM-3")
@pytest.mark.requirement("R-BUN-2")
@pytest.mark.parametrize("seed", range(12))
async def test_home_equals_a_slow_count_over_everything(database: Database, seed: int) -> None:
    office = some_office(seed, tasks=250, runs=40)
    await moved_in(database, office)
    for others in ([], OTHERS):
        home = await home_of(database, office, others)
        check_sections(home, office, others)
        check_rows(home, office)
        check_workflows(home, office)
        assert home.failures == []


def some_filter(office: Office, dice: random.Random) -> TaskFilter:
    """Some of the conditions, at least one of them."""
    conditions: dict[str, Any] = {
        "assignee_id": dice.choice(["me", "ann", ""]),
        "source": dice.choice(["recurring", "template"]),
        "bundle_id": dice.choice(office.items).run,
        "tag": dice.choice([*TAGS, "(ev", ".*"]),
        "text": dice.choice(["TASK", "00", "task-01", "(", ".*", "$ne"]),
    }
    conditions["bundle_id"] = conditions["bundle_id"].id if conditions["bundle_id"] else "nothing"
    chosen = dice.sample(sorted(conditions), dice.choice([1, 1, 2, 3]))
    others = dice.choice([[], OTHERS])
    return TaskFilter(others=others, **{name: conditions[name] for name in chosen})


@pytest.mark.requirement("R-HOM-5")
@pytest.mark.parametrize("seed", range(200, 203))
async def test_filters_leave_exactly_what_a_slow_look_would_leave(database: Database, seed: int) -> None:
    office, dice = some_office(seed, tasks=400, runs=6), random.Random(seed)
    await moved_in(database, office)
    for _ in range(12):
        asked = some_filter(office, dice)
        home = await home_of(database, office, asked=asked)
        check_sections(home, office, asked.others, asked)
        check_workflows(home, office)


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.parametrize("seed", [100, 101])
async def test_counts_stay_true_beyond_the_fifty_rows_that_are_shown(database: Database, seed: int) -> None:
    office = some_office(seed, tasks=3_000, runs=400)
    await moved_in(database, office)
    home = await home_of(database, office, OTHERS)
    sections: list[TaskSection | BundleSection] = [
        *(home.overdue, home.due_today, home.follow_ups_due, home.waiting, home.done_today, home.at_risk)
    ]
    assert all(section.count > 50 for section in sections)
    check_sections(home, office, OTHERS)
    check_rows(home, office)
    check_workflows(home, office)


@pytest.mark.requirement("R-HOM-2")
async def test_a_home_without_work_is_clear(database: Database) -> None:
    office = Office(NOW, ZoneInfo("UTC"), [], [])
    await moved_in(database, office)
    home = await home_of(database, office)
    check_sections(home, office, [])
    check_workflows(home, office)
    assert (home.schedules.active, home.schedules.last_at, home.last_tick_at) == (0, None, None)


@pytest.mark.requirement("R-HOM-3")
async def test_home_reads_everything_at_one_instant(database: Database) -> None:
    office = some_office(1, tasks=20, runs=0)
    await moved_in(database, office)
    failed = {"_id": "w", "kind": "recurring", "source_id": "c1", "open": True, "outcome": "failed", "attempts": 1}
    error = {"code": "invalid", "message": "why"}
    times = {"first_at": NOW, "last_at": NOW, "date": "2028-02-02"}
    await database.windows.insert_one(failed | times | {"error": error})
    schedules = Schedules(database)
    ledger, tasks = Ledger(database, schedules), Tasks(database, schedules)
    async with await database.client.start_session(snapshot=True) as session:
        found = await read_together(database, OPEN_FAILURES, session)
        await database.recurring.update_one({"_id": "c1"}, {"$set": {"description": "Renamed"}})
        [failure] = await ledger.read_failures(found, session)
        [row] = await tasks.rows([office.items[0].stored()], today=office.today, now=NOW, session=session)
    assert (failure.title, row.source_title) == ("Slack invites", "Slack invites")
    assert [one.title for one in (await home_of(database, office)).failures] == ["Renamed"]


def late_task(number: int, **fields: Any) -> dict[str, Any]:
    run = fields.pop("run", None)
    item = Item(f"task-{number:05}", dt.date(2028, 1, 20), "todo", None, run, number, [], None, None, False, False)
    return item.stored() | fields


def reply_bytes(home: Home) -> int:
    return len(broker.encode(Done(view=home)))


def shown(section: TaskSection) -> list[TaskRow]:
    assert section.rows, "a count without a row helps nobody"
    return section.rows


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.parametrize("letter", ["x", "ü", "📌"])
async def test_five_thousand_overdue_tasks_fit_into_one_reply_however_long_their_instructions(
    database: Database, letter: str
) -> None:
    await create_indexes(database, INDEXES)
    long = {"instructions": letter * 20_000, "comment": letter * 20_000}
    await database.tasks.insert_many([late_task(number, **long) for number in range(5_000)])
    home = await home_of(database, Office(NOW, ZoneInfo("UTC"), [], []))
    assert home.overdue.count == 5_000
    assert reply_bytes(home) < REPLY_LIMIT
    assert shown(home.overdue)[0].task.id == "task-00000"


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.parametrize("letter", ["x", "📌"])
async def test_runs_with_long_next_steps_fit_into_one_reply(database: Database, letter: str) -> None:
    await create_indexes(database, INDEXES)
    runs = [Run(f"run-{number:03}", NOW.date(), NOW.date() - DAY, "announced", False) for number in range(60)]
    await database.bundles.insert_many([run.stored() for run in runs])
    long = {"instructions": letter * 20_000, "comment": letter * 20_000}
    await database.tasks.insert_many([late_task(number, run=run, **long) for number, run in enumerate(runs)])
    home = await home_of(database, Office(NOW, ZoneInfo("UTC"), [], []))
    assert (home.at_risk.count, home.overdue.count) == (60, 60)
    assert reply_bytes(home) < REPLY_LIMIT
    assert home.at_risk.cards
    assert shown(home.overdue)


SERVED = [
    (filters.overdue(NOW.date()), "listed"),
    (filters.due_today(NOW.date()), "listed"),
    (filters.coming_up(NOW.date()), "listed"),
    (filters.proof_due(NOW.date()), "listed"),
    (filters.follow_ups_due(NOW), "follow_up"),
    (filters.waiting(NOW), "follow_up"),
    (filters.done_since(NOW - DAY), "done"),
    (filters.refused_completion(), "refused"),
]


@pytest.mark.requirement("R-HOM-3")
async def test_each_question_of_home_has_its_index(database: Database) -> None:
    await moved_in(database, some_office(1, tasks=300, runs=10))
    for query, index in SERVED:
        plan = await database.command("explain", {"find": "tasks", "filter": query}, verbosity="queryPlanner")
        assert index in index_names(plan["queryPlanner"]["winningPlan"]), query


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.requirement("R-BUN-3")
async def test_home_reads_one_open_task_a_run_and_no_finished_run(database: Database) -> None:
    runs = [Run(f"run-{number}", NOW.date() + number * DAY, NOW.date(), "announced", False) for number in range(10)]
    past = [Run(f"past-{number}", NOW.date() - number * DAY, NOW.date(), "done", False) for number in range(200)]
    open_runs = [*runs, past[0]]
    ahead = [some_step(run, number, "todo" if number else "waiting") for run in open_runs for number in range(20)]
    done = [some_step(run, 20, "done") for run in past]
    office = Office(NOW, ZoneInfo("UTC"), [*ahead, *done], [*runs, *past])
    await moved_in(database, office)
    check_workflows(await home_of(database, office), office)

    calm = calm_runs(set(), {run.id for run in open_runs})
    questions: list[dict[str, Any]] = [
        *({"aggregate": "tasks", "pipeline": one.pipeline, "cursor": {}} for one in RUNS_WITH_OPEN_TASKS.values()),
        {"find": "bundles", "filter": calm, "sort": {"anchor_date": 1, "_id": 1}, "limit": 50},
        {"count": "bundles", "query": calm},
    ]
    for question in questions:
        explained = await database.command("explain", question, verbosity="executionStats")
        assert 0 < keys_read(explained) <= 4 * len(open_runs), question


def some_step(run: Run, number: int, status: str) -> Item:
    completed = NOW - 9 * DAY if status == "done" else None
    return Item(f"{run.id}-{number}", dt.date(2028, 5, 1), status, None, run, number, [], None, completed, False, False)


def keys_read(explained: Any) -> int:
    """Of indexes, by all stages of a query."""
    inner = explained.values() if isinstance(explained, dict) else explained if isinstance(explained, list) else []
    own = explained.get("totalKeysExamined", 0) if isinstance(explained, dict) else 0
    return own + sum(map(keys_read, inner))


def index_names(plan: dict[str, Any]) -> list[str]:
    inner = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    return [
        *([plan["indexName"]] if "indexName" in plan else []),
        *(name for one in inner for name in index_names(one)),
    ]
