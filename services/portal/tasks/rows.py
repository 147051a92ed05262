"""Changing a task from its row, wherever the row stands, and answering with the row or with the page behind it."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from litestar import Response
from litestar.di import NamedDependency
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.history import GetTaskHistory
from contracts.subjects import GET_TASK_ROW, TASK_HISTORY, Request
from contracts.tasks import AddComment, GetTask, TaskCommand, TaskRow
from contracts.values import derived_id
from services.kit.refused import Refused
from services.portal.auth.access import Undo
from services.portal.formatting.history import did
from services.portal.http.bodies import bad_input
from services.portal.http.errors import AnyRequest, BadInput, raise_unexpected
from services.portal.http.forms import Form, local_path, whole_number
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore
from services.portal.tasks import messages
from services.portal.tasks.task_page import Editing, opened, task_page

CommandT = TypeVar("CommandT", bound=TaskCommand)
Answer = Response[str] | Redirect
_NOT_SENT = {"csrf", "back"}


class NotChanged(Exception):
    """A change of a task that was refused. ``answer`` shows the reason where the change was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def show_reason(_: AnyRequest, error: NotChanged) -> Answer:
    return error.answer


class TaskRows:
    def __init__(self, owners: Owners, store: PortalStore, page: Page) -> None:
        self.owners = owners
        self.page = page
        self._store = store

    async def find(self, task_id: str) -> TaskRow:
        """Raises Refused for a task that is not there."""
        return await self.owners.ask(GET_TASK_ROW, GetTask(id=task_id))

    def command(self, model: type[CommandT], task_id: str, form: Form, sent: Mapping[str, Any]) -> CommandT:
        """``sent`` by the names of the form; what is empty was not sent. The same form sent twice has one effect, for
        its key is made of all that it says, and of the version it saw. Raises ValidationError."""
        typed = {name: value for name, value in form.items() if name not in _NOT_SENT}
        user = self.page.viewer.user
        actor = user.id
        key = derived_id("\n".join([actor, model.__name__, task_id, json.dumps(typed, sort_keys=True)]))
        version = _version(form)
        # A comment takes nothing away, so two that are sent at once are both kept.
        ours = {"id": task_id, "actor": actor, "author": user.name, "key": key} | (
            {} if model is AddComment else version
        )
        return model.model_validate({**given(sent), **ours}, by_alias=True, by_name=False)

    async def change(
        self,
        request: Request[CommandT, TaskRow],
        model: type[CommandT],
        task_id: str,
        form: Form,
        *,
        action: str = "",
        sent: Mapping[str, Any] | None = None,
        editing: bool = False,
    ) -> TaskRow:
        """The changed row. Raises NotChanged for a refusal: its answer is the row with the form of ``action`` if it has
        one, or the form of the task's page (``editing``)."""
        try:
            command = self.command(model, task_id, form, sent or {})
        except ValidationError as error:
            fault = bad_input(error)
            problem = messages.FORM_REFUSED if fault.fields else str(fault)
            raise await self.refused(
                task_id, form, problem, action=action, status=422, problems=fault.fields, editing=editing
            ) from None
        try:
            return await self.owners.ask(request, command)
        except Refused as error:
            raise await self.refuse(task_id, form, error, action=action, editing=editing) from None

    async def refuse(
        self, task_id: str, form: Form, error: Refused, *, action: str = "", editing: bool = False
    ) -> NotChanged:
        """To be raised. Raises ``error`` itself when the row cannot show it."""
        raise_unexpected(error)
        refusal = error.refusal
        status = 422 if refusal.code == "invalid" else 409
        return await self.refused(
            task_id, form, refusal.message, action=action, status=status, problems=refusal.fields, editing=editing
        )

    async def refused(
        self,
        task_id: str,
        form: Form,
        problem: str,
        *,
        action: str = "",
        status: int,
        problems: dict[str, str],
        editing: bool = False,
    ) -> NotChanged:
        """To be raised. The row as it is now with the reason on it, and with what was typed; without script on the
        task's page."""
        row = await self.find(task_id)
        if status == 409 and form.text("version") and form.text("version") != str(row.task.version):
            problem = f"{await self._meanwhile(row)} {problem}"
        problem = f"{problem.removesuffix('.')}."
        acting, here = opened(action, row, form, problems), local_path(form.text("back"))
        if self.page.htmx:
            return NotChanged(
                self.page("parts/task_row.html", status=status, row=row, problem=problem, here=here, acting=acting)
            )
        edited = Editing(form, problems, problem) if editing else None
        on_row = None if editing else problem
        return NotChanged(
            await task_page(
                self.owners, self.page, row, here=here, status=status, acting=acting, problem=on_row, editing=edited
            )
        )

    async def _meanwhile(self, row: TaskRow) -> str:
        """Who was first, and with what."""
        asked = GetTaskHistory(id=row.task.id, newest_first=True, limit=1)
        found = await self.owners.ask(TASK_HISTORY, asked)
        if not found.items:
            return messages.NOT_SAVED
        last, words = found.items[0], self.page.words
        who = words.actor(last.actor)
        who = "You, elsewhere," if who == "you" else who
        return messages.changed_meanwhile(who, did(last.kind), words.moment(last.at))

    async def changed(self, row: TaskRow, form: Form, notice: str, *, undo: bool = True) -> Answer:
        """htmx gets the row in its new state; a browser without script the page it came from."""
        here = local_path(form.text("back"))
        offered = Undo(task_id=row.task.id, version=row.task.version) if undo else None
        if self.page.htmx:
            headers = {"hx-trigger-after-settle": "refresh"}
            context: dict[str, Any] = {"row": row, "problem": None, "here": here, "notice": notice, "undo": offered}
            return self.page("replies/task_row.html", headers=headers, **context)
        return await see_other(self._store, self.page.viewer, here, notice, undo=offered)

    async def show_message(self, form: Form, notice: str, *, status: int = 200, focus: str = "") -> Answer:
        """Only a sentence, in the place of the one that made the offer."""
        if self.page.htmx:
            headers = {"hx-trigger-after-settle": json.dumps({"refresh": {"focus": focus}})}
            return self.page("parts/toast.html", status=status, headers=headers, notice=notice, undo=None)
        return await see_other(self._store, self.page.viewer, local_path(form.text("back")), notice)


async def provide_task_rows(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], page: NamedDependency[Page]
) -> TaskRows:
    return TaskRows(owners, store, page)


def given(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Empty fields of a form are like those left out."""
    return {name: value for name, value in sent.items() if value not in ("", None)}


def _version(form: Form) -> dict[str, int]:
    """Of the task that was seen. Without it the change is made whatever happened since, so a garbled one is told."""
    if not (text := form.text("version")):
        return {}
    if (version := whole_number(text)) is None:
        raise BadInput(messages.VERSION_MISSING, {"version": messages.IS_NO_NUMBER})
    return {"version": version}
