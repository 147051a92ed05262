"""What is refused, with a message that names the problem and the nearest form that is right."""

import time

import pytest

from contracts.cron.expression import CronError, CronExpression

pytestmark = pytest.mark.requirement("R-SCH-2")

# expression: (what the message names, nearest form)
REFUSED = {
    # not five fields
    "": ("empty", "0 9 * * *"),
    "  \t ": ("empty", "0 9 * * *"),
    "0 9 * *": ("five fields are needed (minute, hour, day, month, weekday), not 4", "0 9 * * *"),
    "0 0 9 * * MON": ("not 6", "0 9 * * MON"),
    "0 9 * * 1 2028": ("not 6", "0 9 * * 1"),
    "0 0 9 * * * 2028": ("not 7", "0 9 * * *"),
    "0 9 * * 1 root": ("not 6", "0 9 * * 1"),
    "0 0 9 ? * MON": ('"?"', "0 9 * * MON"),
    "banana": ("not 1", None),
    "* " * 50: ("not 50", "* * * * *"),
    # aliases
    "@daily": ('"@daily" is an alias', "0 0 * * *"),
    "@Midnight": ("is an alias", "0 0 * * *"),
    "@hourly": ("is an alias", "0 * * * *"),
    "@weekly": ("is an alias", "0 0 * * 0"),
    "@monthly": ("is an alias", "0 0 1 * *"),
    "@yearly": ("is an alias", "0 0 1 1 *"),
    "@annually": ("is an alias", "0 0 1 1 *"),
    "@reboot": ('"@reboot" is an alias', None),
    "@every 5m": ('"@every" is an alias', "*/5 * * * *"),
    "@every 2h": ('"@every" is an alias', "0 */2 * * *"),
    # random
    "R 9 * * *": ('"R" is a random minute', "0 9 * * *"),
    "H 9 * * *": ('"H" is a random minute', "0 9 * * *"),
    "0 9 h * *": ('"h" is a random day of the month', "0 9 1 * *"),
    "H(0-29)/10 9 * * *": ("random minute", "*/10 9 * * *"),
    "0 9 * * R(1-5)": ("random weekday", "0 9 * * 0"),
    # out of range
    "60 9 * * *": ("minute 60 is out of range 0 to 59", "0 9 * * *"),
    "0 24 * * *": ("hour 24 is out of range 0 to 23", "0 0 * * *"),
    "0 9-24 * * *": ("hour 24 is out of range", "0 9-23 * * *"),
    "0 9 0 * *": ("day of the month 0 is out of range 1 to 31", "0 9 1 * *"),
    "0 9 0-5 * *": ("day of the month 0 is out of range", "0 9 1-5 * *"),
    "0 9 32 * *": ("day of the month 32 is out of range 1 to 31", "0 9 31 * *"),
    "0 9 1-40/2 * *": ("day of the month 40 is out of range", "0 9 1-31/2 * *"),
    "0 9 * 13 *": ("month 13 is out of range 1 to 12", "0 9 * 12 *"),
    "0 9 * 0 *": ("month 0 is out of range", "0 9 * 1 *"),
    "0 9 * * 8": ("weekday 8 is out of range 0 to 7", "0 9 * * 7"),
    "0 9 * * MON#6": ('"MON#6" is out of range, a month has at most five', "0 9 * * MON#5"),
    "0 9 * * 1#0": ('"1#0" is out of range', "0 9 * * 1#1"),
    "99 99 99 99 99": ("minute 99 is out of range", "59 23 31 12 7"),
    f"{'9' * 80} 9 * * *": ("is out of range 0 to 59", "59 9 * * *"),
    # backwards
    "5-1 * * * *": ('the minute range "5-1" runs backwards', "5-59,0-1 * * * *"),
    "0 22-2 * * *": ('the hour range "22-2" runs backwards', "0 22-23,0-2 * * *"),
    "0 22-2/2 * * *": ("runs backwards", "0 22,0,2 * * *"),
    "0 9 25-3 * *": ('the day of the month range "25-3" runs backwards', "0 9 25-31,1-3 * *"),
    "0 9 * NOV-FEB *": ('the month range "NOV-FEB" runs backwards', "0 9 * NOV-DEC,JAN-FEB *"),
    "0 9 * 12-1 *": ("runs backwards", "0 9 * 12,1 *"),
    "0 9 * * 1-0": ('the weekday range "1-0" runs backwards', "0 9 * * 1-7"),
    "0 9 * * FRI-MON": ('the weekday range "FRI-MON" runs backwards', "0 9 * * FRI-SUN,MON"),
    "0 9 * * SAT-TUE": ("runs backwards", "0 9 * * SAT-SUN,MON-TUE"),
    # steps
    "*/0 * * * *": ('the step in "*/0" must be 1 to 60', "* * * * *"),
    "0 9 1-31/0 * *": ('the step in "1-31/0" must be 1 to 31', "0 9 1-31 * *"),
    "*/61 * * * *": ('the step in "*/61" must be 1 to 60', "*/60 * * * *"),
    "0 */25 * * *": ("must be 1 to 24", "0 */24 * * *"),
    "*/-1 * * * *": ('the step in "*/-1"', "* * * * *"),
    "*/ * * * *": ('the step in "*/"', "* * * * *"),
    "*/2/3 * * * *": ('the step in "*/2/3"', "* * * * *"),
    # not a value
    "-1 9 * * *": ('"-1" is no minute (0 to 59)', None),
    "+1 9 * * *": ('"+" has no place', None),
    "1.5 9 * * *": ('"." has no place', None),
    "1e1 9 * * *": ('"1e1" is no minute', None),
    "1_0 9 * * *": ('"_" has no place', None),
    "0x1 9 * * *": ('"0x1" is no minute', None),
    "００ 9 * * *": ("not ASCII", "00 9 * * *"),
    "٣ 9 * * *": ("not ASCII", "3 9 * * *"),
    "0 9 1–5 * *": ("not ASCII", "0 9 1-5 * *"),
    "0\u00a09 * * *": ("not ASCII", "0 9 * * *"),
    "0 9 * * 5²": ("not ASCII", "0 9 * * 7"),
    "1,,2 9 * * *": ("the minute field has an empty list item", "1,2 9 * * *"),
    "1, 9 * * *": ("empty list item", "1 9 * * *"),
    ", 9 * * *": ("empty list item", None),
    "5- * * * *": ('"5-" is no minute', None),
    "1-5-9 * * * *": ('"1-5-9" is no minute', None),
    "*-5 * * * *": ('"*-5" is no minute', None),
    "** 9 * * *": ('"**" is no minute', None),
    "a b c d e": ('"a" is no minute', None),
    "0 9 * MON *": ('"MON" is no month (1 to 12 or JAN to DEC)', None),
    "0 9 * * MONDAY": ('"MONDAY" is no weekday (0 to 7 or SUN to SAT)', "0 9 * * MON"),
    "0 9 * January *": ('"January" is no month', "0 9 * JAN *"),
    "0 9 ? * 1": ('"?" is of another dialect', "0 9 * * 1"),
    # L and # where they do not belong
    "0 L * * *": ('"L" is no hour', None),
    "0 9 * * L": ('"L" is no weekday', None),
    "0 9 L-2 * *": ('"L-2" (days before the last one)', "0 9 28 * *"),
    "0 9 30W * *": ('"30W" is refused', "0 9 LW * *"),
    "0 9 1#2 * *": ('"1#2" is no day of the month', None),
    "0 9 * * 1-5#2": ('"1-5#2" is no weekday', None),
    "0 9 * * 8L": ('"8L" is no weekday', None),
    "0 9 * * xL": ('"xL" is no weekday', None),
    # comments, shells, control characters
    "0 9 * * * # c": ("takes no comment", "0 9 * * *"),
    "# 0 9 * * *": ("not 6", "0 9 * * *"),
    "0 9 * * *; rm -rf /": ('";" has no place', "0 9 * * *"),
    "0 9 * * $(id)": ('"$" has no place', None),
    "${jndi:x}": ('"$" has no place', None),
    "0 9 * * * `id`": ("not 6, and no command", "0 9 * * *"),
    "0 9 * * *\0": ("control character (U+0000)", "0 9 * * *"),
    "0 9 * * *\n": ("control character (U+000A)", "0 9 * * *"),
    "0 9\n* * *": ("control character (U+000A)", "0 9 * * *"),
    "\x1b[31m0 9 * * *": ("control character (U+001B)", None),
    "0 9 * * *\x7f": ("control character (U+007F)", "0 9 * * *"),
    # never
    "0 0 30 2 *": ("this never happens", "0 0 L 2 *"),
    "0 9 31 2 *": ("this never happens", "0 9 L 2 *"),
    "0 9 31 2,4,6,9,11 *": ("this never happens", "0 9 L 2,4,6,9,11 *"),
    "0 9 30,31 FEB */2": ("this never happens", "0 9 L FEB */2"),
    "0 9 */31 * MON#2": ("this never happens", "0 9 * * MON#2"),
    # too long
    "0 9 * * *" + " " * 92: ("longer than 100 characters", "0 9 * * *"),
    f"{','.join(map(str, range(60)))} 9 * * 1": ("longer than 100 characters", "0-59 9 * * 1"),
    f"0 9 {','.join(map(str, range(1, 29)))} * 1,2,3,4,5,6,1#2,5L,3#1": (
        "longer than 100 characters",
        "0 9 1-28 * 1,2,3,4,5,6,1#2,5L,3#1",
    ),
    f"0 9 {'*,1,' * 24}2 * 1": ("longer than 100 characters", None),
    "²," * 60 + "1 9 * * *": ("longer than 100 characters", None),
    "²" * 200: ("longer than 100 characters", None),
    "x" * 101: ("longer than 100 characters", None),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:40]))
