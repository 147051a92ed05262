"""What is stored for Home: when a scheduler was last heard of, and what was made again at the broker."""

import datetime as dt
from typing import NotRequired, TypedDict


class TickDocument(TypedDict):
    """The last minute that a scheduler published, or the streams that were made again."""

    _id: str
    """`last`, or `made again`."""
    at: dt.datetime
    """When that was, in machine time."""
    ahead_until: NotRequired[dt.datetime]
    """Of `last`: up to when windows were published by a clock that was ahead."""
    ahead_told_at: NotRequired[dt.datetime]
    """Of `last`: when a scheduler last said so, in machine time."""
    names: NotRequired[list[str]]
    """Of `made again`: the streams and consumers that somebody had deleted."""


COLLECTIONS = {"ticks": TickDocument}
