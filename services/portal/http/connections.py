"""Which connections make room when there are too many, and how many requests one client may have at once."""

from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

ConnectionT = TypeVar("ConnectionT")

_ROOM = 20
_QUIET_SECONDS = 2.0


class Doing(IntEnum):
    """What a connection is busy with. The lowest goes first; those that are served never go."""

    IDLE = 0
    """Kept alive: its requests have been answered, and nothing of another one has come. A client connects again."""
    SENDING = 1
    """The head or body of its request is not whole; or it is new, and nothing has come."""
    LISTENING = 2
    """A stream of events without an end. The page that shows it connects again."""
    SERVED = 3


@dataclass(frozen=True)
class Held(Generic[ConnectionT]):
    """A connection. ``client``: its session, else its address. ``since``: when it last sent something, in seconds."""

    connection: ConnectionT
    doing: Doing
    client: str
    since: float


def connections_to_close(held: Iterable[Held[ConnectionT]], now: float) -> list[ConnectionT]:
    """What makes room: idle ones, then those that send, then streams; of these the client's with most, and of its own
    the one that is quiet longest first.

    At most 20, so that room is made rarely; but only the first may have sent something in the last two seconds. Empty
    when all are served.
    """
    candidates = [one for one in held if one.doing is not Doing.SERVED]
    of_client = Counter(one.client for one in candidates)
    ordered = sorted(candidates, key=lambda one: (one.doing, -of_client[one.client], one.since))
    quiet = [one for one in ordered[1:] if one.doing is ordered[0].doing and now - one.since >= _QUIET_SECONDS]
    return [one.connection for one in [*ordered[:1], *quiet[: _ROOM - 1]]]


class AtOnce:
    """Counts what each key has under way."""

    def __init__(self) -> None:
        self._under_way = Counter[str]()

    @contextmanager
    def entered(self, key: str | None, most: int) -> Generator[bool]:
        """False when ``key`` has ``most`` under way already; without a key nothing is counted."""
        if key is None:
            yield True
            return
        if self._under_way[key] >= most:
            yield False
            return
        self._under_way[key] += 1
        try:
            yield True
        finally:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]
