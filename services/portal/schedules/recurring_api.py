"""Recurring configs and generation over JSON."""

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.commands import CreateRecurring, DeleteRecurring, Generate, RecurringChanges, UpdateRecurring
from contracts.queries import GetRecurring, ListRecurring
from contracts.subjects import (
    CREATE_RECURRING,
    DELETE_RECURRING,
    GENERATE,
    GET_RECURRING,
    LIST_RECURRING,
    UPDATE_RECURRING,
)
from contracts.values import Kind
from contracts.views import Generated, RecurringConfig
from contracts.workflow_commands import VersionSeen
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.owners import Owners
from services.portal.schedules.cron_api import cron_warnings

_SERVERS_OWN = {"id", "actor", "key"}


@get("/api/recurring", opt=OPERATOR)
async def list_recurring(owners: NamedDependency[Owners]) -> JsonObject:
    return {
        "recurringConfigs": [
            shown(config) async for page in owners.pages(LIST_RECURRING, ListRecurring()) for config in page.items
        ]
    }


@post("/api/recurring", opt=OPERATOR)
async def create_recurring(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    body = await json_object(request)
    sent = {name: value for name, value in body.items() if name not in _SERVERS_OWN}
    ours = {"actor": viewer.user.id, "key": key_of(request, viewer.user.id)}
    config = await owners.ask(CREATE_RECURRING, read_model(CreateRecurring, sent | ours))
    return _one(config, cron_was_sent=True)


@get("/api/recurring/{config_id:str}", opt=OPERATOR)
async def show_recurring(owners: NamedDependency[Owners], config_id: FromPath[str]) -> JsonObject:
    return _one(await owners.ask(GET_RECURRING, GetRecurring(id=config_id)))


@put("/api/recurring/{config_id:str}", opt=OPERATOR)
async def update_recurring(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    config_id: FromPath[str],
) -> JsonObject:
    """``version`` may say which one was edited; then nobody's change in between is lost."""
    body = await json_object(request)
    if not body:
        raise BadInput("Request body must not be empty")
    await owners.ask(GET_RECURRING, GetRecurring(id=config_id))
    changes = read_model(RecurringChanges, body)
    if not changes.model_fields_set:
        raise BadInput("No valid fields to update")
    version = read_model(VersionSeen, body).version
    command = UpdateRecurring(actor=viewer.user.id, id=config_id, changes=changes, version=version)
    return _one(
        await owners.ask(UPDATE_RECURRING, command), cron_was_sent="cron_expression" in changes.model_fields_set
    )


@delete("/api/recurring/{config_id:str}", opt=OPERATOR, status_code=200)
async def delete_recurring(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], config_id: FromPath[str]
) -> Response[Any]:
    try:
        await owners.ask(DELETE_RECURRING, DeleteRecurring(actor=viewer.user.id, id=config_id))
    except Refused as error:
        if error.refusal.code != "has_history":
            raise
        return Response(_history_conflict(config_id, error.refusal.counts), status_code=409)
    return Response(None, status_code=204)


@post("/api/recurring/generate", opt=OPERATOR, status_code=200)
async def generate_recurring(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    body = await json_object(request)
    dates = {name: body[name] for name in ("startDate", "endDate") if body.get(name) not in (None, "")}
    command = read_model(Generate, dates | {"actor": viewer.user.id, "kinds": (Kind.RECURRING,)})
    return _generated([page async for page in owners.pages(GENERATE, command)])


def _generated(pages: list[Generated]) -> JsonObject:
    reply: JsonObject = {
        "generated": [shown(task) for page in pages for task in page.tasks],
        "skipped": sum(page.skipped_tasks for page in pages),
    }
    failed = [one for page in pages for one in page.failed]
    if failed:
        reply["failed"] = [
            {"recurringConfigId": one.source_id, "date": one.date.isoformat(), "error": one.error} for one in failed
        ]
    return reply


def _one(config: RecurringConfig, *, cron_was_sent: bool = False) -> JsonObject:
    reply: JsonObject = {"recurringConfig": shown(config)}
    if cron_was_sent and (warnings := cron_warnings("cronExpression", config.cron_expression, "task is created")):
        reply["warnings"] = warnings
    return reply


def _history_conflict(config_id: str, counts: dict[str, int]) -> JsonObject:
    tasks, notifications = counts.get("tasks", 0), counts.get("notifications", 0)
    return {
        "error": "This recurring config has generated work. Pause or disable it instead of deleting it.",
        "code": "recurring_config_has_generated_history",
        "recurringConfigId": config_id,
        "references": {"tasks": tasks, "notifications": notifications, "total": tasks + notifications},
    }
