"""Schedules of both mechanisms over JSON: windows, what comes, why, pausing, archiving, backfill."""

from typing import Annotated, Any

from litestar import delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, PathParameter
from pydantic import Field, StrictBool

from contracts.commands import (
    ArchiveSchedule,
    DateRange,
    Generate,
    Pause,
    PauseSchedule,
    RestoreSchedule,
    ResumeSchedule,
)
from contracts.queries import AskWhy, GetUpcoming, ListSchedules, ListWindows, Occurrence, ScheduleQuestion
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
from contracts.values import IsoDate, Kind, Model
from contracts.views import Bundle, FailedWindow, PlannedWindow, ScheduleRow, Task, Why, WindowRow
from services.kit.refused import Refused, not_found
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import MAY_BE_EMPTY
from services.portal.http.paging import DIGITS, Paged, page_of
from services.portal.owners import Owners

ScheduleId = Annotated[str, PathParameter(name="scheduleId")]
_NAMES = {"sourceIds": "scheduleIds"}
"""Of what work calls otherwise, the name that it has on HTTP."""
_AUGUST: dict[str, Any] = {"reason": "No newsletter in August", "until": "2028-09-01"}
_FEBRUARY: dict[str, Any] = {"startDate": "2028-02-01", "endDate": "2028-02-29", "dryRun": True}


class PauseBody(Pause):
    """Why it is paused, and until when."""


class Backfill(DateRange):
    """Without ``schedule_ids`` of all that are active."""

    schedule_ids: list[str] | None = Field(default=None, max_length=1_000)
    dry_run: StrictBool = False


class WindowsQuestion(Paged):
    limit: Annotated[int, Field(ge=1, le=200), DIGITS] | None = None


class CronQuestion(Model):
    cron: str = ""


class UpcomingQuestion(Model):
    count: Annotated[int, Field(ge=1, le=50), DIGITS] | None = None


class DateQuestion(Model):
    date: IsoDate


class SchedulesReply(Model):
    schedules: list[ScheduleRow]


class ScheduleReply(Model):
    schedule: ScheduleRow


class PreviewReply(Model):
    items: list[Occurrence]
    timezone: str


class WindowsReply(Model):
    windows: list[WindowRow]
    after: str | None = None


class UpcomingReply(Model):
    upcoming: list[Occurrence]
    timezone: str


class BackfillReply(Model):
    """``planned`` alone, or without it all others."""

    planned: list[PlannedWindow] | None = None
    tasks: list[Task] | None = None
    bundles: list[Bundle] | None = None
    skipped: int | None = None
    paused: int | None = None
    failed: list[FailedWindow] | None = None


async def find_schedule(owners: NamedDependency[Owners], schedule_id: ScheduleId) -> ScheduleRow:
    """Of either mechanism; raises Refused (404) when neither has the id."""
    for kind in Kind:
        if row := await owners.find(GET_SCHEDULE, ScheduleQuestion(kind=kind, id=schedule_id)):
            return row
    raise not_found("Schedule")


async def find_target(
    owners: NamedDependency[Owners], key: NamedDependency[str | None], schedule_id: ScheduleId
) -> ScheduleQuestion:
    """What a command is about. Raises Refused (404), without a key: with one, work has the first answer, even if the
    schedule was deleted since."""
    try:
        kind = (await find_schedule(owners, schedule_id)).kind
    except Refused as error:
        if key is None or error.refusal.code != "not_found":
            raise
        kind = Kind.RECURRING
    return ScheduleQuestion(kind=kind, id=schedule_id)


_FOUND = {"schedule": Provide(find_schedule)}
_TARGET = {"target": Provide(find_target)}


@get("/api/schedules", opt=OPERATOR, summary="All schedules of both mechanisms")
async def list_schedules(owners: NamedDependency[Owners]) -> SchedulesReply:
    """Recurring configs and templates with a trigger in one shape: cron in words, next opening, last outcome,
    pause."""
    pages = owners.pages(LIST_SCHEDULES, ListSchedules())
    return SchedulesReply(schedules=[row async for page in pages for row in page.items])


@get("/api/schedules/preview", opt=OPERATOR, summary="When a cron expression would run next")
async def preview_cron(question: NamedDependency[CronQuestion], owners: NamedDependency[Owners]) -> PreviewReply:
    """Reads the expression in `cron` as a schedule would and gives its next openings. One that cannot be read is 400,
    with the nearest form that can."""
    upcoming = await owners.ask(GET_UPCOMING, GetUpcoming(cron=question.cron))
    return PreviewReply(items=upcoming.items, timezone=upcoming.timezone)


@get("/api/schedules/{scheduleId:str}", opt=OPERATOR, dependencies=_FOUND, summary="One schedule")
async def show_schedule(schedule: NamedDependency[ScheduleRow]) -> ScheduleReply:
    """One schedule by the id of its recurring config or template."""
    return ScheduleReply(schedule=schedule)


@get(
    "/api/schedules/{scheduleId:str}/windows",
    opt=OPERATOR,
    dependencies=_FOUND,
    summary="What became of each date, latest first",
)
async def list_windows(
    schedule: NamedDependency[ScheduleRow],
    question: NamedDependency[WindowsQuestion],
    owners: NamedDependency[Owners],
) -> WindowsReply:
    """One row for each scheduled date with its outcome: generated, paused, missed or failed."""
    windows = ListWindows(kind=schedule.kind, id=schedule.id)
    page = await page_of(owners, LIST_WINDOWS, windows, question)
    return WindowsReply(windows=page.items, after=page.after)


