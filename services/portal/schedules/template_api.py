"""Templates over JSON."""

import datetime as dt
from typing import Annotated, Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, PathParameter

from contracts.subjects import CREATE_TEMPLATE, DELETE_TEMPLATE, GET_TEMPLATE, LIST_TEMPLATES, UPDATE_TEMPLATE
from contracts.templates import (
    CreateTemplate,
    DeleteTemplate,
    GetTemplate,
    ListTemplates,
    OpenedTemplate,
    Template,
    TemplateChanges,
    UpdateTemplate,
)
from contracts.values import IsoDate, Model
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import Edit, seen_version
from services.portal.http.paging import Paged, page_of
from services.portal.owners import Owners
from services.portal.schedules import messages
from services.portal.schedules.cron_api import cron_warnings

TemplateId = Annotated[str, PathParameter(name="templateId")]
_NAMED = 10
_EPISODE: dict[str, Any] = {
    "name": "Podcast episode",
    "type": "podcast",
    "taskDefinitions": [{"refId": "invite", "description": "Invite the guest", "offsetDays": -14}],
}


class TemplateEdit(Edit, TemplateChanges, title="TemplateChanges"):
    """``version`` comes after the changes, as their faults do."""


class TemplatesReply(Model):
    templates: list[Template]
    after: str | None = None


class AnchorDates(Model):
    """Those that an edit of the trigger left without a run, or asks for again."""

    left_out: list[IsoDate]
    already_made: list[IsoDate]


class TemplateReply(Model):
    template: Template
    warnings: list[str] | None = None
    anchor_dates: AnchorDates | None = None


async def find_template(owners: NamedDependency[Owners], template_id: TemplateId) -> Template:
    """Raises Refused (404)."""
    return await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))


@get("/api/templates", opt=OPERATOR, summary="All templates")
async def list_templates(question: NamedDependency[Paged], owners: NamedDependency[Owners]) -> TemplatesReply:
    """Templates of workflows, archived ones included."""
    page = await page_of(owners, LIST_TEMPLATES, ListTemplates(), question)
    return TemplatesReply(templates=page.items, after=page.after)


@post("/api/templates", opt=OPERATOR | {"example": _EPISODE}, summary="Add a template")
async def create_template(data: JSONBody[CreateTemplate], owners: NamedDependency[Owners]) -> TemplateReply:
    """Creates a template. With `triggerType: automatic` and `triggerSchedule` it starts runs by itself."""
    return _warned(await owners.ask(CREATE_TEMPLATE, data))


@get(
    "/api/templates/{templateId:str}",
    opt=OPERATOR,
    dependencies={"template": Provide(find_template)},
    summary="One template",
)
async def show_template(template: NamedDependency[Template]) -> TemplateReply:
    """The template with its task definitions, its trigger and `version`."""
    return _warned(template)


@put(
    "/api/templates/{templateId:str}",
    opt=OPERATOR | {"example": {"tags": ["podcast"]}},
    dependencies={"template": Provide(find_template)},
    summary="Change a template",
)
async def update_template(
    data: JSONBody[TemplateEdit],
    template: NamedDependency[Template],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
) -> TemplateReply:
    """Changes the fields that are sent, for runs that start from now on. With `version`, a template that changed since
    is refused with 409."""
    command = UpdateTemplate(actor=viewer.user.id, id=template.id, changes=data, **seen_version(data))
    return _warned(await owners.ask(UPDATE_TEMPLATE, command))


@delete("/api/templates/{templateId:str}", opt=OPERATOR, summary="Delete a template; its runs stay")
async def delete_template(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], template_id: TemplateId
) -> None:
    """The template starts nothing any more. Runs that it started stay as they are."""
    await owners.ask(DELETE_TEMPLATE, DeleteTemplate(actor=viewer.user.id, id=template_id))


def _warned(template: Template) -> TemplateReply:
    schedule, dates = template.trigger_schedule, None
    warnings = cron_warnings("triggerSchedule", schedule, "workflow is started") if schedule else []
    if isinstance(template, OpenedTemplate) and (template.left_out or template.already_made):
        dates = AnchorDates(left_out=template.left_out, already_made=template.already_made)
        warnings += _anchor_warnings(template)
    return TemplateReply(template=template, warnings=warnings or None, anchor_dates=dates)


def _anchor_warnings(template: OpenedTemplate) -> list[str]:
    lines: list[str] = []
    if template.left_out:
        lines.append(messages.anchors_left_out(_named(template.left_out)))
    if template.already_made:
        lines.append(messages.anchors_already_made(_named(template.already_made)))
    return lines


def _named(dates: list[dt.date]) -> str:
    more = f" and {len(dates) - _NAMED} more" if len(dates) > _NAMED else ""
    return ", ".join(date.isoformat() for date in dates[:_NAMED]) + more
