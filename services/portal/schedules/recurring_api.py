"""Recurring configs and generation over JSON."""

from typing import Annotated, Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter
from pydantic import model_validator

from contracts.generation import DateRange, Generate
from contracts.recurring import (
    CreateRecurring,
    DeleteRecurring,
    GetRecurring,
    ListRecurring,
    RecurringChanges,
    RecurringConfig,
    UpdateRecurring,
)
from contracts.subjects import (
    CREATE_RECURRING,
    DELETE_RECURRING,
    GENERATE,
    GET_RECURRING,
    LIST_RECURRING,
    UPDATE_RECURRING,
)
from contracts.tasks import Task
from contracts.values import IsoDate, Kind, Model
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import Edit
from services.portal.http.errors import BadInput
from services.portal.owners import Owners
from services.portal.schedules import messages
from services.portal.schedules.cron_api import cron_warnings

ConfigId = Annotated[str, PathParameter(name="configId")]
_DUTY: dict[str, Any] = {"description": "Back up Mailchimp", "cronExpression": "0 9 * * 1"}
_FEBRUARY: dict[str, Any] = {"startDate": "2028-02-01", "endDate": "2028-02-29"}


class RecurringEdit(Edit, RecurringChanges, title="RecurringChanges"):
    """``version`` comes after the changes, as their faults do."""


class GenerationRange(DateRange):
    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """An empty date is one that was not given."""
        return {name: value for name, value in sent.items() if value not in (None, "")}


class RecurringListReply(Model):
    recurring_configs: list[RecurringConfig]


class RecurringReply(Model):
    """``warnings`` say what a valid expression that was sent may not mean."""

    recurring_config: RecurringConfig
    warnings: list[str] | None = None


class FailedDate(Model):
    recurring_config_id: str
    date: IsoDate
    error: str


class GeneratedReply(Model):
    generated: list[Task]
    skipped: int
    failed: list[FailedDate] | None = None


class GeneratedCounts(Model):
    tasks: int
    notifications: int
    total: int


class HistoryConflict(Model):
    error: str
    code: str
    recurring_config_id: str
    references: GeneratedCounts


async def find_config(owners: NamedDependency[Owners], config_id: ConfigId) -> RecurringConfig:
    """Raises Refused (404)."""
    return await owners.ask(GET_RECURRING, GetRecurring(id=config_id))


@get("/api/recurring", opt=OPERATOR, summary="All recurring configs")
async def list_recurring(owners: NamedDependency[Owners]) -> RecurringListReply:
    """Every recurring config, paused and archived ones included."""
    pages = owners.pages(LIST_RECURRING, ListRecurring())
    return RecurringListReply(recurring_configs=[config async for page in pages for config in page.items])


@post("/api/recurring", opt=OPERATOR | {"example": _DUTY}, summary="Add a recurring config")
async def create_recurring(data: JSONBody[CreateRecurring], owners: NamedDependency[Owners]) -> RecurringReply:
    """Creates a recurring config from a five-field cron expression, which is read in the timezone of the application.
    `warnings` says what a valid expression may not mean."""
    return _warned(await owners.ask(CREATE_RECURRING, data))


@get(
    "/api/recurring/{configId:str}",
    opt=OPERATOR,
    dependencies={"config": Provide(find_config)},
    summary="One recurring config",
)
async def show_recurring(config: NamedDependency[RecurringConfig]) -> RecurringReply:
    """The config as it is stored, with its pause if it has one."""
    return RecurringReply(recurring_config=config)


@put(
    "/api/recurring/{configId:str}",
    opt=OPERATOR | {"example": {"enabled": False}},
    dependencies={"config": Provide(find_config)},
    summary="Change a recurring config",
)
async def update_recurring(
    data: JSONBody[RecurringEdit],
    config: NamedDependency[RecurringConfig],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
) -> RecurringReply:
    """Changes the fields that are sent; tasks that exist keep theirs. With `version`, a config that changed since is
    refused with 409."""
    command = UpdateRecurring(actor=viewer.user.id, id=config.id, changes=data, version=data.version)
    changed = await owners.ask(UPDATE_RECURRING, command)
    return _warned(changed) if data.cron_expression is not None else RecurringReply(recurring_config=changed)


@delete(
    "/api/recurring/{configId:str}",
    opt=OPERATOR,
    summary="Delete a recurring config that never made a task",
    responses={409: ResponseSpec(HistoryConflict)},
)
async def delete_recurring(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], config_id: ConfigId
) -> None:
    """A config that has made a task is refused with 409, which counts what refers to it: disable or archive it
    instead."""
    try:
        await owners.ask(DELETE_RECURRING, DeleteRecurring(actor=viewer.user.id, id=config_id))
    except Refused as error:
        if error.refusal.code != "has_history":
            raise
        raise _history_conflict(config_id, error.refusal.counts) from None


@post(
    "/api/recurring/generate",
    opt=OPERATOR | {"example": _FEBRUARY},
    status_code=200,
    summary="Generate the tasks of a date range",
)
async def generate_recurring(
    data: JSONBody[GenerationRange], owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> GeneratedReply:
    """Generates the tasks of all active recurring configs from `startDate` to `endDate`, at most 90 days apart. Tasks
    that exist count as skipped, so that repeating the call is safe."""
    command = Generate(
        actor=viewer.user.id, start_date=data.start_date, end_date=data.end_date, kinds=(Kind.RECURRING,)
    )
    pages = [page async for page in owners.pages(GENERATE, command)]
    failed = [
        FailedDate(recurring_config_id=one.source_id, date=one.date, error=one.error)
        for page in pages
        for one in page.failed
    ]
    return GeneratedReply(
        generated=[task for page in pages for task in page.tasks],
        skipped=sum(page.skipped_tasks for page in pages),
        failed=failed or None,
    )


def _warned(config: RecurringConfig) -> RecurringReply:
    warnings = cron_warnings("cronExpression", config.cron_expression, "task is created")
    return RecurringReply(recurring_config=config, warnings=warnings or None)


def _history_conflict(config_id: str, counts: dict[str, int]) -> BadInput:
    tasks, notifications = counts.get("tasks", 0), counts.get("notifications", 0)
    return BadInput(
        messages.CONFIG_HAS_GENERATED,
        status=409,
        code="recurring_config_has_generated_history",
        recurringConfigId=config_id,
        references={"tasks": tasks, "notifications": notifications, "total": tasks + notifications},
    )
