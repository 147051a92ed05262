"""An undo gives the workflow back its stage and its empty link, unless somebody has built on them."""

import pytest

from contracts import subjects
from contracts.generation import GenerateToday
from contracts.runs import GetBundle
from contracts.tasks import CompleteTask, GetTask, ListTasks, UndoChange
from contracts.templates import CreateTemplate
from contracts.values import Stage, TaskStatus, calendar_date
from tests.system import System

EVENT = {
    "name": "Event",
    "type": "event",
    "triggerType": "automatic",
    "triggerSchedule": "0 7 * * *",
    "bundleLinkDefinitions": [{"name": "Luma"}],
    "taskDefinitions": [
        {
            "refId": "announce",
            "description": "Announce it",
            "offsetDays": 1,
            "requiredLinkName": "Luma",
            "stageOnComplete": "announced",
        },
        {
            "refId": "share",
            "description": "Share the page",
            "offsetDays": 2,
            "validation": {"requiredBundleLinks": ["Luma"]},
        },
    ],
}


@pytest.mark.requirement("R-TSK-5")
async def test_undo_takes_back_what_a_task_did_to_its_workflow(system: System) -> None:
    await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(EVENT))
    await system.ask(subjects.GENERATE_TODAY, GenerateToday(date=calendar_date("2028-02-02")))
    [card] = (await system.home()).active.cards
    announce, share = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=card.bundle.id))).items
    complete = CompleteTask(id=announce.id, actor="ben", link="https://lu.ma/event")

    async def run() -> tuple[Stage, str]:
        bundle = await system.ask(subjects.GET_BUNDLE, GetBundle(id=card.bundle.id))
        [link] = bundle.bundle_links or []
        return bundle.stage, link.url or ""

    await system.ask(subjects.COMPLETE_TASK, complete)
    assert await run() == (Stage.ANNOUNCED, "https://lu.ma/event")
    undone = await system.ask(subjects.UNDO_CHANGE, UndoChange(id=announce.id, actor="ben"))
    assert (undone.task.status, undone.task.link, undone.missing) == (TaskStatus.TODO, None, ["Luma URL"])
    assert await run() == (Stage.PREPARATION, "")
    assert (await system.ask(subjects.GET_TASK_ROW, GetTask(id=share.id))).missing == ["workflow link Luma"]

    await system.ask(subjects.COMPLETE_TASK, complete)
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=share.id))
    refused = await system.refused(subjects.UNDO_CHANGE, UndoChange(id=announce.id, actor="ben"))
    assert "another task was completed with its link" in refused.message
    assert await run() == (Stage.ANNOUNCED, "https://lu.ma/event")
