"""Schedules for browser tests."""

from typing import Any

from contracts.duties import TaskDefinition
from contracts.generation import Generate
from contracts.recurring import CreateRecurring, RecurringConfig
from contracts.subjects import CREATE_RECURRING, CREATE_TEMPLATE, GENERATE
from contracts.templates import CreateTemplate, Template
from contracts.values import calendar_date
from services.kit.mongo import connection
from tests.system import System


async def duty(system: System, description: str, cron: str = "0 9 * * *", **fields: Any) -> RecurringConfig:
    command = CreateRecurring(description=description, cron_expression=cron, **fields)
    return await system.ask(CREATE_RECURRING, command)


async def workflow(system: System, name: str, *steps: str) -> Template:
    definitions = [TaskDefinition(ref_id=f"s{at}", description=step, offset_days=0) for at, step in enumerate(steps)]
    command = CreateTemplate(
        name=name,
        type="test",
        task_definitions=definitions,
        trigger_type="automatic",
        trigger_schedule="0 9 * * *",
        trigger_lead_days=0,
    )
    return await system.ask(CREATE_TEMPLATE, command)


async def broken_workflow(system: System, name: str, *steps: str) -> None:
    """One whose stored lead days make no sense, as an import from long ago may bring it."""
    template = await workflow(system, name, *steps)
    async with connection.connect(system.settings, "work") as database:
        await database["templates"].update_one({"_id": template.id}, {"$set": {"timeline.0.lead_days": "many"}})


async def generate(system: System, first: str, last: str) -> None:
    command = Generate(start_date=calendar_date(first), end_date=calendar_date(last))
    while True:
        page = await system.ask(GENERATE, command)
        if page.after is None:
            return
        command = command.model_copy(update={"after": page.after})
