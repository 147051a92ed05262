"""Making and editing a template. Rows are added, moved and removed by sending the form as it is; only Save stores."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.subjects import CREATE_TEMPLATE, GET_TEMPLATE, UPDATE_TEMPLATE
from contracts.templates import CreateTemplate, GetTemplate, Template, TemplateChanges, UpdateTemplate
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, read_model
from services.portal.http.errors import BadInput
from services.portal.http.forms import MANY_FIELDS, Form, key_of, whole_number
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.schedules import messages, template_form
from services.portal.schedules.recurring_form import PRESETS, PROOFS
from services.portal.schedules.recurring_pages import cron_preview
from services.portal.schedules.template_form import Draft
from services.portal.store import PortalStore

_LARGE = OPERATOR | {"most_fields": MANY_FIELDS}


@get("/templates/new", opt=OPERATOR)
async def show_new_template(owners: NamedDependency[Owners], page: NamedDependency[Page]) -> Response[str]:
    return await _editor(owners, page, template_form.blank(), None)


@post("/templates/new", opt=_LARGE, status_code=200)
async def create_template(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    draft = template_form.typed(form)
    if form.text("do"):
        return await _show_moved(owners, page, form, draft, None)
    draft = template_form.without_empty(draft)
    try:
        body = template_form.definition(draft, None)
        _check_people(page, body, None)
        ours = {"actor": viewer.user.id, "key": key_of(form, viewer.user.id, CREATE_TEMPLATE.subject)}
        command = read_model(CreateTemplate, {**body, **ours})
    except BadInput as error:
        return await _refused(owners, page, draft, None, error)
    made = await owners.ask(CREATE_TEMPLATE, command)
    return await see_other(store, viewer, f"/templates/{made.id}", messages.created_template(made.name))


@get("/templates/{template_id:str}/edit", opt=OPERATOR)
async def show_template_editor(
    owners: NamedDependency[Owners], page: NamedDependency[Page], template_id: FromPath[str]
) -> Response[str]:
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    marks = template_form.unreadable(template)
    return await _editor(owners, page, template_form.stored(template, template.version), template, marks=marks)


@post("/templates/{template_id:str}/edit", opt=_LARGE, status_code=200)
async def update_template(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    template_id: FromPath[str],
) -> Response[str] | Redirect:
    """Only what differs is changed. What was saved under a version that somebody else has left behind is refused."""
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    draft = template_form.typed(form)
    if form.text("do"):
        return await _show_moved(owners, page, form, draft, template)
    draft = template_form.without_empty(draft)
    back = f"/templates/{template.id}"
    try:
        body = template_form.definition(draft, template)
        _check_people(page, body, template)
        changes = read_model(TemplateChanges, body)
    except BadInput as error:
        return await _refused(owners, page, draft, template, error)
    if not body:
        return await see_other(store, viewer, back, messages.unchanged_template(template.name))
    seen = {"version": whole_number(draft.version) or 0}
    key = key_of(form, viewer.user.id, f"{UPDATE_TEMPLATE.subject}/{template_id}")
    ours = {"actor": viewer.user.id, "key": key, "id": template_id}
    command = UpdateTemplate.model_validate({**ours, **seen, "changes": changes})
    try:
        saved = await owners.ask(UPDATE_TEMPLATE, command)
    except Refused as error:
        if error.refusal.code != "conflict":
            raise
        return await _conflict(owners, page, draft, template_id)
    words = messages.saved_template(saved.name)
    return await see_other(store, viewer, back, words)


def _check_people(page: Page, body: JsonObject, template: Template | None) -> None:
    """Raises BadInput for somebody who is nobody of the list, and did not have it before."""
    steps = template.task_definitions if template else []
    kept = {template.default_assignee_id if template else None, *(step.assignee_id for step in steps)}
    known = {"", None, *dict(page.words.assignable()), *kept}
    chosen = {"defaultAssigneeId": body.get("defaultAssigneeId")} | {
        f"taskDefinitions[{at}].assigneeId": step.get("assigneeId")
        for at, step in enumerate(body.get("taskDefinitions", []))
    }
    strangers = {name: messages.NOT_AN_ASSIGNEE for name, id in chosen.items() if id not in known}
    if strangers:
        raise BadInput(messages.CHOOSE_PEOPLE, strangers)


async def _show_moved(owners: Owners, page: Page, form: Form, draft: Draft, template: Template | None) -> Response[str]:
    """``do`` is ``add:references``, ``up:taskDefinitions:3`` or ``open:taskDefinitions:3``, which shows all the fields
    of that one; the focus goes where the row went."""
    act, _, rest = form.text("do").partition(":")
    name, _, place = rest.partition(":")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 5 else -1
    after = template_form.edited(draft, act, name, at)
    to = {"up": at - 1, "down": at + 1, "add": len(after.rows.get(name, [])) - 1, "remove": at}.get(act, at)
    return await _editor(owners, page, after, template, focus=f"{act}:{name}:{to}")


async def _refused(
    owners: Owners, page: Page, draft: Draft, template: Template | None, error: BadInput
) -> Response[str]:
    problems = template_form.on_form(error.fields) or {"": str(error)}
    return await _editor(owners, page, draft, template, status=422, problems=problems)


async def _conflict(owners: Owners, page: Page, draft: Draft, template_id: str) -> Response[str]:
    """The version goes on to the stored one, so that saving again is a decision."""
    template = await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
    kept = Draft(draft.top, draft.rows, str(template.version))
    return await _editor(owners, page, kept, template, status=409, conflict=messages.TEMPLATE_CHANGED)


async def _editor(
    owners: Owners,
    page: Page,
    draft: Draft,
    template: Template | None,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    marks: dict[str, str] | None = None,
    conflict: str | None = None,
    focus: str = "",
) -> Response[str]:
    """``template`` is what is stored, None for a new one; ``problems`` are refusals by field; ``marks`` stand at
    the fields of an editor that was just opened."""
    return page(
        "template_form.html",
        status=status,
        draft=draft,
        stored=template,
        problems=problems or {},
        marks=problems or marks or {},
        unreadable=template_form.unreadable(template),
        conflict=conflict,
        focus=focus,
        label=template_form.label,
        stages=template_form.STAGES,
        proofs=PROOFS,
        presets=PRESETS,
        preview=await cron_preview(owners, draft.top.get("cronExpression", "")),
    )
