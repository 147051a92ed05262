"""Tasks over JSON. The list has an envelope and a single task has none, as its clients expect."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from pydantic import WithJsonSchema, model_validator

from contracts.commands import VersionSeen
from contracts.fields.faults import IS_REQUIRED
from contracts.subjects import CREATE_TASK, DELETE_TASK, GET_TASK, LIST_TASKS, UPDATE_TASK
from contracts.tasks import CreateTask, DeleteTask, GetTask, ListTasks, Task, TaskChanges, UpdateTask
from contracts.values import IsoDate, Model, TaskStatus, calendar_date
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import BODY_REQUIRED, seen_version
from services.portal.http.errors import BadInput
from services.portal.http.paging import Paged, page_of
from services.portal.owners import Owners
from services.portal.tasks import messages

TaskId = Annotated[str, PathParameter(name="taskId")]
_NO_BODY: dict[str, Any] = {"malformed": BODY_REQUIRED}
_Date = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class NewTask(CreateTask, title="CreateTask"):
    @model_validator(mode="before")
    @classmethod
    def _words(cls, sent: dict[str, Any]) -> dict[str, Any]:
        for name in ("description", "date"):
            if not sent.get(name):
                raise BadInput(messages.field_required(name), {name: IS_REQUIRED})
        return _with_status(sent)


class TaskEdit(VersionSeen, TaskChanges, title="TaskChanges"):
    @model_validator(mode="before")
    @classmethod
    def _words(cls, sent: dict[str, Any]) -> dict[str, Any]:
        if not any(field.alias in sent for field in TaskChanges.model_fields.values()):
            raise BadInput(messages.NOTHING_TO_CHANGE)
        return _with_status(sent)


class TasksQuestion(Paged):
    """One filter decides: date, then range, then bundle, then status; those after it are not even looked at."""

    date: _Date | None = None
    start_date: _Date | None = None
    end_date: _Date | None = None
    bundle_id: str | None = None
    status: str | None = None

    def filtered(self) -> ListTasks:
        """Raises BadInput for the filter that decides, or without one."""
        if self.date:
            return ListTasks(date=_date("date", self.date))
        if self.start_date or self.end_date:
            return _range(self.start_date, self.end_date)
        if self.bundle_id:
            return ListTasks(bundle_id=self.bundle_id)
        if self.status:
            return ListTasks(status=_status(self.status))
        raise BadInput(messages.NO_FILTER)


class TasksReply(Model):
    tasks: list[Task]
    after: str | None = None


@get(
    "/api/tasks",
    opt=OPERATOR,
    summary="Tasks by one filter: date, then startDate and endDate, then bundleId, then status",
)
async def list_tasks(question: NamedDependency[TasksQuestion], owners: NamedDependency[Owners]) -> TasksReply:
    """Tasks that match one filter, archived ones included unless `status` says otherwise. Filters of lower rank are
    ignored; without any the reply is 400. The range includes both dates."""
    page = await page_of(owners, LIST_TASKS, question.filtered(), question)
    return TasksReply(tasks=page.items, after=page.after)


@get("/api/tasks/{taskId:str}", opt=OPERATOR, summary="One task")
async def show_task(owners: NamedDependency[Owners], task_id: TaskId) -> Task:
    """The task itself, without an envelope, with its proof requirements, its state of waiting and `version`."""
    return await owners.ask(GET_TASK, GetTask(id=task_id))


@post(
    "/api/tasks",
    opt=OPERATOR | _NO_BODY | {"example": {"description": "Invite the speakers to Slack", "date": "2028-02-02"}},
    summary="Add a task",
)
async def create_task(data: JSONBody[NewTask], owners: NamedDependency[Owners]) -> Task:
    """Creates a task by hand; `description` and `date` are required. A task of a workflow run names it in
    `bundleId`."""
    with _proof_as_field():
        return (await owners.ask(CREATE_TASK, data)).task


@put(
    "/api/tasks/{taskId:str}",
    opt=OPERATOR | _NO_BODY | {"example": {"status": "done"}},
    summary="Change a task",
)
async def update_task(
    data: JSONBody[TaskEdit],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
    task_id: TaskId,
) -> Task:
    """Changes the fields that are sent; others keep their value. `status: done` completes the task if no proof is
    missing, else the reply is 400 and `missing` lists it. With `version`, a task that changed since is refused with
    409."""
    command = UpdateTask(id=task_id, actor=viewer.user.id, key=key, changes=data, **seen_version(data))
    with _proof_as_field():
        return (await owners.ask(UPDATE_TASK, command)).task


@delete("/api/tasks/{taskId:str}", opt=OPERATOR, status_code=204, summary="Hide a task; its history stays")
async def delete_task(owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], task_id: TaskId) -> None:
    """The task leaves every list; its history and the window that made it are kept. An unknown id is answered with 204
    as well."""
    await owners.find(DELETE_TASK, DeleteTask(id=task_id, actor=viewer.user.id))


@contextmanager
def _proof_as_field() -> Generator[None]:
    """A task whose status is set by its field keeps its 400 and first message when proof is missing."""
    try:
        yield
    except Refused as error:
        if error.refusal.code != "proof_missing":
            raise
        raise BadInput(str(error), missing=error.refusal.missing) from None


def _with_status(sent: dict[str, Any]) -> dict[str, Any]:
    if "status" in sent:
        _status(sent["status"])
    return sent


def _status(sent: object) -> TaskStatus:
    if not isinstance(sent, str) or sent not in set(TaskStatus):
        raise BadInput(messages.STATUS_UNKNOWN, {"status": messages.MUST_BE_A_STATUS})
    return TaskStatus(sent)


def _range(start_date: str | None, end_date: str | None) -> ListTasks:
    if not start_date or not end_date:
        raise BadInput(messages.RANGE_INCOMPLETE)
    start, end = _date("startDate", start_date), _date("endDate", end_date)
    if end < start:
        raise BadInput(messages.END_BEFORE_START, {"endDate": messages.BEFORE_START_DATE})
    return ListTasks(start_date=start, end_date=end)


def _date(name: str, text: str) -> IsoDate:
    try:
        return calendar_date(text)
    except ValueError as error:
        raise BadInput(f"{name}: {error}", {name: str(error)}) from None
