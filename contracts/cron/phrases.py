"""Rhythms in other words than cron's: plain English and intervals, each with the nearest expression.

Natural-language scheduling is no part of the product: what is read here is only proposed, and never stored.
"""

import re
from dataclasses import dataclass

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBERS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"other": 2, "second": 2, "third": 3, "fourth": 4, "fifth": 5},
}
_ORDINALS = {"first": "#1", "second": "#2", "third": "#3", "fourth": "#4", "fifth": "#5", "last": "L"}
_RHYTHMS = {
    **{"hourly": (1, "hour"), "daily": (1, "day"), "nightly": (1, "day"), "weekly": (1, "week")},
    **{"fortnightly": (2, "week"), "fortnight": (2, "week"), "biweekly": (2, "week"), "monthly": (1, "month")},
    **{"bimonthly": (2, "month"), "quarterly": (3, "month"), "quarter": (3, "month")},
    **{"yearly": (12, "month"), "annually": (12, "month"), "year": (12, "month")},
}
_UNITS = {"minute": 1, "hour": 60, "day": 1_440, "week": 10_080, "month": 43_200}
_LETTERS = {"m": "minute", "min": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
_WORKDAYS = ("weekday", "workday")
_OPENING_WORDS = frozenset(
    {"every", "each", "once", "twice", "on", "at", "the", "weekend", "midnight", "noon"}
    | {*_WEEKDAYS, *_ORDINALS, *_RHYTHMS, *_WORKDAYS}
)
_NAMES = tuple(name[:3].upper() for name in _WEEKDAYS)

NO_FORTNIGHT = (
    "cron counts within a month or a week and has no rhythm of two weeks; nearest are the first and third weekday of "
    "each month, or every week"
)


@dataclass(frozen=True)
class Proposal:
    """What was meant as far as cron can say it. ``why`` explains what it cannot say; empty when that is nothing."""

    expression: str
    why: str = ""


def proposed(text: str) -> Proposal | None:
    """The expression nearest to a phrase such as ``every second Tuesday at 10:30``; None for other texts."""
    words = [_singular(word) for word in re.findall(r"[a-z]+|[0-9]+", text.lower().replace("bi-", "bi"))]
    if not words or words[0] not in _OPENING_WORDS:
        return None
    minute, hour = _time(text.lower())
    at = f"{minute} {hour}"
    weekdays = [_NAMES[index] for index, name in enumerate(_WEEKDAYS) if name in words]
    count, unit = _rhythm(words)
    every_other = re.search(r"\b(?:every|each)\s+(?:other|second|2nd|two|2)\b", text.lower()) is not None
    if weekdays and every_other and "month" not in words:
        return fortnightly(weekdays[0], at)
    if named := next((word for word in words if word in _ORDINALS), None):
        if weekdays:
            return Proposal(f"{at} * * {weekdays[0]}{_ORDINALS[named]}")
        if "day" in words and named in ("first", "last"):
            return Proposal(f"{at} {'1' if named == 'first' else 'L'} * *")
    if day := re.search(r"\b([0-9]{1,2})(?:st|nd|rd|th)\b", text.lower()):
        months = [str(number) for number, name in enumerate(_MONTHS, 1) if name in words]
        return Proposal(f"{at} {min(max(int(day[1]), 1), 31)} {','.join(months) or '*'} *")
    if weekdays or "weekend" in words or any(word in words for word in _WORKDAYS):
        listed = weekdays or (["SAT", "SUN"] if "weekend" in words else ["MON-FRI"])
        return Proposal(f"{at} * * {','.join(listed)}")
    if unit is None:
        return Proposal(f"{at} * * *")
    return interval(count, unit, at)


def interval(count: int, unit: str, at: str = "0 9") -> Proposal:
    """The expression nearest to "every ``count`` ``unit``s" (minute to month); ``at`` is minute and hour of a day."""
    while (larger := {"minute": (60, "hour"), "hour": (24, "day"), "day": (7, "week")}.get(unit)) and (
        count >= larger[0] and count % larger[0] == 0
    ):
        count, unit = count // larger[0], larger[1]
    count = max(count, 1)
    match unit:
        case "minute" if count < 60:
            return Proposal(f"*/{count} * * * *")
        case "minute" | "hour" if count * _UNITS[unit] < 1_440:
            return Proposal(f"0 */{max(1, round(count * _UNITS[unit] / 60))} * * *")
        case "week" if count == 1:
            return Proposal(f"{at} * * MON")
        case "week" if count in (2, 3):
            return fortnightly("MON", at)
        case "day" if count == 1:
            return Proposal(f"{at} * * *")
        case "day" if count < 28:
            return Proposal(f"{at} */{count} * *", "cron counts days anew in each month")
        case "month" if count <= 12:
            return Proposal(f"{at} 1 {'*' if count == 1 else '1' if count == 12 else f'*/{count}'} *")
        case _:
            months = max(1, round(count * _UNITS[unit] / _UNITS["month"]))
            step = "*" if months == 1 else "1" if months >= 12 else f"*/{months}"
            return Proposal(f"{at} 1 {step} *", "cron counts days anew in each month and months in each year")


def every(duration: str) -> Proposal | None:
    """The expression nearest to a duration such as ``90m``, ``1h30m``, ``2w`` or ``2 weeks``; None for other texts."""
    parts = re.findall(r"([0-9]{1,6}) ?([a-z]+)", duration.lower())
    if not parts or re.sub(r"[0-9]{1,6} ?[a-z]+ ?", "", duration.lower()).strip():
        return None
    amounts = [(int(count), _LETTERS.get(word, _singular(word))) for count, word in parts]
    amounts = [(12 * count, "month") if unit == "year" else (count, unit) for count, unit in amounts]
    if any(unit not in _UNITS for _, unit in amounts):
        return None
    if len(amounts) == 1:
        return interval(*amounts[0], at="0 0")
    return interval(sum(count * _UNITS[unit] for count, unit in amounts), "minute", at="0 0")


def fortnightly(weekday: str, at: str) -> Proposal:
    return Proposal(f"{at} * * {weekday}#1,{weekday}#3", NO_FORTNIGHT)


def _rhythm(words: list[str]) -> tuple[int, str | None]:
    """How many of which unit, as ``every 2 weeks``, ``every other day`` or ``monthly`` say; no unit: not said."""
    for word in words:
        if word in _RHYTHMS:
            return _RHYTHMS[word]
    for before, word in zip(["", *words], words, strict=False):
        if word in _UNITS:
            return (int(before[:6]) if before.isdigit() else _NUMBERS.get(before, 1)), word
    return 1, None


def _time(text: str) -> tuple[int, int]:
    """Minute and hour; 09:00 where none is said, or none that exists."""
    if "midnight" in text or "noon" in text:
        return 0, 0 if "midnight" in text else 12
    found = (
        re.search(r"\b([0-9]{1,2})[:.]([0-9]{2})\b ?([ap]m)?", text)
        or re.search(r"\b([0-9]{1,2})()\s?([ap]m)\b", text)
        or re.search(r"\bat ([0-9]{1,2})()()\b", text)
    )
    if found is None:
        return 0, 9
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return (minute, hour) if hour < 24 and minute < 60 else (0, 9)


def _singular(word: str) -> str:
    return word.removesuffix("s")
