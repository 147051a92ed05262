"""Schedules that fail."""

from typing import Any

from contracts import subjects
from contracts.templates import CreateTemplate
from contracts.values import Service
from services.kit.mongo import connection
from tests.system import System

REPORT = {
    "name": "Daily report",
    "type": "report",
    "triggerType": "automatic",
    "triggerSchedule": "0 9 * * *",
    "taskDefinitions": [{"refId": "write", "description": "Write it", "offsetDays": 0}],
}


async def daily_report(system: System) -> str:
    return (await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(REPORT))).id


async def blank_the_first_step(stored: Any, template_id: str, text: str = "  ") -> None:
    await stored.templates.update_one({"_id": template_id}, {"$set": {"task_definitions.0.description": text}})


async def leave_a_failure(system: System) -> None:
    """A template whose first task has lost its description in the database, and a window of it."""
    template_id = await daily_report(system)
    async with connection.connect(system.settings, Service.WORK) as database:
        await blank_the_first_step(database, template_id)
    await system.publish_window(f"dataops.window.due.template.{template_id}.2028-02-02")
