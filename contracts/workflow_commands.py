"""Commands about templates and workflow runs. Fields stand in the order in which API clients expect their faults."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
)

from contracts.commands import Command
from contracts.cron.expression import CronError, CronExpression
from contracts.stored_json import ArtifactRefs, AssistantJobRefs, AuditEventRefs
from contracts.template_fields import LinkDefinitions, Phases, References, Tags, TaskDefinitions
from contracts.text import Line, Link, Name, NotNull, Prose
from contracts.values import BundleStatus, IsoDate, Model, Stage


def _readable_unless_empty(text: str) -> str:
    try:
        return text and CronExpression.parse(text).text
    except CronError as error:
        raise ValueError(str(error)) from None


def _one_of(kind: type[StrEnum], name: str) -> Callable[[object], object]:
    """Clients look for these words."""

    def known(value: object) -> object:
        if not isinstance(value, str) or value not in set(kind):
            raise ValueError(f"Invalid {name}. Must be one of {', '.join(kind)}")
        return value

    return known


TriggerSchedule = Annotated[StrictStr, AfterValidator(_readable_unless_empty)]
"""A cron expression. Empty: no trigger, also for an automatic template."""

KnownStage = Annotated[Stage, BeforeValidator(_one_of(Stage, "stage"))]
_KnownStatus = BeforeValidator(_one_of(BundleStatus, "status"))


class _Essentials(Model):
    name: Line
    type: Line
    task_definitions: TaskDefinitions


class _ChangedEssentials(Model):
    name: Annotated[Line | None, NotNull] = None
    type: Annotated[Line | None, NotNull] = None
    task_definitions: Annotated[TaskDefinitions | None, NotNull] = None


class _TemplateOptions(Model):
    source_doc_ids: Annotated[list[Name] | None, NotNull] = Field(default=None, max_length=200)
    phases: Annotated[Phases | None, NotNull] = None
    trigger_enabled: Annotated[StrictBool | None, NotNull] = None
    trigger_type: Annotated[Literal["automatic", "manual"] | None, NotNull] = None
    trigger_schedule: Annotated[TriggerSchedule | None, NotNull] = None
    trigger_lead_days: Annotated[StrictInt | None, NotNull] = Field(default=None, ge=0, le=3_650)
    emoji: Annotated[Name | None, NotNull] = None
    tags: Annotated[Tags | None, NotNull] = None
    default_assignee_id: Annotated[Name | None, NotNull] = None
    references: Annotated[References | None, NotNull] = None
    bundle_link_definitions: Annotated[LinkDefinitions | None, NotNull] = None


class CreateTemplate(_TemplateOptions, _Essentials, Command):
    """``id`` is chosen by a seed that may run twice; others leave it out."""

    id: Name | None = None


class TemplateChanges(_TemplateOptions, _ChangedEssentials):
    """Fields that were not sent keep their value; lists are replaced whole."""


class VersionSeen(Model):
    version: Annotated[StrictInt | None, NotNull] = None


class UpdateTemplate(VersionSeen, Command):
    """``version`` is that of the template which the changes were made on: refused when somebody changed it since."""

    id: str
    changes: TemplateChanges


class DeleteTemplate(Command):
    """Hides it and ends its windows; what it made keeps referring to it."""

    id: str


class _BundleOptions(Model):
    stage: Annotated[Stage | None, BeforeValidator(_one_of(Stage, "stage"))] = None
    status: Annotated[BundleStatus | None, _KnownStatus] = None
    artifact_refs: Annotated[ArtifactRefs | None, NotNull] = None
    assistant_job_refs: Annotated[AssistantJobRefs | None, NotNull] = None
    audit_event_refs: Annotated[AuditEventRefs | None, NotNull] = None
    description: Prose | None = None
    emoji: Annotated[Name | None, NotNull] = None
    tags: Annotated[Tags | None, NotNull] = None
    references: Annotated[References | None, NotNull] = None
    bundle_links: Annotated[References | None, NotNull] = None


class _NewBundle(Model):
    template_id: Annotated[Name | None, NotNull] = None
    title: Line | None = Field(default=None, validate_default=True)
    anchor_date: IsoDate

    @field_validator("title")
    @classmethod
    def _titled(cls, title: str | None, info: ValidationInfo) -> str | None:
        if title is None and not info.data.get("template_id"):
            raise ValueError("is required")
        return title


class CreateBundle(_BundleOptions, _NewBundle, Command):
    """A workflow run started by hand. With a template it gets its tasks, what is not given comes from the template,
    and the title may be left out. ``if_unserved``: refused when a run of the template that is neither archived nor
    deleted stands for the anchor date."""

    if_unserved: StrictBool = False


class BundleChanges(_BundleOptions):
    """Fields that were not sent keep their value; lists are replaced whole.

    ``bundle_links`` that only differ from the stored ones in their urls are merged by name: an empty url leaves the
    stored one, so that two people who each fill one link both keep it. With a ``version`` they are replaced.
    """

    title: Annotated[Line | None, NotNull] = None
    anchor_date: Annotated[IsoDate | None, NotNull] = None


class UpdateBundle(VersionSeen, Command):
    """``version`` is that of the run which the changes were made on: refused when somebody changed it since."""

    id: str
    changes: BundleChanges


class FillLink(Command):
    """Give a link of a run its address, or with an empty ``url`` take it away. ``seen`` is the address that its sender
    saw there: refused when there is another one by now."""

    id: str
    name: Line
    url: Link
    seen: StrictStr | None = None


class ChangeStage(Command):
    id: str
    stage: KnownStage
    comment: Annotated[Prose | None, NotNull] = None


class ArchiveBundle(Command):
    """Its tasks count nowhere any more; those still open are named in the answer."""

    id: str


class RestoreBundle(Command):
    id: str


class DeleteBundle(Command):
    """Only an archived one; it and its tasks are hidden."""

    id: str
