"""What work and the notifier answer with: records as the HTTP API shows them, and the pages made of them."""

from enum import StrEnum

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StrictStr

from contracts.schedules import Revision
from contracts.values import (
    BundleStatus,
    Instant,
    IsoDate,
    Kind,
    Model,
    Outcome,
    ProofType,
    Stage,
    TaskStatus,
    Trigger,
)


class ProofRequirement(Model):
    type: ProofType
    label: StrictStr | None = None
    required: StrictBool | None = None


class KeptWhole(Model):
    """Shown with whatever else clients stored in it."""

    model_config = ConfigDict(extra="allow")


class Reference(KeptWhole):
    name: str
    url: str | None = None


class Phase(KeptWhole):
    id: str
    name: str
    stage: str | None = None


class References(Model):
    """What clients attach to tasks and runs, as they sent it: objects that name an artifact, a job or an event."""

    artifact_refs: list[dict[str, JsonValue]] | None = None
    assistant_job_refs: list[dict[str, JsonValue]] | None = None
    audit_event_refs: list[dict[str, JsonValue]] | None = None


class DutyFields(Model):
    """What a recurring config and a task definition both pass on to the tasks made from them."""

    instructions: str | None = None
    instructions_url: str | None = None
    instruction_doc_id: str | None = None
    systems: list[str] | None = None
    required_link_name: str | None = None
    requires_file: bool | None = None
    proof_requirement: ProofRequirement | None = None


class RecurringConfig(DutyFields):
    """``version`` rises with each change, a pause or its end among them. ``unreadable`` has a reason for each field of
    what is stored that cannot be read, by its name on HTTP; something else, or nothing, stands in its place."""

    id: str
    version: int = 1
    description: str
    cron_expression: str
    enabled: bool
    assignee_id: str | None = None
    tags: list[str] | None = None
    unreadable: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant


class TaskDefinition(DutyFields, References, KeptWhole):
    ref_id: str
    description: str
    offset_days: int
    is_milestone: bool | None = None
    stage_on_complete: Stage | None = None
    assignee_id: str | None = None
    instruction_step_id: str | None = None
    phase: str | None = None
    validation: JsonValue = None


class Template(Model):
    """``version`` rises with each change, a pause or its end among them; a client that sends it back overwrites nobody.
    ``unreadable`` as in a recurring config; of a list that can be read, each item is read on its own."""

    id: str
    version: int = 1
    name: str
    type: str
    task_definitions: list[TaskDefinition]
    emoji: str | None = None
    tags: list[str] | None = None
    default_assignee_id: str | None = None
    phases: list[Phase] | None = None
    source_doc_ids: list[str] | None = None
    references: list[Reference] | None = None
    bundle_link_definitions: list[Reference] | None = None
    trigger_type: str | None = None
    trigger_schedule: str | None = None
    trigger_lead_days: JsonValue = None
    trigger_enabled: bool | None = None
    unreadable: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant


class OpenedTemplate(Template):
    """Of the anchor dates from today on, ``left_out`` are those that an edit of the trigger left without a run and
    without a window to come, and ``already_made`` those whose window is still to come and will be skipped."""

    left_out: list[IsoDate] = Field(default_factory=list[IsoDate])
    already_made: list[IsoDate] = Field(default_factory=list[IsoDate])


class Task(DutyFields, References):
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


class Bundle(References):
    """``version`` rises with each change of the run itself."""

    id: str
    version: int = 1
    title: str
    description: str | None = None
    anchor_date: IsoDate
    stage: Stage
    status: BundleStatus
    template_id: str | None = None
    emoji: str | None = None
    tags: list[str] | None = None
    references: list[Reference] | None = None
    bundle_links: list[Reference] | None = None
    created_at: Instant
    updated_at: Instant


class StartedBundle(Model):
    """A run started by hand; ``task_ids`` in the order of the template's definitions, None without a template.
    ``tasks`` are these as they were made, None when they do not fit into a reply."""

    bundle: Bundle
    task_ids: list[str] | None = None
    tasks: list[Task] | None = None


class OpenTask(Model):
    id: str
    description: str
    date: IsoDate


class ArchivedBundle(Model):
    """``open_tasks`` are the first of ``open_count`` that were neither done nor archived."""

    bundle: Bundle
    open_count: int
    open_tasks: list[OpenTask]


