"""What can be done to a task, wherever its row stands."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.subjects import COMPLETE_TASK, Refused
from contracts.task_commands import CompleteTask
from contracts.views import TaskRow
from services.portal.access import OPERATOR, Viewer
from services.portal.errors import RefusedByOwner
from services.portal.forms import Form, local_path
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.pages.home import EVERYONE, ask_home, home_page, row_on_home
from services.portal.store import PortalStore


@post("/tasks/{task_id:str}/completion", opt=OPERATOR, status_code=200)
async def complete_task(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    task_id: FromPath[str],
) -> Response[str] | Redirect:
    """htmx gets the row in its new state; a browser without script gets the page it came from."""
    command = CompleteTask(actor=viewer.user.id, key=form.text("key") or None, id=task_id)
    reply = await owners.ask(COMPLETE_TASK, command)
    back = local_path(form.text("back"))
    if isinstance(reply, Refused):
        return await _refused(owners, page, task_id, reply, back)
    notice = f"Done: “{reply.view.task.description}”."
    if page.htmx:
        headers = {"hx-trigger-after-settle": "refresh"}
        return page("replies/task_row.html", row=reply.view, problem=None, here=back, notice=notice, headers=headers)
    return await see_other(store, viewer, back, notice)


async def _refused(owners: Owners, page: Page, task_id: str, refused: Refused, back: str) -> Response[str]:
    """The reason on the row itself; nothing else on the page is lost."""
    if refused.code in ("not_found", "internal"):
        raise RefusedByOwner(refused)
    everyone = EVERYONE in back
    home = await ask_home(owners, page, everyone=everyone)
    if not page.htmx:
        return home_page(page, home, everyone=everyone, status=409, problems={task_id: refused.message})
    row: TaskRow | None = row_on_home(home, task_id)
    if row is None:
        raise RefusedByOwner(refused)
    return page("parts/task_row.html", status=409, row=row, problem=refused.message, here=back)
