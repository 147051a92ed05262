"""Words that are secrets by themselves: known shapes of vendors, any prefix with random letters behind, randomness."""

import re
from itertools import pairwise

from services.kit.redaction.links import MARK
from services.kit.redaction.random_words import UUID, is_abbreviation, is_hex, is_random, word_set

KNOWN_SHAPES = (
    r"(?<![A-Za-z0-9])(?:"
    r"EAA[A-Za-z0-9]{30,}"
    r"|(?:dapi|dkea|dose|dsapi)[0-9a-f]{32}(?:-[0-9]{1,2})?"
    r"|(?:AC|SK)[0-9a-f]{32}"
    r"|(?:LTAI|AKID)[A-Za-z0-9]{12,}"
    r"|(?:A3T[A-Z0-9]|ABIA|ACCA)[A-Z0-9]{16}"
    r"|AKC[A-Za-z0-9]{40,}"
    r"|oy2[a-z0-9]{43}"
    r"|E[ZTA]{2}K[A-Za-z0-9]{50,}"
    r"|NRAK-[A-Z0-9]{27}"
    r"|GR1348941[A-Za-z0-9_-]{20,}"
    r")(?![A-Za-z0-9])"
)
"""From vendors' documents: keys that have no separator, so that no rule about prefixes can see them."""

LONG_RUN = re.compile(r"[A-Za-z0-9]{13}")
_GROUPED = re.compile(r"(?:[A-Z0-9]{4,12}-){3}[A-Z0-9]{4}")
_SECRET_PREFIXES = word_set("access secret token key api sdk auth live test sandbox production hrku waka pat- sk- sk_")
_AFTER_SECRET_PREFIX = re.compile(
    rf"(?i:{'|'.join(sorted(_SECRET_PREFIXES))})(?:[a-z]{{2}}[0-9]-|[_-]|(?<=[_-]))[A-Za-z0-9][A-Za-z0-9_-]{{7}}"
)
_NAMED_UUID = re.compile(r"[A-Za-z](?:[._~-][0-9]{1,3})?[._~-][0-9a-fA-F]{8}-[0-9a-fA-F]{4}-")
_BROKEN = re.compile(
    r"(?<![A-Za-z0-9_./-])(?=[a-z0-9_-]*+[A-Z])(?=[A-Z0-9_-]*+[a-z])(?=[A-Za-z_-]*+[0-9])[A-Za-z0-9_-]{20}"
)
_SHORTEST = 17
OPAQUE_WORDS = r"""(?i:[a-z][a-z0-9+.-]{1,15}+://[^\s<>"']*+)|(?<![A-Za-z0-9_.~+/-])(?P<word>[A-Za-z0-9_.~+/-]{20,}+)(?P<end>={0,2}@?)"""
"""A URL is passed over whole: its path names documents, by ids as random as any secret."""


def may_have_opaque_word(text: str) -> bool:
    """Whether there is a run longer than a UUID's longest part, a product key, something behind a telling prefix, a
    UUID behind a name, or a word of 20 capitals, small letters and digits that hyphens break."""
    if len(text) < _SHORTEST or max(map(len, text.split()), default=0) < _SHORTEST:
        return False
    if LONG_RUN.search(text) or ("-" in text and _NAMED_UUID.search(text)):
        return True
    if not text.islower() and (_GROUPED.search(text) or _BROKEN.search(text)):
        return True
    return any(map(text.lower().__contains__, _SECRET_PREFIXES)) and _AFTER_SECRET_PREFIX.search(text) is not None


