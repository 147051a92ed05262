"""Completing a milestone moves its workflow on; never back, and never by anything else."""

import pytest

from contracts import subjects
from contracts.generation import GenerateToday
from contracts.history import GetTaskHistory
from contracts.runs import GetBundle
from contracts.tasks import CompleteTask, ListTasks, ReopenTask, UpdateTask
from contracts.templates import CreateTemplate
from contracts.values import Stage, TaskStatus, calendar_date
from tests.system import System

EVENT = {
    "name": "Event",
    "type": "event",
    "triggerType": "automatic",
    "triggerSchedule": "0 7 * * *",
    "taskDefinitions": [
        {"refId": "plain", "description": "Book the room", "offsetDays": 1},
        {"refId": "announce", "description": "Announce it", "offsetDays": 2, "stageOnComplete": "announced"},
        {"refId": "thank", "description": "Thank everybody", "offsetDays": 3, "stageOnComplete": "after-event"},
    ],
}


@pytest.mark.requirement("R-TSK-5")
async def test_milestone_moves_the_stage(system: System) -> None:
    await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(EVENT))
    await system.ask(subjects.GENERATE_TODAY, GenerateToday(date=calendar_date("2028-02-02")))
    [card] = (await system.home()).active.cards

    async def stage() -> Stage:
        return (await system.ask(subjects.GET_BUNDLE, GetBundle(id=card.bundle.id))).stage

    plain, announce, thank = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=card.bundle.id))).items
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=plain.id))
    edit = {"id": announce.id, "changes": {"description": "Announce it everywhere"}}
    await system.ask(subjects.UPDATE_TASK, UpdateTask.model_validate(edit))
    assert await stage() is Stage.PREPARATION

    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=thank.id, actor="ben"))
    assert await stage() is Stage.AFTER_EVENT
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=announce.id, actor="ben"))
    assert await stage() is Stage.AFTER_EVENT

    row = await system.ask(subjects.REOPEN_TASK, ReopenTask(id=thank.id, actor="ben"))
    assert (row.task.status, row.task.completed_at, row.task.completed_by) == (TaskStatus.TODO, None, None)
    assert await stage() is Stage.AFTER_EVENT
    history = (await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=thank.id))).items
    [moved] = [one for one in history if one.kind == "bundle.stage_changed"]
    assert (moved.actor, moved.bundle_id) == ("ben", card.bundle.id)
    title = card.bundle.title
    assert moved.data == {"from": "preparation", "to": "after-event", "title": title, "task_id": thank.id}