class WindowError(Model):
    """Why a window failed: a code that groups alerts, and a sentence for people."""

    code: str
    message: str


class HolderState(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


class Holder(Model):
    """The workflow run that took the anchor date of a skipped window; archived or deleted ``by`` whom and ``at`` when,
    where history knows."""

    id: str
    title: str
    state: HolderState
    anchor_date: IsoDate | None = None
    by: str | None = None
    at: Instant | None = None


class WindowRow(Model):
    """One line of the ledger. ``opened_at`` is absent for a date that was asked for and never opened by itself."""

    id: str
    kind: Kind
    source_id: str
    date: IsoDate
    outcome: Outcome
    trigger: Trigger
    opened_at: Instant | None = None
    late: bool = False
    item_id: str | None = None
    holder: Holder | None = None
    attempts: int = 0
    generated: int = 0
    skipped: int = 0
    first_at: Instant
    last_at: Instant
    error: WindowError | None = None
    reason: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: Instant | None = None
    acknowledgement: str | None = None


class Totals(Model):
    """Windows of a schedule by outcome; ``repeats`` are the times that a settled one was asked for again."""

    generated: int = 0
    skipped: int = 0
    paused: int = 0
    failed: int = 0
    missed: int = 0
    repeats: int = 0


class WhyCode(StrEnum):
    NOT_A_DATE = "not-a-date"
    BEFORE_CREATION = "before-creation"
    ARCHIVED = "archived"
    PAUSED = "paused"
    GENERATED = "generated"
    SKIPPED = "skipped"
    FAILED = "failed"
    MISSED = "missed"
    TO_COME = "to-come"
    DUE_NOW = "due-now"
    HELD_UP = "held-up"


class Why(Model):
    """The answer to "why is there (no) task on that date?", as a code and as a sentence."""

    code: WhyCode
    sentence: str
    opens_at: Instant | None = None
    by: str | None = None
    window: WindowRow | None = None


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


class NextTask(Model):
    """What one line says of the task of a run that comes next; late and due as in ``TaskRow``."""

    id: str
    description: str
    date: IsoDate
    status: TaskStatus
    assignee_id: str | None = None
    days_late: int = 0
    follow_up_due: bool = False


class BundleCard(Model):
    bundle: Bundle
    done: int
    total: int
    overdue: int = 0
    waiting: int = 0
    follow_ups_due: int = 0
    missing: list[str] = Field(default_factory=list[str])
    next_task: NextTask | None = None

    @property
    def at_risk(self) -> bool:
        return bool(self.overdue or self.follow_ups_due or self.missing)

    @property
    def finished(self) -> bool:
        return self.bundle.stage is Stage.DONE and self.done == self.total


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


class HistoryRow(Model):
    """One change of one thing. ``recorded_at`` is machine time and orders the feed; ``at`` is application time."""

    id: str
    recorded_at: Instant
    at: Instant
    kind: str
    actor: str | None = None
    task_id: str | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    recurring_config_id: str | None = None
    data: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


class Severity(StrEnum):
    """How much a notification wants a person: read it some time, do something, do it now."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Notification(Model):
    """``dismissed`` for the user who asked, also when what it was about is over."""

    id: str
    message: str
    type: str
    severity: Severity = Severity.INFO
    dismissed: bool = False
    task_id: str | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    recurring_config_id: str | None = None
    metadata: dict[str, JsonValue] | None = None
    user_id: str | None = None
    due_at: str | None = None
    created_at: Instant


class Dismissed(Model):
    """``count`` notifications were in sight before and are dismissed now."""

    count: int


class StandardDuty(Model):
    """``is_new`` is False for one that an earlier seed created. A workflow has ``steps``, so many of them with proof;
    a recurring task has its own proof."""

    kind: Kind
    id: str
    title: str
    cron: str
    sentence: str
    assignee_id: str | None = None
    proof_requirement: ProofRequirement | None = None
    steps: int | None = None
    steps_with_proof: int = 0
    is_new: bool


class StandardDutiesReport(Model):
    duties: list[StandardDuty]


class Accepted(Model):
    """``count`` windows were taken on; what becomes of them is told when they are handled."""

    count: int
