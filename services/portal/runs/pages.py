"""One workflow run: how it stands, what is left to fill and to do, and moving it on."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.artifacts import ListArtifacts
from contracts.history import GetBundleHistory, HistoryPage
from contracts.runs import GetWorkflow, Workflow
from contracts.subjects import (
    ARCHIVE_BUNDLE,
    BUNDLE_HISTORY,
    CHANGE_STAGE,
    CREATE_TASK,
    DELETE_BUNDLE,
    FILL_LINK,
    GET_TEMPLATE,
    GET_WORKFLOW,
    LIST_ARTIFACTS,
    RESTORE_BUNDLE,
)
from contracts.subjects import Request as Subject
from contracts.tasks import CreateTask
from contracts.templates import GetTemplate, Template
from contracts.values import Stage, TaskStatus
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR
from services.portal.formatting.runs import stage
from services.portal.http.bodies import query_of, read_model
from services.portal.http.errors import BadInput, raise_unexpected
from services.portal.http.forms import Form, key_of
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.runs import messages
from services.portal.store import PortalStore
from services.portal.tasks.next_steps import turn

_SHOWN = 30
_EVENTS_SHOWN = 50
_STAGES = list(Stage)


@get("/workflows/{bundle_id:str}", opt=OPERATOR)
async def show_workflow(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    page: NamedDependency[Page],
    bundle_id: FromPath[str],
) -> Response[str]:
    """Long lists show their first rows; with ``?all=true`` every row."""
    return await workflow_page(owners, page, bundle_id, everything=query_of(request).get("all") == "true")


async def workflow_page(
    owners: Owners,
    page: Page,
    bundle_id: str,
    *,
    status: int = 200,
    everything: bool = False,
    problems: Mapping[str, Any] | None = None,
    form: Form | None = None,
) -> Response[str]:
    """``problems`` are refusals: by task id for a row, by form (``stage``, ``archive``, ``link:<name>``) or by field of
    a task to add; ``form`` is what was typed. That on ``details`` has its faults by field and what was typed there."""
    run, history, artifacts = await asyncio.gather(
        whole(owners, bundle_id),
        owners.ask(BUNDLE_HISTORY, GetBundleHistory(id=bundle_id, limit=_EVENTS_SHOWN)),
        owners.ask(LIST_ARTIFACTS, ListArtifacts(bundle_id=bundle_id)),
    )
    by_status = {of: [row for row in run.tasks if row.task.status is of] for of in TaskStatus}
    bundle = run.card.bundle
    return page(
        "workflow.html",
        status=status,
        card=run.card,
        bundle=bundle,
        todo=by_status[TaskStatus.TODO],
        waiting=by_status[TaskStatus.WAITING],
        done=by_status[TaskStatus.DONE],
        put_away=by_status[TaskStatus.ARCHIVED],
        still_open=by_status[TaskStatus.TODO] + by_status[TaskStatus.WAITING],
        shown=len(run.tasks) if everything else _SHOWN,
        everything=everything,
        stages=_STAGES,
        next_stage=_STAGES[min(_STAGES.index(bundle.stage) + 1, len(_STAGES) - 1)],
        made_from=await _template(owners, bundle.template_id),
        **history_context(history, run),
        artifacts=artifacts.items,
        here=path_of(bundle_id),
        problems=problems or {},
        form=form or Form(),
    )


class Change:
    """A form on the page of a run; when it is refused the page comes again with the reason beside it."""

    def __init__(self, owners: Owners, store: PortalStore, page: Page, form: Form, bundle_id: str) -> None:
        self.owners = owners
        self.form = form
        self.bundle_id = bundle_id
        self.assignable = dict(page.words.assignable())
        self._store = store
        self._page = page

    @property
    def actor(self) -> str:
        return self._page.viewer.user.id

    def ours(self, request: Subject[Any, Any]) -> dict[str, str | None]:
        return {"actor": self.actor, "key": key_of(self.form, self.actor, f"{request.subject}/{self.bundle_id}")}

    async def make(
        self,
        request: Subject[Any, Any],
        sent: dict[str, str],
        *,
        at: str,
        words: str,
        back: str | None = None,
    ) -> Response[str] | Redirect:
        """``at`` names the form on the page; ``words`` tell what was done."""
        try:
            command = read_model(request.request, {**sent, **self.ours(request), "id": self.bundle_id})
        except BadInput as error:
            return await self.refused({at: str(error)}, status=422)
        try:
            await self.owners.ask(request, command)
        except Refused as error:
            return await self.refused_by(error, {at: str(error)})
        return await self.made(back or path_of(self.bundle_id), words)

    async def made(self, path: str, words: str) -> Redirect:
        return await see_other(self._store, self._page.viewer, path, words)

    async def refused_by(self, error: Refused, problems: dict[str, str]) -> Response[str]:
        raise_unexpected(error)
        return await self.refused(problems, status=409)

    async def refused(self, problems: Mapping[str, Any], *, status: int) -> Response[str]:
        form = Form() if "details" in problems else self.form
        return await workflow_page(self.owners, self._page, self.bundle_id, status=status, problems=problems, form=form)


async def _provide_change(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    bundle_id: FromPath[str],
) -> Change:
    return Change(owners, store, page, form, bundle_id)


CHANGE = {"change": Provide(_provide_change)}


@post("/workflows/{bundle_id:str}/links", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def fill_link(change: NamedDependency[Change]) -> Response[str] | Redirect:
    name, url = change.form.get("name", ""), change.form.text("url")
    sent = {"name": name, "url": url, "seen": change.form.get("seen", "")}
    words = messages.link_saved(name) if url else messages.link_removed(name)
    return await change.make(FILL_LINK, sent, at=f"link:{name}", words=words)


@post("/workflows/{bundle_id:str}/stage", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def move_on(change: NamedDependency[Change]) -> Response[str] | Redirect:
    sent = {name: change.form.text(name) for name in ("stage", "comment")}
    return await change.make(CHANGE_STAGE, sent, at="stage", words=messages.stage_changed(stage(sent["stage"])))


@post("/workflows/{bundle_id:str}/tasks", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def add_task(change: NamedDependency[Change]) -> Response[str] | Redirect:
    """One that the template does not know, for this run alone."""
    typed = {name: change.form.text(name) for name in ("description", "date", "assigneeId")}
    sent = {name: text for name, text in typed.items() if text}
    try:
        command = read_model(CreateTask, {**sent, **change.ours(CREATE_TASK), "bundleId": change.bundle_id})
    except BadInput as error:
        return await change.refused(error.fields or {"description": str(error)}, status=422)
    if command.assignee_id not in (None, *change.assignable):
        return await change.refused({"assigneeId": messages.NOT_AN_ASSIGNEE}, status=422)
    await change.owners.ask(GET_WORKFLOW, GetWorkflow(id=change.bundle_id, limit=1))
    try:
        await change.owners.ask(CREATE_TASK, command)
    except Refused as error:
        return await change.refused_by(error, error.refusal.fields or {"description": str(error)})
    return await change.made(f"{path_of(change.bundle_id)}#add", messages.added(command.description))


@post("/workflows/{bundle_id:str}/archive", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def archive_workflow(change: NamedDependency[Change]) -> Response[str] | Redirect:
    words = messages.ARCHIVED
    return await change.make(ARCHIVE_BUNDLE, {}, at="archive", words=words)


@post("/workflows/{bundle_id:str}/restoration", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def restore_workflow(change: NamedDependency[Change]) -> Response[str] | Redirect:
    return await change.make(RESTORE_BUNDLE, {}, at="archive", words=messages.RESTORED)


@post("/workflows/{bundle_id:str}/deletion", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def delete_workflow(change: NamedDependency[Change]) -> Response[str] | Redirect:
    """Only an archived one, as work says; then there is no page to come back to."""
    back = "/workflows?status=archived"
    return await change.make(DELETE_BUNDLE, {}, at="archive", words=messages.DELETED, back=back)


async def whole(owners: Owners, bundle_id: str) -> Workflow:
    pages = [found async for found in owners.pages(GET_WORKFLOW, GetWorkflow(id=bundle_id))]
    return pages[0].model_copy(update={"tasks": sorted((row for found in pages for row in found.tasks), key=turn)})


async def _template(owners: Owners, template_id: str | None) -> Template | None:
    """A template may be gone while its runs go on."""
    return None if template_id is None else await owners.find(GET_TEMPLATE, GetTemplate(id=template_id))


def history_context(history: HistoryPage, run: Workflow) -> dict[str, Any]:
    names = {row.task.id: row.task.description for row in run.tasks}
    return {"history": history.items, "earlier": history.after, "task_names": names}


def path_of(bundle_id: str) -> str:
    return f"/workflows/{quote(bundle_id, safe='')}"
