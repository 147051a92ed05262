"""Links that grant access: credentials, signatures and tickets in a URL, addresses of hooks and feeds.

A URL keeps scheme, host and path; of a hook's or a feed's address only what comes before the secret part stays.
"""

import re
from functools import lru_cache
from itertools import pairwise

from services.kit.redaction.random_words import UUID, is_hex, is_random, word_set
from services.kit.redaction.views import views

MARK = "[redacted]"
_PARAMETER = re.compile(r"[?&#;]([^=&#;?\s]{1,60}+)=([^&#;\s]*+)")
_WORD = re.compile(r"[A-Z]++(?![a-z])|[A-Z]?[a-z]++")
_SECRET_NAMES = word_set(
    "token tokens tok tk sig signature secret password passwd passcode pwd pass auth authkey authtoken apikey jwt "
    "rlkey resourcekey awsaccesskeyid googleaccessid jsessionid phpsessid sessid sessionid sid hmac otp ticket "
    "credential sas accesstoken bearer"
)
_SECRET_ENDS = ("token", "signature", "secret", "password", "passcode")
_KEYS = word_set("api access pair private secret subscription auth account")
_SIGNERS = ("x-amz-", "x-goog-")
_LONG_CODE = 20
_LONG_VALUE = 28
_HARMLESS_NAMES = word_set(
    "id ids v list doc docid file fileid folder folderid page cursor ref hash checksum sha sha256 md5 etag gclid "
    "fbclid msclkid dclid wbraid gbraid igsh si q query utm utm_id mc_cid mc_eid url uri redirect next continue "
    "state"
)
_RANDOM_VALUE = re.compile(r"[A-Za-z0-9_-]+")


def has_secret_parameter(parameters: str) -> bool:
    """``parameters``: what follows the path of a URL, from its "?", "#" or ";" on."""
    return any(_opens(name, value) for view in views(parameters) for name, value in _PARAMETER.findall(view))


def _opens(name: str, value: str) -> bool:
    if _names_ticket(name):
        return True
    if name.lower() == "code":
        return len(value) >= _LONG_CODE
    if name.lower() == "key" and (UUID.fullmatch(value) or (is_hex(value) and len(value) >= _LONG_CODE)):
        return True
    if name.lower() in _HARMLESS_NAMES or len(value) < _LONG_VALUE or not _RANDOM_VALUE.fullmatch(value):
        return False
    return bool(re.search("[A-Z]", value) and re.search("[0-9]", value)) and is_random(value)


@lru_cache(maxsize=1024)
def _names_ticket(name: str) -> bool:
    whole = name.lower()
    if whole.startswith(_SIGNERS) or whole.endswith(_SECRET_ENDS) or whole in _SECRET_NAMES:
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    keys = any(one in _KEYS and other == "key" for one, other in pairwise(words))
    return keys or not _SECRET_NAMES.isdisjoint(words) or words[-2:] == ["session", "id"]


def without_query(match: re.Match[str]) -> str:
    parameters = match["parameters"]
    return f"{match['place']}?redacted" if parameters and has_secret_parameter(parameters) else match[0]


_HOOKS = re.compile(r"(?i)(?:^|[._-])(?:web)?hooks?(?:[._-]|$)|webhook")
_HOOK_HOST = re.compile(r"(?i)(?:web)?hooks?\.")
_TICKET_SEGMENT = re.compile(
    r"(?i)(?:reset|magic|verify|confirm|unsubscribe|invite|invitation|shared_invite|token|private|heartbeat)s?\b"
)
_TRIGGER_KEY = re.compile(r"(?i)key")
_DIGITS = re.compile(r"[0-9]+")
_OPAQUE = 10


def without_hook(match: re.Match[str]) -> str:
    """The address of a hook, or a link with a ticket in its path, up to the first part that lets in."""
    host, path = match["host"], match["path"]
    segments = path.split("/")[1:]
    begins = _hook_begins(host, segments)
    if begins is None or segments[begins] == MARK:
        return match[0]
    return "/".join([f"://{host}", *segments[:begins], MARK])


def _hook_begins(host: str, segments: list[str]) -> int | None:
    if _HOOK_HOST.match(host):
        begins = 1 if len(segments) > 1 else 0
        return begins if segments[begins] and (begins or _is_opaque(segments[0])) else None
    asked = bool(_HOOKS.search(host))
    for position, segment in enumerate(segments):
        if asked and _is_opaque(segment):
            return position
        asked = asked or bool(
            _HOOKS.search(segment) or _TICKET_SEGMENT.match(segment) or _TRIGGER_KEY.fullmatch(segment)
        )
    return None


def _is_opaque(segment: str) -> bool:
    """A part of a path that nobody typed: an id of 10 digits and more, a UUID, letters and digits drawn at random."""
    if len(segment) < _OPAQUE:
        return False
    return bool(_DIGITS.fullmatch(segment) or UUID.search(segment)) or is_random(segment.partition("@")[0])


def without_feed(match: re.Match[str]) -> str:
    """The address of a private calendar, without what follows the place where all of them begin."""
    place, rest = match["name"], match["rest"]
    if rest.startswith(MARK) or (place.lower().endswith("/ical/") and "/private-" not in rest):
        return match[0]
    return place + MARK
