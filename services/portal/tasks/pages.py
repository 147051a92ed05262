"""The page of one task, and its row with the form of an action opened."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.portal.auth.access import OPERATOR
from services.portal.http.bodies import query_of
from services.portal.http.forms import local_path
from services.portal.tasks.rows import TaskRows
from services.portal.tasks.task_page import opened, task_page

AnyRequest = Request[Any, Any, Any]


@get("/tasks/{task_id:str}", opt=OPERATOR)
async def show_task(request: AnyRequest, task_rows: NamedDependency[TaskRows], task_id: FromPath[str]) -> Response[str]:
    """``?before=`` shows the changes that are older than a position in the history."""
    row, before = await task_rows.find(task_id), query_of(request).get("before")
    return await task_page(task_rows.owners, task_rows.page, row, here=f"/tasks/{row.task.id}", before=before)


@get("/tasks/{task_id:str}/actions", opt=OPERATOR)
async def open_action(
    request: AnyRequest, task_rows: NamedDependency[TaskRows], task_id: FromPath[str]
) -> Response[str]:
    """``?do=`` opens the form of an action: in the row, or without script on the task's page. ``?back=`` is where it
    leads to afterwards."""
    query = query_of(request)
    row, here = await task_rows.find(task_id), local_path(query.get("back", f"/tasks/{task_id}"))
    acting = opened(query.get("do", ""), row)
    if task_rows.page.htmx:
        return task_rows.page("parts/task_row.html", row=row, problem=None, here=here, acting=acting)
    return await task_page(task_rows.owners, task_rows.page, row, here=here, acting=acting)
