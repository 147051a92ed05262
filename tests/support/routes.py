"""The routes of the portal, and one of each thing that their paths name."""

from typing import Any
from unittest.mock import MagicMock

import httpx

from services.kit.clock import Clock
from services.kit.settings import Settings
from services.portal.app import application
from services.portal.auth.access import Role
from services.portal.auth.guard import routes
from services.portal.live import Live
from services.portal.openapi.pages import described
from tests.api.files import task_of, uploaded
from tests.support.artifacts import added, run_of
from tests.system import System


def declared() -> dict[tuple[str, str], Role | None]:
    edge = application(Settings(), Clock(), MagicMock(), MagicMock(), Live(), MagicMock(), MagicMock(), MagicMock())
    return {(method, path): handler.opt["role"] for method, path, handler in routes(edge.app)}


async def things(system: System, api: httpx.AsyncClient) -> dict[str, str]:
    """One of each kind, by the name that it has in paths."""
    task = await task_of(system, api)
    bundle, _ = await run_of(api)
    return {
        "taskId": task["id"],
        "configId": task["recurringConfigId"],
        "scheduleId": task["recurringConfigId"],
        "bundleId": bundle["id"],
        "templateId": bundle["templateId"],
        "fileId": (await uploaded(api, task["id"]))["id"],
        "artifactId": (await added(api, taskId=task["id"]))["id"],
        "userId": (await api.get("/api/me")).json()["user"]["id"],
        "notificationId": "unknown",
    }


def example_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return media["examples"]["usual"]["value"] if "examples" in media else None


EXAMPLES = {
    (method.upper(), path): example_of(one)
    for path, methods in described()["paths"].items()
    for method, one in methods.items()
}
