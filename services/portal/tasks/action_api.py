"""What can be done to a task, each as a noun under it. The reply is the task as it is afterwards."""

from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic.alias_generators import to_camel

from contracts.history import GetTaskHistory, HistoryRow
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
from contracts.tasks import (
    AddComment,
    CompleteTask,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    SendFollowUp,
    SnoozeFollowUp,
    Task,
)
from contracts.values import Model
from services.portal.auth.access import OPERATOR
from services.portal.http.api_requests import MAY_BE_EMPTY
from services.portal.owners import Owners
from services.portal.tasks.api import TaskId

_WAITING: dict[str, Any] = {"waitingFor": "Anna at ACME", "followUpAt": "2028-02-07", "note": "Asked for the logo"}
_FOLLOW_UP: dict[str, Any] = {"followUpAt": "2028-02-09", "channel": "e-mail"}
_SNOOZE: dict[str, Any] = {"followUpAt": "2028-02-14", "reason": "Out of office until then"}


class HistoryReply(Model):
    history: list[HistoryRow]


@post(
    "/api/tasks/{taskId:str}/waiting",
    opt=OPERATOR | {"example": _WAITING},
    status_code=200,
    summary="Wait for someone",
)
async def mark_waiting(data: JSONBody[MarkWaiting], owners: NamedDependency[Owners]) -> Task:
    """The task waits for someone until `followUpAt`, a date or an instant, and shows up on Home from then on."""
    return (await owners.ask(MARK_WAITING, data)).task


@post(
    "/api/tasks/{taskId:str}/follow-ups",
    opt=OPERATOR | {"example": _FOLLOW_UP},
    status_code=200,
    summary="A follow-up was sent; the task keeps waiting",
)
async def send_follow_up(data: JSONBody[SendFollowUp], owners: NamedDependency[Owners]) -> Task:
    """Records that someone was asked again and sets the next `followUpAt`. `channel` and `note` go into the
    history."""
    return (await owners.ask(SEND_FOLLOW_UP, data)).task


@post(
    "/api/tasks/{taskId:str}/response",
    opt=OPERATOR | MAY_BE_EMPTY | {"example": {"note": "Yes"}},
    status_code=200,
    summary="They answered",
)
async def receive_response(data: JSONBody[ReceiveResponse], owners: NamedDependency[Owners]) -> Task:
    """Ends the waiting: the task is to do again. `note` goes into its comment."""
    return (await owners.ask(RECEIVE_RESPONSE, data)).task


@post("/api/tasks/{taskId:str}/snooze", opt=OPERATOR | {"example": _SNOOZE}, status_code=200, summary="Follow up later")
async def snooze(data: JSONBody[SnoozeFollowUp], owners: NamedDependency[Owners]) -> Task:
    """Moves `followUpAt` without asking anyone; `reason` goes into the history."""
    return (await owners.ask(SNOOZE_FOLLOW_UP, data)).task


@post(
    "/api/tasks/{taskId:str}/completion",
    opt=OPERATOR | MAY_BE_EMPTY | {"example": {"comment": "Sent"}},
    status_code=200,
    summary="Complete a task",
)
async def complete(data: JSONBody[CompleteTask], owners: NamedDependency[Owners]) -> Task:
    """Closes the task. The body may bring the proof: `link`, `comment` or `externalStatus`. When proof is missing,
    nothing changes, the reply is 409 and `missing` lists it."""
    return (await owners.ask(COMPLETE_TASK, data)).task


@delete("/api/tasks/{taskId:str}/completion", opt=OPERATOR | MAY_BE_EMPTY, status_code=200, summary="Reopen a task")
async def reopen(data: JSONBody[ReopenTask], owners: NamedDependency[Owners]) -> Task:
    """The task is to do again, and who completed it when is cleared. Its proof stays."""
    return (await owners.ask(REOPEN_TASK, data)).task


@post(
    "/api/tasks/{taskId:str}/comments",
    opt=OPERATOR | {"example": {"text": "Called them"}},
    status_code=201,
    summary="Add a comment",
)
async def add_comment(data: JSONBody[AddComment], owners: NamedDependency[Owners]) -> Task:
    """Adds `text` below the comment that is there, with the time; the history says who added it."""
    return (await owners.ask(ADD_COMMENT, data)).task


@get("/api/tasks/{taskId:str}/history", opt=OPERATOR, summary="Every change of a task, oldest first")
async def show_history(owners: NamedDependency[Owners], task_id: TaskId) -> HistoryReply:
    """Who changed what and when. `data` holds what the change was about, such as the earlier and the new date."""
    pages = owners.pages(TASK_HISTORY, GetTaskHistory(id=task_id))
    return HistoryReply(history=[_shown_row(row) async for page in pages for row in page.items])


def _shown_row(row: HistoryRow) -> HistoryRow:
    """The names in ``data`` are ours; below them stands what people wrote, which stays as it is."""
    return row.model_copy(update={"data": {to_camel(name): value for name, value in row.data.items()}})
