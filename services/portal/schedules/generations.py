"""What somebody had generated for a range of dates: asked of work page by page, and summed up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import uuid4

from contracts.generation import FailedWindow, Generate, Generated, PlannedWindow, Verdict
from contracts.subjects import GENERATE
from contracts.values import Instant, IsoDate, Model
from services.portal.owners import Owners

_SHOWN_EACH = 100


class FailedDates(Model):
    """The dates on which one schedule failed for one reason."""

    source_id: str
    title: str
    error: str
    dates: list[IsoDate]


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class Generation(Model):
    """The result that its page shows, also while it grows; kept for a month. ``at`` is when it last grew."""

    id: str
    actor: str
    at: Instant
    state: State = State.DONE
    start_date: IsoDate
    end_date: IsoDate
    schedule: str | None = None
    tasks: int = 0
    bundles: int = 0
    skipped: int = 0
    paused: int = 0
    failed: list[FailedDates]

    @property
    def failed_dates(self) -> int:
        return sum(len(one.dates) for one in self.failed)


class Preview(Model):
    """What a dry run found: all counts, and the first windows of each verdict."""

    windows: list[PlannedWindow]
    counts: dict[Verdict, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


async def preview(owners: Owners, command: Generate) -> Preview:
    """Raises Unavailable or Refused."""
    pages = owners.pages(GENERATE, command.model_copy(update={"dry_run": True}))
    planned = [window async for page in pages for window in page.planned]
    shown = [one for verdict in Verdict for one in [w for w in planned if w.verdict is verdict][:_SHOWN_EACH]]
    return Preview(windows=shown, counts=Counter(window.verdict for window in planned))


def asked_for(command: Generate, titles: Mapping[str, str], *, at: Instant) -> Generation:
    """Of which nothing is made yet. ``titles`` names schedules by id."""
    return Generation(
        id=str(uuid4()),
        actor=command.actor or "",
        at=at,
        state=State.RUNNING,
        start_date=command.start_date,
        end_date=command.end_date,
        schedule=titles.get(command.source_ids[0]) if command.source_ids else None,
        failed=[],
    )


def grown(so_far: Generation, page: Generated, titles: Mapping[str, str], *, at: Instant) -> Generation:
    """With what one page more has made; done when there is no further one."""
    added = {
        "at": at,
        "state": State.RUNNING if page.after else State.DONE,
        "tasks": so_far.tasks + len(page.tasks),
        "bundles": so_far.bundles + len(page.bundles),
        "skipped": so_far.skipped + page.skipped_tasks + page.skipped_bundles,
        "paused": so_far.paused + page.paused,
        "failed": _by_cause(so_far.failed, page.failed, titles),
    }
    return so_far.model_copy(update=added)


def _by_cause(
    known: Sequence[FailedDates], failed: Sequence[FailedWindow], titles: Mapping[str, str]
) -> list[FailedDates]:
    causes = {(one.source_id, one.error): list(one.dates) for one in known}
    for one in failed:
        causes.setdefault((one.source_id, one.error), []).append(one.date)
    return [
        FailedDates(source_id=source_id, title=titles.get(source_id, "A schedule"), error=error, dates=sorted(dates))
        for (source_id, error), dates in causes.items()
    ]
