"""Monday's export is taken in on Friday: nobody gets more rights, what is newer here stays, and all is told."""

from pathlib import Path

import pytest

from contracts import subjects
from contracts.history import GetTaskHistory
from contracts.recurring import CreateRecurring
from contracts.runs import ArchiveBundle, CreateBundle, GetBundle
from contracts.schedule_rows import PauseSchedule, ScheduleQuestion
from contracts.tasks import CompleteTask, CreateTask, DeleteTask, GetTask
from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportVerdict
from contracts.values import Kind, TaskStatus, calendar_date
from services.portal.auth.access import Role
from services.portal.auth.accounts import By
from tests.flows.exporting import export, portal_store, take_in
from tests.system import System

pytestmark = pytest.mark.requirement("R-EXP-5")
MONDAY = calendar_date("2028-02-02")


async def new_task(system: System, description: str) -> str:
    return (await system.ask(subjects.CREATE_TASK, CreateTask(description=description, date=MONDAY))).task.id


async def test_older_export_keeps_what_is_newer_here(system: System, tmp_path: Path) -> None:
    done, deleted = await new_task(system, "Pay the hall"), await new_task(system, "Cancel the hall")
    daily = await system.ask(subjects.CREATE_RECURRING, CreateRecurring(description="x", cron_expression="0 9 * * *"))
    run = (await system.ask(subjects.CREATE_BUNDLE, CreateBundle(title="Meetup", anchor_date=MONDAY))).bundle
    await export(system, tmp_path / "monday")
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=done))
    await system.ask(subjects.DELETE_TASK, DeleteTask(id=deleted))
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=daily.id, reason="holiday"))
    await system.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=run.id))

    planned = await take_in(system, tmp_path / "monday", dry_run=True)
    tally = await take_in(system, tmp_path / "monday")
    assert tally.listed == planned.listed
    assert {(entity, one.id) for entity, one in tally.listed if one.verdict is ImportVerdict.KEPT} >= {
        (Entity.TASKS, done),
        (Entity.TASKS, deleted),
        (Entity.RECURRING_CONFIGS, daily.id),
        (Entity.BUNDLES, run.id),
    }
    assert tally.total(ImportVerdict.UPDATED) == 0
    assert (await system.ask(subjects.GET_TASK, GetTask(id=done))).status is TaskStatus.DONE
    assert (await system.refused(subjects.GET_TASK, GetTask(id=deleted))).code == "not_found"
    question = ScheduleQuestion(kind=Kind.RECURRING, id=daily.id)
    assert not (await system.ask(subjects.GET_SCHEDULE, question)).enabled
    assert (await system.ask(subjects.GET_BUNDLE, GetBundle(id=run.id))).status == "archived"


async def test_overwriting_import_lists_each_change_in_history(system: System, tmp_path: Path) -> None:
    done = await new_task(system, "Pay the hall")
    await export(system, tmp_path / "monday")
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=done))
    planned = await take_in(system, tmp_path / "monday", dry_run=True, overwrite=True)
    tally = await take_in(system, tmp_path / "monday", overwrite=True)
    assert tally.listed == planned.listed
    [listed] = [one for entity, one in tally.listed if entity is Entity.TASKS]
    assert (listed.id, listed.verdict, "status" in listed.changed) == (done, ImportVerdict.UPDATED, True)
    assert (await system.ask(subjects.GET_TASK, GetTask(id=done))).status is TaskStatus.TODO
    rows = (await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=done))).items
    assert [row.kind for row in rows] == ["task.created", "task.completed", "task.imported"]
    assert rows[-1].data["changes"] == {"status": {"from": "done", "to": "todo"}}
    await export(system, tmp_path / "friday")
    assert (await take_in(system, tmp_path / "friday")).total(ImportVerdict.UNCHANGED) > 0


@pytest.mark.parametrize("overwrite", [False, True])
async def test_import_gives_nobody_more_rights(system: System, tmp_path: Path, overwrite: bool) -> None:
    by = By()
    async with portal_store(system) as store:
        accounts = store.accounts
        for name in ("Boss", "Left", "Demoted", "Named"):
            await accounts.add(email=f"{name}@example.org", name=name, role=Role.ADMIN, password_hash="old", by=by)
        await export(system, tmp_path / "monday")
        people = {user.name: user for user in await store.users()}
        await accounts.deactivate(people["Left"].id, by)
        await accounts.describe(people["Demoted"].id, name="Demoted", role=Role.OPERATOR, by=by)
        await accounts.describe(people["Named"].id, name="Renamed", role=Role.ADMIN, by=by)
        await accounts.set_password(people["Named"].id, "new", by)

        tally = await take_in(system, tmp_path / "monday", overwrite=overwrite)
        now = {user.id: user for user in await store.users()}
        assert not now[people["Left"].id].active
        assert await store.credentials("left@example.org") is None
        assert now[people["Demoted"].id].role is Role.OPERATOR
        assert now[people["Named"].id].name == ("Named" if overwrite else "Renamed")
        credentials = await store.credentials("named@example.org")
        assert credentials is not None
        assert credentials[1] == "new"
    listed = {one.id: one.verdict for entity, one in tally.listed if entity is Entity.USERS}
    assert listed == {
        people["Left"].id: ImportVerdict.KEPT,
        people["Demoted"].id: ImportVerdict.KEPT,
        people["Named"].id: ImportVerdict.UPDATED if overwrite else ImportVerdict.KEPT,
    }
