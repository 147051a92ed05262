"""Entries of the history, and how they are read."""

from pydantic import Field, JsonValue

from contracts.values import Instant, Model


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


class HistoryFeed(Model):
    """History recorded at or after ``since``, oldest first; ``kinds`` limits it to some."""

    since: Instant | None = None
    kinds: tuple[str, ...] = ()
    after: str | None = None


class GetTaskHistory(Model):
    """All that became of one task, oldest first unless asked otherwise; also of one that was deleted."""

    id: str
    newest_first: bool = False
    after: str | None = None
    limit: int = Field(default=200, ge=1, le=200)


class HistoryPage(Model):
    """``as_of`` is machine time before the read began, given by the feed: all rows recorded before it are in these
    pages, but for those that became visible late."""

    items: list[HistoryRow]
    after: str | None = None
    as_of: Instant | None = None


class GetBundleHistory(Model):
    """What happened to a run and to its tasks, the latest first."""

    id: str
    after: str | None = None
    limit: int = Field(default=100, ge=1, le=500)
