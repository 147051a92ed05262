"""The table of docs/cron.md is what the scripts in findings/ saw and what our own reader says."""

import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.cron.expression import CronError, CronExpression

ROOT = Path(__file__).parents[2]
EXPRESSIONS = (ROOT / "findings" / "cron-expressions.txt").read_text().splitlines()
READERS = ("debian-cron", "mcron", "systemd-cron", "quartz", "croniter", "cronsim", "croner", "cron-parser")
MONTHS = {"Jan": 1, "Feb": 2, "Oct": 10, "Nov": 11}
SAMPLE = [date(2028, 1, 1) + timedelta(days) for days in range(60)]
SAMPLE += [date(2028, month, day) for month in (10, 11) for day in range(1, 11)]

Dates = frozenset[date] | None
NOT_TRIED: Dates = frozenset([date.min])


def read_seen(reader: str) -> dict[str, Dates]:
    """Expression to the sampled dates on which `reader` fires; None where it refuses the expression."""
    script = ROOT / "findings" / (f"{reader}.sh" if reader.startswith("cron-") else f"cron-{reader}.sh")
    rows = re.search(r"<<'SEEN'[^\n]*\n(.*?)^SEEN$", script.read_text(), re.S | re.M)
    assert rows is not None
    return {expression: parse_days(days) for expression, days in (row.split("\t") for row in rows[1].splitlines())}


def parse_days(text: str) -> Dates:
    if text in ("refused", "not tried"):
        return None if text == "refused" else NOT_TRIED
    found: set[date] = set()
    for month, days in re.findall(r"([A-Z][a-z]{2}) ([\d,-]+)", text):
        for part in days.strip(",").split(","):
            low, _, high = part.partition("-")
            found |= {date(2028, MONTHS[month], day) for day in range(int(low), int(high or low) + 1)}
    return frozenset(found)


def read_ours(expression: str) -> Dates:
    try:
        cron = CronExpression.parse(expression)
    except CronError:
        return None
    return frozenset(on for on in SAMPLE if cron.opening_on(on, ZoneInfo("UTC")) is not None)


def describe(dates: Dates, ours: Dates) -> str:
    """The cell of the table: `=` for our dates, else the first month that differs, at most five of its days."""
    if dates is None:
        return "refused"
    if dates == NOT_TRIED:
        return "not tried"
    if dates == ours:
        return "="
    if not dates:
        return "never"
    if len(dates) == len(SAMPLE):
        return "every day"
    month = min((dates ^ (ours or frozenset())), key=lambda on: on).month
    days = [on.day for on in sorted(dates) if on.month == month]
    name = next(name for name, number in MONTHS.items() if number == month)
    return f"{name} " + (", ".join(map(str, days[:5])) + (" …" if len(days) > 5 else "") if days else "none")


def render_table() -> str:
    seen = {reader: read_seen(reader) for reader in READERS}
    lines = ["| expression | DataOps | " + " | ".join(READERS) + " |", "|---" * (len(READERS) + 2) + "|"]
    for expression in EXPRESSIONS:
        ours = read_ours(expression)
        cells = [describe(seen[reader][expression], ours) for reader in READERS]
        own = "refused" if ours is None else CronExpression.parse(expression).sentence()
        lines.append(f"| `{expression}` | {own} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@pytest.mark.requirement("R-SCH-2")
def test_cron_table_in_docs_is_what_was_seen() -> None:
    assert render_table() in (ROOT / "docs" / "cron.md").read_text(), (
        f"docs/cron.md needs this table:\n{render_table()}"
    )


@pytest.mark.parametrize("reader", READERS)
def test_cron_table_reader_saw_every_expression(reader: str) -> None:
    assert list(read_seen(reader)) == EXPRESSIONS
    assert len(EXPRESSIONS) >= 25
