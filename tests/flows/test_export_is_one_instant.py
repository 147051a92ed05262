"""All of an export is as it was at one instant, whatever is written meanwhile and however long it takes."""

import datetime as dt
import json

import pytest

from contracts import subjects
from contracts.tasks import CompleteTask, CreateTask, DeleteTask
from contracts.transfer.export_records import Entity
from contracts.transfer.exports import ChooseSnapshot, ExportRecords, FindExported
from contracts.values import Service
from services.portal.auth.access import Role
from services.work.transfer.snapshots import Snapshots
from tests.api.people import add_person, client_of
from tests.system import System

LONG_AGO = "1000000000.1"


async def create(system: System, description: str) -> str:
    new = CreateTask(description=description, date=dt.date(2028, 2, 2))
    return (await system.ask(subjects.CREATE_TASK, new)).task.id


@pytest.mark.requirement("R-EXP-1")
async def test_what_is_written_after_the_instant_is_not_seen(system: System) -> None:
    kept, changed, gone = [await create(system, text) for text in ("kept", "changed", "gone")]
    at = (await system.ask(subjects.CHOOSE_SNAPSHOT, ChooseSnapshot())).cluster_time
    new = await create(system, "new")
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=changed))
    await system.ask(subjects.DELETE_TASK, DeleteTask(id=gone))

    asked = ExportRecords(entity=Entity.TASKS, cluster_time=at, users=[])
    page = await system.ask(subjects.EXPORT_WORK, asked)
    records = {record["task_id"]: record for record in map(json.loads, page.lines.splitlines())}
    assert records.keys() == {kept, changed, gone}
    assert {record["status"] for record in records.values()} == {"todo"}
    assert "deleted_at" not in records[gone]
    found = await system.ask(subjects.FIND_EXPORTED, FindExported(cluster_time=at, ids={Entity.TASKS: [kept, new]}))
    assert found.ids == {Entity.TASKS: [kept]}


@pytest.mark.requirement("R-EXP-1")
async def test_an_instant_that_the_database_has_lost_is_replaced_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.start(Service.PORTAL)
    admin = await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)
    await create(system, "kept")
    lost = await system.refused(
        subjects.EXPORT_WORK, ExportRecords(entity=Entity.TASKS, cluster_time=LONG_AGO, users=[])
    )
    assert lost.code == "snapshot_gone"

    chosen: list[str] = []
    choose = Snapshots.choose

    async def lost_at_first(snapshots: Snapshots) -> tuple[str, int]:
        instant, records = await choose(snapshots)
        chosen.append(LONG_AGO if len(chosen) < losses else instant)
        return chosen[-1], records

    monkeypatch.setattr(Snapshots, "choose", lost_at_first)
    async with client_of(system.portal_url, admin) as api:
        losses = 1
        assert (await api.get("/api/export")).status_code == 200
        assert (len(chosen), chosen[0]) == (2, LONG_AGO)
        losses = 9
        reply = await api.get("/api/export")
        assert (reply.status_code, chosen[2:]) == (503, [LONG_AGO] * 2)
