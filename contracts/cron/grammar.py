"""Reads a cron expression, or says why it cannot be and what would be right.

The dialect: `*`, lists, ranges and steps over numbers and month or weekday names in any case; 7 is Sunday;
`L` is the last day of the month, `LW` its last Monday to Friday, `15W` the Monday to Friday nearest to day 15, never in
another month; `MON#2` or `1#2` the second Monday; `5L`, `L5`, `FRIL` or `LFRI` the last Friday; `5/15` starts at 5 and
goes on to the end of the field; `SUN` may end a range (`FRI-SUN`).
A field that begins with `*` is not a restriction. Where day of month and day of week are both restrictions
a date needs either of them, else it needs both (Vixie).

`contracts.cron.calendar` works out the dates. Reading stays ours: an operator is told what is wrong and what to write.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.cron.calendar import DateFields, has_dates
from contracts.cron.fields import LAST, LAST_DAY, LAST_WORKING_DAY, Fields, nearest_day, nth_weekday
from contracts.cron.paste import has_command, unwrapped
from contracts.cron.phrases import NO_FORTNIGHT, every, proposed
from contracts.cron.sentence import sentence

LONGEST = 100
"""Characters an expression may have."""
REFUSED = "Cron refused: "
"""How the message of a CronError begins."""

_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class CronError(ValueError):
    """Why a cron expression is refused, in the operator's words.

    `nearest` is an expression that would be accepted, already part of the message; None if there is no near one.
    Where a text may mean two expressions, `other` is the second, and the message reads both back.
    """

    def __init__(self, why: str, nearest: str | None = None, other: str | None = None) -> None:
        forms = [
            f'"{form}"' if other is None else f'"{form}" ({_read_back(form)})' for form in (nearest, other) if form
        ]
        super().__init__(f"{REFUSED}{why}; write {' or '.join(forms)}" if forms else f"{REFUSED}{why}")
        self.nearest = nearest
        self.other = other


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    low: int
    high: int
    every: range
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fault:
    why: str
    instead: str | None = None


_WEEKDAY = _Unit("weekday", 0, 7, range(7), ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
_DAY = _Unit("day of the month", 1, 31, range(1, 32))
_UNITS = (
    _Unit("minute", 0, 59, range(60)),
    _Unit("hour", 0, 23, range(24)),
    _DAY,
    _Unit(
        "month",
        1,
        12,
        range(1, 13),
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    ),
    _WEEKDAY,
)


def read(text: str) -> Fields:
    """The fields of `text`; raises CronError. Takes well under 50 ms whatever the text."""
    words = _words(text)
    values = [_field(words, position) for position in range(5)]
    either = not words[2].startswith("*") and not words[4].startswith("*")
    fields = Fields(*values, either=either)
    if not has_dates(DateFields(fields.days, fields.months, fields.weekdays, fields.either)):
        days = [" ".join([*words[:2], day, *words[3:]]) for day in ("*" if words[2].startswith("*") else "L", "*")]
        raise _refusal(text, "this never happens, no month it names has such a day", *days)
    return fields


def _words(text: str) -> list[str]:
    if len(text) > LONGEST:
        raise _refusal(text, f"the expression is longer than {LONGEST} characters", *_shortened(text))
    if not text.isascii():
        near = [" ".join(text.split()[:5])] if has_command(text.split()) else []
        raise _refusal(text, "the expression has characters that are not ASCII", *near, _ascii(text))
    if control := re.search(r"[^\t -~]", text):
        why = f"the expression has a control character (U+{ord(control[0]):04X})"
        raise _refusal(text, why, re.sub(r"[^ -~]+", " ", text).strip())
    words = text.split()
    if not words:
        raise _refusal(text, "the expression is empty, it needs minute, hour, day, month and weekday", "0 9 * * *")
    if words[0].startswith("@"):
        raise _alias(text, words)
    if paste := unwrapped(text):
        raise _refusal(text, paste.why, *paste.candidates)
    if phrase := proposed(text):
        why = "this is plain English, and an expression has five fields (minute, hour, day, month, weekday)"
        raise _refusal(text, "; ".join(filter(None, [why, phrase.why])), phrase.expression)
    if has_command(words) and _is_accepted(" ".join(words[:5])):
        why = f"five fields are needed (minute, hour, day, month, weekday), not {len(words)}, and no command"
        raise _refusal(text, why, " ".join(words[:5]))
    if "?" in text:
        raise _refusal(text, '"?" is of another dialect', text.replace("?", "*"))
    if comment := re.search(r"\s#", text):
        raise _refusal(text, "an expression takes no comment", text[: comment.start()])
    if stray := re.search(r"[^\w*,/#\-() \t]|_", text):
        before = text[: stray.start()]
        near = [before] if len(before.split()) == 5 else []
        raise _refusal(text, f'"{stray[0]}" has no place in a cron expression', *near)
    if len(words) != 5:
        why = f"five fields are needed (minute, hour, day, month, weekday), not {len(words)}"
        # Six or seven are mostly seconds in front; a year stands behind, and some tools have the seconds there.
        near = (words[1:6], words[:5]) if len(words) > 5 else ([*words, *"****"][:5],)
        forms = [" ".join(one) for one in near]
        if len(words) == 6 and words[5] in ("0", "*") and all(map(_is_accepted, forms)):
            raise CronError(f"{why}; seconds stand first in some tools and last in others", *forms)
        raise _refusal(text, why, *forms)
    return words


def _alias(text: str, words: list[str]) -> CronError:
    name = words[0].lower()
    if name == "@every" and (proposal := every(" ".join(words[1:]))):
        return _refusal(text, "; ".join(filter(None, ['"@every" is an alias', proposal.why])), proposal.expression)
    return _refusal(text, f'"{words[0]}" is an alias', *filter(None, [_ALIASES.get(name)]))


def _field(words: list[str], position: int) -> frozenset[int]:
    items = words[position].split(",")
    values: set[int] = set()
    for place, item in enumerate(items):
        term = _term(_UNITS[position], item)
        if isinstance(term, frozenset):
            values |= term
            continue
        near: list[str] = []
        if term.instead is not None:
            field = ",".join(filter(None, [*items[:place], term.instead, *items[place + 1 :]]))
            near = [" ".join([*words[:position], field, *words[position + 1 :]])] if field else []
        raise _refusal(" ".join(words), term.why, *near)
    return frozenset(values)


def _term(unit: _Unit, item: str) -> frozenset[int] | _Fault:
    if not item:
        return _Fault(f"the {unit.name} field has an empty list item", "")
    if random := re.match(r"[RH](?:\([^)]*\)|(?=/)|$)", item, re.IGNORECASE):
        fixed = "*" if item[random.end() :].startswith("/") else str(unit.low)
        return _Fault(f'"{item}" is a random {unit.name}, it must be a fixed one', fixed + item[random.end() :])
    return _special(unit, item) or _range(unit, item)


def _special(unit: _Unit, item: str) -> frozenset[int] | _Fault | None:
    if unit is _DAY:
        return _special_day(item)
    found = re.fullmatch(r"(\w+)#(\d+)|(\w+)L|L(\w+)", item, re.IGNORECASE) if unit is _WEEKDAY else None
    if not found:
        return None
    word = found[1] or found[3] or found[4]
    weekday = _number(unit, word)
    if weekday is None or weekday > unit.high:
        return _not_a_value(unit, item)
    n = int(found[2]) if found[1] else LAST
    if found[1] and not 1 <= n <= 5:
        return _Fault(f'"{item}" is out of range, a month has at most five of a weekday', f"{word}#{min(max(n, 1), 5)}")
    return frozenset({nth_weekday(weekday % 7, n)})


def _special_day(item: str) -> frozenset[int] | _Fault | None:
    if item.upper() == "L":
        return frozenset({LAST_DAY})
    if item.upper() == "LW":
        return frozenset({LAST_WORKING_DAY})
    found = re.fullmatch(r"L(?:-(\d{1,2}))W?|(WL)|(\d{1,3})W|W(\d{1,2})", item, re.IGNORECASE)
    if found is None:
        return None
    if before := found[1]:
        why = f'"{item}" (days before the last one) is of another dialect; L is the last day'
        return _Fault(why, str(min(max(31 - int(before), 1), 28)))
    if found[2]:
        return _Fault(f'"{item}" is no day of the month', "LW")
    if found[4]:
        return _Fault(f'"{item}" is no day of the month', f"{found[4]}W")
    day = int(found[3])
    if day in (29, 30, 31):
        # Tools differ where a month lacks the day.
        return _Fault(
            f'"{item}" is refused, since some months have no day {day}; LW is the last Monday to Friday', "LW"
        )
    if not 1 <= day <= 28:
        return _Fault(f'"{item}" is out of range, W takes the days 1 to 28', "1W" if day < 1 else "LW")
    return frozenset({nearest_day(day)})


def _range(unit: _Unit, item: str) -> frozenset[int] | _Fault:
    span, slash, by = item.partition("/")
    first, dash, last = span.partition("-")
    if span == "*":
        low, high = unit.every[0], unit.every[-1]
    else:
        low, high = _number(unit, first), _number(unit, last if dash else first)
        if low is None or high is None:
            return _not_a_value(unit, item)
        for word, value in ((first, low), (last, high)):
            if word and not unit.low <= value <= unit.high:
                inside = _inside(unit, value, alone=not dash)
                near = f"{inside if value == low else first}{dash}{inside if value == high and dash else last}"
                return _Fault(f"{unit.name} {value} is out of range {unit.low} to {unit.high}", near + slash + by)
        if slash and not dash:
            high = max(low, unit.every[-1])
        if unit is _WEEKDAY and last.upper() == "SUN" and low > 0:
            high = 7
    if slash and not (by.isdigit() and 1 <= int(by) <= len(unit.every)):
        why = f'the step in "{item}" must be 1 to {len(unit.every)}'
        if unit is _WEEKDAY and by in ("14", "21") and not dash:
            weekday = "MON" if span == "*" else span
            return _Fault(f"{why}; {NO_FORTNIGHT}", f"{weekday}#1,{weekday}#3")
        near = f"{span}/{len(unit.every)}" if by.isdigit() and int(by) else span
        return _Fault(why, near)
    step = int(by) if slash else 1
    if low > high:
        return _Fault(f'the {unit.name} range "{item}" runs backwards', _unwrapped(unit, (low, high, step), span))
    return frozenset(value % 7 if unit is _WEEKDAY else value for value in range(low, high + 1, step))


def _number(unit: _Unit, word: str) -> int | None:
    if word.isdigit():
        return int(word)
    return unit.names.index(word.upper()) + unit.low if word.upper() in unit.names else None


def _not_a_value(unit: _Unit, item: str) -> _Fault:
    named = f" or {unit.names[0]} to {unit.names[-1]}" if unit.names else ""
    short = item[:3].upper()
    near = short if short in unit.names and item.isalpha() else None
    return _Fault(f'"{item}" is no {unit.name} ({unit.low} to {unit.high}{named})', near)


def _inside(unit: _Unit, value: int, *, alone: bool) -> int:
    # 24:00 and minute 60 are meant as the start of the next round.
    if alone and unit.low == 0 and value == len(unit.every):
        return 0
    return min(max(value, unit.low), unit.high)


def _unwrapped(unit: _Unit, bounds: tuple[int, int, int], span: str) -> str:
    """The backwards range as two that run forwards, or as a list if it has a step."""
    low, high, step = bounds
    start = 1 if unit is _WEEKDAY else unit.low  # a week may end with 7, so the next begins with Monday
    if step > 1:
        return ",".join(map(str, [*range(low, unit.high + 1), *range(start, high + 1)][::step]))
    first, _, last = span.partition("-")
    end = unit.names[(unit.high - unit.low) % len(unit.names)] if first.isalpha() else str(unit.high)
    begin = unit.names[start - unit.low] if last.isalpha() else str(start)
    parts = [first if low == unit.high else f"{first}-{end}"]
    if high >= start:
        parts.append(last if high == start else f"{begin}-{last}")
    return ",".join(parts)


def _shortened(text: str) -> Iterator[str]:
    if len(text) <= 10 * LONGEST and text.isascii():
        words = text.split()
        yield " ".join(words)
        if has_command(words):
            yield " ".join(words[:5])
        if (paste := unwrapped(text)) and any(paste.candidates):
            yield from paste.candidates
        if len(words) == 5:
            yield " ".join(_in_ranges(unit, word) for unit, word in zip(_UNITS, words, strict=True))


def _in_ranges(unit: _Unit, word: str) -> str:
    """A list of plain values as ranges; any other field as it is, for a `*` is more than all its values."""
    terms = [_term(unit, item) for item in word.split(",")]
    values = {value for term in terms if isinstance(term, frozenset) for value in term}
    if "*" in word or not values <= set(unit.every) or any(isinstance(term, _Fault) for term in terms):
        return word
    starts = [value for value in sorted(values) if value - 1 not in values]
    ends = [value for value in sorted(values) if value + 1 not in values]
    runs = (f"{low}-{high}" if high > low else str(low) for low, high in zip(starts, ends, strict=True))
    return ",".join(runs)


def _ascii(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(character, character)) for character in text)
    return re.sub("[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", digits))


def _refusal(text: str, why: str, *candidates: str) -> CronError:
    """The refusal with the first of `candidates` that is accepted, else with what is nearest to one of them."""
    fallback: str | None = None
    for candidate in candidates:
        if candidate == text:
            continue
        try:
            read(candidate)
        except CronError as error:
            fallback = fallback or error.nearest
        else:
            return CronError(why, candidate.strip())
    return CronError(why, fallback)


def _is_accepted(text: str) -> bool:
    try:
        read(text)
    except CronError:
        return False
    return True


def _read_back(text: str) -> str:
    return sentence(read(text))
