"""``dataops backfill``: the windows of a date range, made page by page, with a dry run first if one likes."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer
from nats.aio.client import Client
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from contracts import subjects
from contracts.cron.expression import CronError, CronExpression
from contracts.fields.dates import format_date
from contracts.fields.search import search_key
from contracts.generation import Generate, Generated, PlannedWindow, Verdict
from contracts.schedules import FeedItems, Schedule, ScheduleFeed
from services.cli import audit
from services.cli.stack.client import connected, progress_on
from services.cli.stack.running import DataDir, connect_settings
from services.kit.broker import pages_of
from services.kit.clock import Clock
from services.kit.invalid_input import invalid_input
from services.kit.settings import Settings
from services.kit.start_error import StartError

_REASONS_SHOWN = 20
_TITLE_WIDTH = 44
_DATE_WIDTH = len("Wed 22 Feb 2028")


@dataclass
class Tally:
    """What all pages together made and did not make, in windows."""

    tasks: int = 0
    runs: int = 0
    skipped: int = 0
    paused: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """How many windows failed, by schedule id and reason."""

    @property
    def windows(self) -> int:
        return self.tasks + self.runs + self.skipped + self.paused + self.failed.total()

    def add(self, page: Generated) -> None:
        self.tasks += len(page.tasks)
        self.runs += len(page.bundles)
        self.skipped += page.skipped_tasks + page.skipped_bundles
        self.paused += page.paused
        self.failed.update((one.source_id, one.error) for one in page.failed)


@dataclass(frozen=True)
class Backfill:
    """What is asked for. ``windows`` is how many the crons of now match: the length of the bar, not a promise."""

    command: Generate
    titles: dict[str, str]
    windows: int


def backfill(
    start: Annotated[str, typer.Argument(help="First date, YYYY-MM-DD.")],
    end: Annotated[str, typer.Argument(help="Last date, included; at most 90 days after the first.")],
    schedule: Annotated[
        list[str] | None, typer.Option(help="Title or id of a schedule; may be repeated. Default: all active ones.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the planned result of each window.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before generating.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Generate the work of a date range: every date that the schedules match today, also dates still to come.

    What exists already is skipped, so repeating it is safe. Paused schedules make nothing. Exit code 1 when a window
    failed.
    """
    console = Console(highlight=False)
    if not asyncio.run(_backfill(connect_settings(data_dir), console, start, end, schedule, dry_run=dry_run, yes=yes)):
        raise typer.Exit(1)


async def _backfill(
    settings: Settings,
    console: Console,
    start: str,
    end: str,
    chosen: Sequence[str] | None,
    *,
    dry_run: bool,
    yes: bool,
) -> bool:
    """Whether nothing failed."""
    asked = _command(start, end, dry_run=dry_run)
    async with connected(settings) as client:
        wanted = await prepare(client, asked, chosen, now=Clock(settings.starts_at).now())
        if dry_run:
            return await _show_plan(client, wanted, console)
        if not yes:
            _confirm(wanted)
        asked_for = {"start_date": start, "end_date": end, "schedules": wanted.command.source_ids}
        await audit.record(settings, "generation", **asked_for)
        with progress_on(console) as progress:
            bar = progress.add_task("Generating", total=wanted.windows)
            tally = await generate(client, wanted, lambda done: progress.update(bar, completed=done))
    _report(tally, wanted.titles, console)
    return not tally.failed


def _command(start: str, end: str, *, dry_run: bool) -> Generate:
    try:
        return Generate.model_validate({"start_date": start, "end_date": end, "dry_run": dry_run})
    except ValidationError as error:
        raise StartError(f"{str(invalid_input(error)).rstrip('.')}.") from error


async def prepare(client: Client, asked: Generate, chosen: Sequence[str] | None, *, now: dt.datetime) -> Backfill:
    """Find the schedules meant: ``chosen`` by id or title, whatever their state, else all active ones.

    StartError for a name that is no schedule's, or several schedules'.
    """
    schedules = [one async for one in _schedules(client)]
    if chosen:
        schedules = _matching(schedules, chosen)
        ids = [schedule.source_id for schedule in schedules]
        try:
            asked = Generate.model_validate({**asked.model_dump(exclude_unset=True), "source_ids": ids})
        except ValidationError as error:
            raise StartError(f"{str(invalid_input(error)).rstrip('.')}.") from error
    else:
        schedules = [schedule for schedule in schedules if _is_active(schedule, now)]
    crons = Counter((schedule.revision_at(now) or schedule.timeline[0]).cron for schedule in schedules)
    windows = sum(count * _dates(cron, asked.start_date, asked.end_date) for cron, count in crons.items())
    return Backfill(asked, {schedule.source_id: schedule.title for schedule in schedules}, windows)


