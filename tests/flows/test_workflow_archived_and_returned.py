"""An archived workflow counts nowhere and stays readable; when it returns, so does its work."""

import pytest

from contracts import subjects
from contracts.fields.template import TaskDefinitionInput
from contracts.history import HistoryFeed
from contracts.runs import (
    ArchiveBundle,
    Bundle,
    ChangeStage,
    CreateBundle,
    DeleteBundle,
    GetBundle,
    ListBundleCards,
    RestoreBundle,
)
from contracts.tasks import GetTask, ListTasks
from contracts.templates import CreateTemplate
from contracts.values import BundleStatus, Stage, calendar_date
from tests.system import System


async def webinar(system: System) -> Bundle:
    template = CreateTemplate(
        name="Webinar",
        type="event",
        task_definitions=[
            TaskDefinitionInput(ref_id="a", description="Invite", offset_days=0),
            TaskDefinitionInput(ref_id="b", description="Thank", offset_days=3),
        ],
    )
    template_id = (await system.ask(subjects.CREATE_TEMPLATE, template)).id
    started = CreateBundle(template_id=template_id, anchor_date=calendar_date("2028-02-02"))
    return (await system.ask(subjects.CREATE_BUNDLE, started)).bundle


async def counted(system: System) -> tuple[int, int, int]:
    """Due today, overdue, active workflows of any health."""
    home = await system.home()
    return home.due_today.count, home.overdue.count, home.active.count + home.at_risk.count


@pytest.mark.requirement("R-BUN-2")
@pytest.mark.requirement("R-BUN-3")
async def test_archiving_names_open_tasks_and_returning_brings_them_back(system: System) -> None:
    bundle = await webinar(system)
    assert await counted(system) == (1, 0, 1)
    archived = await system.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=bundle.id, actor="olivia"))
    assert archived.bundle.status is BundleStatus.ARCHIVED
    assert [task.description for task in archived.open_tasks] == ["Invite", "Thank"]
    await system.clock_to("2028-02-03 09:00")
    assert await counted(system) == (0, 0, 0)
    assert (await system.ask(subjects.LIST_BUNDLE_CARDS, ListBundleCards())).items == []
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items
    assert [task.status for task in tasks] == ["todo", "todo"]
    returned = await system.ask(subjects.RESTORE_BUNDLE, RestoreBundle(id=bundle.id, actor="olivia"))
    assert returned.status is BundleStatus.ACTIVE
    assert await counted(system) == (0, 1, 1)
    kinds = ("bundle.archived", "bundle.restored")
    history = (await system.ask(subjects.HISTORY_FEED, HistoryFeed(kinds=kinds))).items
    assert [(row.kind, row.bundle_id, row.actor) for row in history] == [(kind, bundle.id, "olivia") for kind in kinds]


@pytest.mark.requirement("R-BUN-3")
async def test_only_an_archived_workflow_is_deleted_and_its_tasks_go_with_it(system: System) -> None:
    bundle = await webinar(system)
    refused = await system.refused(subjects.DELETE_BUNDLE, DeleteBundle(id=bundle.id))
    assert (refused.code, refused.message) == ("invalid", "Only archived bundles can be deleted")
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items
    await system.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=bundle.id))
    await system.ask(subjects.DELETE_BUNDLE, DeleteBundle(id=bundle.id))
    assert (await system.refused(subjects.GET_BUNDLE, GetBundle(id=bundle.id))).code == "not_found"
    for task in tasks:
        assert (await system.refused(subjects.GET_TASK, GetTask(id=task.id))).code == "not_found"
    assert (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items == []


@pytest.mark.requirement("R-TSK-5")
async def test_a_stage_changed_by_hand_is_recorded_with_its_comment(system: System) -> None:
    bundle = await webinar(system)
    command = ChangeStage(id=bundle.id, stage=Stage.ANNOUNCED, comment="The page is public", actor="olivia")
    assert (await system.ask(subjects.CHANGE_STAGE, command)).stage is Stage.ANNOUNCED
    await system.ask(subjects.CHANGE_STAGE, command)
    [row] = (await system.ask(subjects.HISTORY_FEED, HistoryFeed(kinds=("bundle.stage_changed",)))).items
    moved = {"from": "preparation", "to": "announced", "title": bundle.title, "comment": "The page is public"}
    assert (row.actor, row.data) == ("olivia", moved)
