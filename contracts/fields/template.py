"""What a template is made of, as clients send it: the order of the fields is the order in which faults are told."""

from typing import Annotated, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    TypeAdapter,
    model_validator,
)

from contracts.duties import KeptWhole, TaskDefinition
from contracts.fields.stored_json import ArtifactRefs, AssistantJobRefs, AuditEventRefs, Proof, Storable, Validation
from contracts.fields.text import Line, Link, Name, NotNull, Prose
from contracts.values import Stage

_FURTHEST_OFFSET = 36_500
"""Days between an anchor and a task; what lies further off would leave the calendar only when it is due."""

_EXTRAS = TypeAdapter[dict[str, JsonValue]](Annotated[dict[str, JsonValue], Storable])


class _KeptWhole(KeptWhole):
    """An object whose unknown keys are kept and returned as they came."""

    @model_validator(mode="after")
    def _storable_extras(self) -> "_KeptWhole":
        """A key that spells one of our stored names would be stored in that field's place."""
        twins = sorted(set(_EXTRAS.validate_python(self.model_extra)) & set(type(self).model_fields))
        if twins:
            raise ValueError(f"must not have a key {twins[0]!r}")
        return self


class LinkDefinitionInput(_KeptWhole):
    name: Line


class ReferenceInput(_KeptWhole):
    name: Line
    url: Annotated[Link | None, NotNull] = None


class PhaseInput(_KeptWhole):
    id: Line
    name: Line
    stage: Annotated[Name | None, NotNull] = None


class TaskDefinitionInput(_KeptWhole):
    ref_id: Line
    description: Line
    offset_days: StrictInt = Field(ge=-_FURTHEST_OFFSET, le=_FURTHEST_OFFSET)
    instructions_url: Annotated[Link | None, NotNull] = None
    instruction_doc_id: Annotated[Name | None, NotNull] = None
    instruction_step_id: Annotated[Name | None, NotNull] = None
    phase: Annotated[Name | None, NotNull] = None
    systems: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    validation: Annotated[Validation | None, NotNull] = None
    is_milestone: Annotated[StrictBool | None, NotNull] = None
    stage_on_complete: Annotated[Stage | None, NotNull] = None
    assignee_id: Annotated[Name | None, NotNull] = None
    required_link_name: Annotated[Name | None, NotNull] = None
    requires_file: Annotated[StrictBool | None, NotNull] = None
    proof_requirement: Annotated[Proof | None, NotNull] = None
    artifact_refs: Annotated[ArtifactRefs | None, NotNull] = None
    assistant_job_refs: Annotated[AssistantJobRefs | None, NotNull] = None
    audit_event_refs: Annotated[AuditEventRefs | None, NotNull] = None
    instructions: Annotated[Prose | None, NotNull] = None


def _as_sent(value: object) -> object:
    """Definitions that were read from a template may be sent again."""
    return value.model_dump(exclude_none=True) if isinstance(value, TaskDefinition) else value


def _not_empty(value: object) -> object:
    if isinstance(value, list) and not value:
        raise ValueError("must have at least one task definition")
    return cast("object", value)


def _distinct_refs(definitions: list[TaskDefinitionInput]) -> list[TaskDefinitionInput]:
    seen: set[str] = set()
    for position, definition in enumerate(definitions):
        if definition.ref_id in seen:
            raise ValueError(f"each refId may stand once; [{position}] repeats {definition.ref_id!r}")
        seen.add(definition.ref_id)
    return definitions


TaskDefinitions = Annotated[
    list[Annotated[TaskDefinitionInput, BeforeValidator(_as_sent)]],
    Field(max_length=200),
    AfterValidator(_distinct_refs),
    BeforeValidator(_not_empty),
]
References = Annotated[list[ReferenceInput], Field(max_length=100)]
LinkDefinitions = Annotated[list[LinkDefinitionInput], Field(max_length=100)]
Phases = Annotated[list[PhaseInput], Field(max_length=50)]
Tags = Annotated[list[Name], Field(max_length=50)]
