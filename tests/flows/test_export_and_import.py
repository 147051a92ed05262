"""What leaves the system comes back as it was, and makes nothing by itself."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.files import AddFile
from contracts.generation import Generate
from contracts.recurring import ListRecurring
from contracts.runs import ArchiveBundle, CreateBundle, DeleteBundle
from contracts.schedule_rows import PauseSchedule
from contracts.tasks import (
    CompleteTask,
    CreateTask,
    DeleteTask,
    GetTask,
    ListTasks,
    MarkWaiting,
    TaskChanges,
    UpdateTask,
)
from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportRecords, ImportVerdict
from contracts.values import Kind, Model, Service, TaskStatus, calendar_date
from contracts.windows import AskWhy
from services.exports.validator import validate
from services.portal.auth.access import Role, User
from services.portal.auth.accounts import By
from tests.flows.commands import Ended, dataops
from tests.flows.exporting import bodies, export, portal_store, take_in
from tests.rules.valid_export import Export as Valid
from tests.system import System, instant

pytestmark = pytest.mark.requirement("R-EXP-5")


async def lived_in(system: System) -> None:
    """Two weeks of the standard duties, some of them done, waiting or paused."""
    async with portal_store(system) as store:
        ada = await store.accounts.add(email="ada@example.org", name="Ada", role=Role.ADMIN, password_hash="x", by=By())
        assert ada is not None
    command = CreateStandardDuties(operations_id=ada.id, content_id="nobody")
    duties = (await system.ask(subjects.CREATE_STANDARD_DUTIES, command)).duties
    first, last = calendar_date("2028-01-20"), calendar_date("2028-02-02")
    await system.ask(subjects.GENERATE, Generate(start_date=first, end_date=last))
    await system.clock_to("2028-02-03 12:00")
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(status=TaskStatus.TODO))).items
    paused = duties[0]
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=paused.kind, id=paused.id, reason="Holiday"))
    waiting = MarkWaiting(id=tasks[0].id, waiting_for="Paul", follow_up_at="2028-02-09", note="Asked")
    await system.ask(subjects.MARK_WAITING, waiting)
    done = CompleteTask(id=tasks[1].id, link="https://example.org/x?token=abcdefgh12345678", comment="Sent")
    await system.ask(subjects.COMPLETE_TASK, done)


async def test_an_export_imports_into_an_empty_system_and_exports_again_as_it_was(
    system: System, tmp_path: Path
) -> None:
    await lived_in(system)
    first, second = tmp_path / "first", tmp_path / "second"
    await export(system, first)

    again = await take_in(system, first)
    assert again.total(ImportVerdict.UNCHANGED) == again.records > 100

    await system.begin_again("2028-02-03 12:05", Service.WORK, Service.NOTIFIER)
    plan = await take_in(system, first, dry_run=True)
    assert plan.total(ImportVerdict.INSERTED) == plan.records == again.records
    assert (await system.home()).schedules.active == 0
    done = await take_in(system, first)
    assert done.total(ImportVerdict.INSERTED) == done.records == again.records
    await export(system, second)
    assert bodies(second) == bodies(first)


async def test_an_export_among_writers_is_of_one_instant(system: System, tmp_path: Path) -> None:
    """Runs are started, archived and deleted with their tasks, and files and notices come and go, meanwhile."""
    await lived_in(system)
    is_over, writes = asyncio.Event(), 0

    async def send(request: subjects.Request[Any, Any], command: Model) -> Any:
        nonlocal writes
        view = await system.ask(request, command)
        writes += 1
        return view

    async def write(number: int) -> None:
        while not is_over.is_set():
            new = CreateBundle(title="Webinar", anchor_date=calendar_date("2028-02-09"))
            run = (await send(subjects.CREATE_BUNDLE, new)).bundle.id
            step = CreateTask(description="Publish", date=calendar_date("2028-02-09"), bundle_id=run)
            task = (await send(subjects.CREATE_TASK, step)).task.id
            file = AddFile(
                id=str(uuid4()),
                task_id=task,
                filename="page.pdf",
                content_type="application/pdf",
                checksum=f"sha256:{number:064}",
                size_bytes=1,
            )
            await send(subjects.ADD_FILE, file)
            await send(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=run))
            await send(subjects.DELETE_BUNDLE, DeleteBundle(id=run))

    async with asyncio.TaskGroup() as writers:
        for number in range(4):
            writers.create_task(write(number))
        for number in range(3):
            before = writes
            await export(system, tmp_path / str(number))
            assert writes > before
        is_over.set()
    for number in range(3):
        assert [fault.message for fault in validate(tmp_path / str(number)).faults.errors] == []
    await system.begin_again("2028-02-03 12:05", Service.WORK, Service.NOTIFIER)
    assert not (await take_in(system, tmp_path / "2")).reasons
    await export(system, tmp_path / "again")
    assert bodies(tmp_path / "again") == bodies(tmp_path / "2")


async def test_nothing_is_made_for_what_opened_before_the_import(system: System, tmp_path: Path) -> None:
    await lived_in(system)
    first, second = tmp_path / "first", tmp_path / "second"
    await export(system, first)
    await system.stop(Service.SCHEDULER)
    await system.begin_again("2028-02-05 12:00", Service.WORK, Service.NOTIFIER)
    await system.start(Service.SCHEDULER)  # without a cursor: it would catch up on a week
    await take_in(system, first)
    await system.clock_to("2028-02-05 12:10")
    await export(system, second)
    for name in ("windows.jsonl", "tasks.jsonl", "bundles.jsonl", "recurring_configs.jsonl", "templates.jsonl"):
        assert bodies(second)[name] == bodies(first)[name]
    daily = (await system.ask(subjects.LIST_RECURRING, ListRecurring())).items
    asked = [AskWhy(kind=Kind.RECURRING, id=one.id, date=calendar_date("2028-02-04")) for one in daily]
    answers = [(await system.ask(subjects.ASK_WHY, one)).sentence for one in asked]
    assert any("before the schedule was imported" in answer for answer in answers)

    await system.clock_to("2028-02-06 12:00")
    for date, made in (("2028-02-04", False), ("2028-02-05", False), ("2028-02-06", True)):
        assert any(task.recurring_config_id for task in await system.tasks_on(date)) is made


async def test_what_differs_is_updated_and_what_is_held_is_refused(system: System, tmp_path: Path) -> None:
    await lived_in(system)
    first = tmp_path / "first"
    await export(system, first)
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(status=TaskStatus.TODO))).items
    changed, deleted = tasks[0], tasks[1]
    await system.ask(subjects.UPDATE_TASK, UpdateTask(id=changed.id, changes=TaskChanges(description="Otherwise")))
    await system.ask(subjects.DELETE_TASK, DeleteTask(id=deleted.id))

    kept = await take_in(system, first)
    assert (kept.total(ImportVerdict.UPDATED), kept.verdicts[Entity.TASKS][ImportVerdict.KEPT]) == (0, 2)
    plan = await take_in(system, first, dry_run=True, overwrite=True)
    assert plan.verdicts[Entity.TASKS][ImportVerdict.UPDATED] == 2
    assert (await system.ask(subjects.GET_TASK, GetTask(id=changed.id))).description == "Otherwise"
    done = await take_in(system, first, overwrite=True)
    assert done.listed == plan.listed
    assert done.verdicts[Entity.TASKS][ImportVerdict.UPDATED] == 2
    restored = await system.ask(subjects.GET_TASK, GetTask(id=changed.id))
    assert (restored.description, restored.version) == (changed.description, changed.version + 2)
    assert (await system.ask(subjects.GET_TASK, GetTask(id=deleted.id))).id == deleted.id
    assert (await take_in(system, first)).total(ImportVerdict.UPDATED) == 0


async def test_an_owner_refuses_records_it_cannot_keep(system: System) -> None:
    at = "2028-02-02T08:00:00.000Z"
    task = {"task_id": "t-1", "description": "A", "date": "2028-02-02", "created_at": at, "updated_at": at}
    whole = {**task, "status": "todo", "source": "manual"}
    records = [
        {**whole, "task_id": "t-2", "date": "2028-02-30"},
        {**whole, "task_id": "t-3", "created_at": "some day"},
        {**whole, "task_id": "t-4", "tags": ["a", 7]},
        {**whole, "task_id": "t-5", "validation": {"n": 2**70}},
        {**whole, "task_id": "t-6", "validation": {"n\x00": 1}},
        {"description": "nameless"},
        task,
        whole,
    ]
    page = await system.ask(subjects.IMPORT_WORK, ImportRecords(entity=Entity.TASKS, records=records))
    assert [one.verdict for one in page.results] == [*[ImportVerdict.REFUSED] * 7, ImportVerdict.INSERTED]
    assert all(one.reason for one in page.results[:7])
    step = {**whole, "bundle_id": "b-1", "template_task_ref": "page"}
    steps = [{**step, "task_id": "t-7"}, {**step, "task_id": "t-8"}]
    for records in (steps[:1], steps[1:]):
        page = await system.ask(subjects.IMPORT_WORK, ImportRecords(entity=Entity.TASKS, records=records))
    assert "is held by another record" in (page.results[0].reason or "")
    for request in (subjects.IMPORT_WORK, subjects.IMPORT_NOTIFICATIONS):
        assert (
            "keeps no users" in (await system.refused(request, ImportRecords(entity=Entity.USERS, records=[]))).message
        )
    notice = ImportRecords(entity=Entity.NOTIFICATIONS, records=[{"notification_id": "n-1", "message": "m"}])
    assert (await system.ask(subjects.IMPORT_NOTIFICATIONS, notice)).results[0].verdict is ImportVerdict.REFUSED


async def test_the_command_reports_what_it_did_and_refuses_what_is_not_valid(system: System, tmp_path: Path) -> None:
    async def run(*arguments: object) -> Ended:
        return await dataops(system.settings, "import", *map(str, arguments))

    directory = Valid().write(tmp_path / "valid")
    planned = await run(directory, "--dry-run", "--json")
    assert planned.code == 0, planned.said
    assert json.loads(planned.said)["entities"]["tasks"] == {
        "inserted": 3,
        "updated": 0,
        "unchanged": 0,
        "kept": 0,
        "refused": 0,
    }
    assert "Nothing was written." in (await run(directory, "--dry-run")).said
    assert (await system.ask(subjects.LIST_TASKS, ListTasks())).items == []

    spoiled = Valid()
    spoiled.records[Entity.TASKS][0]["status"] = "dome"
    invalid = await run(spoiled.write(tmp_path / "invalid"))
    assert (invalid.code, "Nothing was imported." in invalid.said) == (1, True)
    assert "tasks[0] field status has unknown value: dome" in invalid.said
    assert (await system.ask(subjects.LIST_TASKS, ListTasks())).items == []

    done = await run(directory)
    assert done.code == 0, done.said
    assert "left out: 1 assistant jobs" in done.said
    assert len((await system.ask(subjects.LIST_TASKS, ListTasks())).items) == 3

    async with portal_store(system) as store:
        assert await store.accounts.take_in(someone_else("paula@example.org"), By())
    taken = Valid()
    taken.records[Entity.USERS][1]["email"] = "PAULA@example.org"
    refused = await run(taken.write(tmp_path / "taken"), "--overwrite")
    assert refused.code == 1, refused.said
    assert "refused: 1 users, user-2 first: another user has this e-mail here" in refused.said


def someone_else(email: str) -> User:
    return User(id="user-0", name="Paula", email=email, role=Role.OPERATOR, created_at=instant("2028-02-01 08:00"))
