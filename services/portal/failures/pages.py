"""Automation failures: trying again, and acknowledging with a note."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.generation import AcknowledgeFailure, RetryFailure
from contracts.subjects import ACKNOWLEDGE_FAILURE, GET_HOME, RETRY_FAILURE
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.failures import messages
from services.portal.formatting.words import count
from services.portal.home.filters import asked_of
from services.portal.home.pages import home_page
from services.portal.http.bodies import bad_input
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore


@post("/failures/retries", opt=OPERATOR, status_code=200)
async def retry_failure(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    try:
        command = RetryFailure.model_validate({**_named(form), "actor": viewer.user.id})
    except ValidationError as error:
        return await _refused(owners, page, form, str(bad_input(error)), status=422)
    try:
        retried = await owners.ask(RETRY_FAILURE, command)
    except Refused as error:
        return await _refused(owners, page, form, _words(error), status=409)
    return await see_other(store, viewer, "/", messages.retried(count(retried.count, "date")))


@post("/failures/acknowledgements", opt=OPERATOR, status_code=200)
async def acknowledge_failure(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    try:
        sent = {**_named(form), "note": form.text("note"), "actor": viewer.user.id}
        command = AcknowledgeFailure.model_validate(sent)
    except ValidationError as error:
        missing = not form.text("note")
        problem = messages.NOTE_MISSING if missing else str(bad_input(error))
        return await _refused(owners, page, form, problem, status=422)
    try:
        taken_off = await owners.ask(ACKNOWLEDGE_FAILURE, command)
    except Refused as error:
        return await _refused(owners, page, form, _words(error), status=409)
    return await see_other(store, viewer, "/", messages.acknowledged(count(taken_off.count, "date")))


def _named(form: Form) -> dict[str, Any]:
    return {name: form.text(name) for name in ("kind", "source_id", "code") if form.text(name)}


def _words(error: Refused) -> str:
    if error.refusal.code == "internal":
        raise error
    return str(error)


async def _refused(owners: Owners, page: Page, form: Form, problem: str, *, status: int) -> Response[str]:
    """Home again, with the reason on the failure and the note kept."""
    asked = await asked_of({}, owners, page.people, page.viewer)
    home = await owners.ask(GET_HOME, asked.question)
    failed = {"key": f"{form.text('source_id')}:{form.text('code')}", "problem": problem, "note": form.text("note")}
    return home_page(page, home, asked, status=status, failed=failed)
