"""Artifacts on pages: added to a task and to a workflow, reviewed, refused with what was typed, proof once approved."""

import pytest

from contracts.artifacts import AddArtifact, ArtifactStatus, ListArtifacts, NewArtifact, UpdateArtifact
from contracts.runs import CreateBundle
from contracts.subjects import (
    ADD_ARTIFACT,
    COMPLETE_TASK,
    CREATE_BUNDLE,
    CREATE_TASK,
    GET_TASK_ROW,
    LIST_ARTIFACTS,
    UPDATE_ARTIFACT,
)
from contracts.tasks import CompleteTask, CreateTask, GetTask
from contracts.values import calendar_date
from tests.api.people import Browser, hidden
from tests.system import System

ADDRESS = "https://docs.google.com/document/d/1"
TYPED = {"title": 'Report "Q1" <b>', "storageUri": ADDRESS, "type": "report", "status": "needs-review"}


async def task(system: System, **fields: str) -> str:
    proof = {"type": "artifact", "label": "Approved report"}
    sent = {"description": "Send the report", "date": "2028-02-02", "proofRequirement": proof} | fields
    return (await system.ask(CREATE_TASK, CreateTask.model_validate(sent))).task.id


@pytest.mark.requirement("R-TSK-4")
async def test_an_artifact_is_added_to_a_task_and_proves_it_once_approved(system: System, browser: Browser) -> None:
    id = await task(system)
    assert f'class="btn primary" href="/artifacts/new?taskId={id}"' in (await browser.get(f"/tasks/{id}")).text
    assert f'class="btn primary" href="/tasks/{id}"' in (await browser.get("/")).text
    form = await browser.get(f"/artifacts/new?taskId={id}")
    ours = {"taskId": id, "bundleId": "", "key": hidden(form.text, "key")}
    for name, wrong in [("title", ""), ("type", ""), ("storageUri", "https://x.test/?token=abcdefabcdef")]:
        refused = await browser.post("/artifacts", ours | TYPED | {name: wrong})
        assert (refused.status_code, f'id="{name}-artifact-problem"' in refused.text) == (422, True), name
        assert name == "title" or "Report &#34;Q1&#34;" in refused.text
    assert '<select name="type" required>' in form.text
    unchosen = await browser.post("/artifacts", ours | TYPED | {"type": ""})
    assert "What it is must be chosen from the list</p>" in unchosen.text
    for _ in range(2):
        added = await browser.post("/artifacts", ours | TYPED)
        assert (added.status_code, added.headers["location"]) == (303, f"/tasks/{id}#artifacts")
    [artifact] = (await system.ask(LIST_ARTIFACTS, ListArtifacts(task_id=id))).items
    page = (await browser.get(f"/tasks/{id}")).text
    assert "Report &#34;Q1&#34; &lt;b&gt;" in page
    assert (await system.refused(COMPLETE_TASK, CompleteTask(id=id))).missing

    path = f"/artifacts/{artifact.id}"
    assert f'class="btn primary" href="{path}"' in page
    seen = hidden((await browser.get(path)).text, "seen")
    approved = await browser.post(path, TYPED | {"seen": seen, "status": "approved"})
    assert (approved.status_code, approved.headers["location"]) == (303, f"/tasks/{id}#artifacts")
    assert (await system.ask(GET_TASK_ROW, GetTask(id=id))).missing == []
    await system.ask(COMPLETE_TASK, CompleteTask(id=id))
    seen = hidden((await browser.get(path)).text, "seen")
    kept = await browser.post(path, TYPED | {"seen": seen, "status": "rejected"})
    assert (kept.status_code, "is the proof of a task that is done" in kept.text) == (409, True)


@pytest.mark.requirement("R-HOM-4")
async def test_a_task_that_waits_for_an_approval_leads_from_home_to_its_workflow_and_from_there_to_itself(
    system: System, browser: Browser
) -> None:
    sent = CreateBundle(title="Episode 1", anchor_date=calendar_date("2028-03-01"))
    workflow = f"/workflows/{(await system.ask(CREATE_BUNDLE, sent)).bundle.id}"
    id = await task(system, bundleId=workflow.removeprefix("/workflows/"))
    for page, leads_to in (("/", workflow), (workflow, f"/tasks/{id}")):
        assert f'class="btn primary" href="{leads_to}"' in (await browser.get(page)).text, page


@pytest.mark.requirement("R-BUN-1")
async def test_an_artifact_of_a_workflow_is_not_overwritten_unseen(system: System, browser: Browser) -> None:
    sent = CreateBundle(title="Episode 1", anchor_date=calendar_date("2028-03-01"))
    id = (await system.ask(CREATE_BUNDLE, sent)).bundle.id
    new = NewArtifact.model_validate({**TYPED, "bundleId": id})
    artifact = await system.ask(ADD_ARTIFACT, AddArtifact(artifact=new))
    path = f"/artifacts/{artifact.id}"
    assert f'href="{path}"' in (await browser.get(f"/workflows/{id}")).text
    seen = hidden((await browser.get(path)).text, "seen")
    changes = {"id": artifact.id, "changes": {"title": "Theirs"}}
    await system.ask(UPDATE_ARTIFACT, UpdateArtifact.model_validate(changes))
    late = await browser.post(path, TYPED | {"title": "Mine", "seen": seen})
    assert (late.status_code, 'value="Mine"' in late.text, "Nothing was saved" in late.text) == (409, True, True)
    again = await browser.post(path, TYPED | {"title": "Mine", "seen": hidden(late.text, "seen")})
    assert again.headers["location"] == f"/workflows/{id}#artifacts"
    [now] = (await system.ask(LIST_ARTIFACTS, ListArtifacts(bundle_id=id))).items
    assert (now.title, now.status) == ("Mine", ArtifactStatus.NEEDS_REVIEW)
    for gone in ("/artifacts/nope", "/artifacts/new?taskId=nope", "/artifacts/new"):
        assert (await browser.get(gone)).status_code == 404
