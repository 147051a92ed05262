"""What leaves the system comes back as it was, and makes nothing by itself."""

from pathlib import Path

import pytest

from contracts import subjects
from contracts.commands import CreateStandardDuties, Generate, PauseSchedule
from contracts.imports import ImportVerdict
from contracts.queries import ListTasks
from contracts.task_commands import CompleteTask, MarkWaiting
from contracts.values import Service, TaskStatus, calendar_date
from services.portal.access import Role
from services.portal.accounts import By
from tests.flows.exporting import bodies, export, portal_store, take_in
from tests.system import System

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

    await system.begin_again("2028-02-03 12:00", Service.WORK, Service.NOTIFIER)
    plan = await take_in(system, first, dry_run=True)
    assert plan.total(ImportVerdict.INSERTED) == plan.records == again.records
    assert (await system.home()).schedules.active == 0
    done = await take_in(system, first)
    assert done.total(ImportVerdict.INSERTED) == done.records == again.records
    await export(system, second)
    assert bodies(second) == bodies(first)
