"""Pausing and archiving schedules over JSON."""

from typing import Any

from litestar import delete, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from contracts.schedule_rows import (
    ArchiveSchedule,
    Pause,
    PauseSchedule,
    RestoreSchedule,
    ResumeSchedule,
    ScheduleQuestion,
)
from contracts.subjects import ARCHIVE_SCHEDULE, PAUSE_SCHEDULE, RESTORE_SCHEDULE, RESUME_SCHEDULE
from contracts.values import Kind
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import MAY_BE_EMPTY
from services.portal.owners import Owners
from services.portal.schedules.api import ScheduleId, ScheduleReply, find_schedule

_AUGUST: dict[str, Any] = {"reason": "No newsletter in August", "until": "2028-09-01"}


class PauseBody(Pause):
    """Why it is paused, and until when."""


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


_TARGET = {"target": Provide(find_target)}


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
