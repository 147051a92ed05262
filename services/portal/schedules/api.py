"""Schedules of both mechanisms over JSON: windows, what comes, why, pausing, archiving, backfill."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import Field

from contracts.commands import ArchiveSchedule, Generate, PauseSchedule, RestoreSchedule, ResumeSchedule
from contracts.queries import AskWhy, GetUpcoming, ListSchedules, ListWindows, ScheduleQuestion
from contracts.subjects import (
    ARCHIVE_SCHEDULE,
    ASK_WHY,
    GENERATE,
    GET_SCHEDULE,
    GET_UPCOMING,
    LIST_SCHEDULES,
    LIST_WINDOWS,
    PAUSE_SCHEDULE,
    RESTORE_SCHEDULE,
    RESUME_SCHEDULE,
)
from contracts.values import Kind
from contracts.views import ScheduleRow
from services.kit.refused import Refused, not_found
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import (
    JsonObject,
    json_object,
    optional_json_object,
    query_of,
    read_model,
    shown,
    whole_number,
)
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners

AnyRequest = Request[Any, Any, Any]


@get("/api/schedules", opt=OPERATOR)
async def list_schedules(owners: NamedDependency[Owners]) -> JsonObject:
    pages = owners.pages(LIST_SCHEDULES, ListSchedules())
    return {"schedules": [shown(row) async for page in pages for row in page.items]}


@get("/api/schedules/preview", opt=OPERATOR)
async def preview_cron(request: AnyRequest, owners: NamedDependency[Owners]) -> JsonObject:
    """The next occurrences of an expression that is being typed: ``?cron=0 9 * * 1``."""
    question = GetUpcoming(cron=query_of(request).get("cron", ""))
    return shown(await owners.ask(GET_UPCOMING, question))


@get("/api/schedules/{schedule_id:str}", opt=OPERATOR)
async def show_schedule(owners: NamedDependency[Owners], schedule_id: FromPath[str]) -> JsonObject:
    return {"schedule": shown(await find_schedule(owners, schedule_id))}


@get("/api/schedules/{schedule_id:str}/windows", opt=OPERATOR)
async def list_windows(
    request: AnyRequest, owners: NamedDependency[Owners], schedule_id: FromPath[str]
) -> Response[bytes]:
    """Latest first. All of them, unless the caller asks for pages with ``limit`` and follows ``after``."""
    schedule = await find_schedule(owners, schedule_id)
    question = ListWindows(kind=schedule.kind, id=schedule.id)
    return await listed(owners, LIST_WINDOWS, question, query_of(request), name="windows")


@get("/api/schedules/{schedule_id:str}/upcoming", opt=OPERATOR)
async def list_upcoming(request: AnyRequest, owners: NamedDependency[Owners], schedule_id: FromPath[str]) -> JsonObject:
    schedule = await find_schedule(owners, schedule_id)
    query = query_of(request)
    count = {"count": whole_number(query["count"], "count")} if "count" in query else {}
    question = read_model(GetUpcoming, {"kind": schedule.kind, "id": schedule.id, **count})
    upcoming = shown(await owners.ask(GET_UPCOMING, question))
    return {"upcoming": upcoming["items"], "timezone": upcoming["timezone"]}


@get("/api/schedules/{schedule_id:str}/why", opt=OPERATOR)
async def explain_date(request: AnyRequest, owners: NamedDependency[Owners], schedule_id: FromPath[str]) -> JsonObject:
    """Why is there a task on ``?date=``, or none?"""
    schedule = await find_schedule(owners, schedule_id)
    date = {"date": query_of(request)["date"]} if "date" in query_of(request) else {}
    question = read_model(AskWhy, {"kind": schedule.kind, "id": schedule.id, **date})
    return shown(await owners.ask(ASK_WHY, question))


@post("/api/schedules/{schedule_id:str}/pause", opt=OPERATOR, status_code=200)
async def pause(
    request: AnyRequest,
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    schedule_id: FromPath[str],
) -> JsonObject:
    """``reason`` and ``until`` (the first date on which it runs again) may be left out, and so may the body."""
    body = await optional_json_object(request)
    sent = {name: body[name] for name in ("reason", "until") if name in body}
    command = read_model(PauseSchedule, sent | await _ours(request, owners, viewer, schedule_id))
    return {"schedule": shown(await owners.ask(PAUSE_SCHEDULE, command))}


@delete("/api/schedules/{schedule_id:str}/pause", opt=OPERATOR, status_code=200)
async def resume(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], schedule_id: FromPath[str]
) -> JsonObject:
    command = ResumeSchedule.model_validate(await _ours(request, owners, viewer, schedule_id))
    return {"schedule": shown(await owners.ask(RESUME_SCHEDULE, command))}


@post("/api/schedules/{schedule_id:str}/archive", opt=OPERATOR, status_code=200)
async def archive(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], schedule_id: FromPath[str]
) -> JsonObject:
    command = ArchiveSchedule.model_validate(await _ours(request, owners, viewer, schedule_id))
    return {"schedule": shown(await owners.ask(ARCHIVE_SCHEDULE, command))}


@delete("/api/schedules/{schedule_id:str}/archive", opt=OPERATOR, status_code=200)
async def restore(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], schedule_id: FromPath[str]
) -> JsonObject:
    command = RestoreSchedule.model_validate(await _ours(request, owners, viewer, schedule_id))
    return {"schedule": shown(await owners.ask(RESTORE_SCHEDULE, command))}


_NAMES = {"sourceIds": "scheduleIds"}
"""Of what work calls otherwise, the name that it has on HTTP."""


class _Backfill(Generate):
    source_ids: list[str] | None = Field(default=None, max_length=1_000, alias=_NAMES["sourceIds"])


@post("/api/backfills", opt=OPERATOR, status_code=200)
async def backfill(request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]) -> JsonObject:
    """Generate a date range: of ``scheduleIds``, or of all active ones; with ``dryRun`` only say what would happen."""
    body = await json_object(request)
    sent = {name: body[name] for name in ("startDate", "endDate", "scheduleIds", "dryRun") if name in body}
    command = read_model(_Backfill, {**sent, "actor": viewer.user.id})
    try:
        pages = [page async for page in owners.pages(GENERATE, command)]
    except Refused as error:
        fields = {_NAMES.get(name, name): reason for name, reason in error.refusal.fields.items()}
        raise Refused(error.refusal.model_copy(update={"fields": fields})) from None
    if command.dry_run:
        return {"planned": [shown(window) for page in pages for window in page.planned]}
    return {
        "tasks": [shown(task) for page in pages for task in page.tasks],
        "bundles": [shown(bundle) for page in pages for bundle in page.bundles],
        "skipped": sum(page.skipped_tasks + page.skipped_bundles for page in pages),
        "paused": sum(page.paused for page in pages),
        "failed": [shown(failed) for page in pages for failed in page.failed],
    }


async def _ours(request: AnyRequest, owners: Owners, viewer: Viewer, schedule_id: str) -> JsonObject:
    """What a command about a schedule needs and the body does not say. Raises Refused (404), without a key:
    with one, work has the first answer, even if the schedule was deleted since."""
    key, kind = key_of(request, viewer.user.id), Kind.RECURRING
    try:
        kind = (await find_schedule(owners, schedule_id)).kind
    except Refused as error:
        if key is None or error.refusal.code != "not_found":
            raise
    return {"actor": viewer.user.id, "key": key, "kind": kind, "id": schedule_id}


async def find_schedule(owners: Owners, schedule_id: str) -> ScheduleRow:
    """Of either mechanism; raises Refused (404) when neither has the id."""
    for kind in Kind:
        if row := await owners.find(GET_SCHEDULE, ScheduleQuestion(kind=kind, id=schedule_id)):
            return row
    raise not_found("Schedule")