_PLUS = re.compile(r"(?<=^[a-z])\+|(?<=^[a-z]{2})\+|(?<=^[a-z]{3})\+|(?<=^[a-z]{4})\+")
_SEPARATOR = re.compile(r"[_.~-]+")
_SCHEMELESS_URL = re.compile(r"(?i)(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}/")
_TIME = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}T[0-9]{2}[-:]?[0-9]{2}[-:]?[0-9]{2}(?:[.-][0-9]{1,9})?Z?")
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_TAIL = 20
_TAIL_OF_TOKEN, _TAIL_OF_CAPITALS, _TAIL_OF_ALL_KINDS = 12, 16, 16
_GROUPS = 4
_PRODUCT_KEY = re.compile(r"[A-Z0-9]{2,12}(?:-[A-Z0-9]{4,12}){4,8}")
_OPENS = word_set(
    "access secret key token tok api apikey sdk auth live sandbox production test pat sat aat sk rk hrku waka client "
    "mob xaat xapt ck pk ak"
)
_OPENING_ENDS = ("key", "token", "secret", "api", "auth")
_HALF, _GROUP = 16, 12
_CAPITALS = 20
_GLUED_HEX = re.compile(r"(?P<name>[A-Za-z]{2,12})(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{64})")
_PUBLIC = re.compile(r"baf[yk][a-z2-7]{40,}|k51[a-z0-9]{50,}|[0-7][0-9A-HJKMNP-TV-Z]{25}")
"""Names of content in IPFS and ULIDs: as random as keys, and no secret."""
_NAMED_PLACES = word_set(
    "http https ws wss webcal feed ftp ftps sftp file s3 gs gcs az abfs abfss wasbs hdfs ipfs ipns git ssh svn oci "
    "docker notion spotify figma obsidian vscode magnet"
)
"""Schemes whose addresses name documents; of others (``discord://id/token``) each part is looked at."""
_SHORTEST_PART = 24
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_LONG_PART = 7
_BARE = 32
_ALL_KINDS = 3
_SHORT_WORD = 3
_DIGEST_OR_ID = word_set(
    "sha sha1 sha224 sha256 sha384 sha512 md5 blake2 blake3 crc commit rev revision git etag hash checksum digest "
    "build uuid guid id ids trace span request req run task bundle window job event doc document file folder "
    "artifact recurring template notification user version cus pi ch sub evt txn price seti pm release container "
    "image layer msg message grp group org usr proj project acct cust customer inv invoice order pkg img tmp wf tmpl "
    "conv chat dlq queue node pod lead contact"
)
_DRIVE_ID = re.compile(r"1[A-Za-z0-9_-]{32}|1[A-Za-z0-9_-]{43}|0B[A-Za-z0-9_-]{26}")


def without_opaque(match: re.Match[str]) -> str:
    """Of a match of OPAQUE_WORDS. The whole word goes: only its vendor knows where a prefix ends."""
    word = match["word"]
    if not word:
        return _without_opaque_part(match[0])
    if match["end"].endswith("@"):
        return match[0]
    kept = word.rstrip(".")
    return MARK + word[len(kept) :] if _is_secret(kept) else match[0]


def _is_secret(word: str) -> bool:
    if _named_uuid(word) or _is_product_key(word) or _is_dotted_secret(word):
        return True
    word = _TIME.sub("", UUID.sub("", _PLUS.sub("-", word))).strip("/_.~+-")
    if len(word) < _TAIL or _SCHEMELESS_URL.match(word):
        return False
    parts = word.split("/")
    return any(map(_is_prefixed_secret, parts)) or (not any(map(_is_plain_word, parts)) and _is_bare_secret(word))


def _named_uuid(word: str) -> bool:
    """A UUID behind a prefix that says what it opens, as in "access-production-…", or of parts none of which is a word,
    as in "amzn.mws."; those behind "task-" are ids."""
    found = UUID.search(word)
    if not found:
        return False
    names = [name for name in _SEPARATOR.split(word[: found.start()].rpartition("/")[2].lower()) if name.isalpha()]
    if any(map(_opens, names)):
        return True
    several = len(names) > 1 or (names and UUID.match(word[found.end() + 1 :]))
    return bool(several) and _DIGEST_OR_ID.isdisjoint(names) and all(map(is_abbreviation, names))


def _opens(part: str) -> bool:
    return part.lower() in _OPENS or part.lower().endswith(_OPENING_ENDS)


def _is_dotted_secret(word: str) -> bool:
    """Two or more random halves joined by dots, whatever stands before them; two dots make a range of commits."""
    if ".." in word:
        return False
    halves = word.split(".")
    return sum(len(half) >= _HALF and is_random(half) for half in halves) > 1 and not UUID.search(word)


