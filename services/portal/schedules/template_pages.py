"""Templates: all of them, and one with its tasks, what starts it, and when it starts next."""

import asyncio
import datetime as dt

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.fields.proof import ProofRequirement
from contracts.runs import CreateBundle
from contracts.schedule_rows import ListSchedules, ScheduleQuestion, ScheduleRow
from contracts.subjects import (
    CREATE_BUNDLE,
    DELETE_TEMPLATE,
    GET_SCHEDULE,
    GET_TEMPLATE,
    LIST_SCHEDULES,
)
from contracts.templates import DeleteTemplate, GetTemplate, Template
from contracts.values import Kind
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import count
from services.portal.http.bodies import read_model
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.runs.list_pages import all_templates
from services.portal.schedules import messages, template_form
from services.portal.schedules.pages import is_today_left_out, upcoming_of
from services.portal.schedules.recurring_form import PROOFS
from services.portal.store import PortalStore

_STARTED_AT_ONCE = 30
_NAMED = 3


@get("/templates", opt=OPERATOR)
async def show_templates(owners: NamedDependency[Owners], page: NamedDependency[Page]) -> Response[str]:
    templates, schedules = await asyncio.gather(all_templates(owners), _triggers(owners))
    return page(
        "templates.html",
        templates=sorted(templates, key=lambda one: one.name.casefold()),
        triggers=schedules,
    )


@get("/templates/{template_id:str}", opt=OPERATOR)
async def show_template(
    owners: NamedDependency[Owners], page: NamedDependency[Page], template_id: FromPath[str]
) -> Response[str]:
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    lead = _lead(template)
    schedule = await _trigger(owners, template_id)
    today_left_out = schedule is not None and await is_today_left_out(owners, page, schedule)
    upcoming = await upcoming_of(owners, Kind.TEMPLATE, template_id)
    return page(
        "template.html",
        stored=template,
        steps=sorted(enumerate(template.task_definitions, start=1), key=lambda step: (step[1].offset_days, step[0])),
        phases={phase.id: phase.name for phase in template.phases or []},
        schedule=schedule,
        today_left_out=today_left_out,
        left_out=[date for date in template.left_out if not (today_left_out and date == page.words.today + lead)],
        already_made=template.already_made,
        upcoming=[(one.opens_at, one.date + lead) for one in upcoming],
        proof_words=_proof,
        label=template_form.label,
    )


@post("/templates/{template_id:str}/left-out-runs", opt=OPERATOR, status_code=200)
async def start_left_out_runs(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    form: NamedDependency[Form],
    template_id: FromPath[str],
) -> Redirect:
    """Starts a run for each of the ``dates`` (ISO, separated by blanks) that an edit of the trigger left out, the first
    of them when there are many. A date that somebody else has started meanwhile is left alone."""
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    shown = form.text("dates").split()
    started: list[str] = []
    for date in [one for one in template.left_out if one.isoformat() in shown][:_STARTED_AT_ONCE]:
        command = CreateBundle(actor=viewer.user.id, template_id=template_id, anchor_date=date, if_unserved=True)
        try:
            started.append((await owners.ask(CREATE_BUNDLE, command)).bundle.title)
        except Refused as error:
            if error.refusal.code != "exists":
                raise
    named = "; ".join(f"“{title}”" for title in started[:_NAMED])
    more = f" and {count(len(started) - _NAMED, 'more workflow')}" if len(started) > _NAMED else ""
    words = messages.started_workflows(named, more) if started else messages.NOTHING_STARTED
    return await see_other(store, viewer, f"/templates/{template_id}", words)


@post("/templates/{template_id:str}/replacement-runs", opt=OPERATOR, status_code=200)
async def start_replacement_run(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    form: NamedDependency[Form],
    template_id: FromPath[str],
) -> Redirect:
    """Starts a run in place of one that took ``anchorDate`` and was archived or deleted, once."""
    sent = {"templateId": template_id, "anchorDate": form.text("anchorDate"), "ifUnserved": True}
    command = read_model(CreateBundle, {**sent, "actor": viewer.user.id})
    try:
        run = (await owners.ask(CREATE_BUNDLE, command)).bundle
    except Refused as error:
        if error.refusal.code != "exists":
            raise
        return await see_other(store, viewer, f"/recurring/{Kind.TEMPLATE}/{template_id}", f"{error}.")
    return await see_other(store, viewer, f"/workflows/{run.id}", messages.started(run.title))


@post("/templates/{template_id:str}/deletion", opt=OPERATOR, status_code=200)
async def delete_template(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    template_id: FromPath[str],
) -> Redirect:
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    await owners.ask(DELETE_TEMPLATE, DeleteTemplate(actor=viewer.user.id, id=template_id))
    words = messages.deleted_template(template.name)
    return await see_other(store, viewer, "/templates", words)


def _lead(template: Template) -> dt.timedelta:
    days = template.trigger_lead_days
    return dt.timedelta(days=days if isinstance(days, int) else 0)


async def _triggers(owners: Owners) -> dict[str, ScheduleRow]:
    pages = owners.pages(LIST_SCHEDULES, ListSchedules(after=f"{Kind.TEMPLATE}/"))
    return {row.id: row async for found in pages for row in found.items if not row.archived}


async def _trigger(owners: Owners, template_id: str) -> ScheduleRow | None:
    """None for one that is only started by hand."""
    row = await owners.find(GET_SCHEDULE, ScheduleQuestion(kind=Kind.TEMPLATE, id=template_id))
    return None if row is None or row.archived else row


def _proof(needed: ProofRequirement) -> str:
    """``a file, Invoice PDF``; what may be left out says so."""
    words = ", ".join(filter(None, [PROOFS[needed.type].lower(), needed.label]))
    return f"{words} (optional)" if needed.required is False else words
