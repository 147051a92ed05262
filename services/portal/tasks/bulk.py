"""One action on several tasks that were picked: each is changed alone, and each has a result of its own."""

from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from contracts.subjects import COMPLETE_TASK, GET_TASK_ROW, UPDATE_TASK
from contracts.tasks import CompleteTask, GetTask, TaskChanges, UpdateTask
from contracts.values import TaskStatus
from services.kit.clock import Clock
from services.kit.refused import Refused
from services.portal.http.bodies import bad_input
from services.portal.http.forms import Form, local_path
from services.portal.owners import Owners
from services.portal.tasks import messages
from services.portal.tasks.bulk_results import Bulk, Result
from services.portal.tasks.rows import TaskRows

_MOST = 100
_PICKED = "task-"


async def act_on_each(task_rows: TaskRows, form: Form) -> Bulk | str:
    """A sentence when nothing was tried: nothing picked, or no usable action."""
    picked = {name.removeprefix(_PICKED): seen for name, seen in form.items() if name.startswith(_PICKED)}
    if not picked:
        return messages.SELECT_ONE
    if len(picked) > _MOST:
        return messages.select_fewer(_MOST)
    action = form.text("do")
    changes = _changes(task_rows, action, form)
    if isinstance(changes, str):
        return changes
    # All are made before the first is sent: one whose version is none refuses the form, and nothing may be changed.
    commands = [_command(task_rows, task_id, version, changes) for task_id, version in picked.items()]
    results = [await _act(task_rows.owners, command) for command in commands]
    values = {"assign": task_rows.page.words.assignee(form.text("assigneeId") or None)}
    if changes is not None and changes.date is not None:
        values["date"] = task_rows.page.words.day(changes.date)
    did, back = messages.done_to_several(action, values.get(action, "")), local_path(form.text("back"))
    return Bulk(id=str(uuid4()), at=Clock.wall(), did=did, results=results, back=back)


def _changes(task_rows: TaskRows, action: str, form: Form) -> TaskChanges | str | None:
    """None: the tasks are completed, which is no change of fields."""
    sent: dict[str, Any]
    match action:
        case "done":
            return None
        case "archive":
            sent = {"status": TaskStatus.ARCHIVED}
        case "date":
            sent = {"date": form.text("date")}
        case "assign":
            sent = {"assigneeId": form.text("assigneeId")}
            if sent["assigneeId"] and sent["assigneeId"] not in dict(task_rows.page.words.assignable()):
                return messages.CHOOSE_PERSON
        case _:
            return messages.CHOOSE_ACTION
    try:
        return TaskChanges.model_validate(sent, by_alias=True, by_name=False)
    except ValidationError as error:
        return f"The {bad_input(error)}."


def _command(task_rows: TaskRows, task_id: str, version: str, changes: TaskChanges | None) -> CompleteTask | UpdateTask:
    """Raises BadInput for a version that is none."""
    form = Form({"version": version})
    if changes is None:
        return task_rows.command(CompleteTask, task_id, form, {})
    values = Form(form | changes.model_dump(mode="json", exclude_unset=True))
    return task_rows.command(UpdateTask, task_id, values, {"changes": changes})


async def _act(owners: Owners, command: CompleteTask | UpdateTask) -> Result:
    description, problem = messages.TASK_GONE, None
    try:
        description = (await owners.ask(GET_TASK_ROW, GetTask(id=command.id))).task.description
        if isinstance(command, CompleteTask):
            await owners.ask(COMPLETE_TASK, command)
        else:
            await owners.ask(UPDATE_TASK, command)
    except Refused as error:
        problem = str(error)
    return Result(task_id=command.id, description=description, problem=problem)
