"""How typed text is compared with stored text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.search import search_key, search_words

pytestmark = pytest.mark.requirement("R-HOM-5")

# what is stored: what people type to find it
SAME = {
    "Rechnungspru\u0308fung": "Rechnungsprüfung",
    "Büro": "BÜRO",
    "Bu\u0308ro": "buro",
    "Café": "cafe",
    "Q4\u00a0report": "q4 report",
    "Q4\u202freport\u3000draft": "Q4 report draft",
    "Q4 \t report": " Q4 report ",
    "Sponsor’s invoice": "sponsor's invoice",
    "Sponsorʼs invoice": "Sponsor`s invoice",
    "L′heure": "l'heure",
    "“Draft” of the letter": '"draft" of the letter',
    "Follow\u2011up – Ben": "follow-up - ben",
    "Balance −5": "balance -5",
    "Straße": "STRASSE",
    "ΟΔΟΣ": "οδος",
    "ﬁnal ﬂow": "final flow",
    "№ １２": "no 12",
    "Re\u00adport": "report",
    "zero\u200bwidth": "zerowidth",
    "❤\ufe0f team": "❤ team",
    "İstanbul": "istanbul",
    "Ő ű": "o u",
    "שָׁלוֹם": "שלום",
    "㈱ ｶﾞｲﾄﾞ": "(株) ガイド",
    "한국": "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "50% [draft] a.b*": "50% [DRAFT] A.B*",
}


@pytest.mark.parametrize(("stored", "typed"), SAME.items())
def test_search_key_of_two_forms_is_one(stored: str, typed: str) -> None:
    assert search_key(stored) == search_key(typed)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("a.b", "axb"), ("C++", "C"), ("क", "क़"), ("resume 1", "resume1")]
)
def test_search_key_keeps_what_makes_another_word(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Slack invite handle", ["slack", "invite", "handle"]),
        (" Büro\u00a0büro  x ", ["buro", "x"]),
        ("\u00ad \u200b", []),
        ("", []),
    ],
)
def test_search_words_are_distinct_keys(typed: str, words: list[str]) -> None:
    assert search_words(typed) == words


@given(st.text())
def test_search_key_is_stable_and_the_same_for_every_form(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert search_key(unicodedata.normalize("NFC", text)) == search_key(unicodedata.normalize("NFD", text)) == key
