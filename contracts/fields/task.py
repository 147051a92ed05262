"""The fields of a task that people write, and how they are checked."""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StrictStr

from contracts.fields.stored_json import ArtifactRefs, AssistantJobRefs, AuditEventRefs, Proof, Validation
from contracts.fields.text import Link, Name, NotNull, Prose, not_blank, without_controls
from contracts.values import Model, calendar_date

COMMENT_LIMIT = 50_000
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def follow_up_moment(text: str) -> dt.date | dt.datetime:
    """A follow-up is due from a date on, or from an instant with its zone; ValueError for anything else."""
    if "T" not in text:
        return calendar_date(text)
    if not _INSTANT.fullmatch(text):
        raise ValueError("must be a date (YYYY-MM-DD) or an instant with its zone (YYYY-MM-DDTHH:MM:SSZ)")
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a real instant") from None
    calendar_date(moment.date())
    return moment


def _empty_or_moment(text: str) -> str:
    if text:
        follow_up_moment(text)
    return text


def _moment(text: str) -> str:
    follow_up_moment(text)
    return text


FollowUpAt = Annotated[StrictStr, AfterValidator(_moment)]
"""A date or an instant, kept as it was written."""
Note = Annotated[Prose, Field(max_length=2_000), AfterValidator(not_blank)]
Comment = Annotated[
    StrictStr, Field(max_length=COMMENT_LIMIT), AfterValidator(lambda text: without_controls(text, "\n\r\t"))
]


class TaskFields(Model):
    """What clients may set. None clears a field where it is allowed; an empty text is kept as one."""

    instruction_doc_id: Annotated[Name | None, NotNull] = None
    instruction_step_id: Annotated[Name | None, NotNull] = None
    phase: Annotated[Name | None, NotNull] = None
    systems: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    validation: Annotated[Validation | None, NotNull] = None
    proof_requirement: Annotated[Proof | None, NotNull] = None
    artifact_refs: Annotated[ArtifactRefs | None, NotNull] = None
    assistant_job_refs: Annotated[AssistantJobRefs | None, NotNull] = None
    audit_event_refs: Annotated[AuditEventRefs | None, NotNull] = None
    comment: Comment | None = None
    waiting_for: Name | None = None
    follow_up_at: Annotated[StrictStr, AfterValidator(_empty_or_moment)] | None = None
    external_status: Prose | None = None
    instructions_url: Link | None = None
    link: Link | None = None
    required_link_name: Name | None = None
    requires_file: Annotated[StrictBool | None, NotNull] = None
    assignee_id: Name | None = None
    tags: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=50)
    bundle_id: Annotated[Name | None, NotNull] = None
    template_id: Annotated[Name | None, NotNull] = None
    source: Annotated[Name | None, NotNull] = None
