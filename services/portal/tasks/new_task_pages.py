"""A task added by hand, from any page that shows the work."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.subjects import CREATE_TASK
from contracts.tasks import CreateTask
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import bad_input
from services.portal.http.forms import Form, key_of, local_path
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore
from services.portal.tasks import messages
from services.portal.tasks.rows import given

_FIELDS = ("description", "date", "assigneeId", "bundleId")


@post("/tasks", opt=OPERATOR, status_code=200)
async def add_task(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    """htmx gets an empty form; what was added shows in the page's own parts. Sent twice it adds one task."""
    sent: dict[str, Any] = given({name: form.text(name) for name in _FIELDS})
    key = key_of(form, viewer.user.id, CREATE_TASK.subject)
    problems: dict[str, str] = {}
    try:
        command = CreateTask.model_validate({**sent, "actor": viewer.user.id, "key": key}, by_alias=True, by_name=False)
    except ValidationError as error:
        return _refused(page, form, bad_input(error).fields)
    if command.assignee_id is not None and command.assignee_id not in dict(page.words.assignable()):
        problems = {"assigneeId": messages.NOT_AN_ASSIGNEE}
        return _refused(page, form, problems)
    try:
        task = (await owners.ask(CREATE_TASK, command)).task
    except Refused as error:
        if not error.refusal.fields:
            raise
        return _refused(page, form, error.refusal.fields)
    here = local_path(form.text("back"))
    notice = messages.added(page.words.day(task.date), task.description)
    if page.htmx:
        headers = {"hx-trigger-after-settle": "refresh"}
        return page("replies/new_task.html", headers=headers, here=here, notice=notice, adding=None)
    return await see_other(store, viewer, here, notice)


def _refused(page: Page, form: Form, problems: dict[str, str]) -> Response[str]:
    """The form again; without script on a page of its own."""
    template = "parts/new_task.html" if page.htmx else "new_task.html"
    adding = {"form": form, "problems": problems}
    return page(template, status=422, here=local_path(form.text("back")), adding=adding)
