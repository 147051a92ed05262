"""Which passwords nobody may choose, and that others may."""

import pytest

from services.portal.auth.passwords import LONGEST, new_password, weakness

EMAIL = "grace.hopper@example.org"
GUESSED = {
    "too short": "3kH%x_9qLp",
    "too long": "x9_K" * 33,
    "the e-mail": " Grace.Hopper@example.org ",
    "the e-mail and a digit": "grace.hopper@example.org1",
    "the name and digits": "Hopper123456",
    "ours and the year": "datatalks2028",
    "a common one": "leavemealone",
    "a common one with digits": "Password1234",
    "a common one disguised": "P@ssw0rd1234",
    "a row of keys": "qwertyuiop123",
    "digits in order": "123456789012",
    "a letter": "a" * LONGEST,
    "a common one again and again": "letmeinletmein",
}


@pytest.mark.requirement("R-SEC-1")
@pytest.mark.parametrize("password", [pytest.param(one, id=f"E: {what}") for what, one in GUESSED.items()])
def test_what_would_be_guessed_soon_is_refused_with_the_reason(password: str) -> None:
    reason = weakness(password, EMAIL)
    assert reason is not None
    assert reason.startswith("the password ")
    assert password not in reason


def test_what_takes_long_to_guess_is_taken() -> None:
    sentence = "every Monday we send forty letters to people who never wrote to us before "
    for password in ("correct horse battery", "vier Wörter am Stück", (sentence * 2)[:LONGEST], new_password()):
        assert weakness(password, EMAIL) is None, password
