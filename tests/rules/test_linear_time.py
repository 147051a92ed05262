"""No text of outside costs more than its length: every regular expression of the product, and redaction as a whole."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from services.kit.redaction.labels import COMMANDS
from services.kit.redaction.rules import RULES, Rule
from services.kit.redaction.text import redact
from services.kit.redaction.views import VIEWS
from tests.rules.growth import MOST, growth
from tests.rules.patterns import Found, hard_texts, patterns_in_code

pytestmark = pytest.mark.requirement("R-SEC-3")

COMPUTED = {
    "services.kit.redaction.rules:_rule",  # each rule is tested by itself
    "services.exports.checks.quick_look:_text",  # matched by the engine of pydantic-core, which does not go back
    "services.cli.stack.embedded:_cause",  # the last words of a server that was started here
    "services.cli.stack.libraries:_bundled",  # names of files in an installed package
}
CUES = sorted({cue for rule in RULES for cue in rule.cues} | set(COMMANDS.split()))


def scan(pattern: re.Pattern[str]) -> Callable[[str], object]:
    return lambda text: sum(1 for _ in pattern.finditer(text))


def slow(act: Callable[[str], object], texts: Any) -> dict[tuple[str, str], float]:
    factors = {(start, unit): growth(act, start, unit, end) for start, unit, end in texts}
    return {text: factor for text, factor in factors.items() if factor > MOST}


FOUND = patterns_in_code()
PATTERNS = {(found.pattern.pattern, found.pattern.flags): found for found in FOUND if found.pattern}


def test_patterns_that_code_computes_are_known() -> None:
    assert {found.place for found in FOUND if found.pattern is None} == COMPUTED
    assert len(PATTERNS) > 50


@pytest.mark.parametrize("found", PATTERNS.values(), ids=lambda found: found.place)
def test_pattern_takes_linear_time(found: Found) -> None:
    assert found.pattern is not None
    act = found.pattern.fullmatch if found.anchored else scan(found.pattern)
    assert slow(act, hard_texts(found.pattern)) == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_takes_linear_time_from_every_cue(rule: Rule) -> None:
    def act(text: str) -> None:
        rule.pattern.sub(rule.replace, text)

    assert slow(act, hard_texts(rule.pattern, rule.cues)) == {}


@pytest.mark.parametrize("cue", CUES)
def test_redact_takes_linear_time_from_every_cue(cue: str) -> None:
    units = ("", ": ", "=", "://", "A1b2", "\\", '"', " ", "@", "%41", "&#65;", "\u200b", "e\u0301\u0323")
    assert slow(redact, [("", cue + unit, "") for unit in units]) == {}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_view_takes_linear_time(view: Callable[[str], str]) -> None:
    units = (
        "%",
        "%4",
        "%25",
        "&",
        "&#",
        "&#1",
        "&#x",
        "&amp",
        "1",
        "\u0301\u0323",
        "\u1100\u1161",
        "\ufdfa",
        "\u00e9%c3",
    )
    assert slow(view, [(start, unit, "") for start in ("", "&#", "e") for unit in units]) == {}


def test_growth_tells_quadratic_from_linear() -> None:
    assert growth(scan(re.compile("a+b")), "", "a", "") > MOST
    assert growth(scan(re.compile("a{1,80}b")), "", "a", "") <= MOST
