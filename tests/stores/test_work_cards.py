"""Progress and risk of a run, as the database counts them over its tasks."""

import datetime as dt
from typing import Any

import pytest

from contracts.runs import BundleCard
from services.kit.mongo.driver import Database
from services.work.runs.cards import Cards

NOW = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
RUN = {"_id": "run", "title": "Newsletter", "anchor_date": "2028-02-05", "created_at": NOW, "updated_at": NOW}


def task(id: str, date: str | None, **fields: Any) -> dict[str, Any]:
    overdue_from = (dt.date.fromisoformat(date or "2028-02-01") + dt.timedelta(days=1)).isoformat()
    plain = {"bundle_id": "run", "description": id, "source": "template", "status": "todo", "missing": []}
    stored = {"_id": id, "overdue_from": overdue_from, "created_at": NOW, "updated_at": NOW, "version": 1}
    return plain | stored | ({"date": date} if date else {}) | fields


async def card_of(database: Database, *tasks: dict[str, Any]) -> BundleCard:
    if tasks:
        await database.tasks.insert_many(tasks)
    cards = Cards(database)
    [card] = await cards.of([RUN], today=NOW.date(), now=NOW)
    return card


@pytest.mark.requirement("R-BUN-1")
async def test_done_total_waiting_follow_ups_and_the_next_step_are_counted(database: Database) -> None:
    card = await card_of(
        database,
        task("a", "2028-02-01", status="done"),
        task("b", "2028-02-01"),
        task("c", "2028-02-05", status="waiting", follow_up_due_at=NOW),
        task("d", "2028-02-04", status="waiting", follow_up_due_at=NOW + dt.timedelta(days=1)),
        task("e", "2028-02-04", status="waiting"),
        task("f", "2028-01-01", status="archived", missing=["file"]),
        task("g", "2028-01-01", deleted_at=NOW),
        task("h", "2028-01-01", bundle_id="another"),
    )
    assert (card.done, card.total, card.overdue) == (1, 5, 1)
    assert (card.waiting, card.follow_ups_due) == (3, 1)
    assert card.next_task is not None
    assert card.next_task.id == "b"
    assert card.missing == []


@pytest.mark.requirement("R-BUN-2")
@pytest.mark.parametrize(
    ("date", "fields", "missing"),
    [
        ("2028-02-02", {}, ["file"]),
        ("2028-02-02", {"status": "waiting"}, ["file"]),
        ("2028-02-03", {}, []),
        ("2028-02-03", {"completion_refused_at": NOW}, ["file"]),
        ("2028-02-03", {"status": "waiting", "completion_refused_at": NOW}, ["file"]),
        ("2028-02-02", {"status": "done"}, []),
        ("2028-02-02", {"status": "archived", "completion_refused_at": NOW}, []),
        (None, {}, ["file"]),
    ],
)
async def test_proof_is_missing_once_it_is_due_or_was_asked_for(
    database: Database, date: str | None, fields: dict[str, Any], missing: list[str]
) -> None:
    card = await card_of(database, task("a", date, missing=["file"], **fields))
    assert card.missing == missing


async def test_what_several_tasks_lack_is_named_once(database: Database) -> None:
    late = task("a", "2028-02-02", missing=["file", "LinkedIn URL"])
    card = await card_of(database, late, task("b", "2028-02-01", missing=["LinkedIn URL"], step=2))
    assert sorted(card.missing) == ["LinkedIn URL", "file"]


async def test_of_two_steps_on_one_date_the_earlier_step_is_next(database: Database) -> None:
    card = await card_of(database, task("a", "2028-02-03", step=2), task("b", "2028-02-03", step=1))
    assert card.next_task is not None
    assert card.next_task.id == "b"


async def test_a_run_without_tasks_has_nothing_to_do(database: Database) -> None:
    card = await card_of(database)
    assert (card.done, card.total, card.next_task) == (0, 0, None)
