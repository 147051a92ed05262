"""Questions about templates and workflow runs. Pages as in `contracts.queries`."""

from pydantic import Field

from contracts.values import Model
from contracts.views import Bundle, BundleCard, TaskRow, Template


class GetTemplate(Model):
    id: str


class ListTemplates(Model):
    after: str | None = None
    limit: int = Field(default=200, ge=1, le=500)


class TemplatePage(Model):
    items: list[Template]
    after: str | None = None


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
    those whose title contains each of its words, compared as `contracts.search` says."""

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


class GetBundleHistory(Model):
    """What happened to a run and to its tasks, the latest first."""

    id: str
    after: str | None = None
    limit: int = Field(default=100, ge=1, le=500)
