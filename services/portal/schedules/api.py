"""Schedules of both mechanisms over JSON: windows, what comes, and why."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import PathParameter
from pydantic import Field

from contracts.schedule_rows import GetUpcoming, ListSchedules, Occurrence, ScheduleQuestion, ScheduleRow
from contracts.subjects import (
    ASK_WHY,
    GET_SCHEDULE,
    GET_UPCOMING,
    LIST_SCHEDULES,
    LIST_WINDOWS,
)
from contracts.values import IsoDate, Kind, Model
from contracts.windows import AskWhy, ListWindows, Why, WindowRow
from services.kit.refused import not_found
from services.portal.auth.access import OPERATOR
from services.portal.http.paging import DIGITS, Paged, page_of
from services.portal.owners import Owners

ScheduleId = Annotated[str, PathParameter(name="scheduleId")]


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


async def find_schedule(owners: NamedDependency[Owners], schedule_id: ScheduleId) -> ScheduleRow:
    """Of either mechanism; raises Refused (404) when neither has the id."""
    for kind in Kind:
        if row := await owners.find(GET_SCHEDULE, ScheduleQuestion(kind=kind, id=schedule_id)):
            return row
    raise not_found("Schedule")


_FOUND = {"schedule": Provide(find_schedule)}


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
    """One row for each scheduled date with its outcome: generated, skipped, paused, missed or failed."""
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
