"""Templates over JSON."""

import datetime as dt
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.subjects import CREATE_TEMPLATE, DELETE_TEMPLATE, GET_TEMPLATE, LIST_TEMPLATES, UPDATE_TEMPLATE
from contracts.views import OpenedTemplate, Template
from contracts.workflow_commands import CreateTemplate, DeleteTemplate, TemplateChanges, UpdateTemplate, VersionSeen
from contracts.workflow_queries import GetTemplate, ListTemplates
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, query_of, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners
from services.portal.schedules.cron_api import cron_warnings

AnyRequest = Request[Any, Any, Any]
_SERVERS_OWN = {"id", "actor", "key"}
_ANCHOR_DATES = ("leftOut", "alreadyMade")
_NAMED = 10


@get("/api/templates", opt=OPERATOR)
async def list_templates(request: AnyRequest, owners: NamedDependency[Owners]) -> Response[bytes]:
    return await listed(owners, LIST_TEMPLATES, ListTemplates(), query_of(request), name="templates")


@post("/api/templates", opt=OPERATOR)
async def create_template(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    body = await json_object(request)
    sent = {name: value for name, value in body.items() if name not in _SERVERS_OWN}
    ours = {"actor": viewer.user.id, "key": key_of(request, viewer.user.id)}
    return _one(await owners.ask(CREATE_TEMPLATE, read_model(CreateTemplate, sent | ours)))


@get("/api/templates/{template_id:str}", opt=OPERATOR)
async def show_template(owners: NamedDependency[Owners], template_id: FromPath[str]) -> JsonObject:
    return _one(await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id)))


@put("/api/templates/{template_id:str}", opt=OPERATOR)
async def update_template(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], template_id: FromPath[str]
) -> JsonObject:
    """``version`` may say which one was edited; then nobody's change in between is lost."""
    body = await json_object(request)
    if not body:
        raise BadInput("Request body must not be empty")
    await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    changes = read_model(TemplateChanges, body)
    if not changes.model_fields_set:
        raise BadInput("No valid fields to update")
    seen = read_model(VersionSeen, body).model_dump(exclude_unset=True)
    command = UpdateTemplate(actor=viewer.user.id, id=template_id, changes=changes, **seen)
    return _one(await owners.ask(UPDATE_TEMPLATE, command))


@delete("/api/templates/{template_id:str}", opt=OPERATOR, status_code=200)
async def delete_template(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], template_id: FromPath[str]
) -> Response[None]:
    await owners.ask(DELETE_TEMPLATE, DeleteTemplate(actor=viewer.user.id, id=template_id))
    return Response(None, status_code=204)


def _one(template: Template) -> JsonObject:
    """``anchorDates`` are those that an edit of the trigger left without a run or asks for again."""
    fields = shown(template)
    reply: JsonObject = {"template": {name: value for name, value in fields.items() if name not in _ANCHOR_DATES}}
    schedule = template.trigger_schedule
    warnings = cron_warnings("triggerSchedule", schedule, "workflow is started") if schedule else []
    if isinstance(template, OpenedTemplate) and (template.left_out or template.already_made):
        reply["anchorDates"] = {name: fields[name] for name in _ANCHOR_DATES}
        warnings += _anchor_warnings(template)
    if warnings:
        reply["warnings"] = warnings
    return reply


def _anchor_warnings(template: OpenedTemplate) -> list[str]:
    lines: list[str] = []
    if template.left_out:
        remedy = "start them with POST /api/bundles and these anchor dates"
        lines.append(f"triggerLeadDays, triggerSchedule: no workflow is made for {_named(template.left_out)}; {remedy}")
    if template.already_made:
        made = _named(template.already_made)
        lines.append(f"triggerLeadDays, triggerSchedule: the workflows for {made} exist and are not made again")
    return lines


def _named(dates: list[dt.date]) -> str:
    more = f" and {len(dates) - _NAMED} more" if len(dates) > _NAMED else ""
    return ", ".join(date.isoformat() for date in dates[:_NAMED]) + more
