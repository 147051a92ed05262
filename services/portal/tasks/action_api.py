"""What can be done to a task, each as a noun under it. The reply is the task as it is afterwards."""

from typing import Any, TypeVar

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic.alias_generators import to_camel

from contracts.queries import GetTaskHistory
from contracts.subjects import (
    ADD_COMMENT,
    COMPLETE_TASK,
    MARK_WAITING,
    RECEIVE_RESPONSE,
    REOPEN_TASK,
    SEND_FOLLOW_UP,
    SNOOZE_FOLLOW_UP,
    TASK_HISTORY,
)
from contracts.subjects import Request as Subject
from contracts.task_commands import (
    AddComment,
    CompleteTask,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    SendFollowUp,
    SnoozeFollowUp,
    TaskCommand,
)
from contracts.views import HistoryRow, TaskRow
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, optional_json_object, read_model, shown
from services.portal.http.idempotency import key_of
from services.portal.owners import Owners

AnyRequest = Request[Any, Any, Any]
CommandT = TypeVar("CommandT", bound=TaskCommand)


@post("/api/tasks/{task_id:str}/waiting", opt=OPERATOR, status_code=200)
async def mark_waiting(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """``waitingFor``, ``followUpAt`` and a ``note``."""
    body = await json_object(request)
    return await _act(MARK_WAITING, _command(MarkWaiting, request, viewer, task_id, body), owners)


@post("/api/tasks/{task_id:str}/follow-ups", opt=OPERATOR, status_code=200)
async def send_follow_up(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """A follow-up was sent: the next ``followUpAt``, and optionally ``channel`` and ``note``."""
    body = await json_object(request)
    return await _act(SEND_FOLLOW_UP, _command(SendFollowUp, request, viewer, task_id, body), owners)


@post("/api/tasks/{task_id:str}/response", opt=OPERATOR, status_code=200)
async def receive_response(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """They answered, optionally with a ``note``: the task is to do again."""
    body = await optional_json_object(request)
    return await _act(RECEIVE_RESPONSE, _command(ReceiveResponse, request, viewer, task_id, body), owners)


@post("/api/tasks/{task_id:str}/snooze", opt=OPERATOR, status_code=200)
async def snooze(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """Another ``followUpAt``, and the ``reason``."""
    body = await json_object(request)
    return await _act(SNOOZE_FOLLOW_UP, _command(SnoozeFollowUp, request, viewer, task_id, body), owners)


@post("/api/tasks/{task_id:str}/completion", opt=OPERATOR, status_code=200)
async def complete(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """Done, optionally with the ``link``, ``comment`` or ``externalStatus`` that proves it."""
    body = await optional_json_object(request)
    return await _act(COMPLETE_TASK, _command(CompleteTask, request, viewer, task_id, body), owners)


@delete("/api/tasks/{task_id:str}/completion", opt=OPERATOR, status_code=200)
async def reopen(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    body = await optional_json_object(request)
    return await _act(REOPEN_TASK, _command(ReopenTask, request, viewer, task_id, body), owners)


@post("/api/tasks/{task_id:str}/comments", opt=OPERATOR, status_code=201)
async def add_comment(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: FromPath[str]
) -> JsonObject:
    """A ``text``, added to what is there."""
    body = await json_object(request)
    return await _act(ADD_COMMENT, _command(AddComment, request, viewer, task_id, body), owners)


@get("/api/tasks/{task_id:str}/history", opt=OPERATOR)
async def show_history(request: AnyRequest, owners: NamedDependency[Owners], task_id: FromPath[str]) -> JsonObject:
    """Every change of the task, oldest first."""
    pages = owners.pages(TASK_HISTORY, GetTaskHistory(id=task_id))
    return {"history": [_shown_row(row) async for page in pages for row in page.items]}


def _shown_row(row: HistoryRow) -> JsonObject:
    """The names in ``data`` are ours; below them stands what people wrote, which stays as it is."""
    return shown(row) | {"data": {to_camel(name): value for name, value in row.data.items()}}


def _command(model: type[CommandT], request: AnyRequest, viewer: Viewer, task_id: str, body: JsonObject) -> CommandT:
    user = viewer.user
    ours = {"id": task_id, "actor": user.id, "author": user.name, "key": key_of(request, user.id)}
    return read_model(model, {**body, **ours})


async def _act(subject: Subject[CommandT, TaskRow], command: CommandT, owners: Owners) -> JsonObject:
    return shown((await owners.ask(subject, command)).task)
