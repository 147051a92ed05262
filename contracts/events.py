"""What services publish; nobody has to listen."""

from contracts.values import Instant, Model


class ClockMinute(Model):
    """Sent each minute by a scheduler, after its windows were acknowledged.

    ``ahead_until``: windows were published up to then by a clock that was ahead; it is set until that instant comes.
    """

    at: Instant
    ahead_until: Instant | None = None


class Changed(Model):
    """Something of this sort changed; ``ids`` are only those that fit, a hint and not a record."""

    ids: list[str]


class DeadLetter(Model):
    """A message that cannot be handled, with all that is needed to understand and to send it again."""

    subject: str
    body: str
    reason: str
    message: str
    attempts: int = 1
    at: Instant
