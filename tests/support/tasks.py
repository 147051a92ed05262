"""Tasks over JSON and on pages."""

import re
from typing import Any

import httpx

from contracts.subjects import CREATE_TASK, GET_TASK_ROW, MARK_WAITING
from contracts.tasks import CreateTask, GetTask, MarkWaiting, TaskRow
from contracts.values import calendar_date
from tests.api.people import Person
from tests.system import System


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="title" href="/tasks/[^"]+"><bdi>([^<]*)</bdi>', page)


async def created(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    reply = await api.post("/api/tasks", json={"description": "Ask the sponsor", "date": "2028-02-02"} | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def added(system: System, description: str = "Ask the sponsor", **fields: Any) -> TaskRow:
    command = CreateTask(description=description, date=calendar_date("2028-02-02"), **fields)
    return await system.ask(CREATE_TASK, command)


async def waiting(system: System, person: Person) -> TaskRow:
    task = (await added(system)).task
    wait = MarkWaiting(id=task.id, actor=person.id, waiting_for="Ada", follow_up_at="2028-02-02", note="Mailed her")
    return await system.ask(MARK_WAITING, wait)


async def seen(system: System, row: TaskRow) -> TaskRow:
    return await system.ask(GET_TASK_ROW, GetTask(id=row.task.id))


def problems(page: str) -> list[str]:
    return re.findall(r'<p class="problem"[^>]*>([^<]*)</p>', page)
