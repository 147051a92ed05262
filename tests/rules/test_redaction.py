"""Secrets leave no text, whatever they are wrapped in; harmless text is not touched."""

import html
import json
import re
from collections import Counter
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.redaction.text import redact, redact_values
from tests.rules.benign_corpus import BENIGN_LINES
from tests.rules.drawn_shapes import FIRST_DRAWN, SECOND_DRAWN
from tests.rules.secret_corpus import BENIGN, MISSED, OVERDONE, SECRETS
from tests.rules.secret_shapes import DOCUMENTED, HELD_OUT, ONCE_HELD_OUT, SAMPLES_OF_KINDS, SEEN

pytestmark = pytest.mark.requirement("R-EXP-3")

ALL = [(rule, text) for rule, texts in SECRETS.items() for text in texts]
REFUSED_VALUES = re.compile(
    "X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|signature=|sig=|access_token=|token=", re.I
)
"""What the validator of exports refuses in a text; the keys it refuses stand in the test of keys."""


def every_letter_encoded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def fullwidth(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


ENCODINGS = {
    "as it is": str,
    "URL-encoded": lambda text: quote(text, safe=""),
    "URL-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every letter URL-encoded": every_letter_encoded,
    "HTML-escaped": html.escape,
    "every letter HTML-escaped": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "full width": fullwidth,
    "broken by zero-width spaces": "\u200b".join,
}


@pytest.mark.parametrize(("rule", "text"), ALL)
def test_each_rule_finds_its_secrets(rule: str, text: str) -> None:
    counts = Counter[str]()
    assert redact(text, counts) != text
    assert counts[rule] >= 1, counts


@pytest.mark.parametrize("text", BENIGN)
def test_harmless_text_is_not_touched(text: str) -> None:
    counts = Counter[str]()
    assert redact(text, counts) == text
    assert not counts


@pytest.mark.parametrize("text", BENIGN_LINES)
def test_harmless_line_is_not_touched(text: str) -> None:
    assert redact(text) == text


def test_recall_and_false_positives(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = [encode(text) for _, text in ALL for encode in ENCODINGS.values()]
    corpus = SEEN | HELD_OUT
    missed = [name for name, text in corpus.items() if redact(text) == text]
    harmless = [*BENIGN, *BENIGN_LINES]
    touched = [text for text in harmless if redact(text) != text]
    recall = 1 - len(missed) / len(corpus)
    with capsys.disabled():
        print(f"\nredaction: recall {recall:.3f} of {len(corpus)} shapes, {len(HELD_OUT)} of them held out")
        print(f"redaction: {len(touched)} of {len(harmless)} harmless texts touched")
    assert len(corpus) >= 150 <= 3 * len(HELD_OUT)
    assert len(HELD_OUT) >= len(corpus) / 3
    assert recall >= 0.98
    assert len({*BENIGN_LINES}) >= 400
    assert touched == []
    assert [text for text in secrets if redact(text) == text] == []


def test_recall_of_shapes_drawn_from_scanners(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = FIRST_DRAWN | SECOND_DRAWN
    missed = [name for name, text in drawn.items() if redact(text) == text]
    recall = 1 - len(missed) / len(drawn)
    with capsys.disabled():
        print(f"\nredaction: recall {recall:.3f} of {len(drawn)} texts drawn from scanners' rules, missed {missed}")
    assert len(drawn) >= 2 * (81 + 104)
    assert recall >= 0.98


@pytest.mark.parametrize("text", MISSED)
def test_what_only_a_reader_knows_is_not_claimed(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", OVERDONE)
def test_word_after_password_is_taken_for_one(text: str) -> None:
    assert redact(text) != text


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_shape_is_found(name: str) -> None:
    assert redact(DOCUMENTED[name]) != DOCUMENTED[name]


@pytest.mark.parametrize("shape", SAMPLES_OF_KINDS)
def test_other_sample_of_a_kind_is_found(shape: str) -> None:
    assert redact(SAMPLES_OF_KINDS[shape]) != SAMPLES_OF_KINDS[shape]


@pytest.mark.parametrize("name", ONCE_HELD_OUT)
def test_shape_that_was_held_out_once_is_found(name: str) -> None:
    assert redact(ONCE_HELD_OUT[name]) != ONCE_HELD_OUT[name]


@given(
    secret=st.sampled_from(ALL),
    encode=st.sampled_from(sorted(ENCODINGS)),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_a_secret_in_any_text_and_encoding_is_gone_for_good(
    secret: tuple[str, str], encode: str, before: str, after: str
) -> None:
    text = f"{before} {ENCODINGS[encode](secret[1])} {after}"
    clean = redact(text)
    assert clean != text
    assert redact(clean) == clean
    assert not REFUSED_VALUES.search(clean)


@given(
    st.lists(
        st.sampled_from([*(text for _, text in ALL), *BENIGN, "[redacted]", "token", "=", "%", "&", ":", "\u200b"])
    )
)
def test_redacting_twice_changes_nothing(pieces: list[str]) -> None:
    clean = redact("".join(pieces))
    again = Counter[str]()
    assert redact(clean, again) == clean
    assert not again
    assert not REFUSED_VALUES.search(clean)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (ALL[0][1], "https://files.example/april.pdf"),
        (f"look: {SECRETS['signed-url'][0]} today", "look: https://files.example/reports/april.pdf?redacted today"),
        ("pass" + "word: hunter2 is old", "password: [redacted] is old"),
        ("tell " + SECRETS["github-token"][0] + ", twice", "tell [redacted], twice"),
        ("100% sure: pass" + "word%3A%20x is it", "100% sure: password: [redacted] is it"),
    ],
)
def test_what_is_around_a_secret_stays(text: str, clean: str) -> None:
    assert redact(text) == clean


FORBIDDEN = (
    "clientSecret tokenCount Password credentials cookies Authorization signed_url signedUrl signed-url apiKey api_key",
    "to\u200bken %74oken clientsecret accesstoken AWS_SECRET_ACCESS_KEY privateKey dbPasswd HTTPCookie jwt",
)
"""Whole words: "secretary" names none."""
HARMLESS_KEYS = "secretary tokenizer tokenized cookiecutter passport author keynote monkey keyMetrics url key passed"


@pytest.mark.parametrize("key", [*" ".join(FORBIDDEN).split(), "API key", SECRETS["aws-key"][0]])
def test_entries_with_forbidden_keys_are_left_out(key: str) -> None:
    counts = Counter[str]()
    value = {"title": "Report", "inner": [{key: 5, "kept": [None, True, 1.5, ""]}]}
    assert redact_values(value, counts) == {"title": "Report", "inner": [{"kept": [None, True, 1.5, ""]}]}
    assert counts == {"key": 1}
    assert key in json.dumps(value, ensure_ascii=False), "the caller's value is not changed"


@pytest.mark.parametrize("key", HARMLESS_KEYS.split())
def test_entries_with_harmless_keys_stay(key: str) -> None:
    assert redact_values({key: "Ada"}) == {key: "Ada"}


def test_statuses_of_a_skip_closure_are_not_keys() -> None:
    words = {"token not needed": {"requiredLink": True}, "password shared": {"file": True}}
    validation = {"skipClosure": {"allowedStatuses": [*words], "suppresses": words}}
    assert redact_values({"validation": validation}) == {"validation": validation}


def test_nested_strings_are_redacted_and_counted() -> None:
    counts = Counter[str]()
    value = {"a": ["pass" + "word: x", {"b": SECRETS["jwt"][0]}], "c": "fine"}
    assert redact_values(value, counts) == {"a": ["password: [redacted]", {"b": "[redacted]"}], "c": "fine"}
    assert counts == {"password": 1, "jwt": 1}


REFERENCES = ("&#" + "1" * 5_000 + ";p", "&#x" + "f" * 5_000 + "; p", "&#" + "0" * 5_000 + "112;")
"""Of many digits; after each, or as the last of them, stands a p."""


@pytest.mark.parametrize("reference", REFERENCES, ids=["decimal", "hexadecimal", "zeros"])
def test_character_reference_of_any_length_is_read(reference: str) -> None:
    assert "hunter2" not in redact(reference + "ass" + "word: hunter2 ")


def test_harmless_text_comes_back_as_the_same_object() -> None:
    text = BENIGN[0] + "!"
    assert redact(text) is text
