"""Long and deep values are made short before secrets are sought in them, and no secret is cut in half."""

import json
from typing import Any

import pytest

from services.kit.redaction.shortening import Shortener, shorten
from services.kit.redaction.text import redact, redact_values

pytestmark = pytest.mark.requirement("R-EXP-3")

TEXT = "pass: hunter2 " * 300


@pytest.mark.parametrize("length", [4_096, 4_097, 8_000, 100_000])
def test_shorten_keeps_beginning_and_end_by_whole_words(length: int) -> None:
    text = ("words " * length)[:length]
    short = shorten(text)
    assert len(short) <= 4_200
    assert short.startswith("words words")
    assert short.rstrip().endswith(text.split()[-1])
    assert (short == text) is (length <= 4_096)


def test_shorten_never_leaves_half_a_secret() -> None:
    token = "gh" + "p_" + "a1B2" * 9
    for before in range(3_000, 3_080):
        short = shorten("x " * (before // 2) + "y" * (before % 2) + token + " z" * 3_000)
        assert "gh" + "p_" not in redact(short)
    assert shorten("x" * 50_000) == "[50000 characters]"


@pytest.mark.parametrize("longest", [0, 1, 40, 500, 4_096, 64_000])
def test_shorten_gives_about_the_length_it_is_asked_for(longest: int) -> None:
    assert len(shorten("words " * 20_000, longest)) <= longest + 30


def nested(depth: int) -> Any:
    value: Any = TEXT
    for level in range(depth):
        value = {TEXT: value} if level % 2 else [value, TEXT]
    return value


@pytest.mark.parametrize("label", ["pass: ", "the password is "])
def test_value_of_a_label_that_was_cut_off_is_left_out(label: str) -> None:
    text = f"{label}hunter2 and then some words, " * 300
    assert not [length for length in range(4_000, 4_100) if "hunter2" in redact(shorten(text, length))]


def branching(depth: int) -> Any:
    """Ten entries a level, so that ten to the power of ``depth`` could be visited."""
    value: Any = 1
    for _ in range(depth):
        value = [value] * 10
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([TEXT] * 2_000, id="list of texts"),
        pytest.param([{"a": {"b": TEXT}}] * 2_000, id="list of objects"),
        pytest.param({str(number): {"text": TEXT} for number in range(2_000)}, id="objects in an object"),
        pytest.param({TEXT + str(number): number for number in range(2_000)}, id="long keys"),
        pytest.param({(TEXT, number): None for number in range(2_000)}, id="keys that JSON does not know"),
        pytest.param([ValueError(TEXT)] * 2_000, id="errors"),
        pytest.param([{TEXT}, frozenset({TEXT}), TEXT.encode(), TEXT], id="other kinds"),
        pytest.param(nested(5_000), id="deeply nested"),
        pytest.param(branching(12), id="many branches"),
        pytest.param([[1] * 1_000] * 1_000, id="a million numbers"),
        pytest.param([""] * 1_000_000, id="empty texts"),
        pytest.param([[[]] * 1_000] * 1_000, id="empty lists"),
    ],
)
def test_shortener_bounds_all_values_together(value: Any) -> None:
    shortener = Shortener()
    short = [redact_values(shortener.shorten(value)) for _ in range(3)]
    assert len(json.dumps(short, ensure_ascii=False)) < 80_000
    assert "hunter2" not in str(short)


def test_shortener_says_what_it_left_out() -> None:
    shorten_value = Shortener().shorten
    assert shorten_value([*range(1_003)]) == [*range(1_000), "[3 more]"]
    assert shorten_value(dict.fromkeys(range(1002), 0))["…"] == "[2 more]"  # type: ignore[index]
    assert shorten_value([[[[[[[[[1, 2]]]]]]]]]) == [[[[[[[["[2 entries]"]]]]]]]]


@pytest.mark.parametrize(
    "value", [None, True, 5, 1.5, "text", [], {}, {"windows": ["recurring:x:2028-02-02"], "ms": 1.5}]
)
def test_shortener_leaves_short_values_as_they_are(value: Any) -> None:
    assert Shortener().shorten(value) == value
