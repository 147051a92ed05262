"""Tasks over JSON: lists by one filter, and one task. Changes answer with the bare task."""

from collections.abc import Awaitable
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.queries import GetTask, ListTasks
from contracts.subjects import CREATE_TASK, DELETE_TASK, GET_TASK, LIST_TASKS, UPDATE_TASK
from contracts.task_commands import CreateTask, DeleteTask, TaskChanges, UpdateTask
from contracts.values import IsoDate, TaskStatus, calendar_date
from contracts.views import TaskRow
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, query_of, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners

AnyRequest = Request[Any, Any, Any]
_NO_BODY = "Request body is required"
_NO_STATUS = "Invalid status. Must be 'todo', 'waiting', 'done', or 'archived'"


@get("/api/tasks", opt=OPERATOR)
async def list_tasks(request: Request[Any, Any, Any], owners: NamedDependency[Owners]) -> Response[bytes]:
    """All that match, unless the caller asks for pages with ``limit`` and follows ``after``."""
    query = query_of(request)
    return await listed(owners, LIST_TASKS, _filtered(query), query, name="tasks")


@get("/api/tasks/{task_id:str}", opt=OPERATOR)
async def show_task(owners: NamedDependency[Owners], task_id: FromPath[str]) -> JsonObject:
    return shown(await owners.ask(GET_TASK, GetTask(id=task_id)))


@post("/api/tasks", opt=OPERATOR, status_code=201)
async def create_task(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> Response[JsonObject]:
    body = await json_object(request, malformed=_NO_BODY, empty=_NO_BODY)
    for name in ("description", "date"):
        if not body.get(name):
            raise BadInput(f"Missing required field: {name}", {name: "is required"})
    _check_status(body)
    ours = {"actor": viewer.user.id, "key": key_of(request, viewer.user.id)}
    return await _changed(owners.ask(CREATE_TASK, read_model(CreateTask, {**body, **ours})), status=201)


@put("/api/tasks/{task_id:str}", opt=OPERATOR)
async def update_task(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> Response[JsonObject]:
    body = await json_object(request, malformed=_NO_BODY, empty=_NO_BODY)
    if not any(field.alias in body for field in TaskChanges.model_fields.values()):
        raise BadInput("No valid fields to update")
    _check_status(body)
    changes = read_model(TaskChanges, body)
    seen = {"version": body["version"]} if "version" in body else {}
    ours = {"id": task_id, "actor": viewer.user.id, "key": key_of(request, viewer.user.id), "changes": changes}
    return await _changed(owners.ask(UPDATE_TASK, read_model(UpdateTask, {**seen, **ours})), status=200)


@delete("/api/tasks/{task_id:str}", opt=OPERATOR, status_code=204)
async def delete_task(owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]) -> None:
    """Also for a task that is not there: it is gone, as was wanted."""
    await owners.find(DELETE_TASK, DeleteTask(id=task_id, actor=viewer.user.id))


async def _changed(change: Awaitable[TaskRow], *, status: int) -> Response[JsonObject]:
    """A task whose status is set by its field keeps its 400 and first message when proof is missing."""
    try:
        row = await change
    except Refused as error:
        if error.refusal.code != "proof_missing":
            raise
        return Response({"error": str(error), "missing": error.refusal.missing}, status_code=400)
    return Response(shown(row.task), status_code=status)


def _check_status(body: JsonObject) -> None:
    if "status" in body:
        _status(body["status"])


def _status(sent: object) -> TaskStatus:
    if not isinstance(sent, str) or sent not in set(TaskStatus):
        raise BadInput(_NO_STATUS, {"status": "must be todo, waiting, done or archived"})
    return TaskStatus(sent)


def _filtered(query: dict[str, str]) -> ListTasks:
    """One filter decides: date, then range, then bundle, then status; those after it are not even looked at."""
    if "date" in query:
        return ListTasks(date=_date("date", query["date"]))
    if "startDate" in query or "endDate" in query:
        return _range(query)
    if "bundleId" in query:
        return ListTasks(bundle_id=query["bundleId"])
    if "status" in query:
        return ListTasks(status=_status(query["status"]))
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