@get("/api/schedules/{scheduleId:str}/upcoming", opt=OPERATOR, dependencies=_FOUND, summary="The next dates")
async def list_upcoming(
    schedule: NamedDependency[ScheduleRow],
    question: NamedDependency[UpcomingQuestion],
    owners: NamedDependency[Owners],
) -> UpcomingReply:
    """The next openings, five unless `count` says how many."""
    asked = GetUpcoming(kind=schedule.kind, id=schedule.id, **question.model_dump(exclude_none=True))
    upcoming = await owners.ask(GET_UPCOMING, asked)
    return UpcomingReply(upcoming=upcoming.items, timezone=upcoming.timezone)


@get(
    "/api/schedules/{scheduleId:str}/why",
    opt=OPERATOR,
    dependencies=_FOUND,
    summary="Why there is work on a date, or none",
)
async def explain_date(
    schedule: NamedDependency[ScheduleRow],
    question: NamedDependency[DateQuestion],
    owners: NamedDependency[Owners],
) -> Why:
    """The reason in words for the date in `date`, with the window and what it made, if there are any."""
    return await owners.ask(ASK_WHY, AskWhy(kind=schedule.kind, id=schedule.id, date=question.date))


@post(
    "/api/schedules/{scheduleId:str}/pause",
    opt=OPERATOR | MAY_BE_EMPTY | {"example": _AUGUST},
    dependencies=_TARGET,
    status_code=200,
    summary="Pause a schedule",
)
async def pause(
    data: JSONBody[PauseBody],
    target: NamedDependency[ScheduleQuestion],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ScheduleReply:
    """Nothing is generated while it is paused. `until` is the first date on which it runs again; without it the pause
    lasts until it is resumed."""
    command = PauseSchedule(
        actor=viewer.user.id, key=key, kind=target.kind, id=target.id, reason=data.reason, until=data.until
    )
    return ScheduleReply(schedule=await owners.ask(PAUSE_SCHEDULE, command))


@delete(
    "/api/schedules/{scheduleId:str}/pause",
    opt=OPERATOR,
    dependencies=_TARGET,
    status_code=200,
    summary="Resume a schedule",
)
async def resume(
    target: NamedDependency[ScheduleQuestion],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ScheduleReply:
    """The schedule runs again from now on. Dates that passed during the pause are not made up for."""
    command = ResumeSchedule(actor=viewer.user.id, key=key, kind=target.kind, id=target.id)
    return ScheduleReply(schedule=await owners.ask(RESUME_SCHEDULE, command))


@post(
    "/api/schedules/{scheduleId:str}/archive",
    opt=OPERATOR,
    dependencies=_TARGET,
    status_code=200,
    summary="Archive a schedule",
)
async def archive(
    target: NamedDependency[ScheduleQuestion],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ScheduleReply:
    """The schedule generates nothing and is hidden. What it made stays."""
    command = ArchiveSchedule(actor=viewer.user.id, key=key, kind=target.kind, id=target.id)
    return ScheduleReply(schedule=await owners.ask(ARCHIVE_SCHEDULE, command))


@delete(
    "/api/schedules/{scheduleId:str}/archive",
    opt=OPERATOR,
    dependencies=_TARGET,
    status_code=200,
    summary="Restore a schedule",
)
async def restore(
    target: NamedDependency[ScheduleQuestion],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ScheduleReply:
    """The schedule is listed again. Dates that passed meanwhile are not made up for."""
    command = RestoreSchedule(actor=viewer.user.id, key=key, kind=target.kind, id=target.id)
    return ScheduleReply(schedule=await owners.ask(RESTORE_SCHEDULE, command))


@post(
    "/api/backfills",
    opt=OPERATOR | {"example": _FEBRUARY},
    status_code=200,
    summary="Generate a date range, or with dryRun only say what would happen",
)
async def backfill(
    data: JSONBody[Backfill], owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> BackfillReply:
    """Generates every scheduled date from `startDate` to `endDate`, at most 90 days apart, of `scheduleIds` or of all
    active schedules. What exists is skipped, so that repeating the call is safe. With `dryRun` only `planned` is
    returned and nothing is written."""
    command = Generate(
        actor=viewer.user.id,
        start_date=data.start_date,
        end_date=data.end_date,
        source_ids=data.schedule_ids,
        dry_run=data.dry_run,
    )
    try:
        pages = [page async for page in owners.pages(GENERATE, command)]
    except Refused as error:
        fields = {_NAMES.get(name, name): reason for name, reason in error.refusal.fields.items()}
        raise Refused(error.refusal.model_copy(update={"fields": fields})) from None
    if data.dry_run:
        return BackfillReply(planned=[window for page in pages for window in page.planned])
    return BackfillReply(
        tasks=[task for page in pages for task in page.tasks],
        bundles=[bundle for page in pages for bundle in page.bundles],
        skipped=sum(page.skipped_tasks + page.skipped_bundles for page in pages),
        paused=sum(page.paused for page in pages),
        failed=[failed for page in pages for failed in page.failed],
    )
