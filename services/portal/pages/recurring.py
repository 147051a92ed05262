"""The recurring page: both mechanisms, and pausing and resuming them."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.commands import PauseSchedule, ResumeSchedule
from contracts.queries import ListFailures, ListSchedules
from contracts.subjects import LIST_FAILURES, LIST_SCHEDULES, PAUSE_SCHEDULE, RESUME_SCHEDULE, Refused
from contracts.values import Kind, calendar_date
from contracts.views import ScheduleRow
from services.portal.access import OPERATOR, Viewer
from services.portal.api.bodies import bad_input
from services.portal.errors import RefusedByOwner
from services.portal.forms import Form, key_of, local_path
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore

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
    the whole) for the form that generates, whose input is in ``form``."""
    rows = [row async for found in owners.pages(LIST_SCHEDULES, ListSchedules()) for row in found.items]
    alerts = [alert async for found in owners.pages(LIST_FAILURES, ListFailures()) for alert in found.items]
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
        failures=sorted(alerts, key=lambda alert: alert.last_at, reverse=True),
        problems=problems or {},
        form=form or Form(),
    )


@post("/schedules/{kind:str}/{schedule_id:str}/pause", opt=OPERATOR, status_code=200)
async def pause_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Response[str] | Redirect:
    of = kind_of(kind)
    try:
        command = PauseSchedule(
            actor=viewer.user.id,
            key=key_of(form, viewer.user.id, f"pause {schedule_id}"),
            kind=of,
            id=schedule_id,
            reason=form.text("reason") or None,
            until=calendar_date(form.text("until")) if form.text("until") else None,
        )
    except ValueError as error:
        problem = str(bad_input(error)) if isinstance(error, ValidationError) else f"The date {error}"
        return await recurring_page(owners, page, of, status=422, problems={schedule_id: problem}, form=form)
    reply = await owners.ask(PAUSE_SCHEDULE, command)
    return await _answer(owners, store, page, command, form, reply, "Paused: “{}”. It makes no new work until resumed.")


@post("/schedules/{kind:str}/{schedule_id:str}/resumption", opt=OPERATOR, status_code=200)
async def resume_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Response[str] | Redirect:
    key = key_of(form, viewer.user.id, f"resume {schedule_id}")
    command = ResumeSchedule(actor=viewer.user.id, key=key, kind=kind_of(kind), id=schedule_id)
    reply = await owners.ask(RESUME_SCHEDULE, command)
    words = "Resumed: “{}”. What it missed while paused is not made; generate a date range if you need it."
    return await _answer(owners, store, page, command, form, reply, words)


async def _answer(
    owners: Owners,
    store: PortalStore,
    page: Page,
    command: PauseSchedule | ResumeSchedule,
    form: Form,
    reply: Any,
    words: str,
) -> Response[str] | Redirect:
    """The row again for htmx, with the reason on it after a refusal; else the page that it was on."""
    if isinstance(reply, Refused):
        if reply.code in ("not_found", "internal"):
            raise RefusedByOwner(reply)
        return await recurring_page(owners, page, command.kind, status=409, problems={command.id: reply.message})
    row: ScheduleRow = reply.view
    back = local_path(form.text("back")) if form.text("back") else tab(row.kind)
    if page.htmx:
        return page("parts/schedule_row.html", row=row, problem=None, form=Form(), here=back)
    return await see_other(store, page.viewer, back, words.format(row.title))


def kind_of(text: str) -> Kind:
    """From a path; raises NotFoundException."""
    if text not in set(Kind):
        raise NotFoundException
    return Kind(text)
