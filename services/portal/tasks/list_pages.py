"""All tasks, by filters that stand in the address, and what is done to several of them at once."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.runs import Bundle, ListBundleCards
from contracts.subjects import LIST_BUNDLE_CARDS, LIST_TASK_ROWS
from contracts.tasks import Attention, ListTaskRows
from contracts.values import TaskStatus, calendar_date
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR
from services.portal.http.bodies import bad_input, query_of
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.store import PortalStore
from services.portal.tasks import messages
from services.portal.tasks.bulk import act_on_each
from services.portal.tasks.bulk_results import Bulk
from services.portal.tasks.filters import SOURCES, narrowing, one_of
from services.portal.tasks.rows import TaskRows

AnyRequest = Request[Any, Any, Any]

STATUSES = {
    "open": ("Open", (TaskStatus.TODO, TaskStatus.WAITING)),
    "todo": ("To do", (TaskStatus.TODO,)),
    "waiting": ("Waiting", (TaskStatus.WAITING,)),
    "done": ("Done", (TaskStatus.DONE,)),
    "archived": ("Archived", (TaskStatus.ARCHIVED,)),
    "all": ("All", tuple(TaskStatus)),
}
DUE = {
    "overdue": ("Overdue", Attention.OVERDUE),
    "today": ("Due today", Attention.DUE_TODAY),
    "follow-up": ("Follow-up due", Attention.FOLLOW_UP_DUE),
}
_LATEST_FIRST = ("done", "archived", "all")
_FILTERS = ("q", "status", "assignee", "tag", "source", "workflow", "due", "from", "to")
_WORKFLOWS_OFFERED = 200
_KEPT = dt.timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """The filters of an address, and the question that they make; ``problems`` by name for what cannot be asked."""

    filters: dict[str, str]
    question: ListTaskRows
    problems: dict[str, str]

    def address(self, **more: str) -> str:
        query = urlencode(self.filters | more)
        return f"/tasks?{query}" if query else "/tasks"


@get("/tasks", opt=OPERATOR)
async def list_tasks(request: AnyRequest, task_rows: NamedDependency[TaskRows]) -> Response[str]:
    """Dates that are none are refused beside their field; a filter that no form has is a bad request."""
    return await _page(task_rows, _asked(query_of(request), task_rows.page))


@post("/tasks/changes", opt=OPERATOR, status_code=200)
async def change_tasks(
    task_rows: NamedDependency[TaskRows], store: NamedDependency[PortalStore], form: NamedDependency[Form]
) -> Response[str] | Redirect:
    """The same action on every task that was picked, each with the version that was seen; then a result for each."""
    result = await act_on_each(task_rows, form)
    if isinstance(result, Bulk):
        await store.keep_bulk(result, until=result.at + _KEPT)
        return Redirect(f"/tasks/changes?{urlencode({'id': result.id})}", status_code=303)
    filters = dict(parse_qsl(urlsplit(form.text("back")).query))
    asked = _asked(filters, task_rows.page)
    return await _page(task_rows, asked, status=422, problem=result, bulk=form)


@get("/tasks/changes", opt=OPERATOR)
async def show_changes(
    request: AnyRequest, store: NamedDependency[PortalStore], page: NamedDependency[Page]
) -> Response[str] | Redirect:
    """``?id=`` names the change; without one, or long after it, there is only the list."""
    result = await store.bulk(query_of(request).get("id", ""))
    if result is None:
        return Redirect("/tasks", status_code=303)
    return page("bulk.html", result=result, here=result.back)


async def _page(
    task_rows: TaskRows, asked: Asked, *, status: int = 200, problem: str | None = None, bulk: Form | None = None
) -> Response[str]:
    page, rows, after = task_rows.page, [], None
    if not asked.problems:
        found = await task_rows.owners.ask(LIST_TASK_ROWS, asked.question)
        rows, after = found.items, found.after
    return page(
        "tasks.html",
        status=422 if asked.problems else status,
        rows=rows,
        asked=asked,
        filters=asked.filters,
        problems=asked.problems,
        problem=problem,
        bulk=bulk or Form(),
        here=asked.address(),
        more=asked.address(after=after) if after else None,
        later=asked.question.after is not None,
        statuses={name: label for name, (label, _) in STATUSES.items()},
        due={name: label for name, (label, _) in DUE.items()},
        sources=SOURCES,
        workflows=await _workflows_offered(task_rows.owners),
    )


async def _workflows_offered(owners: Owners) -> list[Bundle]:
    """None when work refuses: the list of tasks is shown without the choice."""
    try:
        cards = await owners.ask(LIST_BUNDLE_CARDS, ListBundleCards(limit=_WORKFLOWS_OFFERED))
    except Refused:
        return []
    return [card.bundle for card in cards.items]


def _asked(query: dict[str, str], page: Page) -> Asked:
    filters = {name: query[name].strip() for name in _FILTERS if query.get(name, "").strip()}
    problems: dict[str, str] = {}
    sent: dict[str, Any] = {
        **narrowing(filters, page.people, page.viewer),
        "statuses": one_of(filters, "status", STATUSES, "open")[1],
        "newest_first": filters.get("status") in _LATEST_FIRST,
        "attention": one_of(filters, "due", DUE)[1] if "due" in filters else None,
        "after": query.get("after"),
    }
    for name, field in (("from", "start_date"), ("to", "end_date")):
        try:
            sent[field] = calendar_date(filters[name]) if name in filters else None
        except ValueError as error:
            problems[name] = str(error)
    if not problems and _is_backwards(sent["start_date"], sent["end_date"]):
        problems["to"] = messages.BEFORE_FIRST_DAY
    try:
        return Asked(filters, ListTaskRows.model_validate(sent), problems)
    except ValidationError as error:
        raise bad_input(error) from None


def _is_backwards(start: dt.date | None, end: dt.date | None) -> bool:
    return start is not None and end is not None and end < start
