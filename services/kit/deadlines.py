"""How long the sender of a request waits for its answer: a command that comes later is not carried out.

The deadline travels as an instant of machine time, so the clocks of machines that run services must agree to a second
or so (NTP does that); `dataops doctor` compares them.
"""

import datetime as dt
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from services.kit.clock import Clock

_HEADER = "dataops-deadline"
_deadline: ContextVar[dt.datetime | None] = ContextVar("deadline", default=None)


class DeadlinePassed(Exception):
    """Nobody waits for the answer any more; nothing was carried out."""


def header_of(deadline: dt.datetime) -> dict[str, str]:
    return {_HEADER: deadline.isoformat()}


@contextmanager
def kept(headers: Mapping[str, str]) -> Generator[None]:
    """Hold the deadline of a message while it is handled. Without a readable one there is none: any NATS client may
    ask without it."""
    try:
        deadline = dt.datetime.fromisoformat(headers.get(_HEADER, ""))
    except ValueError:
        deadline = None
    token = _deadline.set(deadline if deadline and deadline.tzinfo else None)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float | None:
    """Seconds until the deadline of what is handled now, negative after it; None without one."""
    deadline = _deadline.get()
    return None if deadline is None else (deadline - Clock.wall()).total_seconds()


def raise_if_passed() -> None:
    left = seconds_left()
    if left is not None and left <= 0:
        raise DeadlinePassed
