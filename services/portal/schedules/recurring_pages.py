"""Creating, editing and deleting a recurring task, with the reading and the next runs of a cron as it is typed."""

import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.cron.expression import CronExpression
from contracts.recurring import DeleteRecurring, GetRecurring, RecurringConfig, UpdateRecurring
from contracts.schedule_rows import GetUpcoming
from contracts.subjects import (
    CREATE_RECURRING,
    DELETE_RECURRING,
    GET_RECURRING,
    GET_UPCOMING,
    UPDATE_RECURRING,
)
from contracts.values import Kind
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import count
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form, key_of
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.schedules import messages
from services.portal.schedules import recurring_form as duty_form
from services.portal.schedules.pages import schedule_page
from services.portal.store import PortalStore


@get("/recurring/new", opt=OPERATOR)
async def show_new_duty(owners: NamedDependency[Owners], page: NamedDependency[Page]) -> Response[str]:
    return await _form_page(owners, page, duty_form.blank(_key()))


@post("/recurring/new", opt=OPERATOR, status_code=200)
async def create_duty(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    try:
        key = key_of(form, viewer.user.id, CREATE_RECURRING.subject)
        command = duty_form.definition(form, actor=viewer.user.id, key=key)
        _check_assignee(page, command.assignee_id)
    except BadInput as error:
        return await _form_page(owners, page, form, problems=error.fields)
    config = await owners.ask(CREATE_RECURRING, command)
    return await see_other(store, viewer, f"/recurring/recurring/{config.id}", messages.created(config.description))


@get("/recurring/{config_id:str}/edit", opt=OPERATOR)
async def show_duty_form(
    owners: NamedDependency[Owners], page: NamedDependency[Page], config_id: FromPath[str]
) -> Response[str]:
    config = await owners.ask(GET_RECURRING, GetRecurring(id=config_id))
    return await _form_page(owners, page, duty_form.filled(config, _key()), config=config)


@post("/recurring/{config_id:str}/edit", opt=OPERATOR, status_code=200)
async def update_duty(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    config_id: FromPath[str],
) -> Response[str] | Redirect:
    """Only what differs is changed. When somebody else was faster, what they stored is shown beside what was typed."""
    config = await owners.ask(GET_RECURRING, GetRecurring(id=config_id))
    try:
        wanted = duty_form.definition(form)
        if wanted.assignee_id != config.assignee_id:
            _check_assignee(page, wanted.assignee_id)
    except BadInput as error:
        return await _form_page(owners, page, form, config=config, problems=error.fields)
    back = f"/recurring/recurring/{config.id}"
    changed, cleared = duty_form.changes(wanted, config)
    if not changed.model_fields_set and not cleared:
        return await see_other(store, viewer, back, messages.unchanged(config.description))
    if form.text("version") != str(config.version):
        return await _conflict(owners, page, form, config)
    command = UpdateRecurring(
        actor=viewer.user.id,
        key=key_of(form, viewer.user.id, f"edit {config.id}"),
        id=config.id,
        changes=changed,
        cleared=cleared,
        version=config.version,
    )
    try:
        saved = await owners.ask(UPDATE_RECURRING, command)
    except Refused as error:
        if error.refusal.code != "conflict":
            raise
        return await _conflict(owners, page, form, await owners.ask(GET_RECURRING, GetRecurring(id=config_id)))
    return await see_other(store, viewer, back, messages.saved(saved.description))


@post("/recurring/{config_id:str}/deletion", opt=OPERATOR, status_code=200)
async def delete_duty(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    config_id: FromPath[str],
) -> Response[str] | Redirect:
    config = await owners.ask(GET_RECURRING, GetRecurring(id=config_id))
    try:
        await owners.ask(DELETE_RECURRING, DeleteRecurring(actor=viewer.user.id, id=config_id))
    except Refused as error:
        if error.refusal.code != "has_history":
            raise
        made = count(error.refusal.counts.get("tasks", 0), "task")
        problem = messages.not_deletable(made)
        return await schedule_page(owners, page, Kind.RECURRING, config_id, undeletable=problem)
    return await see_other(store, viewer, "/recurring", messages.deleted_config(config.description))


@get("/recurring/preview", opt=OPERATOR)
async def preview_cron(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    """The part of the form that follows the field; what is wrong with the expression is an answer, not an error."""
    cron = request.query_params.get("cronExpression", "").strip()
    return page("parts/cron_preview.html", preview=await cron_preview(owners, cron))


async def _form_page(
    owners: Owners,
    page: Page,
    form: Form,
    *,
    config: RecurringConfig | None = None,
    problems: dict[str, str] | None = None,
    conflict: bool = False,
) -> Response[str]:
    """``config`` is what is stored, None for a new one; ``problems`` are refusals by field."""
    cron = form.text("cronExpression") or form.text("preset")
    return page(
        "recurring_form.html",
        status=409 if conflict else 422 if problems else 200,
        form=form,
        config=config,
        stored=duty_form.filled(config, "") if config and conflict else None,
        problems=problems or {},
        unreadable=duty_form.unreadable(config),
        summary=messages.NOT_SAVED if problems else None,
        labels=duty_form.LABELS,
        presets=duty_form.PRESETS,
        proofs=duty_form.PROOFS,
        preview=await cron_preview(owners, cron),
    )


async def _conflict(owners: Owners, page: Page, form: Form, config: RecurringConfig) -> Response[str]:
    """The version goes on to the stored one, so that saving again is a decision and not a second surprise."""
    kept = Form({**form, "version": str(config.version), "key": _key()})
    return await _form_page(owners, page, kept, config=config, conflict=True)


async def cron_preview(owners: Owners, cron: str) -> dict[str, Any]:
    """What ``parts/cron_preview.html`` shows of an expression that is being typed."""
    if not cron:
        return {"upcoming": [], "problem": None, "sentence": None}
    try:
        upcoming = await owners.ask(GET_UPCOMING, GetUpcoming(cron=cron))
    except Refused as error:
        problem = duty_form.cron_fault(error.refusal.fields.get("cronExpression", str(error)))
        return {"upcoming": [], "problem": problem, "sentence": None}
    expression = CronExpression.parse(cron)
    return {
        "upcoming": upcoming.items,
        "problem": None,
        "sentence": expression.sentence(),
        "several": expression.fires_more_than_once_a_day,
        "hints": expression.hints(),
    }


def _check_assignee(page: Page, assignee_id: str | None) -> None:
    """Raises BadInput for somebody who is not there any more, or never was."""
    if assignee_id is not None and not any(one.active and one.id == assignee_id for one in page.people):
        raise BadInput(messages.ASSIGNEE_UNKNOWN, {"assigneeId": messages.CHOOSE_PERSON})


def _key() -> str:
    """Minted with the form: sent twice, it is one change."""
    return f"form:{secrets.token_urlsafe(16)}"
