"""What an import takes for a change of what is stored."""

import pytest

from services.kit.transfer.import_changes import changes_of, differs

pytestmark = pytest.mark.requirement("R-EXP-5")

TOKEN = "nt" + "n_" + "4f7Zq1" * 8
LINK = "https://files.example/a.pdf"


@pytest.mark.parametrize(
    ("stored", "exported"),
    [
        pytest.param("see keyMetricsMay2028.xlsx", "see [redacted].xlsx", id="words that went"),
        pytest.param("Data: 09:00, bring tea", "Data: [redacted], bring tea", id="a time that went"),
        pytest.param(f"use {TOKEN}", f"use {TOKEN}", id="a token that stayed"),
        pytest.param(f"use {TOKEN}", "use [redacted]", id="a token that goes today"),
        pytest.param(f"{TOKEN} keyMetricsMay2028.xlsx", f"{TOKEN} [redacted].xlsx", id="one stayed and one went"),
        pytest.param(f"https://a:b@{LINK[8:]} {TOKEN} keyMay", f"{LINK} {TOKEN} [redacted]", id="with credentials"),
        pytest.param(f"{LINK}?sig=abcdef12 x", f"{LINK}?redacted x", id="a query"),
        pytest.param({"secretary": "Ada", "a": [1]}, {"a": [1]}, id="a key that went"),
        pytest.param({"jwt": "x", "a": 1}, {"jwt": "x", "a": 1}, id="a key that stayed"),
        pytest.param({"jwt": "x", "a": 1}, {"a": 1}, id="a key that goes today"),
        pytest.param([{"text": "keyMay2028"}, "b"], [{"text": "[redacted]"}, "b"], id="nested"),
    ],
)
def test_differs_ignores_what_an_export_took_out(stored: object, exported: object) -> None:
    assert not differs(stored, exported)
    assert changes_of({"f": stored}, {"f": exported}, removable=frozenset({"f"})).fields == {}


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        ("see keyMetricsMay2028.xlsx", "look [redacted].xlsx"),
        ("see keyMetricsMay2028.xlsx", "see [redacted].pdf"),
        ("see a, b and c", "see [redacted] and b, [redacted]c"),
        ("abc", "abc[redacted]"),
        ("aXa", "aXa[redacted]a"),
        ("", "[redacted]"),
        (f"use {TOKEN}", "do not use [redacted]"),
        ({"secretary": "Ada", "a": 1}, {"a": 2}),
        ({"owner": "Ada", "a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        (["a"], ["a", "[redacted]"]),
        ("a", None),
        (1, "1"),
    ],
)
def test_differs_sees_every_other_change(stored: object, given: object) -> None:
    assert differs(stored, given)


def test_differs_is_linear_in_the_marks() -> None:
    assert differs("ab" * 20_000, "a[redacted]" * 20_000 + "c")
