"""Changing what a task says, hiding it, and bringing it back."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import ValidationError

from contracts.subjects import DELETE_TASK, UPDATE_TASK
from contracts.tasks import DeleteTask, TaskChanges, TaskRow, UpdateTask
from contracts.values import TaskStatus
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import bad_input
from services.portal.http.forms import Form
from services.portal.page import see_other
from services.portal.store import PortalStore
from services.portal.tasks import messages
from services.portal.tasks.action_pages import named
from services.portal.tasks.next_steps import Action
from services.portal.tasks.rows import Answer, TaskRows


@post("/tasks/{task_id:str}/assignee", opt=OPERATOR, status_code=200)
async def assign(task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]) -> Answer:
    row = await _update(task_rows, task_id, form, {"assigneeId": form.text("assigneeId")}, action=Action.ASSIGN)
    who = task_rows.page.words.assignee(row.task.assignee_id)
    notice = messages.assigned(who, named(row)) if who else messages.unassigned(named(row))
    return await task_rows.changed(row, form, notice)


@post("/tasks/{task_id:str}/date", opt=OPERATOR, status_code=200)
async def change_date(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    row = await _update(task_rows, task_id, form, {"date": form.text("date")}, action=Action.DATE)
    return await task_rows.changed(row, form, messages.due_changed(task_rows.page.words.day(row.task.date), named(row)))


@post("/tasks/{task_id:str}/archive", opt=OPERATOR, status_code=200)
async def archive_task(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    row = await _update(task_rows, task_id, form, {"status": TaskStatus.ARCHIVED})
    return await task_rows.changed(row, form, messages.archived(named(row)))


@post("/tasks/{task_id:str}/restoration", opt=OPERATOR, status_code=200)
async def restore_task(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    row = await _update(task_rows, task_id, form, {"status": TaskStatus.TODO})
    return await task_rows.changed(row, form, messages.restored(named(row)), undo=False)


@post("/tasks/{task_id:str}", opt=OPERATOR, status_code=200)
async def edit_task(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    """The form of the task's page; what was emptied there is gone."""
    emptied = {name: form.text(name) or None for name in ("instructionsUrl", "link")}
    sent = {name: form.text(name) for name in ("description", "date", "assigneeId")} | emptied
    row = await _update(task_rows, task_id, form, sent, editing=True)
    return await task_rows.changed(row, form, messages.saved(named(row)))


@post("/tasks/{task_id:str}/deletion", opt=OPERATOR, status_code=200)
async def delete_task(
    task_rows: NamedDependency[TaskRows],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    form: NamedDependency[Form],
    task_id: FromPath[str],
) -> Answer:
    row = await task_rows.find(task_id)
    try:
        await task_rows.owners.ask(DELETE_TASK, task_rows.command(DeleteTask, task_id, form, {}))
    except Refused as error:
        raise await task_rows.refuse(task_id, form, error) from None
    return await see_other(store, viewer, "/", messages.deleted(named(row)))


async def _update(
    task_rows: TaskRows, task_id: str, form: Form, sent: dict[str, Any], *, action: str = "", editing: bool = False
) -> TaskRow:
    problems: dict[str, str] = {}
    if (chosen := sent.get("assigneeId")) and not await _may_have(task_rows, task_id, chosen):
        problems = {"assigneeId": messages.NOT_AN_ASSIGNEE}
    try:
        changes = TaskChanges.model_validate(sent, by_alias=True, by_name=False)
    except ValidationError as error:
        problems |= bad_input(error).fields
        changes = TaskChanges()
    if problems:
        problem = messages.FORM_REFUSED
        raise await task_rows.refused(
            task_id, form, problem, action=action, status=422, problems=problems, editing=editing
        )
    return await task_rows.change(
        UPDATE_TASK, UpdateTask, task_id, form, action=action, sent={"changes": changes}, editing=editing
    )


async def _may_have(task_rows: TaskRows, task_id: str, user_id: str) -> bool:
    """Active people, and the present assignee, so that the rest of it can be changed."""
    if any(person.id == user_id and person.active for person in task_rows.page.people):
        return True
    return (await task_rows.find(task_id)).task.assignee_id == user_id
