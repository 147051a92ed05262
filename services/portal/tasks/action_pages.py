"""What can be done to a task on its row: each a form, posted to a noun under the task."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.subjects import (
    ADD_COMMENT,
    COMPLETE_TASK,
    MARK_WAITING,
    RECEIVE_RESPONSE,
    REOPEN_TASK,
    SEND_FOLLOW_UP,
    SNOOZE_FOLLOW_UP,
    UNDO_CHANGE,
)
from contracts.tasks import (
    AddComment,
    CompleteTask,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    SendFollowUp,
    SnoozeFollowUp,
    TaskRow,
    UndoChange,
)
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR
from services.portal.http.forms import Form
from services.portal.tasks import messages
from services.portal.tasks.next_steps import Action
from services.portal.tasks.rows import Answer, TaskRows


@post("/tasks/{task_id:str}/completion", opt=OPERATOR, status_code=200)
async def complete_task(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    row = await task_rows.change(COMPLETE_TASK, CompleteTask, task_id, form, action=Action.DONE)
    return await task_rows.changed(row, form, messages.done(named(row)))


@post("/tasks/{task_id:str}/waiting", opt=OPERATOR, status_code=200)
async def mark_waiting(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    sent = {name: form.text(name) for name in ("waitingFor", "followUpAt", "note")}
    row = await task_rows.change(MARK_WAITING, MarkWaiting, task_id, form, action=Action.WAITING, sent=sent)
    until, who = task_rows.page.words.follow_up(row), row.task.waiting_for
    return await task_rows.changed(row, form, messages.waiting(who, until, named(row), due=row.follow_up_due))


@post("/tasks/{task_id:str}/follow-ups", opt=OPERATOR, status_code=200)
async def send_follow_up(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    sent = {name: form.text(name) for name in ("followUpAt", "channel", "note")}
    row = await task_rows.change(SEND_FOLLOW_UP, SendFollowUp, task_id, form, action=Action.FOLLOW_UP, sent=sent)
    until = task_rows.page.words.follow_up(row)
    return await task_rows.changed(row, form, messages.follow_up_sent(until, named(row), due=row.follow_up_due))


@post("/tasks/{task_id:str}/response", opt=OPERATOR, status_code=200)
async def receive_response(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    sent = {"note": form.text("note")}
    row = await task_rows.change(RECEIVE_RESPONSE, ReceiveResponse, task_id, form, action=Action.RESPONSE, sent=sent)
    return await task_rows.changed(row, form, messages.response_received(named(row)))


@post("/tasks/{task_id:str}/snooze", opt=OPERATOR, status_code=200)
async def snooze(task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]) -> Answer:
    sent = {name: form.text(name) for name in ("followUpAt", "reason")}
    row = await task_rows.change(SNOOZE_FOLLOW_UP, SnoozeFollowUp, task_id, form, action=Action.SNOOZE, sent=sent)
    until = task_rows.page.words.follow_up(row)
    return await task_rows.changed(row, form, messages.snoozed(until, named(row), due=row.follow_up_due))


@post("/tasks/{task_id:str}/comments", opt=OPERATOR, status_code=200)
async def add_comment(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    sent = {"text": form.text("text")}
    row = await task_rows.change(ADD_COMMENT, AddComment, task_id, form, action=Action.COMMENT, sent=sent)
    return await task_rows.changed(row, form, messages.commented(named(row)))


@post("/tasks/{task_id:str}/reopening", opt=OPERATOR, status_code=200)
async def reopen_task(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    row = await task_rows.change(REOPEN_TASK, ReopenTask, task_id, form)
    return await task_rows.changed(row, form, messages.reopened(named(row)), undo=False)


@post("/tasks/{task_id:str}/undo", opt=OPERATOR, status_code=200)
async def undo_change(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    try:
        row = await task_rows.owners.ask(UNDO_CHANGE, task_rows.command(UndoChange, task_id, form, {}))
    except Refused as error:
        if task_rows.page.htmx and error.refusal.code == "conflict":
            return await task_rows.show_message(form, f"{error}.", status=409, focus=f"task-{task_id}")
        raise await task_rows.refuse(task_id, form, error) from None
    return await task_rows.show_message(form, messages.undone(named(row)), focus=f"task-{task_id}")


def named(row: TaskRow) -> str:
    return f"“{row.task.description}”"
