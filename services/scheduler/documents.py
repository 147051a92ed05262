"""What is stored of the schedulers' progress, in ``progress``."""

import datetime as dt
from typing import NotRequired, TypedDict


class SpanDocument(TypedDict):
    """A time in which no scheduler ran."""

    since: dt.datetime
    """When it began."""
    until: dt.datetime
    """When it ended."""


class JumpDocument(SpanDocument):
    """A time by which the clock was ahead."""

    told: NotRequired[bool]
    """True once work knows of it."""


class ProgressDocument(TypedDict, total=False):
    """How far windows have been published; one document for all schedulers."""

    _id: str
    """`windows`."""
    published: dt.datetime
    """Every window that opened until then is with the broker."""
    outages: list[SpanDocument]
    """The outages that work does not know of yet."""
    jump: JumpDocument
    """While the clock stands before `published`: how far it was ahead."""


COLLECTIONS = {"progress": ProgressDocument}
