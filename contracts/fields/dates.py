"""How people read dates and times, on every page and in every message: ``Wed 2 Feb 2028``, ``Wed 2 Feb 2028 09:00``.

English names, whatever the locale of the machine. JSON, CSV, exports, logs and ``datetime`` attributes keep ISO forms.
"""

import datetime as dt

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_date(date: dt.date, *, today: dt.date | None = None) -> str:
    """``Wed 2 Feb 2028``, and ``Wed 2 Feb`` for a reader whose ``today`` is in the same year. Leave ``today`` out for
    text that is stored, sent or printed, since somebody may read it in a later year."""
    year = "" if today is not None and date.year == today.year else f" {date.year}"
    return f"{_WEEKDAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]}{year}"


def format_time(at: dt.datetime, zone: dt.tzinfo) -> str:
    """``09:00`` in ``zone``."""
    local = at.astimezone(zone)
    return f"{local.hour:02}:{local.minute:02}"


def format_instant(at: dt.datetime, zone: dt.tzinfo, *, today: dt.date | None = None) -> str:
    """``Wed 2 Feb 2028 09:00`` in ``zone``, without the year as in ``format_date``."""
    return f"{format_date(at.astimezone(zone).date(), today=today)} {format_time(at, zone)}"
