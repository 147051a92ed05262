"""The words that every service shares: enumerations, instants, dates, windows and their ids."""

import datetime as dt
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from functools import cached_property
from hashlib import sha1
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

_NAMESPACE = UUID("6f0cbf6a-6f4f-5d7c-9f0f-0c6f3b2f4c11").bytes
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SOURCE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENCODED_ID = re.compile(r"~[A-Za-z0-9_-]{1,400}")
_LONGEST_ID = 256
"""Bytes of an id that can still be named in a subject."""
RUN_PUT_AWAY = "run_put_away"
"""The error code of a skipped window whose date no run serves: the run that took it was archived or deleted."""
WINDOW_SUBJECT_PREFIX = "dataops.window.due"


def iso_milliseconds(at: dt.datetime) -> str:
    """UTC with exactly three fractional digits and a ``Z``, the form that API clients check for."""
    # A page of rows has a thousand instants, and isoformat() takes twice as long.
    at = at.astimezone(dt.UTC)
    date_and_time = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 1000)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % date_and_time  # noqa: UP031  # format() is slower by half


FIRST_DATE, LAST_DATE = dt.date(1970, 1, 1), dt.date(9998, 12, 31)
"""Of what people plan. Beyond, MongoDB and Python's calendar end, a zone or a lead away."""
FIRST_INSTANT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST_INSTANT = dt.datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)

Instant = Annotated[
    AwareDatetime,
    Field(ge=FIRST_INSTANT, le=LAST_INSTANT),
    PlainSerializer(iso_milliseconds, when_used="json"),
]


def instant_of(text: str) -> dt.datetime:
    """An instant in any ISO form with its zone, between the first and the last date; ValueError otherwise."""
    at = dt.datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no zone")
    if not FIRST_INSTANT <= at <= LAST_INSTANT:
        raise ValueError(f"must lie between {FIRST_DATE} and {LAST_DATE}")
    return at


def calendar_date(text: object) -> dt.date:
    """A real date from 1970 to 9998, written ``YYYY-MM-DD`` in ASCII digits and in no other ISO form; ValueError
    otherwise."""
    date = text if isinstance(text, dt.date) and not isinstance(text, dt.datetime) else _written(text)
    if not FIRST_DATE <= date <= LAST_DATE:
        raise ValueError(f"must lie between {FIRST_DATE} and {LAST_DATE}")
    return date


def _written(text: object) -> dt.date:
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        shown = "null" if text is None else repr(str(text)[:40])
        raise ValueError(f"{shown} is not a date; write YYYY-MM-DD")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a real calendar date") from None


IsoDate = Annotated[dt.date, BeforeValidator(calendar_date), PlainSerializer(dt.date.isoformat)]


def beginning_of(date: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a date in ``zone``, in UTC."""
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC)


class Model(BaseModel):
    """Base of every message and view: snake_case on NATS, camelCase aliases on HTTP, unknown fields ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,  # no process uses all of them, and a command only a few
    )


class Service(StrEnum):
    SCHEDULER = "scheduler"
    WORK = "work"
    NOTIFIER = "notifier"
    PORTAL = "portal"


def inbox_of(service: str) -> str:
    """Below this subject replies to a service arrive, where no other service may listen."""
    return f"_INBOX.{service}"


class Kind(StrEnum):
    """The two mechanisms: a recurring config makes one task a window, a template makes one bundle."""

    RECURRING = "recurring"
    TEMPLATE = "template"


class TaskStatus(StrEnum):
    TODO = "todo"
    WAITING = "waiting"
    DONE = "done"
    ARCHIVED = "archived"


class Stage(StrEnum):
    PREPARATION = "preparation"
    ANNOUNCED = "announced"
    AFTER_EVENT = "after-event"
    DONE = "done"


class BundleStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class ProofType(StrEnum):
    URL = "url"
    FILE = "file"
    ARTIFACT = "artifact"
    COMMENT = "comment"
    EXTERNAL_STATUS = "external-status"


class Trigger(StrEnum):
    """Why a window was handled. Backfill, manual and replay are somebody's request."""

    SCHEDULE = "schedule"
    CATCH_UP = "catch-up"
    BACKFILL = "backfill"
    REPLAY = "replay"
    MANUAL = "manual"


class Outcome(StrEnum):
    """What became of a window. ``GENERATED`` is final; the others may still become it."""

    GENERATED = "generated"
    SKIPPED = "skipped"
    PAUSED = "paused"
    FAILED = "failed"
    MISSED = "missed"


class Incident(StrEnum):
    """What was noticed about time or the broker. ``OUTAGE``: windows were made late or missed; ``WINDOWS_LOST``: dates
    had no ledger entry, whatever the reason."""

    OUTAGE = "outage"
    CLOCK_WENT_BACK = "clock-went-back"
    WINDOWS_LOST = "windows-lost"
    STREAMS_DELETED = "streams-deleted"
    TIMEZONE_CHANGED = "timezone-changed"


_KINDS = frozenset(Kind)


class Window(Model):
    """One scheduled occurrence; its identity is all that decides whether work was already generated for it."""

    kind: Kind
    source_id: str
    date: IsoDate

    @cached_property
    def id(self) -> str:
        return f"{self.kind}:{self.source_id}:{self.date.isoformat()}"

    @property
    def subject(self) -> str:
        """Raises ValueError for a source id that no subject can name."""
        return f"{WINDOW_SUBJECT_PREFIX}.{self.kind}.{subject_token(self.source_id)}.{self.date.isoformat()}"

    @cached_property
    def item_id(self) -> str:
        """Id of the task or bundle that this window makes: any retry writes the same document."""
        return derived_id(self.id)

    @classmethod
    def from_subject(cls, subject: str) -> "Window":
        """Raises ValueError, in words for the dead-letter list, when the subject names no window."""
        tokens = subject.removeprefix(WINDOW_SUBJECT_PREFIX + ".").split(".")
        source_id = _named_by(tokens[1]) if len(tokens) == 3 and tokens[0] in _KINDS else None
        if source_id is None:
            raise ValueError(f"subject {subject!r} is not {WINDOW_SUBJECT_PREFIX}.<recurring|template>.<id>.<date>")
        return cls(kind=Kind(tokens[0]), source_id=source_id, date=calendar_date(tokens[2]))


def subject_token(source_id: str) -> str:
    """How a subject names a schedule: by its id, or by ``~`` and the id in base64url when that holds more than letters,
    digits, ``_`` and ``-``, or is longer than 64. ValueError for an empty id and for one of more than 256 bytes."""
    if _SOURCE_ID.fullmatch(source_id):
        return source_id
    encoded = source_id.encode()
    if not 0 < len(encoded) <= _LONGEST_ID:
        raise ValueError(f"the id {source_id[:40]!r} has {len(encoded)} bytes; it must have 1 to {_LONGEST_ID}")
    return f"~{urlsafe_b64encode(encoded).decode().rstrip('=')}"


def _named_by(token: str) -> str | None:
    """The id whose ``subject_token`` it is; None when it is no id's."""
    if _SOURCE_ID.fullmatch(token):
        return token
    if not _ENCODED_ID.fullmatch(token):
        return None
    try:
        source_id = urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4)).decode()
        return source_id if subject_token(source_id) == token else None
    except ValueError:
        return None


def derived_id(name: str) -> str:
    """A UUIDv5 in DataOps' own namespace, as text."""
    # As str(uuid5(...)), in a third of its time: each window takes two.
    digest = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
