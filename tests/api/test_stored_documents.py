"""Every field that a working day leaves in the databases is declared in a `documents.py`."""

import httpx

from services.kit.mongo import connection
from tests.api.files import task_of, uploaded
from tests.api.people import Browser, Person
from tests.stored import undeclared_fields
from tests.system import System

TODAY = "2028-02-02"


async def test_stored_fields_are_declared_after_a_working_day(
    system: System, api: httpx.AsyncClient, browser: Browser, operator: Person
) -> None:
    task = await task_of(system, api, TODAY, description="Collect the invoice", requires_file=True, tags=["money"])
    path = f"/tasks/{task['id']}"
    refused = await browser.post(f"{path}/completion", {})
    assert refused.status_code == 409
    waiting = {"waitingFor": "Grace", "followUpAt": "2028-02-04", "note": "asked by mail"}
    assert (await browser.post(f"{path}/waiting", waiting)).status_code < 400
    assert (await browser.post(f"{path}/undo", {})).status_code < 400
    await uploaded(api, task["id"])
    artifact = {"type": "report", "title": "Report", "storageUri": "https://example.org/report", "taskId": task["id"]}
    assert (await api.post("/api/artifacts", json=artifact)).status_code == 201
    run = {"title": "Move the office", "anchorDate": TODAY, "bundleLinks": [{"name": "Plan", "url": ""}]}
    made = await api.post("/api/bundles", json=run)
    assert made.status_code == 201, made.text
    assert (await browser.post("/generations", {"startDate": TODAY, "endDate": TODAY})).status_code < 400
    assert (await browser.post("/tasks/changes", {f"task-{task['id']}": "", "do": "done"})).status_code < 400
    assert await undeclared_fields(system.settings) == []


async def test_undeclared_field_and_collection_are_found(system: System, operator: Person) -> None:
    async with connection.connect(system.settings, "work") as database:
        await database.tasks.insert_one(
            {"_id": "odd", "colour": "red", "proof_requirement": {"type": "url", "size": 1}}
        )
        await database.drawers.insert_one({"_id": "odd"})
        try:
            found = await undeclared_fields(system.settings)
        finally:
            await database.drawers.drop()
    assert found == ["work.drawers", "work.tasks.colour", "work.tasks.proof_requirement.size"]
