"""How a subject names a schedule: every id that a database may hold has one token, and a token one id."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Kind, Window, subject_token

DATE = dt.date(2028, 2, 2)
ODD_IDS = [
    *("weekly.backup", "a b", "*", ">", "~", "=", "a/b", "a:b", "über", "日次", "🗓", "a\nb", "a\tb", "\x00", "."),
    *("..", "x" * 65, "x" * 256, "ü" * 128, "recurring:x:2028-02-02", "'; drop", " lead", "~d2Vla2x5"),
]


def subject_of(id: str) -> str:
    return Window(kind=Kind.RECURRING, source_id=id, date=DATE).subject


@pytest.mark.requirement("R-REL-5")
@pytest.mark.parametrize("id", ODD_IDS)
def test_subject_names_an_odd_id_by_one_plain_token(id: str) -> None:
    subject = subject_of(id)
    *_, token, date = subject.split(".")
    assert subject == f"dataops.window.due.recurring.{token}.{date}"
    assert token.isascii()
    assert token.isprintable()
    assert not set(token) & set(" *>.")
    assert Window.from_subject(subject) == Window(kind=Kind.RECURRING, source_id=id, date=DATE)


@pytest.mark.requirement("R-REP-1")
@pytest.mark.parametrize("id", ["weekly-backup", "A_1", "x" * 64, "6f0cbf6a-6f4f-5d7c-9f0f-0c6f3b2f4c11"])
def test_subject_names_a_plain_id_by_itself(id: str) -> None:
    assert subject_token(id) == id


@pytest.mark.parametrize("id", ["", "x" * 257, "ü" * 129, "\ud800"])
def test_subject_token_of_an_impossible_id_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match=r"id|surrogates"):
        subject_token(id)


@pytest.mark.requirement("R-REP-1")
@pytest.mark.parametrize(
    "token", ["~", "~YQ", "~d2Vla2x5LmJhY2t1cA==", "~____", "~" + "a" * 401, "a~b", "~d2Vla2x5LmJhY2t1cB"]
)
def test_from_subject_refuses_a_token_that_is_no_ids(token: str) -> None:
    """``~YQ`` would be ``a``, which names itself: two subjects of one window would be two messages of it."""
    with pytest.raises(ValueError, match="is not dataops"):
        Window.from_subject(f"dataops.window.due.recurring.{token}.2028-02-02")


@given(st.text(min_size=1, max_size=60))
def test_from_subject_gives_back_any_id(id: str) -> None:
    assert Window.from_subject(subject_of(id)).source_id == id
