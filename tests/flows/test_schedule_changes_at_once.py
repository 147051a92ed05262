"""Two people change one schedule in the same instant: one order, and both changes are kept."""

import asyncio

import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring, GetRecurring, RecurringChanges, UpdateRecurring
from contracts.schedule_rows import PauseSchedule, ResumeSchedule, ScheduleQuestion
from contracts.templates import CreateTemplate, TemplateChanges, UpdateTemplate
from contracts.values import Kind, Service
from tests.system import System

WEEKLY = {
    "name": "Newsletter",
    "type": "newsletter",
    "triggerType": "automatic",
    "triggerSchedule": "0 9 * * 1",
    "taskDefinitions": [{"refId": "write", "description": "Write it", "offsetDays": 0}],
}


@pytest.mark.requirement("R-SCH-5")
async def test_pause_and_edit_at_once_keep_both_sixty_times(idle: System) -> None:
    await idle.start(Service.WORK)
    created = CreateRecurring(description="Backup", cron_expression="0 9 * * *")
    config = await idle.ask(subjects.CREATE_RECURRING, created)
    for race in range(60):
        paused, cron = race % 2 == 0, f"{race} 7 * * *"
        command = PauseSchedule if paused else ResumeSchedule
        switch = subjects.PAUSE_SCHEDULE if paused else subjects.RESUME_SCHEDULE
        await asyncio.gather(
            idle.ask(switch, command(kind=Kind.RECURRING, id=config.id)),
            idle.ask(
                subjects.UPDATE_RECURRING,
                UpdateRecurring(id=config.id, changes=RecurringChanges(cron_expression=cron)),
            ),
        )
        now = await idle.ask(subjects.GET_RECURRING, GetRecurring(id=config.id))
        assert (now.enabled, now.cron_expression) == (not paused, cron), race


@pytest.mark.requirement("R-SCH-5")
async def test_template_edits_at_once_keep_trigger_and_pause(idle: System) -> None:
    await idle.start(Service.WORK)
    template = await idle.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(WEEKLY))
    for race in range(20):
        paused, cron = race % 2 == 0, f"{race} 7 * * 1"
        command = PauseSchedule if paused else ResumeSchedule
        switch = subjects.PAUSE_SCHEDULE if paused else subjects.RESUME_SCHEDULE
        changes = TemplateChanges.model_validate({"triggerSchedule": cron})
        leading = TemplateChanges.model_validate({"triggerLeadDays": race})
        await asyncio.gather(
            idle.ask(subjects.UPDATE_TEMPLATE, UpdateTemplate(id=template.id, changes=changes)),
            idle.ask(switch, command(kind=Kind.TEMPLATE, id=template.id)),
            idle.ask(subjects.UPDATE_TEMPLATE, UpdateTemplate(id=template.id, changes=leading)),
        )
        row = await idle.ask(subjects.GET_SCHEDULE, ScheduleQuestion(kind=Kind.TEMPLATE, id=template.id))
        assert (row.enabled, row.cron, row.revision.lead_days) == (not paused, cron, race), race
