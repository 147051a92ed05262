"""Runs of templates, called bundles over HTTP: as they are shown, and what is asked and changed."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, ValidationInfo, field_validator

from contracts.commands import Command, VersionSeen
from contracts.duties import Reference, ReferenceFields
from contracts.fields.faults import IS_REQUIRED
from contracts.fields.stored_json import ArtifactRefs, AssistantJobRefs, AuditEventRefs
from contracts.fields.template import References, Tags
from contracts.fields.text import Line, Link, Name, NotNull, Prose
from contracts.tasks import Task, TaskRow
from contracts.values import BundleStatus, Instant, IsoDate, Model, Stage, TaskStatus


class Bundle(ReferenceFields):
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


def _one_of(kind: type[StrEnum], name: str) -> Callable[[object], object]:
    """Clients look for these words."""

    def known(value: object) -> object:
        if not isinstance(value, str) or value not in set(kind):
            raise ValueError(f"Invalid {name}. Must be one of {', '.join(kind)}")
        return value

    return known


KnownStage = Annotated[Stage, BeforeValidator(_one_of(Stage, "stage"))]
_KnownStatus = BeforeValidator(_one_of(BundleStatus, "status"))


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
            raise ValueError(IS_REQUIRED)
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


class GetBundle(Model):
    id: str


class ListBundles(Model):
    """All, archived ones too."""

    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class BundlePage(Model):
    items: list[Bundle]
    after: str | None = None


class ListBundleTasks(Model):
    """In the order of their dates; refused for a run that is not there."""

    id: str
    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class ListBundleCards(Model):
    """Runs with progress and risk, by anchor date: the active ones, or those that were archived. ``title`` leaves
    those whose title contains each of its words, compared as `contracts.fields.search` says."""

    archived: bool = False
    latest_first: bool = False
    title: str | None = Field(default=None, max_length=200)
    after: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class BundleCardPage(Model):
    items: list[BundleCard]
    after: str | None = None


class GetWorkflow(Model):
    """A run as its page shows it, with a page of its tasks in the order of their dates."""

    id: str
    after: str | None = None
    limit: int = Field(default=200, ge=1, le=500)


class Workflow(Model):
    card: BundleCard
    tasks: list[TaskRow]
    after: str | None = None
