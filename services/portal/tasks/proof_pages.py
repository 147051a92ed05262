"""Adding the proof that a task needs, and completing it with it; files of a task."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import ValidationError

from contracts.fields.faults import IS_REQUIRED
from contracts.files import DeleteFile, GetFile
from contracts.subjects import (
    ADD_COMMENT,
    COMPLETE_TASK,
    DELETE_FILE,
    GET_FILE,
    UPDATE_TASK,
)
from contracts.tasks import AddComment, CompleteTask, TaskChanges, TaskRow, UpdateTask
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.files.api import add_file
from services.portal.files.downloads import download
from services.portal.files.uploads import MB, receive
from services.portal.http.bodies import bad_input
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form, check_token
from services.portal.page import see_other
from services.portal.store import PortalStore
from services.portal.tasks import messages
from services.portal.tasks.action_pages import named
from services.portal.tasks.next_steps import Action
from services.portal.tasks.rows import Answer, NotChanged, TaskRows, given

_PROOF = ("link", "comment", "externalStatus")


@post("/tasks/{task_id:str}/proof", opt=OPERATOR, status_code=200)
async def add_proof(
    task_rows: NamedDependency[TaskRows], form: NamedDependency[Form], task_id: FromPath[str]
) -> Answer:
    return await _save(task_rows, task_id, form, has_file=False)


@post("/tasks/{task_id:str}/files", opt=OPERATOR | {"own_token": True}, status_code=200)
async def add_file_proof(
    request: Request[Any, Any, Any],
    task_rows: NamedDependency[TaskRows],
    store: NamedDependency[PortalStore],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer],
    task_id: FromPath[str],
) -> Answer:
    """The token stands before the file in the form, so that nothing is kept of a forged one."""
    kind = request.headers.get("content-type", "")

    def check(fields: dict[str, str]) -> None:
        check_token(Form(fields), viewer.csrf)

    upload = await receive(request.stream(), kind, store.bytes, largest=settings.upload_mb * MB, before_file=check)
    form = Form(upload.fields)
    check_token(form, viewer.csrf)
    if upload.file is None:
        return await _save(task_rows, task_id, form, has_file=False)
    try:
        await add_file(upload, task_id, task_rows.owners, viewer)
    except BadInput as error:
        await upload.discard()
        raise await task_rows.refused(
            task_id, form, str(error), action=Action.PROOF, status=422, problems=error.fields
        ) from None
    except Refused as error:
        await upload.discard()
        raise await task_rows.refuse(task_id, form, error, action=Action.PROOF) from None
    return await _save(task_rows, task_id, form, has_file=True)


async def _save(task_rows: TaskRows, task_id: str, form: Form, *, has_file: bool) -> Answer:
    """One of the fields or the file is enough to save; to complete, nothing needs to be sent that is there already."""
    sent = given({name: form.text(name) for name in _PROOF})
    if form.text("complete"):
        row = await task_rows.change(COMPLETE_TASK, CompleteTask, task_id, form, action=Action.PROOF, sent=sent)
        return await task_rows.changed(row, form, messages.done(named(row)))
    if not sent and not has_file:
        raise await _nothing_sent(task_rows, task_id, form)
    row = await task_rows.find(task_id)
    if fields := {name: value for name, value in sent.items() if name != "comment"}:
        row = await _save_fields(task_rows, task_id, form, fields)
        form = Form(form | {"version": str(row.task.version)})
    if comment := sent.get("comment"):
        row = await task_rows.change(
            ADD_COMMENT, AddComment, task_id, form, action=Action.PROOF, sent={"text": comment}
        )
    return await task_rows.changed(row, form, messages.saved(named(row)), undo=bool(sent))


async def _save_fields(task_rows: TaskRows, task_id: str, form: Form, fields: dict[str, Any]) -> TaskRow:
    try:
        changes = TaskChanges.model_validate(fields, by_alias=True, by_name=False)
    except ValidationError as error:
        raise await task_rows.refused(
            task_id, form, messages.FORM_REFUSED, action=Action.PROOF, status=422, problems=bad_input(error).fields
        ) from None
    return await task_rows.change(
        UPDATE_TASK, UpdateTask, task_id, form, action=Action.PROOF, sent={"changes": changes}
    )


async def _nothing_sent(task_rows: TaskRows, task_id: str, form: Form) -> NotChanged:
    row = await task_rows.find(task_id)
    names = {"url": "link", "external-status": "externalStatus"}
    problems = {names.get(kind, str(kind)): IS_REQUIRED for kind in row.needs}
    problem = messages.FORM_REFUSED if problems else messages.PROOF_MISSING
    return await task_rows.refused(task_id, form, problem, action=Action.PROOF, status=422, problems=problems)


@get("/tasks/{task_id:str}/files/{file_id:str}", opt=OPERATOR)
async def download_file(
    task_rows: NamedDependency[TaskRows],
    store: NamedDependency[PortalStore],
    task_id: FromPath[str],
    file_id: FromPath[str],
) -> Response[Any]:
    file = await task_rows.owners.ask(GET_FILE, GetFile(id=file_id))
    if file.task_id != task_id:
        raise BadInput(messages.FILE_NOT_FOUND, status=404)
    return await download(file, store.bytes)


@post("/tasks/{task_id:str}/files/{file_id:str}/deletion", opt=OPERATOR, status_code=200)
async def delete_file(
    task_rows: NamedDependency[TaskRows],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    form: NamedDependency[Form],
    task_id: FromPath[str],
    file_id: FromPath[str],
) -> Answer:
    """The record goes first: bytes without one are swept, a record without bytes would be a lie."""
    file = await task_rows.owners.ask(GET_FILE, GetFile(id=file_id))
    if file.task_id != task_id:
        raise BadInput(messages.FILE_NOT_FOUND, status=404)
    try:
        await task_rows.owners.ask(DELETE_FILE, DeleteFile(actor=viewer.user.id, id=file_id))
    except Refused as error:
        raise await task_rows.refuse(task_id, form, error) from None
    await store.bytes.remove(file_id)
    return await see_other(store, viewer, f"/tasks/{task_id}", messages.file_deleted(file.filename))
