"""Search by stored keys: found in every form, served by an index, and older documents get their keys."""

import datetime as dt
from typing import Any

import pytest

from contracts.runs import ListBundleCards
from contracts.tasks import ListTaskRows
from contracts.transfer.export_records import Entity
from services.kit.mongo.driver import Database, Row
from services.kit.mongo.indexes import create_indexes
from services.work.app import INDEXES
from services.work.history.store import History
from services.work.runs.store import Runs
from services.work.schedules.store import Schedules
from services.work.search_keys import SearchKeys, key_updates, with_search_fields
from services.work.tasks.store import Tasks
from services.work.transfer.import_store import Imports, Update
from tests.stores.profiling import profiled

pytestmark = pytest.mark.requirement("R-HOM-5")

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
DECOMPOSED = "Rechnungspru\u0308fung Q4\u00a0report"


def task(id: str, description: Any, **fields: Any) -> Row:
    return {
        **{"_id": id, "description": description, "date": "2028-02-02", "status": "todo", "version": 1, "live": True},
        **{"missing": [], "overdue_from": "2028-02-03", "deleted_at": None, "created_at": NOW, "updated_at": NOW},
        **fields,
    }


def run(id: str, title: str) -> Row:
    return {
        **{"_id": id, "title": title, "anchor_date": "2028-02-09", "stage": "preparation", "status": "active"},
        **{"created_at": NOW, "updated_at": NOW, "deleted_at": None, "version": 1},
    }


async def found(database: Database, **asked: Any) -> list[str]:
    tasks = Tasks(database, Schedules(database))
    listed = await tasks.listed(ListTaskRows(**asked), today=NOW.date(), now=NOW)
    return [one["_id"] for one in listed]


async def runs_found(database: Database, title: str) -> list[str]:
    return [one["_id"] for one in await Runs(database).by_anchor(ListBundleCards(title=title))]


async def test_search_finds_what_every_write_stored(database: Database) -> None:
    history = History(database)
    tasks, bundles, imports = Tasks(database, Schedules(database)), Runs(database), Imports(database)
    await history.transaction(lambda session: tasks.add(task("added", DECOMPOSED, tags=["Bu\u0308ro"]), session))
    await history.transaction(lambda session: bundles.add(run("r", "Café’s"), [task("step", "Naïve")], session))
    await imports.insert(Entity.TASKS, [task("taken in", "Ｉｎｖｏｉｃｅ", tags=["BÜRO"])])
    assert await found(database, text="REPORT rechnungsprüfung") == ["added"]
    assert await found(database, text="q4 report", tag="büro") == ["added"]
    assert await found(database, text="naive") == ["step"]
    assert await found(database, tag="buro") == ["added", "taken in"]
    assert await runs_found(database, "cafe's") == ["r"]

    before = await tasks.find("added")
    assert before is not None
    after = {name: value for name, value in before.items() if name != "tags"} | {"description": "Entwurf"}
    await history.transaction(lambda session: tasks.save(before, after, session))
    await history.transaction(lambda session: bundles.change("r", {"title": "Bistro"}, session))
    [stored] = (await imports.find(Entity.TASKS, ["taken in"])).values()
    fields = {"description": "Rechnung", "version": 2}
    update = Update(stored, fields, frozenset({"tags"}))
    assert await history.transaction(lambda session: imports.update(Entity.TASKS, update, session))
    assert await found(database, text="report") == []
    assert await found(database, text="entwurf") == ["added"]
    assert await found(database, text="rechnung") == ["taken in"]
    assert await found(database, tag="buro") == []
    assert (await runs_found(database, "cafe"), await runs_found(database, "bistro")) == ([], ["r"])


async def test_build_gives_older_documents_their_keys(database: Database) -> None:
    keys = SearchKeys(database)
    old = [task(f"{number:04}", f"Bu\u0308ro {number}", tags=["É"]) for number in range(1_500)]
    await database.tasks.insert_many(old)
    await database.tasks.insert_many([task("odd text", 7, tags={"a": 1}), task("odd tags", "Büro", tags=[1, "É"])])
    await database.tasks.insert_one(task("stale", "Büro", search_text="what another rule made"))
    await database.bundles.insert_one(run("r", "Café"))
    await database.files.insert_one({"_id": "f", "tags": ["É"], "deleted_at": None})
    assert await keys.build() == 1_504
    assert await found(database, text="buro 1499", tag="e") == ["1499"]
    assert await found(database, text="another") == []
    assert set(await found(database, tag="É", limit=2)) == {"0000", "0001"}
    assert await runs_found(database, "cafe") == ["r"]
    assert await database.tasks.find_one({"_id": "odd text"}) == task("odd text", 7, tags={"a": 1})
    async with profiled(database, op="update") as operations:
        assert await keys.build() == 0
    assert operations == [], "a later start writes nothing"


async def test_key_updates_leave_what_changed_meanwhile(database: Database) -> None:
    await database.tasks.insert_one(task("t", "Before"))
    updates = key_updates("tasks", await database.tasks.find().to_list(None))
    await database.tasks.update_one({"_id": "t"}, {"$set": {"description": "After", "search_text": "after"}})
    assert (await database.tasks.bulk_write(updates)).matched_count == 0
    assert await found(database, text="after") == ["t"]


async def test_text_search_reads_only_what_it_returns(database: Database) -> None:
    await create_indexes(database, INDEXES)
    stored = [with_search_fields("tasks", task(f"{number:03}", f"Büro {number}")) for number in range(300)]
    await database.tasks.insert_many(stored)
    async with profiled(database, ns=f"{database.name}.tasks") as operations:
        assert len(await found(database, text="29 buro", limit=10)) == 10
    [read] = operations
    assert read["planSummary"].startswith("IXSCAN { status: 1, date: 1, _id: 1")
    assert read["docsExamined"] == 10
