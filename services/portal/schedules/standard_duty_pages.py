"""First use: the nine standard duties, seen before they are created."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from contracts.duties import CreateStandardDuties
from contracts.generation import Generate
from contracts.subjects import CREATE_STANDARD_DUTIES
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import count
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.schedules import messages
from services.portal.schedules.long_generations import LongGenerations
from services.portal.schedules.recurring_form import PROOFS
from services.portal.store import PortalStore

_PEOPLE = {
    "operations_id": "Operations, and everything unassigned",
    "content_id": "The newsletter’s blocks",
    "reviewer_id": "Cross-checking the tax report",
}


@get("/standard-duties", opt=OPERATOR)
async def show_standard_duties(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    """``?operations_id=`` and the others choose who would do them."""
    asked = {name: request.query_params[name] for name in _PEOPLE if name in request.query_params}
    form = Form({"state": "enabled", "today": "yes"} | (asked or {"operations_id": page.viewer.user.id}))
    return await _preview(owners, page, form, problems=_problems(page, form))


@post("/standard-duties", opt=OPERATOR, status_code=200)
async def create_standard_duties(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    generations: NamedDependency[LongGenerations],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    """Sent again it creates only what is missing. Today's work is generated with it, if that was asked for."""
    problems = _problems(page, form)
    if problems:
        return await _preview(owners, page, form, problems=problems)
    enabled = form.text("state") != "paused"
    chosen = {"actor": viewer.user.id, "enabled": enabled, **_chosen(form)}
    command = CreateStandardDuties.model_validate(chosen)
    created = [duty for duty in (await owners.ask(CREATE_STANDARD_DUTIES, command)).duties if duty.is_new]
    words = messages.duties_created(count(len(created), "duty", "duties"), paused=not enabled)
    if not (created and enabled and form.text("today")):
        return await see_other(store, viewer, "/recurring", words)
    today = page.words.today
    made = await generations.start(
        Generate(actor=viewer.user.id, start_date=today, end_date=today, source_ids=[duty.id for duty in created]),
        {duty.id: duty.title for duty in created},
    )
    return await see_other(store, viewer, f"/generations/{made.id}", words)


async def _preview(owners: Owners, page: Page, form: Form, *, problems: dict[str, str] | None = None) -> Response[str]:
    wanted = CreateStandardDuties.model_validate({"dry_run": True, **({} if problems else _chosen(form))})
    report = await owners.ask(CREATE_STANDARD_DUTIES, wanted)
    return page(
        "standard_duties.html",
        status=422 if problems else 200,
        duties=report.duties,
        proofs=PROOFS,
        people=_PEOPLE,
        form=form,
        problems=problems or {},
    )


def _chosen(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in _PEOPLE if form.text(name)}


def _problems(page: Page, form: Form) -> dict[str, str]:
    known = {one.id for one in page.people if one.active}
    return {name: messages.CHOOSE_PERSON for name, id in _chosen(form).items() if id not in known}
