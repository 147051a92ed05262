"""Windows: the message that one is due, its entry in the ledger, and why it made what it made."""

from enum import StrEnum

from pydantic import Field

from contracts.values import Instant, IsoDate, Kind, Model, Outcome, Trigger


class WindowError(Model):
    """Why a window failed: a code that groups alerts, and a sentence for people."""

    code: str
    message: str


class HolderState(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


class Holder(Model):
    """The workflow run that took the anchor date of a skipped window; archived or deleted ``by`` whom and ``at`` when,
    where history knows."""

    id: str
    title: str
    state: HolderState
    anchor_date: IsoDate | None = None
    by: str | None = None
    at: Instant | None = None


class WindowRow(Model):
    """One line of the ledger. ``opened_at`` is absent for a date that was asked for and never opened by itself."""

    id: str
    kind: Kind
    source_id: str
    date: IsoDate
    outcome: Outcome
    trigger: Trigger
    opened_at: Instant | None = None
    late: bool = False
    item_id: str | None = None
    holder: Holder | None = None
    attempts: int = 0
    generated: int = 0
    skipped: int = 0
    first_at: Instant
    last_at: Instant
    error: WindowError | None = None
    reason: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: Instant | None = None
    acknowledgement: str | None = None


class Totals(Model):
    """Windows of a schedule by outcome; ``repeats`` are the times that a settled one was asked for again."""

    generated: int = 0
    skipped: int = 0
    paused: int = 0
    failed: int = 0
    missed: int = 0
    repeats: int = 0


class WhyCode(StrEnum):
    NOT_A_DATE = "not-a-date"
    BEFORE_CREATION = "before-creation"
    ARCHIVED = "archived"
    PAUSED = "paused"
    GENERATED = "generated"
    SKIPPED = "skipped"
    FAILED = "failed"
    MISSED = "missed"
    TO_COME = "to-come"
    DUE_NOW = "due-now"
    HELD_UP = "held-up"


class Why(Model):
    """The answer to "why is there (no) task on that date?", as a code and as a sentence."""

    code: WhyCode
    sentence: str
    opens_at: Instant | None = None
    by: str | None = None
    window: WindowRow | None = None


class ListWindows(Model):
    """The ledger of one schedule, latest date first."""

    kind: Kind
    id: str
    after: str | None = None
    limit: int = Field(default=50, ge=1, le=200)


class WindowPage(Model):
    items: list[WindowRow]
    after: str | None = None


class AskWhy(Model):
    kind: Kind
    id: str
    date: IsoDate


class CountMadeAhead(Model):
    """How many of these windows were made before they opened, or in time?"""

    windows: list[str] = Field(max_length=5_000)


class MadeAhead(Model):
    windows: int


class FindOutcomes(Model):
    """What the ledger says of these windows, by id; windows without a row are left out."""

    windows: list[str] = Field(max_length=5_000)


class Outcomes(Model):
    outcomes: dict[str, Outcome]


class WindowDue(Model):
    """Body of a window message. The subject alone is the identity; an empty body asks for a replay."""

    schema_version: int = 1
    trigger: Trigger = Trigger.REPLAY
    opens_at: Instant | None = None
    late: bool = False


class FinishedWindow(Model):
    """``outcome`` is absent when no window lies on that date: then the message is among the dead letters."""

    id: str
    outcome: Outcome | None = None
    repeated: bool = False


class WindowsFinished(Model):
    """One message for the windows that were handled together."""

    windows: list[FinishedWindow]
