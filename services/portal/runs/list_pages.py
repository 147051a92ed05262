"""The workflows page: runs by how they stand, and starting one by hand."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from contracts.fields.faults import IS_REQUIRED
from contracts.runs import BundleCard, CreateBundle, ListBundleCards
from contracts.subjects import CREATE_BUNDLE, LIST_BUNDLE_CARDS, LIST_TEMPLATES
from contracts.templates import ListTemplates, Template
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import count
from services.portal.http.bodies import query_of, read_model
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form, key_of
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.runs import messages
from services.portal.store import PortalStore

_SHOWN = 30
_ARCHIVED_PAGE = 50
_LONGEST_SEARCH = 200


@get("/workflows", opt=OPERATOR)
async def show_workflows(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    """``?status=archived`` lists those, ``q`` searches the titles, ``all`` shows every one, ``template`` chooses what
    to start."""
    query = query_of(request)
    return await workflows_page(owners, page, query, form=Form({"templateId": query.get("template", "")}))


async def workflows_page(
    owners: Owners,
    page: Page,
    query: dict[str, str],
    *,
    form: Form,
    status: int = 200,
    problems: dict[str, str] | None = None,
) -> Response[str]:
    """``problems`` are refusals by field of the form that starts a run; ``""`` is the whole of it."""
    archived = query.get("status") == "archived"
    title = query.get("q", "").strip()[:_LONGEST_SEARCH]
    cards, after = await _cards(owners, archived=archived, title=title, after=query.get("after"))
    return page(
        "workflows.html",
        status=status,
        archived=archived,
        search=title,
        everything=query.get("all") == "true",
        shown=_SHOWN,
        at_risk=[card for card in cards if not archived and card.at_risk],
        on_track=[card for card in cards if not archived and not card.at_risk and not card.finished],
        finished=[card for card in cards if not archived and not card.at_risk and card.finished],
        put_away=cards if archived else [],
        here=_path(query),
        older=_path(query | {"after": after}) if after else None,
        whole=_path(query | {"all": "true"}),
        templates=sorted(await all_templates(owners), key=lambda one: one.name.casefold()),
        problems=problems or {},
        form=form,
    )


@post("/workflows", opt=OPERATOR, status_code=200)
async def start_workflow(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    sent = {name: form.text(name) for name in ("templateId", "title", "anchorDate") if form.text(name)}
    try:
        command = read_model(
            CreateBundle, {**sent, "actor": viewer.user.id, "key": key_of(form, viewer.user.id, CREATE_BUNDLE.subject)}
        )
    except BadInput as error:
        problems = error.fields or {"": str(error)}
        return await workflows_page(owners, page, {}, form=form, status=422, problems=_in_words(problems))
    try:
        started = await owners.ask(CREATE_BUNDLE, command)
    except Refused as error:
        if error.refusal.code == "internal":
            raise
        gone = {"templateId": messages.TEMPLATE_GONE}
        problems = gone if error.refusal.code == "not_found" else error.refusal.fields or {"": str(error)}
        return await workflows_page(owners, page, {}, form=form, status=409, problems=problems)
    tasks = count(len(started.task_ids), "task") if started.task_ids else None
    return await see_other(
        store, viewer, f"/workflows/{started.bundle.id}", messages.started(started.bundle.title, tasks)
    )


async def all_templates(owners: Owners) -> list[Template]:
    return [one async for found in owners.pages(LIST_TEMPLATES, ListTemplates()) for one in found.items]


async def _cards(
    owners: Owners, *, archived: bool, title: str, after: str | None
) -> tuple[list[BundleCard], str | None]:
    """All active runs, as those at risk come first wherever their dates lie; archived ones a page at a time."""
    if archived:
        question = ListBundleCards(
            archived=True, latest_first=True, title=title or None, after=after, limit=_ARCHIVED_PAGE
        )
        found = await owners.ask(LIST_BUNDLE_CARDS, question)
        return found.items, found.after
    question = ListBundleCards(title=title or None)
    return [card async for found in owners.pages(LIST_BUNDLE_CARDS, question) for card in found.items], None


def _in_words(problems: dict[str, str]) -> dict[str, str]:
    """The title is only asked for when there is no template to take it from."""
    missing = {"title": messages.IS_REQUIRED_WITHOUT_TEMPLATE} if problems.get("title") == IS_REQUIRED else {}
    return problems | missing


def _path(query: dict[str, str]) -> str:
    kept = {name: query[name] for name in ("status", "q", "after", "all") if query.get(name)}
    return f"/workflows?{urlencode(kept)}" if kept else "/workflows"
