"""Tasks: as they are shown, and what is asked and changed."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, StrictInt

from contracts.commands import Command
from contracts.duties import DutyFields, ReferenceFields
from contracts.fields.task import FollowUpAt, Note, TaskFields
from contracts.fields.text import Line, Link, NotNull
from contracts.values import Instant, IsoDate, Model, ProofType, Stage, TaskStatus


class Task(DutyFields, ReferenceFields):
    """``version`` goes up with each change; a client that sends it back overwrites nobody."""

    id: str
    version: int = 1
    description: str
    date: IsoDate
    status: TaskStatus
    source: str
    comment: str | None = None
    waiting_for: str | None = None
    follow_up_at: str | None = None
    completed_at: Instant | None = None
    completed_by: str | None = None
    external_status: str | None = None
    instruction_step_id: str | None = None
    phase: str | None = None
    validation: JsonValue = None
    link: str | None = None
    assignee_id: str | None = None
    tags: list[str] | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    template_task_ref: str | None = None
    stage_on_complete: Stage | None = None
    recurring_config_id: str | None = None
    created_at: Instant
    updated_at: Instant


class TaskRow(Model):
    """A task as every list shows it: due in words is for the page; what it belongs to and needs is said here.

    ``missing`` is all that keeps it from being done, in words; ``needs`` what of it can be put on the task itself.
    """

    task: Task
    days_late: int = 0
    follow_up_due: bool = False
    late_run: bool = False
    missing: list[str] = Field(default_factory=list[str])
    needs: list[ProofType] = Field(default_factory=list[ProofType])
    source_title: str | None = None
    source_cron: str | None = None
    step: int | None = None
    steps: int | None = None


class CreateTask(TaskFields, Command):
    description: Line
    date: IsoDate
    status: TaskStatus = TaskStatus.TODO


class TaskChanges(TaskFields):
    """Fields that were not sent keep their value; ``model_fields_set`` tells which were."""

    description: Annotated[Line | None, NotNull] = None
    date: Annotated[IsoDate | None, NotNull] = None
    status: Annotated[TaskStatus | None, NotNull] = None


class TaskCommand(Command):
    """``version`` is the one that its sender saw: when the task has another one by now, nothing is changed. ``author``
    is the actor's name, for lines of the comment that the command writes."""

    id: str
    version: Annotated[StrictInt | None, NotNull] = None
    author: Line | None = None


class UpdateTask(TaskCommand):
    changes: TaskChanges


class DeleteTask(TaskCommand):
    """Hides the task everywhere; its history stays, and its window stays taken."""


class CompleteTask(TaskCommand):
    """Proof may come with it; ``comment`` is added to the task's comment."""

    link: Annotated[Link | None, NotNull] = None
    comment: Annotated[Note | None, NotNull] = None
    external_status: Annotated[Note | None, NotNull] = None


class UndoChange(TaskCommand):
    """Takes back the sender's own last change of the task, for a moment after it was made."""


class ReopenTask(TaskCommand):
    """From done back to todo."""


class MarkWaiting(TaskCommand):
    waiting_for: Annotated[Line, Field(max_length=200)]
    follow_up_at: FollowUpAt
    note: Note


class SendFollowUp(TaskCommand):
    """The task stays waiting, until ``follow_up_at``."""

    follow_up_at: FollowUpAt
    channel: Annotated[Line | None, Field(max_length=100), NotNull] = None
    note: Annotated[Note | None, NotNull] = None


class ReceiveResponse(TaskCommand):
    """The task goes back to todo."""

    note: Annotated[Note | None, NotNull] = None


class SnoozeFollowUp(TaskCommand):
    follow_up_at: FollowUpAt
    reason: Note


class AddComment(TaskCommand):
    text: Note


class GetTask(Model):
    id: str


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
    every word of ``text``, in any order; that and ``tag`` are compared as `contracts.fields.search` says."""

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


class FindTodo(Model):
    """Which of these tasks has somebody still to do? Neither waiting ones nor those that are gone."""

    ids: list[str] = Field(max_length=1_000)


class Todo(Model):
    ids: list[str]
