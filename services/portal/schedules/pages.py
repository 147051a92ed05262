"""One schedule: what comes, what became of its windows, why there is (no) task on a date, archiving."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.schedule_rows import (
    ArchiveSchedule,
    GetUpcoming,
    Occurrence,
    RestoreSchedule,
    ScheduleQuestion,
    ScheduleRow,
)
from contracts.subjects import (
    ARCHIVE_SCHEDULE,
    ASK_WHY,
    GET_SCHEDULE,
    GET_UPCOMING,
    LIST_WINDOWS,
    RESTORE_SCHEDULE,
)
from contracts.values import Kind, calendar_date
from contracts.windows import AskWhy, ListWindows, Why, WhyCode
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.schedules import messages
from services.portal.schedules.list_pages import kind_of
from services.portal.store import PortalStore

_RUNS_SHOWN = 30
_TOO_LATE = {WhyCode.BEFORE_CREATION, WhyCode.NOT_A_DATE}


@get("/recurring/{kind:str}/{schedule_id:str}", opt=OPERATOR)
async def show_schedule_page(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    page: NamedDependency[Page],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Response[str]:
    """``?date=`` asks why there is a task on that date, or none; a date that is none is refused beside its field."""
    asked = request.query_params.get("date", "").strip()
    return await schedule_page(owners, page, kind_of(kind), schedule_id, asked=asked)


async def schedule_page(
    owners: Owners,
    page: Page,
    kind: Kind,
    schedule_id: str,
    *,
    asked: str = "",
    undeletable: str | None = None,
    refused: tuple[int, str] | None = None,
    form: Form | None = None,
) -> Response[str]:
    """``undeletable`` says why it was not deleted; ``refused`` is the status and the reason of what its row did not
    do, where ``form`` was typed."""
    row = await owners.ask(GET_SCHEDULE, ScheduleQuestion(kind=kind, id=schedule_id))
    upcoming, runs, left_out = await asyncio.gather(
        upcoming_of(owners, kind, schedule_id),
        owners.ask(LIST_WINDOWS, ListWindows(kind=kind, id=schedule_id, limit=_RUNS_SHOWN)),
        is_today_left_out(owners, page, row),
    )
    why: Why | None = None
    problem: str | None = None
    if asked:
        try:
            why = await owners.ask(ASK_WHY, AskWhy(kind=kind, id=schedule_id, date=calendar_date(asked)))
        except (ValidationError, ValueError) as error:
            problem = str(error)
    return page(
        "schedule.html",
        status=refused[0] if refused else 422 if problem else 409 if undeletable else 200,
        row=row,
        here=f"/recurring/{row.kind}/{row.id}",
        upcoming=upcoming,
        runs=runs.items,
        more=runs.after is not None,
        today_left_out=left_out,
        asked=asked,
        why=why,
        problem=problem,
        undeletable=undeletable,
        refused=refused[1] if refused else None,
        form=form or Form(),
    )


async def is_today_left_out(owners: Owners, page: Page, row: ScheduleRow) -> bool:
    """Today is one of its dates, but its time had passed when the schedule was saved: no window will open for it."""
    if not row.enabled or row.archived or not page.words.names_today(row.cron):
        return False
    today = await owners.ask(ASK_WHY, AskWhy(kind=row.kind, id=row.id, date=page.words.today))
    return today.code in _TOO_LATE


@post("/schedules/{kind:str}/{schedule_id:str}/archive", opt=OPERATOR, status_code=200)
async def archive_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Redirect:
    command = ArchiveSchedule(actor=viewer.user.id, kind=kind_of(kind), id=schedule_id)
    row = await owners.ask(ARCHIVE_SCHEDULE, command)
    words = messages.archived(row.title)
    return await see_other(store, viewer, f"/recurring/{row.kind}/{row.id}", words)


@post("/schedules/{kind:str}/{schedule_id:str}/restoration", opt=OPERATOR, status_code=200)
async def restore_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Redirect:
    command = RestoreSchedule(actor=viewer.user.id, kind=kind_of(kind), id=schedule_id)
    row = await owners.ask(RESTORE_SCHEDULE, command)
    state = messages.RUNS_AGAIN if row.enabled else messages.STILL_PAUSED
    return await see_other(store, viewer, f"/recurring/{row.kind}/{row.id}", messages.restored(row.title, state))


async def upcoming_of(owners: Owners, kind: Kind, schedule_id: str) -> list[Occurrence]:
    """Its next windows: none for a template without a trigger, or a cron that cannot be read."""
    try:
        return (await owners.ask(GET_UPCOMING, GetUpcoming(kind=kind, id=schedule_id))).items
    except Refused:
        return []
