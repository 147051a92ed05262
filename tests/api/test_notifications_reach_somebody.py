"""What is for somebody who is not there reaches everybody: an id that is no user, or one who was deactivated."""

from typing import Any

import httpx
import pytest

from contracts.values import Service
from services.kit.mongo import connection
from services.portal.auth.accounts import Accounts, By
from tests.api.people import Browser, Person, add_person
from tests.system import System

pytestmark = pytest.mark.requirement("R-NOT-4")


async def seen(api: httpx.AsyncClient) -> list[str]:
    found: list[dict[str, Any]] = (await api.get("/api/notifications")).json()["notifications"]
    return sorted(one["type"] for one in found)


@pytest.fixture
async def scheduled(system: System) -> System:
    await system.start(Service.SCHEDULER)
    return system


async def make_one_of_each(system: System, api: httpx.AsyncClient, assignee: str) -> None:
    """Tasks and schedules of ``assignee`` that call for one notification of every type that names an assignee."""
    due = {"description": "Due", "date": "2028-02-02", "assigneeId": assignee, "requiresFile": True}
    overdue = {"description": "Late", "date": "2028-02-01", "assigneeId": assignee}
    for task in (due, overdue):
        assert (await api.post("/api/tasks", json=task)).status_code == 201
    duty = {"description": "Invite", "cronExpression": "5 8 * * *", "assigneeId": assignee}
    assert (await api.post("/api/recurring", json=duty)).status_code == 201
    letter = {
        "name": "Letter",
        "type": "newsletter",
        "defaultAssigneeId": assignee,
        "taskDefinitions": [{"refId": "a", "description": "Draft", "offsetDays": 9}],
        "triggerType": "automatic",
        "triggerSchedule": "5 8 * * *",
    }
    assert (await api.post("/api/templates", json=letter)).status_code == 201
    await system.clock_to("2028-02-02 08:05")


EACH = ["missing-evidence", "recurring-due", "stage-change", "task-due", "task-overdue"]


async def test_what_is_for_an_id_that_is_no_user_reaches_everyone(
    scheduled: System, api: httpx.AsyncClient, browser: Browser
) -> None:
    await make_one_of_each(scheduled, api, "nobody-here")
    assert await seen(api) == EACH
    page = (await browser.get("/notifications")).text
    assert page.count('id="notification-') == len(EACH)
    assert (await api.put("/api/notifications/dismiss-all")).json() == {"count": len(EACH)}
    assert await seen(api) == []


async def test_what_is_for_somebody_deactivated_later_reaches_everyone(
    scheduled: System, api: httpx.AsyncClient
) -> None:
    grace: Person = await add_person(scheduled.settings, "grace@example.org", "Grace Gone")
    await make_one_of_each(scheduled, api, grace.id)
    assert await seen(api) == [], "they are hers"
    async with connection.connect(scheduled.settings, "portal") as database:
        await Accounts(database).deactivate(grace.id, By())
    assert await seen(api) == EACH
    [first, *_] = (await api.get("/api/notifications")).json()["notifications"]
    assert (await api.put(f"/api/notifications/{first['id']}/dismiss")).status_code == 200
    assert len(await seen(api)) == len(EACH) - 1
