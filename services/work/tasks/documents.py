"""What is stored of a task, in the collection ``tasks``."""

import datetime as dt
from typing import NotRequired, TypedDict

from pydantic import JsonValue

from services.work.runs.documents import EffectDocument

References = list[dict[str, JsonValue]]


class ProofRequirementDocument(TypedDict):
    """The proof that a task, a config or a step of a template asks for."""

    type: str
    """A `ProofType`."""
    label: NotRequired[str | None]
    """What people call it."""
    required: NotRequired[bool | None]
    """False asks for none."""


class ProofFields(TypedDict, total=False):
    """What decides whether a task may be completed, besides its files, its run and its artifacts."""

    required_link_name: str
    """The name of the link that it must have."""
    requires_file: bool
    """Whether it must have a file."""
    proof_requirement: ProofRequirementDocument
    """The proof that it asks for."""
    validation: JsonValue
    """Links of its run that it needs, and the words that close it without proof, as clients sent them."""
    link: str
    """The link that was filled in."""
    comment: str
    """The comment: one text with a stamped line for each event."""
    external_status: str
    """What another system says of it."""


class TaskFields(ProofFields, total=False):
    """What not every task has."""

    instructions: str
    """How it is done."""
    instructions_url: str
    """Where it says how it is done."""
    instruction_doc_id: str
    """The document with its instructions."""
    instruction_step_id: str
    """The step of that document."""
    systems: list[str]
    """The systems that it is done in."""
    phase: str
    """The phase of its template."""
    assignee_id: str
    """The user whose task it is."""
    tags: list[str]
    """Words that people search it by."""
    waiting_for: str
    """Whom it waits for."""
    follow_up_at: str
    """When to ask again: an ISO date or instant, as it was typed."""
    follow_up_due_at: dt.datetime
    """The instant of `follow_up_at`; a date begins at midnight in the application timezone."""
    completed_at: dt.datetime
    """When it was completed, while it is done."""
    completed_by: str
    """The user who completed it, while it is done."""
    completion_refused_at: dt.datetime
    """When somebody last tried to complete it without its proof, while that is missing."""
    recurring_config_id: str
    """The recurring config that made it."""
    window_date: str
    """Of a recurring config's task: the ISO date of its window. One task holds it."""
    bundle_id: str
    """The run that it belongs to."""
    template_id: str
    """The template of that run."""
    template_task_ref: str
    """The `refId` of its step in the template. One task of a run holds it."""
    step: int
    """The number of that step, from 1."""
    stage_on_complete: str
    """The `Stage` that its run moves to when it is completed."""
    late_run: bool
    """Of a step: whether it was due before its run began, so that it is late from the second day only."""
    artifact_refs: References
    """Artifacts that were attached, each named by its `artifactId`."""
    assistant_job_refs: References
    """Jobs of assistants, as clients sent them."""
    audit_event_refs: References
    """Events of audits, as clients sent them."""
    artifact_changes: int
    """Raised with each change of an artifact that counts for it, so that a completion at once collides with it."""
    file_changes: int
    """Raised with each change of its files, for the same reason."""
    deleted_at: dt.datetime
    """When it was deleted. It stays as a tombstone that holds its window."""
    search_text: str
    """The key of `description` that typed text is compared with."""
    search_tags: list[str]
    """The keys of `tags`."""


class TaskDocument(TaskFields):
    """One thing to do. A tombstone that an import brought lacks `missing`."""

    _id: str
    """Derived from its window, or from its run and step; random for one that somebody added."""
    description: str
    """What is to be done, in a line."""
    date: str
    """The ISO date on which it is due."""
    status: str
    """A `TaskStatus`."""
    source: str
    """What it came from, such as `manual`, `recurring` or `template`."""
    created_at: dt.datetime
    """When it was made, in application time."""
    updated_at: dt.datetime
    """When it changed last, in application time."""
    version: int
    """Raised with each change; a client that sends it back overwrites nobody."""
    live: bool
    """False once something hides it from all lists: its run is archived, or it is deleted."""
    missing: NotRequired[list[str]]
    """The proof that it lacks, in words. Empty when it may be completed."""
    overdue_from: str
    """The ISO date from which it counts as overdue."""


class Lateness(TypedDict):
    """The fields of a task that say when it is late."""

    overdue_from: str
    late_run: NotRequired[bool]


class UndoDocument(TypedDict):
    """What it takes to undo a change of a task; stored in the history entry of that change."""

    version: int
    """The version of the task that the change made. With another one it is too late."""
    missing: list[str]
    """The proof that the task lacked before."""
    before: dict[str, object]
    """The fields that had another value, with that value."""
    absent: list[str]
    """The fields that were not there."""
    comment_length: NotRequired[int]
    """How long the comment was, when it only grew."""
    effect: NotRequired[EffectDocument]
    """What the change did to the run of the task."""


COLLECTIONS = {"tasks": TaskDocument}
