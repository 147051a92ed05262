"""Cron expressions as other tools write them: what is around the five fields, and the text without it."""

import re
from dataclasses import dataclass

_PRESET = "0 9 * * *"
_SETTING = re.compile(r"""(?:export\s)?\s*([A-Za-z_]\w{0,40})\s?=\s?("[^"]*"|'[^']*'|\S*)(.*)""", re.DOTALL)
_KEY = re.compile(r"""-?\s?(cron|crontab|schedule|cronExpression)"?\s?[:=]\s?(.*)""", re.DOTALL | re.IGNORECASE)
_CALL = re.compile(r"(cron|rate|at)\(([^()]*)\)?;?$", re.IGNORECASE)
_ZONES = ("TZ", "CRON_TZ", "TIMEZONE")
_NAMES = "SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_FIELD = re.compile(rf"(?:[0-9*,/#?LWRH-]|{_NAMES})+", re.IGNORECASE)


@dataclass(frozen=True)
class Paste:
    """``why`` the text is no expression as it stands, and texts that may be one, the likeliest first."""

    why: str
    candidates: tuple[str, ...]


def unwrapped(text: str) -> Paste | None:
    """What is around the expression in ``text``; None when nothing known is."""
    text = text.strip()
    if text[:1] in ("'", '"', "`"):
        return Paste("an expression takes no quotation marks", (text.translate(_WITHOUT_QUOTES).strip(),))
    if found := _CALL.match(text):
        kind, inside = found[1].lower(), found[2]
        if kind == "cron":
            return Paste(
                '"cron( )" is the form of another dialect, whose sixth field is a year', (" ".join(inside.split()[:5]),)
            )
        return Paste(f'"{kind}( )" is of another dialect', (f"@every {inside}",) if kind == "rate" else (_PRESET,))
    if found := _KEY.match(text):
        why = f'"{found[1]}" is the name of a setting, and only its value is an expression'
        return Paste(why, (found[2].translate(_WITHOUT_QUOTES).strip(),))
    if found := _SETTING.match(text):
        name, rest = found[1], found[3].strip()
        if name.upper() in _ZONES:
            why = "all schedules follow the one time zone of this system, so an expression names none"
        else:
            why = f'"{name}=" is a setting of a crontab and no part of an expression'
        return Paste(why, (rest or _PRESET,))
    return None


def has_command(words: list[str]) -> bool:
    """Whether what follows five fields is the user or the command of a crontab's line, and neither fields nor a
    comment."""
    rest = words[5:]
    return bool(rest) and not rest[0].startswith("#") and not all(map(_FIELD.fullmatch, rest))


_WITHOUT_QUOTES = str.maketrans(dict.fromkeys("'\"`", " "))
