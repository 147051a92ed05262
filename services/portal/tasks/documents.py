"""What is stored of several tasks that were changed at once, in ``bulk_changes``."""

import datetime as dt
from typing import TypedDict


class BulkResultDocument(TypedDict):
    """What became of one task."""

    task_id: str
    """The task."""
    description: str
    """What is to be done, in a line."""
    problem: str | None
    """Why it was not changed; null when it was."""


class BulkDocument(TypedDict):
    """The result that a page shows. It is deleted when it expires."""

    _id: str
    """Random."""
    at: dt.datetime
    """When it was done, in machine time."""
    did: str
    """What was done, in words."""
    results: list[BulkResultDocument]
    """What became of each task."""
    back: str
    """The list in which the tasks were picked."""
    expires_at: dt.datetime
    """When it is deleted, in machine time."""


COLLECTIONS = {"bulk_changes": BulkDocument}
