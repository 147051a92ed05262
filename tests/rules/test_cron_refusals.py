"""What is refused, with a message that names the problem and the nearest form that is right."""

import time

import pytest

from contracts.cron.expression import CronError, CronExpression
from tests.support.expressions import REFUSED

pytestmark = pytest.mark.requirement("R-SCH-2")


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
