"""Every subject on the broker: who answers or sends it, and the shape of what it carries."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, cast

from pydantic import Field, JsonValue, TypeAdapter

from contracts import (
    artifacts,
    commands,
    duties,
    events,
    files,
    generation,
    history,
    home,
    notifications,
    recurring,
    runs,
    schedule_rows,
    schedules,
    tasks,
    templates,
    windows,
)
from contracts.transfer import exports, imports
from contracts.values import WINDOW_SUBJECT_PREFIX, Model, Service

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class Done(Model, Generic[ViewT]):
    status: Literal["done"] = "done"
    view: ViewT


class Refusal(Model):
    """Why nothing was changed, in the operator's words. ``fields`` names what to correct, ``missing`` what to add.

    ``current`` is the view as it stands, when somebody else changed it meanwhile.
    """

    status: Literal["refused"] = "refused"
    code: str
    message: str
    fields: dict[str, str] = Field(default_factory=dict[str, str])
    missing: list[str] = Field(default_factory=list[str])
    counts: dict[str, int] = Field(default_factory=dict[str, int])
    current: dict[str, JsonValue] | None = None


@cache
def _reply_of(view: Any) -> TypeAdapter[Any]:
    """Made when the first reply of its kind arrives: all of them would take a second at every start."""
    replies: Any = Annotated[Done.__class_getitem__(view) | Refusal, Field(discriminator="status")]
    return TypeAdapter(replies)


REPLY_BYTES = 400_000
"""What the items of a page may take; the broker carries 1 MiB."""


def reply_size(view: Model) -> int:
    """Bytes of a view, or of a part of one, in a reply."""
    return len(view.model_dump_json(exclude_none=True).encode())


class Nothing(Model):
    """The view of what is gone."""


@dataclass(frozen=True)
class Request(Generic[RequestT, ViewT]):
    """A subject with an answer. ``timeout`` is what a requester waits, in seconds."""

    subject: str
    request: type[RequestT]
    view: type[ViewT]
    owner: Service
    timeout: float = 5.0

    def reply(self, body: bytes) -> Done[ViewT] | Refusal:
        """Read an answer; raises pydantic.ValidationError when it is neither."""
        return _reply_of(self.view).validate_json(body)


WORK, NOTIFIER = Service.WORK, Service.NOTIFIER

# Commands
CREATE_RECURRING = Request("dataops.work.recurring.create", recurring.CreateRecurring, recurring.RecurringConfig, WORK)
UPDATE_RECURRING = Request("dataops.work.recurring.update", recurring.UpdateRecurring, recurring.RecurringConfig, WORK)
DELETE_RECURRING = Request("dataops.work.recurring.delete", recurring.DeleteRecurring, Nothing, WORK)
CREATE_TEMPLATE = Request("dataops.work.template.create", templates.CreateTemplate, templates.Template, WORK)
UPDATE_TEMPLATE = Request("dataops.work.template.update", templates.UpdateTemplate, templates.OpenedTemplate, WORK)
DELETE_TEMPLATE = Request("dataops.work.template.delete", templates.DeleteTemplate, Nothing, WORK)
CREATE_BUNDLE = Request("dataops.work.bundle.create", runs.CreateBundle, runs.StartedBundle, WORK)
UPDATE_BUNDLE = Request("dataops.work.bundle.update", runs.UpdateBundle, runs.Bundle, WORK)
FILL_LINK = Request("dataops.work.bundle.fill-link", runs.FillLink, runs.Bundle, WORK)
CHANGE_STAGE = Request("dataops.work.bundle.change-stage", runs.ChangeStage, runs.Bundle, WORK)
ARCHIVE_BUNDLE = Request("dataops.work.bundle.archive", runs.ArchiveBundle, runs.ArchivedBundle, WORK)
RESTORE_BUNDLE = Request("dataops.work.bundle.restore", runs.RestoreBundle, runs.Bundle, WORK)
DELETE_BUNDLE = Request("dataops.work.bundle.delete", runs.DeleteBundle, Nothing, WORK)
CREATE_STANDARD_DUTIES = Request(
    "dataops.work.standard-duties.create", duties.CreateStandardDuties, duties.StandardDutiesReport, WORK
)
PAUSE_SCHEDULE = Request("dataops.work.schedule.pause", schedule_rows.PauseSchedule, schedule_rows.ScheduleRow, WORK)
RESUME_SCHEDULE = Request("dataops.work.schedule.resume", schedule_rows.ResumeSchedule, schedule_rows.ScheduleRow, WORK)
ARCHIVE_SCHEDULE = Request(
    "dataops.work.schedule.archive", schedule_rows.ArchiveSchedule, schedule_rows.ScheduleRow, WORK
)
RESTORE_SCHEDULE = Request(
    "dataops.work.schedule.restore", schedule_rows.RestoreSchedule, schedule_rows.ScheduleRow, WORK
)
ACKNOWLEDGE_FAILURE = Request(
    "dataops.work.failure.acknowledge", generation.AcknowledgeFailure, commands.Accepted, WORK
)
RETRY_FAILURE = Request("dataops.work.failure.retry", generation.RetryFailure, commands.Accepted, WORK, timeout=20.0)
REPORT_INCIDENT = Request("dataops.work.incident.report", generation.ReportIncident, Nothing, WORK, timeout=20.0)
CREATE_TASK = Request("dataops.work.task.create", tasks.CreateTask, tasks.TaskRow, WORK)
UPDATE_TASK = Request("dataops.work.task.update", tasks.UpdateTask, tasks.TaskRow, WORK)
DELETE_TASK = Request("dataops.work.task.delete", tasks.DeleteTask, Nothing, WORK)
COMPLETE_TASK = Request("dataops.work.task.complete", tasks.CompleteTask, tasks.TaskRow, WORK)
REOPEN_TASK = Request("dataops.work.task.reopen", tasks.ReopenTask, tasks.TaskRow, WORK)
UNDO_CHANGE = Request("dataops.work.task.undo", tasks.UndoChange, tasks.TaskRow, WORK)
MARK_WAITING = Request("dataops.work.task.wait", tasks.MarkWaiting, tasks.TaskRow, WORK)
SEND_FOLLOW_UP = Request("dataops.work.task.follow-up", tasks.SendFollowUp, tasks.TaskRow, WORK)
RECEIVE_RESPONSE = Request("dataops.work.task.response", tasks.ReceiveResponse, tasks.TaskRow, WORK)
SNOOZE_FOLLOW_UP = Request("dataops.work.task.snooze", tasks.SnoozeFollowUp, tasks.TaskRow, WORK)
ADD_COMMENT = Request("dataops.work.task.comment", tasks.AddComment, tasks.TaskRow, WORK)
GENERATE = Request("dataops.work.windows.generate", generation.Generate, generation.Generated, WORK, timeout=20.0)
GENERATE_TODAY = Request(
    "dataops.work.windows.generate-today", generation.GenerateToday, generation.Generated, WORK, timeout=20.0
)
ADD_FILE = Request("dataops.work.file.add", files.AddFile, files.File, WORK)
DELETE_FILE = Request("dataops.work.file.delete", files.DeleteFile, Nothing, WORK)
ADD_ARTIFACT = Request("dataops.work.artifact.add", artifacts.AddArtifact, artifacts.Artifact, WORK)
UPDATE_ARTIFACT = Request("dataops.work.artifact.update", artifacts.UpdateArtifact, artifacts.Artifact, WORK)
ATTACH_ARTIFACT = Request("dataops.work.artifact.attach", artifacts.AttachArtifact, artifacts.Artifact, WORK)
ARCHIVE_ARTIFACT = Request("dataops.work.artifact.archive", artifacts.ArchiveArtifact, artifacts.Artifact, WORK)
DISMISS_NOTIFICATION = Request(
    "dataops.notifier.notification.dismiss", notifications.DismissNotification, notifications.Notification, NOTIFIER
)
DISMISS_ALL = Request(
    "dataops.notifier.notification.dismiss-all",
    notifications.DismissAllNotifications,
    notifications.Dismissed,
    NOTIFIER,
)
IMPORT_WORK = Request("dataops.work.import.records", imports.ImportRecords, imports.ImportedRecords, WORK, timeout=30.0)
IMPORT_NOTIFICATIONS = Request(
    "dataops.notifier.import.records", imports.ImportRecords, imports.ImportedRecords, NOTIFIER, timeout=30.0
)

# Queries
GET_HOME = Request("dataops.work.query.home", home.GetHome, home.Home, WORK)
GET_RECURRING = Request("dataops.work.query.recurring", recurring.GetRecurring, recurring.RecurringConfig, WORK)
LIST_RECURRING = Request("dataops.work.query.recurring-list", recurring.ListRecurring, recurring.RecurringPage, WORK)
LIST_SCHEDULES = Request("dataops.work.query.schedules", schedule_rows.ListSchedules, schedule_rows.SchedulePage, WORK)
GET_SCHEDULE = Request("dataops.work.query.schedule", schedule_rows.ScheduleQuestion, schedule_rows.ScheduleRow, WORK)
SCHEDULE_FEED = Request("dataops.work.query.schedule-feed", schedules.ScheduleFeed, schedules.ScheduleFeedPage, WORK)
LIST_TASKS = Request("dataops.work.query.tasks", tasks.ListTasks, tasks.TaskPage, WORK)
LIST_TASK_ROWS = Request("dataops.work.query.task-rows", tasks.ListTaskRows, tasks.TaskRowPage, WORK)
LIST_WINDOWS = Request("dataops.work.query.windows", windows.ListWindows, windows.WindowPage, WORK)
GET_UPCOMING = Request("dataops.work.query.upcoming", schedule_rows.GetUpcoming, schedule_rows.Upcoming, WORK)
LIST_PREDICTED = Request("dataops.work.query.predicted", schedule_rows.ListPredicted, schedule_rows.Predicted, WORK)
ASK_WHY = Request("dataops.work.query.why", windows.AskWhy, windows.Why, WORK)
COUNT_MADE_AHEAD = Request("dataops.work.query.made-ahead", windows.CountMadeAhead, windows.MadeAhead, WORK)
FIND_OUTCOMES = Request("dataops.work.query.outcomes", windows.FindOutcomes, windows.Outcomes, WORK)
LIST_ATTENTION = Request("dataops.work.query.attention", home.ListAttention, home.AttentionPage, WORK)
FIND_TODO = Request("dataops.work.query.todo", tasks.FindTodo, tasks.Todo, WORK)
LIST_FAILURES = Request("dataops.work.query.failures", generation.ListFailures, generation.Failures, WORK)
GET_TASK = Request("dataops.work.query.task", tasks.GetTask, tasks.Task, WORK)
GET_TASK_ROW = Request("dataops.work.query.task-row", tasks.GetTask, tasks.TaskRow, WORK)
TASK_HISTORY = Request("dataops.work.query.task-history", history.GetTaskHistory, history.HistoryPage, WORK)
GET_FILE = Request("dataops.work.query.file", files.GetFile, files.File, WORK)
LIST_FILES = Request("dataops.work.query.files", files.ListFiles, files.FilePage, WORK)
FIND_STRAY_FILES = Request("dataops.work.query.stray-files", files.FindStrayFiles, files.StrayFiles, WORK)
GET_TEMPLATE = Request("dataops.work.query.template", templates.GetTemplate, templates.OpenedTemplate, WORK)
LIST_TEMPLATES = Request("dataops.work.query.templates", templates.ListTemplates, templates.TemplatePage, WORK)
GET_BUNDLE = Request("dataops.work.query.bundle", runs.GetBundle, runs.Bundle, WORK)
LIST_BUNDLES = Request("dataops.work.query.bundles", runs.ListBundles, runs.BundlePage, WORK)
LIST_BUNDLE_TASKS = Request("dataops.work.query.bundle-tasks", runs.ListBundleTasks, tasks.TaskPage, WORK)
GET_WORKFLOW = Request("dataops.work.query.workflow", runs.GetWorkflow, runs.Workflow, WORK)
BUNDLE_HISTORY = Request("dataops.work.query.bundle-history", history.GetBundleHistory, history.HistoryPage, WORK)
LIST_BUNDLE_CARDS = Request("dataops.work.query.bundle-cards", runs.ListBundleCards, runs.BundleCardPage, WORK)
GET_ARTIFACT = Request("dataops.work.query.artifact", artifacts.GetArtifact, artifacts.Artifact, WORK)
LIST_ARTIFACTS = Request("dataops.work.query.artifacts", artifacts.ListArtifacts, artifacts.ArtifactPage, WORK)
HISTORY_FEED = Request("dataops.work.query.history-feed", history.HistoryFeed, history.HistoryPage, WORK)
LIST_NOTIFICATIONS = Request(
    "dataops.notifier.query.notifications", notifications.ListNotifications, notifications.NotificationPage, NOTIFIER
)
COUNT_UNREAD = Request(
    "dataops.notifier.query.unread-count", notifications.CountUnread, notifications.Unread, NOTIFIER, timeout=0.5
)

CHOOSE_SNAPSHOT = Request("dataops.work.query.snapshot", exports.ChooseSnapshot, exports.Snapshot, WORK, timeout=20.0)
EXPORT_WORK = Request("dataops.work.query.export", exports.ExportRecords, exports.ExportedRecords, WORK, timeout=20.0)
FIND_EXPORTED = Request("dataops.work.query.exported", exports.FindExported, exports.Exported, WORK, timeout=20.0)
EXPORT_NOTIFICATIONS = Request(
    "dataops.notifier.query.export", exports.ExportRecords, exports.ExportedRecords, NOTIFIER, timeout=30.0
)

REQUESTS = [cast("Request[Any, Any]", value) for value in list(globals().values()) if isinstance(value, Request)]


@dataclass(frozen=True)
class Event:
    """A subject that is only told. ``stream`` names the stream that keeps it, if one does."""

    subject: str
    body: type[Model]
    sender: Service | None
    stream: str | None = None


WINDOW_DUE = Event(f"{WINDOW_SUBJECT_PREFIX}.>", windows.WindowDue, Service.SCHEDULER, stream="WINDOWS")
DEAD_LETTER = Event("dataops.dead.>", events.DeadLetter, Service.WORK, stream="DEAD_LETTERS")
CLOCK_MINUTE = Event("dataops.clock.minute", events.ClockMinute, Service.SCHEDULER)
WINDOWS_FINISHED = Event("dataops.event.window.finished", windows.WindowsFinished, Service.WORK)
TASK_CHANGED = Event("dataops.event.task.changed", events.Changed, Service.WORK)
BUNDLE_CHANGED = Event("dataops.event.bundle.changed", events.Changed, Service.WORK)
SCHEDULE_CHANGED = Event("dataops.event.schedule.changed", events.Changed, Service.WORK)
NOTIFICATION_RAISED = Event("dataops.event.notification.raised", notifications.NotificationRaised, Service.NOTIFIER)

EVENTS = tuple(value for value in list(globals().values()) if isinstance(value, Event))
