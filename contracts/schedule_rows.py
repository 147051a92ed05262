"""Schedules as people see them: rows, next dates, and pausing and archiving."""

from pydantic import Field

from contracts.commands import Command
from contracts.fields.text import Line
from contracts.schedules import Revision
from contracts.values import Instant, IsoDate, Kind, Model
from contracts.windows import Totals, WindowRow


class ScheduleRow(Model):
    """A line of the recurring page. ``next_at`` is None while paused or when the cron cannot be read."""

    kind: Kind
    id: str
    title: str
    cron: str
    sentence: str
    several_a_day: bool = False
    assignee_id: str | None = None
    enabled: bool
    revision: Revision
    next_at: Instant | None = None
    next_date: IsoDate | None = None
    last: WindowRow | None = None
    generated: int = 0
    totals: Totals = Totals()
    archived: bool = False
    by_hand: bool = False
    """A template that lost its trigger: what it made is told, and it cannot return as it is."""
    paused_until: IsoDate | None = None
    unmade: list[IsoDate] = Field(default_factory=list[IsoDate])
    """While paused: the first dates that opened since and will not be made by resuming, and how many there are."""
    unmade_count: int = 0


class Pause(Model):
    """``until`` is the first date, in the application timezone, on which it runs again by itself."""

    reason: Line | None = None
    until: IsoDate | None = None


class PauseSchedule(Pause, Command):
    kind: Kind
    id: str


class ResumeSchedule(Command):
    kind: Kind
    id: str


class ArchiveSchedule(Command):
    """Hides it from the active list and stops generation; what it made stays."""

    kind: Kind
    id: str


class RestoreSchedule(Command):
    kind: Kind
    id: str


class ListSchedules(Model):
    """Both mechanisms, as the recurring page shows them."""

    after: str | None = None


class SchedulePage(Model):
    items: list[ScheduleRow]
    after: str | None = None


class ScheduleQuestion(Model):
    kind: Kind
    id: str


class GetUpcoming(Model):
    """``cron`` asks about an expression that is not stored yet."""

    kind: Kind = Kind.RECURRING
    id: str | None = None
    cron: str | None = None
    count: int = Field(default=5, ge=1, le=50)


class Occurrence(Model):
    date: IsoDate
    opens_at: Instant


class Upcoming(Model):
    items: list[Occurrence]
    timezone: str


class ListPredicted(Model):
    """Windows that schedules which are active now will open within seven days, and that made nothing yet."""

    limit: int = Field(default=20, ge=1, le=50)


class PredictedWindow(Model):
    kind: Kind
    source_id: str
    title: str
    date: IsoDate
    opens_at: Instant


class Predicted(Model):
    """The first by time; ``more`` says that others follow within the seven days."""

    items: list[PredictedWindow]
    more: bool
