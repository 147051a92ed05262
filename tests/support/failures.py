"""Schedules that fail."""

from typing import Any

from contracts import subjects
from contracts.templates import CreateTemplate
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
