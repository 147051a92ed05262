"""An upgrade in place, service after service in the guide's order: each is away while windows open, none is lost."""

import re
from pathlib import Path

import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.generation import Generate
from contracts.tasks import AddComment
from contracts.values import Service, calendar_date
from services.kit.mongo import connection
from services.kit.mongo.driver import Row
from services.kit.settings import Settings
from tests.system import System, instant

GUIDE = Path(__file__).parents[2] / "docs/deployment.md"
CAME_LATER = {
    Service.WORK: {"history": "run_feed", "tasks": "listed", "recurring": "firing", "templates": "firing"},
    Service.NOTIFIER: {"notifications": "of_user_newest_first"},
}
"""Indexes by collection, one of each."""
ITEMS = ("recurring", "templates", "tasks", "bundles", "windows", "history")


@pytest.mark.requirement("R-REL-1")
@pytest.mark.requirement("R-GEN-3")
async def test_an_upgrade_keeps_every_document_and_makes_every_window_once(system: System) -> None:
    await system.start(Service.PORTAL)
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties())
    await system.clock_to("2028-02-07 23:00")
    [first, *_] = await system.tasks_on("2028-02-07")
    await system.ask(subjects.ADD_COMMENT, AddComment(id=first.id, text="From before the upgrade"))
    before = await stored(system.settings)

    for day, service in enumerate(guided_order(), start=8):
        await system.stop(service)
        await as_an_earlier_version_left_it(system.settings, service)
        evening = instant(f"2028-02-{day:02} 23:00")
        await system.set_clock(evening)
        system.settings = system.settings.model_copy(update={"clock": evening})
        await system.start(service)
    await system.clock_to("2028-02-11 23:01")

    await its_indexes_are_those_of_today(system.settings)
    after = await stored(system.settings)
    assert {id: after.get(id) for id in before} == before
    dates = {"start_date": calendar_date("2028-02-08"), "end_date": calendar_date("2028-02-11")}
    again = await system.ask(subjects.GENERATE, Generate(**dates))
    assert (again.tasks, again.bundles, again.failed) == ([], [], []), "no window was lost"
    assert (again.skipped_tasks, again.skipped_bundles) == (9, 1)
    generated = [row["item_id"] for row in of("windows", after) if row["outcome"] == "generated"]
    made = [one["_id"] for one in [*of("tasks", after), *of("bundles", after)] if "bundle_id" not in one]
    assert sorted(generated) == sorted(made), "none was made twice"


def of(collection: str, documents: dict[tuple[str, str], Row]) -> list[Row]:
    return [document for (name, _), document in documents.items() if name == collection]


def guided_order() -> list[Service]:
    [names] = re.findall(r"for service in ([a-z ]+); do docker compose up", GUIDE.read_text())
    order = [Service(name) for name in names.split()]
    assert set(order) == set(Service)
    return order


async def as_an_earlier_version_left_it(settings: Settings, service: Service) -> None:
    """Without the mark of the format and without what came later; the service creates it when it starts. With an
    index that was retired since, and one that was defined otherwise."""
    async with connection.connect(settings, service) as database:
        await database["format"].delete_many({})
        for collection, index in CAME_LATER.get(service, {}).items():
            await database[collection].drop_index(index)
        if service is Service.WORK:
            for collection in ("tasks", "bundles"):
                await database[collection].update_many({}, {"$unset": {"search_text": "", "search_tags": ""}})
            await database["tasks"].create_index([("status", 1), ("date", 1)], name="due")
            await database["windows"].drop_index("alerts")
            await database["windows"].create_index([("open", 1), ("outcome", 1)], name="alerts", sparse=True)


async def its_indexes_are_those_of_today(settings: Settings) -> None:
    async with connection.connect(settings, "work") as database:
        indexes = await database["windows"].index_information()
        assert indexes["alerts"]["partialFilterExpression"] == {"open": {"$exists": True}}
        assert "due" not in await database["tasks"].index_information()


async def stored(settings: Settings) -> dict[tuple[str, str], Row]:
    """What people and windows made, by collection and id."""
    async with connection.connect(settings, "work") as database:
        return {(name, one["_id"]): one for name in ITEMS async for one in database[name].find()}
