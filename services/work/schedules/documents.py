"""What is stored of schedules, in `recurring` and `templates`; and the zone of the dates that people chose."""

import datetime as dt
from typing import NotRequired, TypedDict

from pydantic import JsonValue

from services.work.tasks.documents import ProofRequirementDocument


class RevisionDocument(TypedDict):
    """What held of a schedule from an instant on. A revision is never changed once it held."""

    since: dt.datetime
    """From when on it holds. It lies ahead for the end of a pause."""
    since_date: NotRequired[dt.date | str]
    """The ISO date that a person chose for it; `since` is its beginning in the application timezone."""
    cron: str
    """The cron expression."""
    lead_days: NotRequired[JsonValue]
    """Of a template: days from a window's date to the anchor date."""
    enabled: NotRequired[bool]
    """False while it is paused."""
    archived: NotRequired[bool]
    """Whether it is archived."""
    reason: NotRequired[str]
    """Why it was paused."""
    by: NotRequired[str]
    """The user who said so."""
    planned: NotRequired[bool]
    """True for the end of a pause that was planned, false for a resume that held at once."""


class CurrentDocument(TypedDict):
    """The part of the revision in force that schedules are counted by."""

    cron: str
    """The cron expression."""
    enabled: bool
    """False while it is paused."""
    archived: bool
    """Whether it is archived."""


class TimelineFields(TypedDict, total=False):
    """The timeline of a schedule, and what is derived from it. Templates without a trigger have none."""

    timeline: list[RevisionDocument]
    """All revisions, in the order of `since`. The first is the creation."""
    current: CurrentDocument
    """The revision in force when the timeline last changed, or when a planned revision came into force."""
    planned_at: dt.datetime | None
    """When the next revision comes into force that nothing is counted by yet."""
    changed_at: dt.datetime
    """When it changed last, in machine time. Orders the feed of schedulers."""
    imported_at: dt.datetime | None
    """When it came from another system. What opened until then is for the ledger that came with it."""


class ScheduleFields(TimelineFields):
    """What recurring configs and templates have in common."""

    _id: str
    """Random; derived for the standard duties."""
    created_at: dt.datetime
    """When it was made, in application time."""
    updated_at: dt.datetime
    """When it changed last, in application time."""
    deleted_at: dt.datetime | None
    """When it was deleted. It stays as a tombstone, so that its id is never used again."""
    version: int
    """Raised with each change, a pause or its end among them."""
    tags: NotRequired[list[str] | None]
    """Words that its tasks are searched by."""


class DutyFields(TypedDict, total=False):
    """What is passed on to tasks. Null where somebody cleared it."""

    instructions: str | None
    """How it is done."""
    instructions_url: str | None
    """Where it says how it is done."""
    instruction_doc_id: str | None
    """The document with its instructions."""
    systems: list[str] | None
    """The systems that it is done in."""
    required_link_name: str | None
    """The name of the link that a task must have."""
    requires_file: bool | None
    """Whether a task must have a file."""
    proof_requirement: ProofRequirementDocument | None
    """The proof that a task asks for."""
    assignee_id: str | None
    """The user whose task it becomes."""


class RecurringDocument(ScheduleFields, DutyFields):
    """A recurring task config: one task for each date of its cron expression."""

    description: str
    """What is to be done, in a line."""


class PhaseDocument(TypedDict):
    """A part of a workflow, with whatever else clients stored in it."""

    id: str
    """What steps name it by."""
    name: str
    """What people call it."""
    stage: NotRequired[str]
    """The `Stage` that it belongs to, as clients sent it."""


class ReferenceDocument(TypedDict):
    """A link of a template, with whatever else clients stored in it."""

    name: str
    """What people call it."""
    url: NotRequired[str]
    """The address."""


class StepDocument(DutyFields):
    """A step of a template, with whatever else clients stored in it."""

    ref_id: str
    """What names it within the template."""
    description: str
    """What is to be done, in a line."""
    offset_days: int
    """Days from the anchor date to the date on which it is due."""
    is_milestone: NotRequired[bool]
    """Whether completing it moves the run to a stage."""
    stage_on_complete: NotRequired[str]
    """The `Stage` that the run moves to."""
    instruction_step_id: NotRequired[str]
    """The step of the document with its instructions."""
    phase: NotRequired[str]
    """The phase that it belongs to."""
    validation: NotRequired[JsonValue]
    """Links of the run that it needs, and the words that close it without proof, as clients sent them."""
    artifact_refs: NotRequired[list[dict[str, JsonValue]]]
    """Artifacts that its tasks list, each named by its `artifactId`."""
    assistant_job_refs: NotRequired[list[dict[str, JsonValue]]]
    """Jobs of assistants, as clients sent them."""
    audit_event_refs: NotRequired[list[dict[str, JsonValue]]]
    """Events of audits, as clients sent them."""


class TriggerFields(TypedDict, total=False):
    """The trigger of a template."""

    trigger_type: str
    """`automatic` when a cron expression triggers it."""
    trigger_schedule: str
    """That cron expression."""
    trigger_lead_days: JsonValue
    """Days from a window's date to the anchor date."""
    trigger_enabled: bool
    """False while the trigger is paused."""


class TemplateDocument(ScheduleFields, TriggerFields):
    """A template: one run of all its steps for each date of its trigger, or when somebody starts it."""

    name: str
    """What people call it."""
    type: str
    """Its sort, as clients sent it."""
    task_definitions: list[StepDocument]
    """Its steps."""
    emoji: NotRequired[str]
    """A sign of its kind, passed on to runs."""
    default_assignee_id: NotRequired[str]
    """The user whose steps become that name nobody."""
    phases: NotRequired[list[PhaseDocument]]
    """The parts that steps belong to."""
    source_doc_ids: NotRequired[list[str]]
    """Documents that it was made from."""
    references: NotRequired[list[ReferenceDocument]]
    """Links that are passed on to every run."""
    bundle_link_definitions: NotRequired[list[ReferenceDocument]]
    """Links that every run has to fill."""


ScheduleDocument = RecurringDocument | TemplateDocument


class MarkDocument(TypedDict):
    """The zone that the dates which people chose were last turned into instants in; one document."""

    _id: str
    """`zone`."""
    name: str
    """The application timezone."""
    data: str
    """The version of the zone data."""


COLLECTIONS = {"recurring": RecurringDocument, "templates": TemplateDocument, "marks": MarkDocument}
