"""Generating a range of dates over JSON."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import Field, StrictBool

from contracts.generation import DateRange, FailedWindow, Generate, PlannedWindow
from contracts.runs import Bundle
from contracts.subjects import GENERATE
from contracts.tasks import Task
from contracts.values import Model
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.owners import Owners

_NAMES = {"sourceIds": "scheduleIds"}
"""Of what work calls otherwise, the name that it has on HTTP."""
_FEBRUARY: dict[str, Any] = {"startDate": "2028-02-01", "endDate": "2028-02-29", "dryRun": True}


class Backfill(DateRange):
    """Without ``schedule_ids`` of all that are active."""

    schedule_ids: list[str] | None = Field(default=None, max_length=1_000)
    dry_run: StrictBool = False


class BackfillReply(Model):
    """``planned`` alone, or without it all others."""

    planned: list[PlannedWindow] | None = None
    tasks: list[Task] | None = None
    bundles: list[Bundle] | None = None
    skipped: int | None = None
    paused: int | None = None
    failed: list[FailedWindow] | None = None


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