def _without_opaque_part(url: str) -> str:
    """Of a URL whose scheme says nothing about documents, up to the first part that is a secret."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() in _NAMED_PLACES:
        return url
    parts = rest.split("/")
    for position, part in enumerate(parts):
        if len(part) >= _SHORTEST_PART and _kinds(part) == _ALL_KINDS and is_random(part) and not UUID.search(part):
            return f"{scheme}://{'/'.join([*parts[:position], MARK])}"
    return url


def _is_product_key(word: str) -> bool:
    """Four and more groups of capitals and digits, joined by hyphens."""
    groups = word.split("-")[1:]
    return len(groups) >= _GROUPS and bool(_PRODUCT_KEY.fullmatch(word)) and is_random("".join(groups))


def _is_plain_word(part: str) -> bool:
    return len(part) >= _SHORT_WORD and part.isalpha() and (part.islower() or part.istitle())


def _is_prefixed_secret(word: str) -> bool:
    """A readable prefix, a separator, and 20 or more random characters, which one may break; no name of a file."""
    parts = _SEPARATOR.split(word)
    if len(parts) == 1 or _FILE.search(word) or not parts[0][:1].isalpha() or _is_digest(word):
        return False
    if _COMMIT.fullmatch(parts[0]):
        return False
    opened = next((position for position, part in enumerate(parts) if _opens(part)), len(parts))
    for position, (before, part) in enumerate(pairwise(parts)):
        is_id = position < opened and before.lower() in _DIGEST_OR_ID
        if len(part) >= _shortest_behind(before, part) and not is_id and is_random(part):
            return True
    groups = [part for part in parts[1:] if len(part) >= _GROUP and not is_hex(part) and is_random(part)]
    if len(groups) > 1 or _is_behind_opening(parts[opened + 1 :]):
        return True
    tail = "".join(parts[1:])
    long_part = max(map(len, parts[1:])) >= _LONG_PART
    long_tail = len(word) - len(parts[0]) - 1 >= _TAIL_OF_ALL_KINDS
    return long_tail and long_part and _kinds(tail) == _ALL_KINDS and is_random(tail)


def _is_digest(word: str) -> bool:
    """Named by its algorithm or as an id; with a tilde it is a token of OpenShift."""
    label = _SEPARATOR.split(word, maxsplit=1)[0]
    return label.lower() in _DIGEST_OR_ID and not word[len(label) :].startswith("~")


def _is_behind_opening(parts: list[str]) -> bool:
    """Groups of letters and digits behind a part that says that they open something, as in ``sk-vendor-…-…``: 20 random
    characters, or 12 of all three kinds."""
    tail = "".join(part for part in parts if not part.isalpha())
    shortest = _TAIL_OF_TOKEN if _kinds(tail) == _ALL_KINDS else _TAIL
    return len(tail) >= shortest and not is_hex(tail) and is_random(tail)


def _shortest_behind(prefix: str, part: str) -> int:
    if _opens(prefix):
        return _TAIL_OF_TOKEN
    if _kinds(part) == _ALL_KINDS:
        return _TAIL_OF_ALL_KINDS
    return _TAIL_OF_CAPITALS if prefix.isalpha() and prefix.isupper() and len(prefix) >= _SHORT_WORD else _TAIL


def _is_bare_secret(word: str) -> bool:
    """32 and more characters of all three kinds, or unbroken ones of two; 20 and more capitals and digits; a digest's
    digits glued to a name. Digests are hexadecimal, ids in Google Drive begin with 1 or 0B."""
    glued = _GLUED_HEX.fullmatch(word)
    if glued and not is_hex(word):
        return glued["name"].lower() not in _DIGEST_OR_ID
    if _DRIVE_ID.fullmatch(word) or _FILE.search(word) or _PUBLIC.fullmatch(word):
        return False
    capitals = len(word) >= _CAPITALS and word.isalnum() and word.isupper() and word[0].isalpha()
    if not capitals and (len(word) < _BARE or (_kinds(word) < _ALL_KINDS and not word.isalnum())):
        return False
    parts = _SEPARATOR.split(word)
    if max(map(len, parts)) < _LONG_PART or parts[0].lower() in _DIGEST_OR_ID:
        return False
    return not is_hex(word) and is_random(word)


def _kinds(word: str) -> int:
    return sum(any(map(kind, word)) for kind in (str.islower, str.isupper, str.isdigit))


def without_pair(match: re.Match[str]) -> str:
    """An id and its secret with a colon between them, both drawn at random (a UUID as the second is an id, too); or 20
    and more characters of all three kinds behind a name that says nothing of ids or places."""
    name, value = match["id"], match["value"].rstrip("=")
    all_kinds = _kinds(value) == _ALL_KINDS
    if not is_random(value) or UUID.search(value) or not (all_kinds or (is_hex(value) and len(value) >= _BARE)):
        return match[0]
    if is_random(name) or UUID.fullmatch(name):
        return f"{name}:{MARK}"
    names = _SEPARATOR.split(name.lower())
    is_place = not name[0].isalpha() or not (_DIGEST_OR_ID | _NAMED_PLACES).isdisjoint(names)
    return match[0] if is_place or not all_kinds or _DRIVE_ID.fullmatch(value) else f"{name}:{MARK}"
