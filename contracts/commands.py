"""Requests that change something. Each is answered with the changed view, or with a refusal in words."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from contracts.stored_json import Proof
from contracts.text import Cron, Line, Link, Name, NotNull, Prose
from contracts.values import Incident, Instant, IsoDate, Kind, Model, Trigger, Window


class Command(Model):
    """``actor`` is a user id. The same ``key`` twice has one effect and gets the same answer, for 24 hours."""

    actor: str | None = None
    key: str | None = Field(default=None, max_length=200, pattern=r"^[!-~]+$")


class DutyInput(Model):
    instructions: Annotated[Prose | None, NotNull] = None
    instructions_url: Annotated[Link | None, NotNull] = None
    instruction_doc_id: Annotated[Name | None, NotNull] = None
    systems: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    tags: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    required_link_name: Annotated[Name | None, NotNull] = None
    requires_file: Annotated[StrictBool | None, NotNull] = None
    proof_requirement: Annotated[Proof | None, NotNull] = None


class CreateRecurring(DutyInput, Command):
    """``id`` is chosen by a seed that may run twice; others leave it out."""

    description: Line
    cron_expression: Cron
    assignee_id: Annotated[Name | None, NotNull] = None
    enabled: StrictBool = True
    id: Name | None = None


class RecurringChanges(DutyInput):
    """Fields that were not sent keep their value; ``model_fields_set`` tells which were."""

    description: Annotated[Line | None, NotNull] = None
    cron_expression: Annotated[Cron | None, NotNull] = None
    assignee_id: Annotated[Name | None, NotNull] = None
    enabled: Annotated[StrictBool | None, NotNull] = None


Clearable = Literal[
    "instructions",
    "instructions_url",
    "instruction_doc_id",
    "systems",
    "tags",
    "required_link_name",
    "requires_file",
    "proof_requirement",
    "assignee_id",
]


class UpdateRecurring(Command):
    """``version`` is that of the config which the changes were made on: refused when somebody changed it since.
    ``cleared`` names fields that it shall not have any more, for a change cannot be null."""

    id: str
    changes: RecurringChanges
    cleared: tuple[Clearable, ...] = ()
    version: int | None = None


class DeleteRecurring(Command):
    id: str


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


class CreateStandardDuties(Command):
    """The nine standard duties, for users that exist. ``dry_run`` only says what would be created."""

    operations_id: str | None = None
    content_id: str | None = None
    reviewer_id: str | None = None
    enabled: bool = True
    dry_run: StrictBool = False


class DismissNotification(Command):
    """Hides a notification from ``actor`` alone and never changes what it is about. Without an actor: from all.
    ``others`` as in ``ListNotifications``."""

    id: str
    others: list[str] | None = None


class DismissAllNotifications(Command):
    """``DismissNotification`` for all that ``actor`` sees now: their own and everyone's. Without an actor: for all."""

    others: list[str] | None = None
