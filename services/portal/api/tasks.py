"""Tasks over JSON: lists by one filter, and one task."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.queries import GetTask, ListTasks
from contracts.subjects import GET_TASK, LIST_TASKS
from contracts.values import IsoDate, TaskStatus, calendar_date
from services.portal.access import OPERATOR
from services.portal.api.bodies import JsonObject, query_of, shown
from services.portal.errors import BadInput
from services.portal.owners import Owners

_LARGEST_PAGE = 500


@get("/api/tasks", opt=OPERATOR)
async def list_tasks(request: Request[Any, Any, Any], owners: NamedDependency[Owners]) -> JsonObject:
    """All that match, unless the caller asks for pages with ``limit`` and follows ``after``."""
    query = query_of(request)
    question = _filtered(query)
    if "limit" not in query:
        tasks = [shown(task) async for page in owners.pages(LIST_TASKS, question) for task in page.items]
        return {"tasks": tasks}
    page_asked = {"limit": _limit(query["limit"]), "after": query.get("after")}
    page = await owners.view(LIST_TASKS, question.model_copy(update=page_asked))
    reply: JsonObject = {"tasks": [shown(task) for task in page.items]}
    return reply | ({"after": page.after} if page.after else {})


@get("/api/tasks/{task_id:str}", opt=OPERATOR)
async def show_task(owners: NamedDependency[Owners], task_id: FromPath[str]) -> JsonObject:
    return shown(await owners.view(GET_TASK, GetTask(id=task_id)))


def _filtered(query: dict[str, str]) -> ListTasks:
    """One filter decides: date, then range, then bundle, then status; those after it are not even looked at."""
    if "date" in query:
        return ListTasks(date=_date("date", query["date"]))
    if "startDate" in query or "endDate" in query:
        return _range(query)
    if "bundleId" in query:
        return ListTasks(bundle_id=query["bundleId"])
    if "status" in query:
        if query["status"] not in set(TaskStatus):
            message = "Invalid status. Must be 'todo', 'waiting', 'done', or 'archived'"
            raise BadInput(message, {"status": message})
        return ListTasks(status=TaskStatus(query["status"]))
    raise BadInput("At least one filter is required: date, startDate and endDate, bundleId or status")


def _range(query: dict[str, str]) -> ListTasks:
    if "startDate" not in query or "endDate" not in query:
        raise BadInput("Both startDate and endDate are required for range queries")
    start, end = _date("startDate", query["startDate"]), _date("endDate", query["endDate"])
    if end < start:
        raise BadInput("endDate must not be before startDate", {"endDate": "must not be before startDate"})
    return ListTasks(start_date=start, end_date=end)


def _date(name: str, text: str) -> IsoDate:
    try:
        return calendar_date(text)
    except ValueError as error:
        raise BadInput(f"{name}: {error}", {name: str(error)}) from None


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _LARGEST_PAGE:
        raise BadInput(f"limit must be a number from 1 to {_LARGEST_PAGE}", {"limit": "is not such a number"})
    return int(text)
