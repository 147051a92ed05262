"""Which keys of JSON name a secret, by whole words: "clientSecret" does, "secretary" does not."""

import re
from functools import lru_cache
from itertools import pairwise

from services.kit.redaction.random_words import word_set
from services.kit.redaction.views import views

_PART = re.compile(r"[A-Z]++(?![a-z])|[A-Z]?[a-z]++")
_WORDS = word_set(
    "secret secrets token tokens password passwords passwd passwort pwd passphrase passcode kennwort credential "
    "credentials cookie cookies authorization apikey apikeys signedurl signedurls jwt"
)
_GLUED = ("token", "secret", "password", "passwd", "apikey", "cookie", "credentials")
_PAIRS = {
    "key": word_set("api access account private signing encryption ssh hmac"),
    "keys": word_set("api access account private signing encryption ssh hmac"),
    "url": frozenset({"signed", "presigned"}),
    "urls": frozenset({"signed", "presigned"}),
}
_LONGEST_NAME = 100
WORDS_AS_KEYS = frozenset({"suppresses"})
"""Keys of objects whose own keys are what people typed: statuses of a skip closure, not names of fields."""


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """In any view. A name of more than 100 characters is judged by its first 100."""
    return any(map(_names_secret, views(key[:_LONGEST_NAME])))


def _names_secret(key: str) -> bool:
    parts = [part.lower() for part in _PART.findall(key)]
    return any(part in _WORDS or part.endswith(_GLUED) for part in parts) or any(
        before in _PAIRS.get(part, ()) for before, part in pairwise(parts)
    )
