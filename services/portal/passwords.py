"""Hashing of passwords: argon2id with OWASP's smaller memory setting."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def new_password() -> str:
    """To be told once and changed by whoever gets it."""
    return secrets.token_urlsafe(15)


def weakness(password: str, email: str) -> str | None:
    """Why a password is refused when it is set; None when it may be used."""
    if len(password) < SHORTEST:
        return f"the password must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"the password must have at most {LONGEST} characters"
    if password.strip().lower() == email.strip().lower():
        return "the password must not be the e-mail address"
    return None


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
