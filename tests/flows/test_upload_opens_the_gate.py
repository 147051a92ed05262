"""A task that needs a file cannot be closed until one is uploaded; what a refusal left behind goes with the upload."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from contracts.history import HistoryFeed
from contracts.subjects import COMPLETE_TASK, GET_TASK, HISTORY_FEED
from contracts.tasks import CompleteTask, GetTask
from contracts.values import Service, TaskStatus
from services.kit.mongo import connection
from tests.api.files import task_of, uploaded
from tests.api.people import add_person, client_of
from tests.system import System


@pytest.fixture
async def api(system: System) -> AsyncGenerator[httpx.AsyncClient]:
    await system.start(Service.PORTAL)
    person = await add_person(system.settings, "olivia@example.org", "Olivia Operations")
    async with client_of(system.portal_url, person) as client:
        yield client


async def stored(system: System, task_id: str) -> dict[str, Any]:
    async with connection.connect(system.settings, "work") as database:
        return await database["tasks"].find_one({"_id": task_id})


async def history(system: System, task_id: str) -> list[tuple[str, str]]:
    rows = (await system.ask(HISTORY_FEED, HistoryFeed())).items
    return [
        (row.kind, str(row.data["filename"])) for row in rows if row.task_id == task_id and row.kind.startswith("file.")
    ]


@pytest.mark.requirement("R-TSK-4")
async def test_uploading_the_invoice_lets_the_task_be_completed(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api, proof_requirement={"type": "file", "label": "Invoice"})
    refused = await system.refused(COMPLETE_TASK, CompleteTask(id=task["id"]))
    assert (refused.code, refused.missing) == ("proof_missing", ["Invoice file"])
    assert (await stored(system, task["id"]))["completion_refused_at"] is not None

    file = await uploaded(api, task["id"], "invoice.pdf", category="invoice")
    unblocked = await stored(system, task["id"])
    assert unblocked["missing"] == []
    assert "completion_refused_at" not in unblocked

    assert (await api.delete(f"/api/files/{file['id']}")).status_code == 204
    assert (await stored(system, task["id"]))["missing"] == ["Invoice file"]
    await system.refused(COMPLETE_TASK, CompleteTask(id=task["id"]))

    await uploaded(api, task["id"], "invoice-2.pdf")
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    assert (await system.ask(GET_TASK, GetTask(id=task["id"]))).status is TaskStatus.DONE
    assert await history(system, task["id"]) == [
        ("file.added", "invoice.pdf"),
        ("file.deleted", "invoice.pdf"),
        ("file.added", "invoice-2.pdf"),
    ]
