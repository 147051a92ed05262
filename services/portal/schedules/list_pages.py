"""The recurring page: what is scheduled by both mechanisms."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from contracts.generation import ListFailures
from contracts.schedule_rows import ListSchedules
from contracts.subjects import LIST_FAILURES, LIST_SCHEDULES
from contracts.values import Kind
from services.portal.auth.access import OPERATOR
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page

_TRIGGERS = "triggers"
_RANGE = {"startDate": "from", "endDate": "to", "schedule": "schedule"}


@get("/recurring", opt=OPERATOR)
async def show_recurring_page(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    """``tab`` and ``archived`` say what is listed; ``from``, ``to`` and ``schedule`` fill the range to generate, as
    the link of a failure does."""
    asked = {name: request.query_params.get(one, "") for name, one in _RANGE.items()}
    kind = Kind.TEMPLATE if request.query_params.get("tab") == _TRIGGERS else Kind.RECURRING
    archived = request.query_params.get("archived") == "true"
    return await recurring_page(owners, page, kind, archived=archived, form=Form(asked))


def tab(kind: Kind, *, archived: bool = False) -> str:
    """Where the schedules of a mechanism are listed."""
    asked = ([f"tab={_TRIGGERS}"] if kind is Kind.TEMPLATE else []) + (["archived=true"] if archived else [])
    return "/recurring" + ("?" + "&".join(asked) if asked else "")


async def recurring_page(
    owners: Owners,
    page: Page,
    kind: Kind = Kind.RECURRING,
    *,
    archived: bool = False,
    status: int = 200,
    problems: dict[str, str] | None = None,
    form: Form | None = None,
) -> Response[str]:
    """The schedules of one mechanism. ``problems`` are refusals: by schedule id for a row, by field name (``""`` for
    the whole) for the form that generates; what was typed is in ``form``."""
    found = [row async for page_of_rows in owners.pages(LIST_SCHEDULES, ListSchedules()) for row in page_of_rows.items]
    rows = sorted(found, key=lambda row: (row.title.casefold(), row.id))
    failures = [failure async for found in owners.pages(LIST_FAILURES, ListFailures()) for failure in found.items]
    listed = {one: [row for row in rows if row.kind is one and not row.archived] for one in Kind}
    put_away = [row for row in rows if row.kind is kind and row.archived]
    return page(
        "recurring.html",
        status=status,
        kind=kind,
        here=tab(kind, archived=archived),
        is_new=not rows,
        listed=listed,
        archived=archived,
        put_away=len(put_away),
        rows=put_away if archived else listed[kind],
        failures=sorted(failures, key=lambda failure: failure.place),
        problems=problems or {},
        form=form or Form(),
    )


def kind_of(text: str) -> Kind:
    """From a path; raises NotFoundException."""
    if text not in set(Kind):
        raise NotFoundException
    return Kind(text)
