"""Operations Home and what needs attention, as work answers them."""

from pydantic import Field

from contracts.generation import Failure
from contracts.runs import BundleCard
from contracts.tasks import Attention, TaskFilter, TaskRow
from contracts.values import Instant, IsoDate, Kind, Model


class TaskSection(Model):
    """The first rows of a section and how many there are in all."""

    count: int
    rows: list[TaskRow] = Field(default_factory=list[TaskRow])


class BundleSection(Model):
    count: int
    cards: list[BundleCard] = Field(default_factory=list[BundleCard])


class ScheduleHealth(Model):
    active: int
    paused: int
    last_at: Instant | None = None
    last_generated: int = 0
    last_skipped: int = 0
    last_failed: int = 0
    next_at: Instant | None = None


class MadeAgain(Model):
    """Streams and consumers of the broker that somebody deleted, by name, and when work made the last of them again."""

    at: Instant
    names: list[str]


class UnexplainedDate(Model):
    kind: Kind
    source_id: str
    title: str
    date: IsoDate
    opens_at: Instant


class UnexplainedDates(Model):
    """Dates that opened more than five minutes ago and have neither a ledger entry nor a message under way; the
    earliest of them."""

    count: int
    items: list[UnexplainedDate] = Field(default_factory=list[UnexplainedDate])


class Home(Model):
    """Operations Home at one instant: every number and every row from one consistent read.

    ``failures`` are the latest of ``failure_count``. ``dates_checked_at``: when all schedules were last looked at for
    dates without a ledger entry. ``clock_ahead_until``: windows were published up to then by a clock that was ahead.
    """

    today: IsoDate
    now: Instant
    timezone: str
    failures: list[Failure]
    failure_count: int
    follow_ups_due: TaskSection
    overdue: TaskSection
    at_risk: BundleSection
    due_today: TaskSection
    active: BundleSection
    waiting: TaskSection
    done_today: TaskSection
    coming_up: TaskSection = Field(default_factory=lambda: TaskSection(count=0))
    for_others: int = 0
    schedules: ScheduleHealth
    last_tick_at: Instant | None = None
    streams_made_again: MadeAgain | None = None
    unexplained: UnexplainedDates = Field(default_factory=lambda: UnexplainedDates(count=0))
    dates_checked_at: Instant | None = None
    clock_ahead_until: Instant | None = None


class GetHome(TaskFilter):
    """The filter is for the sections of tasks; failures and workflows are everybody's. ``others`` are mostly the active
    users besides the viewer; empty: everyone's work."""

    viewer_id: str | None = None


class ListAttention(Model):
    """Open tasks of all people in that state now, ordered by id."""

    attention: Attention
    after: str | None = None


class AttentionRow(Model):
    """An open task, as far as reminders go. ``days_late`` counts from the day on which it could first be done: its
    date, the opening of its window or its making. ``made_late``: it was generated after that day, or was due before
    its run existed, so nobody could do it in time."""

    id: str
    description: str
    date: IsoDate
    days_late: int = 0
    made_late: bool = False
    recurring: bool = False
    assignee_id: str | None = None
    bundle_id: str | None = None
    waiting_for: str | None = None
    follow_up_at: str | None = None
    missing: list[str] = Field(default_factory=list[str])


class AttentionPage(Model):
    items: list[AttentionRow]
    after: str | None = None
