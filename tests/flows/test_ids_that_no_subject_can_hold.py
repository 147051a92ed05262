"""A schedule from elsewhere keeps its id, whatever stands in it, and makes what is due."""

import pytest

from contracts import subjects
from contracts.generation import RetryFailure
from contracts.transfer.export_records import Entity
from contracts.transfer.exports import ChooseSnapshot, ExportRecords
from contracts.transfer.imports import ImportRecords, ImportVerdict
from contracts.values import Kind, Service, Window, calendar_date
from contracts.windows import AskWhy, ListWindows, WhyCode
from services.kit.mongo import connection
from tests.system import System

IDS = ["weekly.backup", "a b", "*", ">", "a/b:c", "日次", "x" * 256]
TOO_LONG = "x" * 257
DATE = calendar_date("2028-02-02")


def record(id: str) -> dict[str, object]:
    stamps = dict.fromkeys(("created_at", "updated_at"), "2028-01-01T00:00:00.000Z")
    return {"recurring_config_id": id, "description": id, "cron_expression": "0 9 * * *", "enabled": True, **stamps}


@pytest.mark.requirement("R-REL-5")
@pytest.mark.requirement("R-EXP-5")
async def test_an_odd_id_is_imported_makes_its_windows_and_is_exported(system: System) -> None:
    records = [record(id) for id in [*IDS, TOO_LONG]]
    asked = ImportRecords.model_validate({"entity": Entity.RECURRING_CONFIGS, "records": records})
    results = (await system.ask(subjects.IMPORT_WORK, asked)).results
    assert [one.verdict for one in results] == [ImportVerdict.INSERTED] * len(IDS) + [ImportVerdict.REFUSED]
    assert "it must have 1 to 256" in (results[-1].reason or "")

    await system.clock_to("2028-02-02 09:00")
    assert {task.recurring_config_id for task in await system.tasks_on("2028-02-02")} == set(IDS)
    for id in IDS:
        why = await system.ask(subjects.ASK_WHY, AskWhy(kind=Kind.RECURRING, id=id, date=DATE))
        assert why.code is WhyCode.GENERATED

    await system.publish_window(Window(kind=Kind.RECURRING, source_id="weekly.backup", date=DATE).subject)
    listed = ListWindows(kind=Kind.RECURRING, id="weekly.backup")
    [row] = (await system.ask(subjects.LIST_WINDOWS, listed)).items
    assert (row.skipped, await system.dead_letters()) == (1, [])

    at = (await system.ask(subjects.CHOOSE_SNAPSHOT, ChooseSnapshot())).cluster_time
    export = ExportRecords(entity=Entity.RECURRING_CONFIGS, cluster_time=at, users=[])
    lines = (await system.ask(subjects.EXPORT_WORK, export)).lines
    assert len(lines.splitlines()) == len(IDS)
    for id in IDS:
        assert f'"recurring_config_id":"{id}"' in lines


@pytest.mark.requirement("R-NOT-3")
async def test_a_failure_of_an_odd_id_is_retried(system: System) -> None:
    asked = ImportRecords.model_validate({"entity": Entity.RECURRING_CONFIGS, "records": [record("weekly.backup")]})
    await system.ask(subjects.IMPORT_WORK, asked)
    async with connection.connect(system.settings, Service.WORK) as database:
        await database.recurring.update_one({}, {"$set": {"tags": "no list"}})
    await system.clock_to("2028-02-02 09:00")
    [failure] = (await system.home()).failures
    async with connection.connect(system.settings, Service.WORK) as database:
        await database.recurring.update_one({}, {"$unset": {"tags": ""}})
    retry = RetryFailure(kind=Kind.RECURRING, source_id=str(failure.source_id), code=failure.error.code)
    await system.ask(subjects.RETRY_FAILURE, retry)
    await system.windows_drained()
    assert len(await system.tasks_on("2028-02-02")) == 1
    assert (await system.home()).failures == []
