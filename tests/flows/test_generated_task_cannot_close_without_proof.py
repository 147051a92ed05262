"""A generated step is not done before its proof is there, and its workflow stays at risk until then."""

import pytest

from contracts import subjects
from contracts.generation import GenerateToday
from contracts.history import GetTaskHistory
from contracts.home import Home
from contracts.runs import GetBundle
from contracts.tasks import CompleteTask, ListTasks, UpdateTask
from contracts.templates import CreateTemplate
from contracts.values import TaskStatus, calendar_date
from tests.system import System

SPONSOR_WEEK = {
    "name": "Sponsor week",
    "type": "sponsor",
    "triggerType": "automatic",
    "triggerSchedule": "0 7 * * *",
    "bundleLinkDefinitions": [{"name": "LinkedIn"}],
    "taskDefinitions": [
        {"refId": "post", "description": "Post it", "offsetDays": 5, "requiredLinkName": "LinkedIn"},
        {
            "refId": "tell",
            "description": "Tell the sponsor",
            "offsetDays": 6,
            "validation": {"requiredBundleLinks": ["LinkedIn"]},
        },
    ],
}


def at_risk(home: Home) -> list[list[str]]:
    return [card.missing for card in home.at_risk.cards]


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.requirement("R-TSK-5")
@pytest.mark.requirement("R-BUN-2")
async def test_generated_task_cannot_close_without_proof(system: System) -> None:
    await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(SPONSOR_WEEK))
    await system.ask(subjects.GENERATE_TODAY, GenerateToday(date=calendar_date("2028-02-02")))
    home = await system.home()
    [card] = home.active.cards
    assert at_risk(home) == []
    post, notify = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=card.bundle.id))).items

    refused = await system.refused(subjects.COMPLETE_TASK, CompleteTask(id=post.id, actor="ben"))
    assert (refused.code, refused.missing) == ("proof_missing", ["LinkedIn URL"])
    [still] = [one for one in await system.tasks_on("2028-02-07") if one.id == post.id]
    assert still == post
    assert at_risk(await system.home()) == [["LinkedIn URL"]]
    refused = await system.refused(subjects.COMPLETE_TASK, CompleteTask(id=notify.id))
    assert refused.missing == ["workflow link LinkedIn"]
    assert at_risk(await system.home()) == [["LinkedIn URL", "workflow link LinkedIn"]]

    link = {"link": "https://www.linkedin.com/posts/1"}
    await system.ask(subjects.UPDATE_TASK, UpdateTask.model_validate({"id": post.id, "changes": link}))
    home = await system.home()
    assert at_risk(home) == []
    [card] = home.active.cards
    run = await system.ask(subjects.GET_BUNDLE, GetBundle(id=card.bundle.id))
    assert [(one.name, one.url) for one in run.bundle_links or []] == [("LinkedIn", link["link"])]
    for task in (post, notify):
        row = await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=task.id, actor="ben"))
        assert (row.task.status, row.task.completed_by) == (TaskStatus.DONE, "ben")
    history = (await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=post.id))).items
    assert sorted(one.kind for one in history) == ["bundle.link_filled", "task.completed", "task.updated"]


@pytest.mark.requirement("R-TSK-4")
async def test_proof_may_come_with_the_completion(system: System) -> None:
    await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(SPONSOR_WEEK))
    await system.ask(subjects.GENERATE_TODAY, GenerateToday(date=calendar_date("2028-02-02")))
    [post] = await system.tasks_on("2028-02-07")
    row = await system.ask(
        subjects.COMPLETE_TASK, CompleteTask(id=post.id, link="https://example.org/post", comment="Posted")
    )
    assert (row.task.status, row.task.link) == (TaskStatus.DONE, "https://example.org/post")
    assert (row.task.comment or "").endswith("] Posted")
