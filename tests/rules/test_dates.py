"""Dates are written for people in one place; every other place asks it."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.fields.dates import format_date, format_instant, format_time

ROOT = Path(__file__).parents[2]
FORMATTER = ROOT / "contracts/fields/dates.py"
TEMPLATES = sorted((ROOT / "services/portal/templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "services/portal/static").glob("*.js"))
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = dt.date(2028, 2, 2)

EXCUSED = {
    "services/scheduler/publisher.py": "the broker's message id",
    "services/portal/exports/archives.py": "the name of a downloaded file",
    "services/exports/faults.py": "the place of a fault in a record, which is called `at`",
}
DATE_ATTRIBUTE = re.compile(r"(^|_)(dates?|day|since|until|at|on|anchor|today|tomorrow)$")
DATE_TYPE = re.compile(r"\b(date|datetime|Instant|IsoDate)\b")


@pytest.mark.parametrize(
    ("date", "with_year", "without"),
    [
        (dt.date(2028, 2, 2), "Wed 2 Feb 2028", "Wed 2 Feb"),
        (dt.date(2028, 1, 1), "Sat 1 Jan 2028", "Sat 1 Jan"),
        (dt.date(2028, 12, 31), "Sun 31 Dec 2028", "Sun 31 Dec"),
        (dt.date(2027, 12, 31), "Fri 31 Dec 2027", "Fri 31 Dec 2027"),
        (dt.date(2029, 1, 1), "Mon 1 Jan 2029", "Mon 1 Jan 2029"),
        (dt.date(2028, 2, 29), "Tue 29 Feb 2028", "Tue 29 Feb"),
        (dt.date(1970, 1, 1), "Thu 1 Jan 1970", "Thu 1 Jan 1970"),
        (dt.date(9998, 12, 31), "Thu 31 Dec 9998", "Thu 31 Dec 9998"),
    ],
)
def test_format_date_leaves_out_only_the_current_year(date: dt.date, with_year: str, without: str) -> None:
    assert format_date(date) == with_year
    assert format_date(date, today=TODAY) == without


@pytest.mark.parametrize(
    ("at", "zone", "with_year", "without"),
    [
        ("2028-02-02T08:05:59Z", "Europe/Berlin", "Wed 2 Feb 2028 09:05", "Wed 2 Feb 09:05"),
        ("2028-02-02T23:30:00Z", "Europe/Berlin", "Thu 3 Feb 2028 00:30", "Thu 3 Feb 00:30"),
        ("2027-12-31T23:30:00Z", "Europe/Berlin", "Sat 1 Jan 2028 00:30", "Sat 1 Jan 00:30"),
        ("2028-01-01T03:00:00Z", "America/New_York", "Fri 31 Dec 2027 22:00", "Fri 31 Dec 2027 22:00"),
        ("2028-07-01T00:00:00Z", "Asia/Kathmandu", "Sat 1 Jul 2028 05:45", "Sat 1 Jul 05:45"),
        ("2028-03-26T01:00:00Z", "Europe/Berlin", "Sun 26 Mar 2028 03:00", "Sun 26 Mar 03:00"),
        ("2028-02-02T09:00:00+01:00", "UTC", "Wed 2 Feb 2028 08:00", "Wed 2 Feb 08:00"),
    ],
)
def test_format_instant_is_in_the_zone_asked_for(at: str, zone: str, with_year: str, without: str) -> None:
    instant = dt.datetime.fromisoformat(at)
    assert format_instant(instant, ZoneInfo(zone)) == with_year
    assert format_instant(instant, ZoneInfo(zone), today=TODAY) == without
    assert with_year.endswith(f" {format_time(instant, ZoneInfo(zone))}")


def is_date(value: ast.expr, dates: set[str]) -> bool:
    """Whether an expression holds a date or an instant, by its name; ``dates`` are local names that do."""
    match value:
        case ast.Name():
            return value.id in dates
        case ast.Attribute():
            return DATE_ATTRIBUTE.search(value.attr) is not None
        case ast.Call(func=ast.Attribute(attr="isoformat" | "strftime")):
            return True
        case _:
            return False


def is_sentence(node: ast.JoinedStr) -> bool:
    return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in node.values)


def date_arguments(tree: ast.AST) -> set[str]:
    """Names of arguments that are dates or instants, by their annotation."""
    arguments = [node for node in ast.walk(tree) if isinstance(node, ast.arg) and node.annotation is not None]
    return {one.arg for one in arguments if DATE_TYPE.search(ast.unparse(one.annotation or one))}


def written_dates(source: str) -> Iterator[int]:
    """Lines with a format of strftime, or with a date that stands unformatted in an f-string that is a sentence."""
    for function in ast.parse(source).body:
        dates = date_arguments(function)
        for node in ast.walk(function):
            match node:
                case ast.Attribute(attr="strftime" | "ctime" | "month_abbr" | "month_name" | "day_abbr" | "day_name"):
                    yield node.lineno
                case ast.FormattedValue(format_spec=ast.JoinedStr() as spec) if "%" in ast.unparse(spec):
                    yield node.lineno
                case ast.JoinedStr() if is_sentence(node):
                    if any(is_date(part.value, dates) for part in node.values if isinstance(part, ast.FormattedValue)):
                        yield node.lineno
                case _:
                    pass


def test_no_other_module_writes_dates_for_people() -> None:
    found: list[str] = []
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "contracts").glob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        if path != FORMATTER and name not in EXCUSED:
            found += [f"{name}:{line}" for line in written_dates(path.read_text())]
    assert found == []


@pytest.mark.parametrize("name", EXCUSED)
def test_excused_module_still_needs_its_excuse(name: str) -> None:
    assert list(written_dates((ROOT / name).read_text()))


ISO = re.compile(
    r"\{\{[^{}]*\b(?:\w*_at|\w*_date|date|today|\w*since|\w*until|tomorrow|isoformat\(\))\s*(?:\|\w+\s*)?\}\}"
)


def text_of(template: str) -> str:
    """What people read of it: without tags and their attributes, without statements and comments."""
    return re.sub(r"<[^<>]*(?:\{\{[^{}]*\}\}[^<>]*)*>|\{%.*?%\}|\{#.*?#\}", " ", template, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_shows_no_date_as_it_is_stored(path: Path) -> None:
    shown = [found[0] for found in ISO.finditer(text_of(path.read_text()))]
    assert [one for one in shown if "words." not in one] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_formats_no_date(path: Path) -> None:
    """Pages come with their dates written, in the application's zone and not the browser's."""
    assert (
        re.findall(r"new Date|Date\.|Intl\.|\.toLocale\w*|\.toISOString|\.get(?:Hours|Date|Month)", path.read_text())
        == []
    )


@pytest.mark.parametrize(
    "source",
    [
        'f"due on {task.date}"',
        'def f(since: dt.date) -> str:\n    return f"from {since} on"',
        'class A:\n    def f(self, at: Instant | None) -> str:\n        return f"from {at} on"',
        'f"{day:%d %b}"',
        "at.strftime('%H:%M')",
        'f"not before {at.isoformat()}"',
        "calendar.month_abbr[2]",
        'f"{one.opens_at} is late"',
    ],
)
def test_written_dates_finds_each_way_to_write_one(source: str) -> None:
    assert list(written_dates(source))


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Due {{ task.date }}</p>", True),
        ("<p>Until {{ row.paused_until }}.</p>", True),
        ('<time datetime="{{ task.date }}">{{ words.day(task.date) }}</time>', False),
        ("{% if task.date %}x{% endif %}", False),
    ],
)
def test_text_of_a_template_shows_its_stored_dates(template: str, found: bool) -> None:
    assert bool(ISO.search(text_of(template))) is found
