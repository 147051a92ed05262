"""What the value of a field may be. Each check returns what is wrong in the words of the format, or None."""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import cast

from contracts.cron.expression import CronError, CronExpression
from contracts.values import calendar_date
from services.exports.faults import quoted

Check = Callable[[object], str | None]

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_PARTIAL_DATE = re.compile(r"[0-9]+|[0-9]{4}-[0-9]{2}")


def text(value: object) -> str | None:
    return None if isinstance(value, str) else "must be a string when present"


def texts(value: object) -> str | None:
    return None if _is_list_of(value, str) else "must be an array of strings when present"


def objects(value: object) -> str | None:
    return None if _is_list_of(value, dict) else "must be an array of objects when present"


def array(value: object) -> str | None:
    return None if isinstance(value, list) else "must be an array when present"


def mapping(value: object) -> str | None:
    return None if isinstance(value, dict) else "must be an object when present"


def text_or_object(value: object) -> str | None:
    return None if isinstance(value, str | dict) else "must be a string or object when present"


def boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be a boolean when present"


def number(value: object) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return None if is_number else "must be a finite number when present"


def count(value: object) -> str | None:
    return None if type(value) is int and value >= 0 else "must be a whole number, 0 or more"


def date(value: object) -> str | None:
    try:
        calendar_date(value)
    except ValueError:
        return "must be a YYYY-MM-DD date"
    return None


def timestamp(value: object) -> str | None:
    """What the format takes for a date or timestamp, which is nearly everything that names one."""
    readable = isinstance(value, str) and (instant_of(value) or _PARTIAL_DATE.fullmatch(value) or _mail_date(value))
    return None if readable else "must be a parseable date or timestamp"


def instant(value: object) -> str | None:
    is_strict = isinstance(value, str) and _RFC_3339.fullmatch(value) and instant_of(value)
    return None if is_strict else "must be an RFC 3339 timestamp"


def moment(value: object) -> str | None:
    """A date or an instant."""
    return None if date(value) is None or instant(value) is None else "must be a date or an RFC 3339 timestamp"


def cron(value: object) -> str | None:
    try:
        CronExpression.parse(value if isinstance(value, str) else "")
    except CronError as error:
        return f"must be a cron expression: {error}"
    return None


@dataclass(frozen=True)
class OneOf:
    """The check that a value is one of these names."""

    names: frozenset[str]

    def __call__(self, value: object) -> str | None:
        return None if isinstance(value, str) and value in self.names else f"has unknown value: {quoted(value)}"


def instant_of(value: str) -> dt.datetime | None:
    """None for what is no ISO 8601 date or time. Without a zone it is UTC."""
    try:
        found = dt.datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _mail_date(value: str) -> bool:
    try:
        parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return False
    return True


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in cast("list[object]", value))
