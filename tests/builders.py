"""Bodies of requests and rows of tasks, with ordinary values where a test says nothing."""

import datetime as dt
from typing import Any

import httpx

from contracts.tasks import TaskRow
from services.portal.auth.access import Role, User

STEP = {"refId": "draft", "description": "Write the draft", "offsetDays": -7}
MINIMAL = {"name": "Newsletter", "type": "newsletter", "taskDefinitions": [STEP]}
DAILY = {"description": "Handle Slack invites", "cronExpression": "0 9 * * *"}


async def created(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    reply = await api.post("/api/recurring", json=DAILY | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()["recurringConfig"]


async def generated(api: httpx.AsyncClient, start: str, end: str) -> dict[str, Any]:
    reply = await api.post("/api/recurring/generate", json={"startDate": start, "endDate": end})
    assert reply.status_code == 200, reply.text
    return reply.json()


NOW = dt.datetime(2028, 2, 2, 23, 30, tzinfo=dt.UTC)


def user(id: str, name: str, *, active: bool = True) -> User:
    return User(id=id, name=name, email=f"{id}@example.org", role=Role.OPERATOR, active=active, created_at=NOW)


def row(**fields: object) -> TaskRow:
    extra = {name: fields.pop(name) for name in ("source_title", "source_cron", "step", "steps") if name in fields}
    base = {"id": "t", "description": "Back up", "date": "2028-02-03", "status": "todo", "source": "recurring"}
    return TaskRow.model_validate({"task": base | {"created_at": NOW, "updated_at": NOW} | fields} | extra)