async def _schedules(client: Client) -> AsyncGenerator[Schedule]:
    parts = FeedItems()
    async for page in pages_of(client, subjects.SCHEDULE_FEED, ScheduleFeed()):
        for schedule in parts.whole(page.items):
            if schedule.timeline and not schedule.deleted:
                yield schedule


def _matching(schedules: Sequence[Schedule], chosen: Sequence[str]) -> list[Schedule]:
    found: dict[str, Schedule] = {}
    for name in chosen:
        by_id = [schedule for schedule in schedules if schedule.source_id == name]
        matches = by_id or [schedule for schedule in schedules if search_key(schedule.title) == search_key(name)]
        if not matches:
            raise StartError(f"No schedule has the title or id {name!r}.")
        if len(matches) > 1:
            ids = ", ".join(schedule.source_id for schedule in matches)
            raise StartError(f"{len(matches)} schedules have the title {name!r}: name one by its id ({ids}).")
        found[matches[0].source_id] = matches[0]
    return list(found.values())


def _is_active(schedule: Schedule, now: dt.datetime) -> bool:
    revision = schedule.revision_at(now) or schedule.timeline[0]
    return revision.enabled and not revision.archived


def _dates(cron: str, first: dt.date, last: dt.date) -> int:
    """How many windows there will be; a cron that cannot be read fails on every date."""
    try:
        return len(CronExpression.parse(cron).dates_between(first, last))
    except CronError:
        return (last - first).days + 1


async def generate(client: Client, wanted: Backfill, on_progress: Callable[[int], None]) -> Tally:
    """Ask for page after page; each is durable when it arrives, and ``on_progress`` is told the windows so far."""
    tally = Tally()
    async for page in pages_of(client, subjects.GENERATE, wanted.command):
        tally.add(page)
        on_progress(tally.windows)
    return tally


def _confirm(wanted: Backfill) -> None:
    dates = f"{format_date(wanted.command.start_date)} to {format_date(wanted.command.end_date)}"
    question = f"Generate up to {wanted.windows} windows of {len(wanted.titles)} schedules, {dates}?"
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise StartError("Nothing was generated. With --yes it does not ask.")


async def _show_plan(client: Client, wanted: Backfill, console: Console) -> bool:
    """One line a window, printed as the pages come: a range may have more than fit on a screen or in memory."""
    verdicts: Counter[Verdict] = Counter()
    console.print(f"{'Date':<{_DATE_WIDTH}}  {'Verdict':<12}  {'Schedule':<{_TITLE_WIDTH}}  Reason", style="bold")
    async for page in pages_of(client, subjects.GENERATE, wanted.command):
        for planned in page.planned:
            console.print(escape(_plan_line(planned)), soft_wrap=True)
        verdicts.update(planned.verdict for planned in page.planned)
    counts = ", ".join(f"{verdicts[verdict]} {verdict.replace('-', ' ')}" for verdict in Verdict)
    console.print(f"{verdicts.total()} windows: {counts}. Nothing was written.")
    return not verdicts[Verdict.INVALID]


def _plan_line(planned: PlannedWindow) -> str:
    title = planned.title if len(planned.title) <= _TITLE_WIDTH else f"{planned.title[: _TITLE_WIDTH - 1]}…"
    reason = planned.reason or ("" if planned.item_id is None else planned.item_id)
    date = format_date(planned.date)
    return f"{date:<{_DATE_WIDTH}}  {planned.verdict.replace('-', ' '):<12}  {title:<{_TITLE_WIDTH}}  {reason}".rstrip()


def _report(tally: Tally, titles: dict[str, str], console: Console) -> None:
    console.print(
        f"Generated {tally.tasks} tasks and {tally.runs} workflow runs; "
        f"skipped {tally.skipped}, paused {tally.paused}, failed {tally.failed.total()}."
    )
    for (source_id, reason), windows in tally.failed.most_common(_REASONS_SHOWN):
        title = titles.get(source_id, source_id)
        console.print(escape(f"  failed: {title}, {windows} window{'s' * (windows > 1)}: {reason}"), soft_wrap=True)
    if len(tally.failed) > _REASONS_SHOWN:
        console.print(f"  and {len(tally.failed) - _REASONS_SHOWN} other reasons: see Failures on Operations Home.")
