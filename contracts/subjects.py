"""Every subject on the broker: who answers or sends it, and the shape of what it carries."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, cast

from pydantic import Field, JsonValue, TypeAdapter

from contracts import (
    artifacts,
    commands,
    events,
    files,
    queries,
    task_commands,
    views,
    workflow_commands,
    workflow_queries,
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
CREATE_RECURRING = Request("dataops.work.recurring.create", commands.CreateRecurring, views.RecurringConfig, WORK)
UPDATE_RECURRING = Request("dataops.work.recurring.update", commands.UpdateRecurring, views.RecurringConfig, WORK)
DELETE_RECURRING = Request("dataops.work.recurring.delete", commands.DeleteRecurring, Nothing, WORK)
CREATE_TEMPLATE = Request("dataops.work.template.create", workflow_commands.CreateTemplate, views.Template, WORK)
UPDATE_TEMPLATE = Request("dataops.work.template.update", workflow_commands.UpdateTemplate, views.OpenedTemplate, WORK)
DELETE_TEMPLATE = Request("dataops.work.template.delete", workflow_commands.DeleteTemplate, Nothing, WORK)
CREATE_BUNDLE = Request("dataops.work.bundle.create", workflow_commands.CreateBundle, views.StartedBundle, WORK)
UPDATE_BUNDLE = Request("dataops.work.bundle.update", workflow_commands.UpdateBundle, views.Bundle, WORK)
FILL_LINK = Request("dataops.work.bundle.fill-link", workflow_commands.FillLink, views.Bundle, WORK)
CHANGE_STAGE = Request("dataops.work.bundle.change-stage", workflow_commands.ChangeStage, views.Bundle, WORK)
ARCHIVE_BUNDLE = Request("dataops.work.bundle.archive", workflow_commands.ArchiveBundle, views.ArchivedBundle, WORK)
RESTORE_BUNDLE = Request("dataops.work.bundle.restore", workflow_commands.RestoreBundle, views.Bundle, WORK)
DELETE_BUNDLE = Request("dataops.work.bundle.delete", workflow_commands.DeleteBundle, Nothing, WORK)
CREATE_STANDARD_DUTIES = Request(
    "dataops.work.standard-duties.create", commands.CreateStandardDuties, views.StandardDutiesReport, WORK
)
PAUSE_SCHEDULE = Request("dataops.work.schedule.pause", commands.PauseSchedule, views.ScheduleRow, WORK)
RESUME_SCHEDULE = Request("dataops.work.schedule.resume", commands.ResumeSchedule, views.ScheduleRow, WORK)
ARCHIVE_SCHEDULE = Request("dataops.work.schedule.archive", commands.ArchiveSchedule, views.ScheduleRow, WORK)
RESTORE_SCHEDULE = Request("dataops.work.schedule.restore", commands.RestoreSchedule, views.ScheduleRow, WORK)
ACKNOWLEDGE_FAILURE = Request("dataops.work.failure.acknowledge", commands.AcknowledgeFailure, views.Accepted, WORK)
RETRY_FAILURE = Request("dataops.work.failure.retry", commands.RetryFailure, views.Accepted, WORK, timeout=20.0)
REPORT_INCIDENT = Request("dataops.work.incident.report", commands.ReportIncident, Nothing, WORK, timeout=20.0)
CREATE_TASK = Request("dataops.work.task.create", task_commands.CreateTask, views.TaskRow, WORK)
UPDATE_TASK = Request("dataops.work.task.update", task_commands.UpdateTask, views.TaskRow, WORK)
DELETE_TASK = Request("dataops.work.task.delete", task_commands.DeleteTask, Nothing, WORK)
COMPLETE_TASK = Request("dataops.work.task.complete", task_commands.CompleteTask, views.TaskRow, WORK)
REOPEN_TASK = Request("dataops.work.task.reopen", task_commands.ReopenTask, views.TaskRow, WORK)
UNDO_CHANGE = Request("dataops.work.task.undo", task_commands.UndoChange, views.TaskRow, WORK)
MARK_WAITING = Request("dataops.work.task.wait", task_commands.MarkWaiting, views.TaskRow, WORK)
SEND_FOLLOW_UP = Request("dataops.work.task.follow-up", task_commands.SendFollowUp, views.TaskRow, WORK)
RECEIVE_RESPONSE = Request("dataops.work.task.response", task_commands.ReceiveResponse, views.TaskRow, WORK)
SNOOZE_FOLLOW_UP = Request("dataops.work.task.snooze", task_commands.SnoozeFollowUp, views.TaskRow, WORK)
ADD_COMMENT = Request("dataops.work.task.comment", task_commands.AddComment, views.TaskRow, WORK)
GENERATE = Request("dataops.work.windows.generate", commands.Generate, views.Generated, WORK, timeout=20.0)
GENERATE_TODAY = Request(
    "dataops.work.windows.generate-today", commands.GenerateToday, views.Generated, WORK, timeout=20.0
)
ADD_FILE = Request("dataops.work.file.add", files.AddFile, files.File, WORK)
DELETE_FILE = Request("dataops.work.file.delete", files.DeleteFile, Nothing, WORK)
ADD_ARTIFACT = Request("dataops.work.artifact.add", artifacts.AddArtifact, artifacts.Artifact, WORK)
UPDATE_ARTIFACT = Request("dataops.work.artifact.update", artifacts.UpdateArtifact, artifacts.Artifact, WORK)
ATTACH_ARTIFACT = Request("dataops.work.artifact.attach", artifacts.AttachArtifact, artifacts.Artifact, WORK)
ARCHIVE_ARTIFACT = Request("dataops.work.artifact.archive", artifacts.ArchiveArtifact, artifacts.Artifact, WORK)
DISMISS_NOTIFICATION = Request(
    "dataops.notifier.notification.dismiss", commands.DismissNotification, views.Notification, NOTIFIER
)
DISMISS_ALL = Request(
    "dataops.notifier.notification.dismiss-all", commands.DismissAllNotifications, views.Dismissed, NOTIFIER
)
IMPORT_WORK = Request("dataops.work.import.records", imports.ImportRecords, imports.ImportedRecords, WORK, timeout=30.0)
IMPORT_NOTIFICATIONS = Request(
    "dataops.notifier.import.records", imports.ImportRecords, imports.ImportedRecords, NOTIFIER, timeout=30.0
)

# Queries
GET_HOME = Request("dataops.work.query.home", queries.GetHome, views.Home, WORK)
GET_RECURRING = Request("dataops.work.query.recurring", queries.GetRecurring, views.RecurringConfig, WORK)
LIST_RECURRING = Request("dataops.work.query.recurring-list", queries.ListRecurring, queries.RecurringPage, WORK)
LIST_SCHEDULES = Request("dataops.work.query.schedules", queries.ListSchedules, queries.SchedulePage, WORK)
GET_SCHEDULE = Request("dataops.work.query.schedule", queries.ScheduleQuestion, views.ScheduleRow, WORK)
SCHEDULE_FEED = Request("dataops.work.query.schedule-feed", queries.ScheduleFeed, queries.ScheduleFeedPage, WORK)
LIST_TASKS = Request("dataops.work.query.tasks", queries.ListTasks, queries.TaskPage, WORK)
LIST_TASK_ROWS = Request("dataops.work.query.task-rows", queries.ListTaskRows, queries.TaskRowPage, WORK)
LIST_WINDOWS = Request("dataops.work.query.windows", queries.ListWindows, queries.WindowPage, WORK)
GET_UPCOMING = Request("dataops.work.query.upcoming", queries.GetUpcoming, queries.Upcoming, WORK)
LIST_PREDICTED = Request("dataops.work.query.predicted", queries.ListPredicted, queries.Predicted, WORK)
ASK_WHY = Request("dataops.work.query.why", queries.AskWhy, views.Why, WORK)
COUNT_MADE_AHEAD = Request("dataops.work.query.made-ahead", queries.CountMadeAhead, queries.MadeAhead, WORK)
FIND_OUTCOMES = Request("dataops.work.query.outcomes", queries.FindOutcomes, queries.Outcomes, WORK)
LIST_ATTENTION = Request("dataops.work.query.attention", queries.ListAttention, queries.AttentionPage, WORK)
FIND_TODO = Request("dataops.work.query.todo", queries.FindTodo, queries.Todo, WORK)
LIST_FAILURES = Request("dataops.work.query.failures", queries.ListFailures, queries.Failures, WORK)
GET_TASK = Request("dataops.work.query.task", queries.GetTask, views.Task, WORK)
GET_TASK_ROW = Request("dataops.work.query.task-row", queries.GetTask, views.TaskRow, WORK)
TASK_HISTORY = Request("dataops.work.query.task-history", queries.GetTaskHistory, queries.HistoryPage, WORK)
GET_FILE = Request("dataops.work.query.file", files.GetFile, files.File, WORK)
LIST_FILES = Request("dataops.work.query.files", files.ListFiles, files.FilePage, WORK)
FIND_STRAY_FILES = Request("dataops.work.query.stray-files", files.FindStrayFiles, files.StrayFiles, WORK)
GET_TEMPLATE = Request("dataops.work.query.template", workflow_queries.GetTemplate, views.OpenedTemplate, WORK)
LIST_TEMPLATES = Request(
    "dataops.work.query.templates", workflow_queries.ListTemplates, workflow_queries.TemplatePage, WORK
)
GET_BUNDLE = Request("dataops.work.query.bundle", workflow_queries.GetBundle, views.Bundle, WORK)
LIST_BUNDLES = Request("dataops.work.query.bundles", workflow_queries.ListBundles, workflow_queries.BundlePage, WORK)
LIST_BUNDLE_TASKS = Request("dataops.work.query.bundle-tasks", workflow_queries.ListBundleTasks, queries.TaskPage, WORK)
GET_WORKFLOW = Request("dataops.work.query.workflow", workflow_queries.GetWorkflow, workflow_queries.Workflow, WORK)
BUNDLE_HISTORY = Request(
    "dataops.work.query.bundle-history", workflow_queries.GetBundleHistory, queries.HistoryPage, WORK
)
LIST_BUNDLE_CARDS = Request(
    "dataops.work.query.bundle-cards", workflow_queries.ListBundleCards, workflow_queries.BundleCardPage, WORK
)
GET_ARTIFACT = Request("dataops.work.query.artifact", artifacts.GetArtifact, artifacts.Artifact, WORK)
LIST_ARTIFACTS = Request("dataops.work.query.artifacts", artifacts.ListArtifacts, artifacts.ArtifactPage, WORK)
HISTORY_FEED = Request("dataops.work.query.history-feed", queries.HistoryFeed, queries.HistoryPage, WORK)
LIST_NOTIFICATIONS = Request(
    "dataops.notifier.query.notifications", queries.ListNotifications, queries.NotificationPage, NOTIFIER
)
COUNT_UNREAD = Request(
    "dataops.notifier.query.unread-count", queries.CountUnread, queries.Unread, NOTIFIER, timeout=0.5
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


WINDOW_DUE = Event(f"{WINDOW_SUBJECT_PREFIX}.>", events.WindowDue, Service.SCHEDULER, stream="WINDOWS")
DEAD_LETTER = Event("dataops.dead.>", events.DeadLetter, Service.WORK, stream="DEAD_LETTERS")
CLOCK_MINUTE = Event("dataops.clock.minute", events.ClockMinute, Service.SCHEDULER)
WINDOWS_FINISHED = Event("dataops.event.window.finished", events.WindowsFinished, Service.WORK)
TASK_CHANGED = Event("dataops.event.task.changed", events.Changed, Service.WORK)
BUNDLE_CHANGED = Event("dataops.event.bundle.changed", events.Changed, Service.WORK)
SCHEDULE_CHANGED = Event("dataops.event.schedule.changed", events.Changed, Service.WORK)
NOTIFICATION_RAISED = Event("dataops.event.notification.raised", events.NotificationRaised, Service.NOTIFIER)

EVENTS = tuple(value for value in list(globals().values()) if isinstance(value, Event))
