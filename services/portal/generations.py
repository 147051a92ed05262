"""What somebody had generated for a range of dates: asked of work page by page, and summed up."""

from collections.abc import Sequence
from uuid import uuid4

from contracts.commands import Generate
from contracts.subjects import GENERATE, Refused
from contracts.values import Instant, IsoDate, Model
from contracts.views import Generated
from services.portal.owners import Owners


class FailedDate(Model):
    source_id: str
    date: str
    error: str


class Generation(Model):
    """The result that its page shows; kept for a month."""

    id: str
    actor: str
    at: Instant
    start_date: IsoDate
    end_date: IsoDate
    schedule: str | None = None
    tasks: int = 0
    bundles: int = 0
    skipped: int = 0
    paused: int = 0
    failed: list[FailedDate]


async def generate(owners: Owners, command: Generate) -> list[Generated] | Refused:
    """All pages of one generation. Each is durable when it arrives; a repeat only counts skips."""
    pages: list[Generated] = []
    while True:
        match await owners.ask(GENERATE, command):
            case Refused() as refused:
                return refused
            case done:
                pages.append(done.view)
        if done.view.after is None:
            return pages
        command = command.model_copy(update={"after": done.view.after})


def summed_up(command: Generate, pages: Sequence[Generated], *, at: Instant, schedule: str | None) -> Generation:
    return Generation(
        id=str(uuid4()),
        actor=command.actor or "",
        at=at,
        start_date=command.start_date,
        end_date=command.end_date,
        schedule=schedule,
        tasks=sum(len(page.tasks) for page in pages),
        bundles=sum(len(page.bundles) for page in pages),
        skipped=sum(page.skipped_tasks + page.skipped_bundles for page in pages),
        paused=sum(page.paused for page in pages),
        failed=[
            FailedDate(source_id=one.source_id, date=one.date.isoformat(), error=one.error)
            for page in pages
            for one in page.failed
        ],
    )
