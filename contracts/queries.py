"""Questions. Lists are answered in pages of at most 512 KB: ask again with ``after`` until it comes back None."""

from enum import StrEnum

from pydantic import Field

from contracts.schedules import Schedule
from contracts.values import Instant, IsoDate, Kind, Model, Outcome, TaskStatus
from contracts.views import Failure, HistoryRow, Notification, RecurringConfig, ScheduleRow, Task, TaskRow, WindowRow


class GetRecurring(Model):
    id: str


class GetTask(Model):
    id: str


class ListRecurring(Model):
    after: str | None = None


class RecurringPage(Model):
    items: list[RecurringConfig]
    after: str | None = None


class ListSchedules(Model):
    """Both mechanisms, as the recurring page shows them."""

    after: str | None = None


class SchedulePage(Model):
    items: list[ScheduleRow]
    after: str | None = None


class ScheduleFeed(Model):
    """Schedules changed at or after ``since`` (machine time; None: all), tombstones included."""

    since: Instant | None = None
    after: str | None = None


class ScheduleFeedPage(Model):
    """``as_of`` is machine time before the read began: the next ask's ``since``, less an overlap."""

    items: list[Schedule]
    as_of: Instant
    after: str | None = None


class ListTasks(Model):
    """One filter decides, in this order: date, range, bundle, status."""

    date: IsoDate | None = None
    start_date: IsoDate | None = None
    end_date: IsoDate | None = None
    bundle_id: str | None = None
    status: TaskStatus | None = None
    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class TaskPage(Model):
    items: list[Task]
    after: str | None = None


class Attention(StrEnum):
    """What the notifier sweeps for."""

    DUE_TODAY = "due-today"
    OVERDUE = "overdue"
    FOLLOW_UP_DUE = "follow-up-due"


class TaskFilter(Model):
    """Which tasks are meant; all that is given applies together. ``assignee_id`` empty: nobody's. What is of
    ``others`` is left out. A description must contain
    every word of ``text``, in any order; that and ``tag`` are compared as `contracts.search` says."""

    others: list[str] = Field(default_factory=list[str])
    assignee_id: str | None = None
    source: str | None = None
    bundle_id: str | None = None
    tag: str | None = Field(default=None, max_length=200)
    text: str | None = Field(default=None, max_length=200)


class ListTaskRows(TaskFilter):
    """Tasks as rows, by date. Tasks of archived workflows are left out."""

    statuses: tuple[TaskStatus, ...] = (TaskStatus.TODO, TaskStatus.WAITING)
    start_date: IsoDate | None = None
    end_date: IsoDate | None = None
    attention: Attention | None = None
    newest_first: bool = False
    after: str | None = None
    limit: int = Field(default=50, ge=1, le=100)


class TaskRowPage(Model):
    items: list[TaskRow]
    after: str | None = None


class GetHome(TaskFilter):
    """The filter is for the sections of tasks; failures and workflows are everybody's. ``others`` are mostly the active
    users besides the viewer; empty: everyone's work."""

    viewer_id: str | None = None


class HistoryFeed(Model):
    """History recorded at or after ``since``, oldest first; ``kinds`` limits it to some."""

    since: Instant | None = None
    kinds: tuple[str, ...] = ()
    after: str | None = None


class GetTaskHistory(Model):
    """All that became of one task, oldest first unless asked otherwise; also of one that was deleted."""

    id: str
    newest_first: bool = False
    after: str | None = None
    limit: int = Field(default=200, ge=1, le=200)


class HistoryPage(Model):
    """``as_of`` is machine time before the read began, given by the feed: all rows recorded before it are in these
    pages, but for those that became visible late."""

    items: list[HistoryRow]
    after: str | None = None
    as_of: Instant | None = None


class ListNotifications(Model):
    """``others`` are the active users besides this one: what is for nobody among them is for everyone. None: only the
    user's own and everyone's."""

    user_id: str | None = None
    others: list[str] | None = None
    all: bool = False
    after: str | None = None


class NotificationPage(Model):
    items: list[Notification]
    after: str | None = None


class CountUnread(Model):
    """How many of the newest notifications this user has not dismissed; counted up to 100. ``others`` as in
    ``ListNotifications``."""

    user_id: str
    others: list[str] | None = None


class Unread(Model):
    count: int


class ScheduleQuestion(Model):
    kind: Kind
    id: str


class ListWindows(Model):
    """The ledger of one schedule, latest date first."""

    kind: Kind
    id: str
    after: str | None = None
    limit: int = Field(default=50, ge=1, le=200)


class WindowPage(Model):
    items: list[WindowRow]
    after: str | None = None


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


class AskWhy(Model):
    kind: Kind
    id: str
    date: IsoDate


class CountMadeAhead(Model):
    """How many of these windows were made before they opened, or in time?"""

    windows: list[str] = Field(max_length=5_000)


class MadeAhead(Model):
    windows: int


class ListAttention(Model):
    """All open tasks in that state now, whoever's; ordered by id."""

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


class FindTodo(Model):
    """Which of these tasks has somebody still to do? Neither waiting ones nor those that are gone."""

    ids: list[str] = Field(max_length=1_000)


class Todo(Model):
    ids: list[str]


class ListFailures(Model):
    """Open alerts, in an order that only pages need."""

    after: str | None = None


class Failures(Model):
    items: list[Failure]
    after: str | None = None


class FindOutcomes(Model):
    """What the ledger says of these windows, by id; windows without a row are left out."""

    windows: list[str] = Field(max_length=5_000)


class Outcomes(Model):
    outcomes: dict[str, Outcome]
