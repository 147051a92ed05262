"""What is stored of windows: the ledger, errors of handling, and dates that have no ledger entry."""

import datetime as dt
from typing import NotRequired, TypedDict


class ErrorDocument(TypedDict):
    """Why a window failed, was missed, or is served by nothing."""

    code: str
    """What failures are grouped by."""
    message: str
    """What people read."""


class WindowDocument(TypedDict):
    """The ledger entry of one window."""

    _id: str
    """`<kind>:<schedule id>:<ISO date>`."""
    kind: str
    """`recurring` or `template`."""
    source_id: str
    """The schedule."""
    date: str
    """The ISO date of the window."""
    outcome: str
    """An `Outcome`."""
    trigger: str
    """A `Trigger`: what it was handled for."""
    opened_at: dt.datetime | None
    """When it opened; null for a date that was asked for and never opened by itself."""
    late: bool
    """Whether it was handled late, because no scheduler ran."""
    item_id: NotRequired[str | None]
    """The task or the run that holds the window."""
    attempts: int
    """How often it was tried."""
    generated: int
    """1 once something was made, else 0."""
    skipped: int
    """How often it was asked for when something held it already."""
    first_at: dt.datetime
    """When it was first handled, in application time."""
    last_at: dt.datetime
    """When it was last handled, in application time."""
    reason: NotRequired[str]
    """Why it was paused."""
    error: NotRequired[ErrorDocument]
    """Why it failed, was missed, or is served by nothing."""
    open: NotRequired[bool]
    """True while it needs somebody: it is part of a failure on Home."""
    reopened_at: NotRequired[dt.datetime]
    """When it failed again, or for another cause, after it had been open."""
    acknowledged_by: NotRequired[str | None]
    """The user who took it from the list."""
    acknowledged_at: NotRequired[dt.datetime]
    """When that was."""
    acknowledgement: NotRequired[str]
    """The note that they left."""


class WindowErrorDocument(TypedDict):
    """Unexpected errors of one window, or the mark of a write that tried the database. Kept for 30 days."""

    _id: str
    """The id of the window, or `reached`."""
    at: dt.datetime
    """When it was last written, in machine time."""
    errors: NotRequired[int]
    """How many errors there were."""
    tried_alone_by: NotRequired[list[str]]
    """The workers that are trying the window alone. Five that never came back end it as a failure."""


class UnexplainedDocument(TypedDict):
    """A date that a schedule names and the ledger does not know."""

    _id: str
    """The id of the window."""
    kind: str
    """`recurring` or `template`."""
    source_id: str
    """The schedule."""
    date: str
    """The ISO date of the window."""
    opens_at: dt.datetime
    """When it opened."""
    found_at: dt.datetime
    """When it was found, in application time."""
    sent_at: dt.datetime | None
    """When it was last published again."""
    tries: int
    """How often it was published again. After three times it is recorded as failed."""


class SearchDocument(TypedDict, total=False):
    """How far the search for such dates is; one document for all workers."""

    _id: str
    """`dates`."""
    after: str | None
    """The schedule, `<kind>/<id>`, up to which this search has come; null when it begins."""
    until: dt.datetime | None
    """Up to when this search looks."""
    reconciled: dt.datetime | None
    """Up to when the last complete search looked."""
    completed_at: dt.datetime | None
    """When that search ended, in machine time."""
    made_late: int
    """How many dates this search published again."""
    first: dt.datetime | None
    """When the earliest date opened that this search found."""
    is_wanted: bool
    """True to have all schedules looked at without a pause."""
    timezone: str | None
    """The application timezone of the last search."""
    zone_rules: str | None
    """The hash of the rules of that timezone."""
    zone_data: str | None
    """The version of the zone data."""


COLLECTIONS = {
    "windows": WindowDocument,
    "window_errors": WindowErrorDocument,
    "unexplained": UnexplainedDocument,
    "reconciliation": SearchDocument,
}
