"""Uploads as clients send them, and the tasks they go to."""

from typing import Any

import httpx

from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING
from tests.system import System

NOTES = b"Agenda\r\n--not a boundary\r\n\x00\xff end"


async def task_of(system: System, api: httpx.AsyncClient, day: str = "2028-03-01", **duty: Any) -> dict[str, Any]:
    """A task of a new duty."""
    duty = {"description": "Collect the invoice", "cron_expression": "0 9 * * *"} | duty
    config = await system.ask(CREATE_RECURRING, CreateRecurring(**duty))
    reply = await api.post("/api/recurring/generate", json={"startDate": day, "endDate": day})
    return next(task for task in reply.json()["generated"] if task["recurringConfigId"] == config.id)


async def upload(
    api: httpx.AsyncClient, task_id: str | None, name: str = "notes.txt", content: bytes = NOTES, **fields: str
) -> httpx.Response:
    sent = ({"taskId": task_id} if task_id is not None else {}) | fields
    return await api.post("/api/files", data=sent, files={"file": (name, content)})


async def uploaded(api: httpx.AsyncClient, task_id: str, name: str = "notes.txt", **fields: str) -> dict[str, Any]:
    reply = await upload(api, task_id, name, **fields)
    assert reply.status_code == 201, reply.text
    return reply.json()["file"]
