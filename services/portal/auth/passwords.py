"""Hashing of passwords: argon2id with OWASP's smaller memory setting. And which may be chosen."""

import re
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn  # pyright: ignore[reportMissingTypeStubs]  # it has none

from services.portal.auth import messages

SHORTEST, LONGEST = 12, 128
_JUDGED = 72
"""Of so many characters the guesses are counted; more take long and make hardly a difference."""

_LEAST_SCORE = 2
"""On the scale from 0 to 4: a million guesses do not find it."""

_OURS = ["dataops", "datatalks"]

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def new_password() -> str:
    """A random password, shown once; its owner should change it."""
    return secrets.token_urlsafe(15)


def weakness(password: str, email: str) -> str | None:
    """Why a password is refused when it is set; None when it may be used."""
    if len(password) < SHORTEST:
        return messages.password_too_short(SHORTEST)
    if len(password) > LONGEST:
        return messages.password_too_long(LONGEST)
    if password.strip().lower() == email.strip().lower():
        return messages.PASSWORD_IS_EMAIL
    if _score(password, email) < _LEAST_SCORE:
        return messages.PASSWORD_IS_COMMON
    return None


def _score(password: str, email: str) -> int:
    """How hard it is to guess with lists of common passwords, names and words, their variations, and what is known."""
    known = [*_OURS, email.lower(), *re.split(r"\W+", email.lower())]
    return zxcvbn(password[:_JUDGED], user_inputs=known)["score"]


def verify(stored: str | None, password: str) -> bool:
    """``stored`` None (an unknown user) takes as long as a wrong password does. Takes 20 ms: call it in a thread."""
    fits = len(password) <= LONGEST
    try:
        return _HASHER.verify(stored or _nobody(), password if fits else "") and fits and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex())
