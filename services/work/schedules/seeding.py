"""Creating the standard duties through the same commands that an operator uses."""

from typing import Any

from contracts.cron.expression import CronExpression
from contracts.duties import CreateStandardDuties, StandardDutiesReport, StandardDuty
from contracts.recurring import CreateRecurring
from contracts.templates import CreateTemplate
from contracts.values import Kind
from services.kit.refused import Refused
from services.work.schedules.commands import Commands
from services.work.schedules.standard_duties import People, standard_duties
from services.work.schedules.store import Schedules
from services.work.schedules.template_commands import TemplateCommands


class Seeding:
    def __init__(self, commands: Commands, templates: TemplateCommands, schedules: Schedules) -> None:
        self._commands = commands
        self._templates = templates
        self._schedules = schedules

    async def create(self, command: CreateStandardDuties) -> StandardDutiesReport:
        people = People(command.operations_id, command.content_id, command.reviewer_id)
        duties = standard_duties(people, enabled=command.enabled, actor=command.actor)
        report: list[StandardDuty] = []
        for duty in [*duties.recurring, *duties.templates]:
            report.append(await self._create(duty, dry_run=command.dry_run))
        return StandardDutiesReport(duties=report)

    async def _create(self, duty: CreateRecurring | CreateTemplate, *, dry_run: bool) -> StandardDuty:
        described = _describe(duty)
        if dry_run:
            known = await self._schedules.known(described.kind, described.id)
            return described.model_copy(update={"is_new": not known})
        try:
            match duty:
                case CreateRecurring():
                    await self._commands.create_recurring(duty)
                case CreateTemplate():
                    await self._templates.create(duty)
        except Refused as refused:
            if refused.refusal.code != "exists":
                raise
            return described.model_copy(update={"is_new": False})
        return described


def _describe(duty: CreateRecurring | CreateTemplate) -> StandardDuty:
    match duty:
        case CreateRecurring():
            kind, title, cron, assignee_id = Kind.RECURRING, duty.description, duty.cron_expression, duty.assignee_id
            about: dict[str, Any] = {"proof_requirement": duty.proof_requirement}
        case CreateTemplate():
            kind, title, cron, assignee_id = Kind.TEMPLATE, duty.name, duty.trigger_schedule, duty.default_assignee_id
            proved = [step for step in duty.task_definitions if step.proof_requirement]
            about = {"steps": len(duty.task_definitions), "steps_with_proof": len(proved)}
    return StandardDuty(
        kind=kind,
        id=duty.id or "",
        title=title,
        cron=cron or "",
        sentence=CronExpression.parse(cron or "").sentence(),
        assignee_id=assignee_id,
        is_new=True,
        **about,
    )
