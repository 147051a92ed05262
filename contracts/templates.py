"""Templates: as they are stored and shown, and what is asked and changed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, StrictBool, StrictInt, StrictStr

from contracts.commands import Command, VersionSeen
from contracts.cron.expression import CronError, CronExpression
from contracts.duties import Phase, Reference, TaskDefinition
from contracts.fields.template import LinkDefinitions, Phases, References, Tags, TaskDefinitions
from contracts.fields.text import Line, Name, NotNull
from contracts.values import Instant, IsoDate, Model


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


def _readable_unless_empty(text: str) -> str:
    try:
        return text and CronExpression.parse(text).text
    except CronError as error:
        raise ValueError(str(error)) from None


TriggerSchedule = Annotated[StrictStr, AfterValidator(_readable_unless_empty)]
"""A cron expression. Empty: no trigger, also for an automatic template."""


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


class UpdateTemplate(VersionSeen, Command):
    """``version`` is that of the template which the changes were made on: refused when somebody changed it since."""

    id: str
    changes: TemplateChanges


class DeleteTemplate(Command):
    """Hides it and ends its windows; what it made keeps referring to it."""

    id: str


class GetTemplate(Model):
    id: str


class ListTemplates(Model):
    after: str | None = None
    limit: int = Field(default=200, ge=1, le=500)


class TemplatePage(Model):
    items: list[Template]
    after: str | None = None
