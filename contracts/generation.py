"""Generating by hand, and what failed: previews, retries and acknowledgements."""

from enum import StrEnum

from pydantic import Field, StrictBool, model_validator

from contracts.commands import Command
from contracts.fields.text import Line
from contracts.runs import Bundle
from contracts.tasks import Task
from contracts.values import Incident, Instant, IsoDate, Kind, Model, Trigger, Window
from contracts.windows import WindowError


class Failure(Model):
    """One alert, however many dates: the open failed windows of one schedule with one cause, or (without kind and
    source, code ``missed``) all windows that an outage left too old to be made."""

    kind: Kind | None = None
    source_id: str | None = None
    title: str
    error: WindowError
    dates: list[IsoDate]
    windows: int
    attempts: int
    since: Instant
    last_at: Instant

    @property
    def key(self) -> str:
        """Names the alert among all open ones."""
        return f"{self.kind or ''}/{self.source_id or ''}/{self.error.code}"

    @property
    def place(self) -> tuple[float, str, str]:
        """Orders the alerts people see: the latest to open first. A retry moves none."""
        return -self.since.timestamp(), self.title.casefold(), self.key


class FailedWindow(Model):
    kind: Kind
    source_id: str
    date: IsoDate
    error: str


class Verdict(StrEnum):
    """What a dry run says of a window."""

    WOULD_CREATE = "would-create"
    EXISTS = "exists"
    PAUSED = "paused"
    INVALID = "invalid"


class PlannedWindow(Model):
    """``item_id`` names what exists; ``reason`` says why it is paused or invalid."""

    kind: Kind
    source_id: str
    title: str
    date: IsoDate
    verdict: Verdict
    item_id: str | None = None
    reason: str | None = None


class Generated(Model):
    """One page of a generation: what these windows made, and where to go on (None: all are handled)."""

    tasks: list[Task] = Field(default_factory=list[Task])
    bundles: list[Bundle] = Field(default_factory=list[Bundle])
    skipped_tasks: int = 0
    skipped_bundles: int = 0
    paused: int = 0
    failed: list[FailedWindow] = Field(default_factory=list[FailedWindow])
    planned: list[PlannedWindow] = Field(default_factory=list[PlannedWindow])
    after: str | None = None


class AcknowledgeFailure(Command):
    """Takes the open failed windows of one alert from the list, with a note that says why."""

    kind: Kind | None = None
    source_id: str | None = None
    code: str
    note: Line


class RetryFailure(Command):
    """Publishes the subjects of an alert's open windows again."""

    kind: Kind
    source_id: str
    code: str


class ReportIncident(Command):
    """A scheduler's report; the same incident reported twice is kept once.

    ``made_late`` counts windows published after their time; ``missed`` are those too old to be made, at most 1 000 a
    report: a longer outage is reported in several parts with the same ``since`` and ``until``, and each but the last
    says that ``more`` follow. ``names`` are those of streams and consumers that were deleted; ``before`` and ``after``
    name timezones with their zone data.
    """

    incident: Incident
    since: Instant
    until: Instant
    made_late: int = 0
    missed: list[Window] = Field(default_factory=list[Window], max_length=1_000)
    more: bool = False
    names: list[str] = Field(default_factory=list[str])
    before: str | None = None
    after: str | None = None


class DateRange(Model):
    """Both dates included."""

    start_date: IsoDate
    end_date: IsoDate

    @model_validator(mode="after")
    def _sensible_range(self) -> "DateRange":
        if self.end_date < self.start_date:
            raise ValueError("endDate must not be before startDate")
        if (self.end_date - self.start_date).days > 90:
            raise ValueError("startDate and endDate may lie at most 90 days apart")
        return self


class Generate(DateRange, Command):
    """Explicit generation: every date of an inclusive range that today's cron matches, also dates not open yet.

    Answered in pages: send the same command with ``after`` from the last reply until it is None. Each page is
    durable when it arrives, and repeating one only counts skips. ``source_ids`` None means all that are active.
    With ``dry_run`` nothing is written and each page says in ``planned`` what would become of its windows.
    """

    kinds: tuple[Kind, ...] = (Kind.RECURRING, Kind.TEMPLATE)
    source_ids: list[str] | None = Field(default=None, max_length=1_000)
    trigger: Trigger = Trigger.BACKFILL
    dry_run: StrictBool = False
    after: str | None = None


class GenerateToday(Command):
    """``Generate`` for the date that work calls today; pages alike."""

    after: str | None = None
    date: IsoDate | None = None


class ListFailures(Model):
    """Open alerts, in an order that only pages need."""

    after: str | None = None


class Failures(Model):
    items: list[Failure]
    after: str | None = None
