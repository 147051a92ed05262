"""What happened. Events are nudges: who misses one finds it in work's history or in the ledger."""

from contracts.values import Instant, Model, Outcome, Trigger


class WindowDue(Model):
    """Body of a window message. The subject alone is the identity; an empty body asks for a replay."""

    schema_version: int = 1
    trigger: Trigger = Trigger.REPLAY
    opens_at: Instant | None = None
    late: bool = False


class ClockMinute(Model):
    """Sent each minute by a scheduler, after its windows were acknowledged.

    ``ahead_until``: windows were published up to then by a clock that was ahead; it is set until that instant comes.
    """

    at: Instant
    ahead_until: Instant | None = None


class FinishedWindow(Model):
    """``outcome`` is absent when no window lies on that date: then the message is among the dead letters."""

    id: str
    outcome: Outcome | None = None
    repeated: bool = False


class WindowsFinished(Model):
    """One message for the windows that were handled together."""

    windows: list[FinishedWindow]


class Changed(Model):
    """Something of this sort changed; ``ids`` are only those that fit, a hint and not a record."""

    ids: list[str]


class NotificationRaised(Model):
    ids: list[str]


class DeadLetter(Model):
    """A message that cannot be handled, with all that is needed to understand and to send it again."""

    subject: str
    body: str
    reason: str
    message: str
    attempts: int = 1
    at: Instant
