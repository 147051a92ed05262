"""What the pages of workflows ask for, however much there is: each thing once, in its order."""

import pytest

from contracts import subjects
from contracts.history import GetBundleHistory
from contracts.runs import ArchiveBundle, CreateBundle, GetWorkflow, ListBundleCards
from contracts.tasks import AddComment
from contracts.templates import CreateTemplate
from contracts.values import Service
from tests.system import System

STEPS = [{"refId": f"s{day}", "description": f"Step {day}", "offsetDays": day} for day in range(3)]
TEMPLATE = {"name": "Event", "type": "event", "taskDefinitions": STEPS}


async def started(system: System, title: str, anchor: str) -> str:
    template = await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(TEMPLATE))
    body = {"templateId": template.id, "title": title, "anchorDate": anchor}
    return (await system.ask(subjects.CREATE_BUNDLE, CreateBundle.model_validate(body))).bundle.id


@pytest.mark.requirement("R-BUN-1")
async def test_a_run_and_its_history_come_in_pages(idle: System) -> None:
    await idle.start(Service.WORK)
    id = await started(idle, "Mine", "2028-02-02")
    await started(idle, "Another", "2028-02-02")
    asked, seen = GetWorkflow(id=id, limit=2), list[str]()
    while True:
        page = await idle.ask(subjects.GET_WORKFLOW, asked)
        assert (page.card.bundle.title, page.card.total) == ("Mine", 3)
        seen += [row.task.description for row in page.tasks]
        if page.after is None:
            break
        asked = asked.model_copy(update={"after": page.after})
    assert seen == ["Step 0", "Step 1", "Step 2"]
    for row in page.tasks:
        await idle.ask(subjects.ADD_COMMENT, AddComment(id=row.task.id, text="Called"))
    first = await idle.ask(subjects.BUNDLE_HISTORY, GetBundleHistory(id=id, limit=1))
    rest = await idle.ask(subjects.BUNDLE_HISTORY, GetBundleHistory(id=id, after=first.after))
    assert [row.kind for row in (*first.items, *rest.items)] == ["task.commented", "bundle.created"]
    assert rest.after is None
    nonsense = await idle.refused(subjects.BUNDLE_HISTORY, GetBundleHistory(id=id, after="yesterday"))
    assert nonsense.fields.keys() == {"after"}
    for request, question in (
        (subjects.GET_WORKFLOW, GetWorkflow(id="nothing")),
        (subjects.BUNDLE_HISTORY, GetBundleHistory(id="nothing")),
    ):
        assert (await idle.refused(request, question)).code == "not_found"


@pytest.mark.requirement("R-BUN-3")
async def test_archived_runs_come_latest_first_and_are_found_by_title(idle: System) -> None:
    await idle.start(Service.WORK)
    for title, anchor in (("Old (1)", "2028-01-01"), ("New (1)", "2028-03-01"), ("Middle", "2028-02-01")):
        await idle.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=await started(idle, title, anchor)))
    asked, seen = ListBundleCards(archived=True, latest_first=True, limit=2), list[str]()
    while True:
        page = await idle.ask(subjects.LIST_BUNDLE_CARDS, asked)
        seen += [card.bundle.title for card in page.items]
        if page.after is None:
            break
        asked = asked.model_copy(update={"after": page.after})
    assert seen == ["New (1)", "Middle", "Old (1)"]
    found = await idle.ask(subjects.LIST_BUNDLE_CARDS, ListBundleCards(archived=True, title="(1"))
    assert [card.bundle.title for card in found.items] == ["Old (1)", "New (1)"]