def test_refused(text: str) -> None:
    names, nearest = REFUSED[text]
    with pytest.raises(CronError) as refusal:
        CronExpression.parse(text)
    message = str(refusal.value)
    assert "cron" in message.lower()
    assert names in message
    assert message.isprintable()
    assert refusal.value.nearest == nearest
    assert ("write" in message) == (nearest is not None)
    if nearest is not None:
        assert message.endswith(f'write "{nearest}"')
        CronExpression.parse(nearest)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 100_000,
        ",".join(["1"] * 5_000) + " 9 * * *",
        " " * 100_000,
        "@" * 100_000,
        "\0" * 100_000,
        "٣" * 50_000,
        "9" * 990 + " * * * *",
        ",".join(["99"] * 300) + " * * * *",
        ",".join(["60"] * 30) + " 9 * *",
        "0 9 31 2 */2",
        "0 9 */31 * MON#2",
        "R," * 40 + "R 9 * * *",
        "every " * 16,
        "every " + "1" * 90,
        "TZ=" * 33,
        "cron(" * 20,
        "MAILTO=" + "'" * 900,
        "\ufdfa" * 100,
        "0 9 * * 7-1" + ",7-1" * 20,
    ],
    ids=lambda text: f"{text[:12]!r} x {len(text)}",
)
def test_refusing_takes_less_than_fifty_milliseconds(text: str) -> None:
    best = min(time_to_refuse(text) for _ in range(5))
    assert best < 0.05


def time_to_refuse(text: str) -> float:
    started = time.perf_counter()
    with pytest.raises(CronError):
        CronExpression.parse(text)
    return time.perf_counter() - started


@pytest.mark.parametrize(
    "text",
    [
        "0 0 29 2 *",
        "0 0 29 2 */7",
        "0 0 * * MON#5",
        "0 0 * 2 MON#5",
        "0 0 * 2 SAT#5",
        "0 0 * 2 THU#5",
        "0 0 30 2 MON",
        "0 0 31 */2 *",
        "0 0 L 2 *",
    ],
)
def test_rare_is_not_never(text: str) -> None:
    CronExpression.parse(text)


def test_a_hundred_characters_are_accepted_and_one_more_is_not() -> None:
    text = ("0," * 46)[:-1] + " 9 * * *"
    text += " " * (100 - len(text))
    CronExpression.parse(text)
    with pytest.raises(CronError, match="longer than 100"):
        CronExpression.parse(text + " ")
