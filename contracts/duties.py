"""What a duty or a template says of each task that it makes, and the nine standard duties."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, StrictBool

from contracts.commands import Command
from contracts.fields.proof import ProofRequirement
from contracts.fields.stored_json import Proof
from contracts.fields.text import Link, Name, NotNull, Prose
from contracts.values import Kind, Model, Stage


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


class ReferenceFields(Model):
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


class TaskDefinition(DutyFields, ReferenceFields, KeptWhole):
    ref_id: str
    description: str
    offset_days: int
    is_milestone: bool | None = None
    stage_on_complete: Stage | None = None
    assignee_id: str | None = None
    instruction_step_id: str | None = None
    phase: str | None = None
    validation: JsonValue = None


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


class DutyInput(Model):
    instructions: Annotated[Prose | None, NotNull] = None
    instructions_url: Annotated[Link | None, NotNull] = None
    instruction_doc_id: Annotated[Name | None, NotNull] = None
    systems: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    tags: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    required_link_name: Annotated[Name | None, NotNull] = None
    requires_file: Annotated[StrictBool | None, NotNull] = None
    proof_requirement: Annotated[Proof | None, NotNull] = None


class CreateStandardDuties(Command):
    """The nine standard duties, for users that exist. ``dry_run`` only says what would be created."""

    operations_id: str | None = None
    content_id: str | None = None
    reviewer_id: str | None = None
    enabled: bool = True
    dry_run: StrictBool = False
