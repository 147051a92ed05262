"""What is stored of ranges of dates that people had generated, in ``generations``."""

import datetime as dt
from typing import TypedDict


class FailedDatesDocument(TypedDict):
    """The dates on which one schedule failed for one reason."""

    source_id: str
    """The schedule."""
    title: str
    """What it makes."""
    error: str
    """The reason."""
    dates: list[str]
    """ISO dates."""


class GenerationDocument(TypedDict):
    """The result that a page shows, also while it grows. It is deleted when it expires, after a month."""

    _id: str
    """Random."""
    actor: str
    """The user who asked for it."""
    at: dt.datetime
    """When it last grew, in machine time."""
    state: str
    """`running`, `done` or `stopped`."""
    start_date: str
    """The first ISO date of the range."""
    end_date: str
    """The last ISO date of the range."""
    schedule: str | None
    """The title of the chosen schedule; null for all."""
    tasks: int
    """How many tasks were made."""
    bundles: int
    """How many runs were made."""
    skipped: int
    """How many windows were held by something already."""
    paused: int
    """How many windows were paused."""
    failed: list[FailedDatesDocument]
    """What failed."""
    expires_at: dt.datetime
    """When it is deleted, in machine time."""


COLLECTIONS = {"generations": GenerationDocument}
