"""Secrets that a label gives away: "password: x", "api key = x", `mysql -px`; what counts as a value behind each."""

import re

from services.kit.redaction.links import MARK
from services.kit.redaction.random_words import UUID, is_random, word_set

FRESH = r"(?!\[redacted\](?!\S))"
IS = (
    r"""(?:</?\w{1,10}>)?[\\"'*_`\])]{0,4}+[ \t]{0,40}+(?:[:=]=?>?|→|->|value=)"""
    r"""(?:</?\w{1,10}>)?[*_`]{0,4}+[ \t]{0,40}+"""
)
"""What may stand between a label and its value: quotes, marks of Markdown and HTML, blanks, one of ``: = => -> →``."""
OF_WHAT = r"s?[ \t]{1,3}+(?:for|of|to|from|in|on|at|used|für|zu|zum|zur|von|im|am|\()[^\n:=>→]{1,60}+"
"""What a label is said to open: "token for the newsletter's bot: x"."""
LINKING_VERB = r"""[\"'`]{0,2}+[ \t]{1,3}+(?:is|was|ist|lautet|to)[ \t]{1,3}+[\"'`(]{0,2}+"""
LINKING_VERBS = r"""[\"'`]{0,2}+[ \t]{1,3}+(?:(?:is|was|ist|lautet|to)[ \t]{1,3}+)?[\"'`(]{0,2}+"""
"""What a sentence puts between a label and its value."""
VALUE = FRESH + r"""(?!https?://)(?:\\?"[^"\n]{1,200}+(?:"|\Z)|'[^'\n]{1,200}+'|\S++)"""

PASSWORD = (
    r"pass(?:word|wort|wd|phrase|code)s?|kennwort|pwd|contrase[nñ]a|mot de passe|senha|пароль|парол[яеь]"
    r"|(?:one[- ]time|verification|security|recovery|backup|login|2fa|access)[ _-]codes?|otp"
)
SHORT_PASSWORD = r"pass|pw"
WEAK = (
    r"secret|token|credentials?|authkey|authtoken|apikey|accesskey"
    r"|(?:api|access|account|private|secret|signing|encryption|master|auth|deploy|service|shared|license|subscription"
    r"|session|storage|webhook|client|consumer|app|ssh|hmac)[ _-]?(?:key|token|secret)"
)
KEY = (
    r"(?<!idempotency[ _-])(?<!primary[ _-])(?<!foreign[ _-])(?<!cache[ _-])key(?:s|[ _-]?id)?"
    r"|tokens|secrets|secret[ _-]?id"
    r"|sess(?:ion)?(?:[ _-]?id)?|(?<![a-z0-9])(?:auth|jwt|signature|sig|webhook|login|sid|psk|dsn|pat)"
)
"""Nouns that stand before what opens something, and before much else."""

_QUOTES = "\\\"'`*,;.)>]}"
_NO_VALUES = word_set(
    "required optional reset changed expired none null nil empty missing hidden unknown ask see via in is the yes "
    "no ok true false n/a na tbd todo pending failed fail passed unchanged invalid wrong incorrect later n y - – "
    "— ? * ** *** **** ***** ****** ******* ******** •••• ••••••••"
)
_SHORT_NUMBER = 3
_LONG_NUMBER = 6
_MIXED = 6
_SHORT_MIX = 8
_LONG_VALUE = 16
_ALL_KINDS, _LONG_MIX = 3, 12
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T\S*)?|[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2,4})?")
_OWNER = re.compile(
    r"(?i)(?:^|[^\w\s]|[\n_]|\b(?:user|login|admin|root|db|database|wifi|wi-fi|wlan|smtp|imap|ftp|sftp|ssh|vpn|app|mail|"
    r"email|account|portal|guest|the|my|our|your|new|old|temp|temporary|default|and|or)\b)\s{0,3}$"
)
_BEFORE = 20
_CHARACTERS = re.compile(r"[A-Za-z0-9_.~+/=:!$%&#@*^-]+")
"""What keys are drawn from; code has brackets and quotes, too."""


def after_label(match: re.Match[str]) -> str:
    return match["name"] + MARK


def after_password(match: re.Match[str]) -> str:
    """Anything behind a label of its own, but for words that say there is none ("required", "ask", "see")."""
    return match[0] if _bare(match["value"]).lower() in _NO_VALUES else match["name"] + MARK


def after_short_password(match: re.Match[str]) -> str:
    """At the start of a line, behind a mark or behind an owner, for there are boarding passes, too; anywhere seven and
    more characters with small letters and digits."""
    value = _bare(match["value"])
    before = match.string[max(0, match.start() - _BEFORE) : match.start()]
    if value.lower() in _NO_VALUES or (value.isdigit() and len(value) <= _SHORT_NUMBER):
        return match[0]
    mixed = len(value) > _MIXED and any(map(str.islower, value)) and any(map(str.isdigit, value))
    return match["name"] + MARK if (mixed and not _DATE.fullmatch(value)) or _OWNER.search(before) else match[0]


def after_sentence(match: re.Match[str]) -> str:
    """Behind "password is" and on the line after "password:" only what mixes kinds of characters, or
    capitals and small letters at random."""
    value = _bare(match["value"])
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    mixed = mixed or (value.isalpha() and is_random(value, shortest=_SHORT_MIX))
    return match["name"] + MARK if mixed and not _DATE.fullmatch(value) else match[0]


def after_described_password(match: re.Match[str]) -> str:
    """As behind "password is", when it has six characters and more."""
    return after_sentence(match) if len(_bare(match["value"])) >= _MIXED else match[0]


def after_weak_label(match: re.Match[str]) -> str:
    """Behind "token:" what has letters and digits, is a long number, or is long and random; no dates."""
    value = _bare(match["value"])
    if _DATE.fullmatch(value) or MARK in value:
        return match[0]
    digits = sum(map(str.isdigit, value))
    mixed = len(value) >= _MIXED and digits and digits < len(value)
    long = len(value) >= _LONG_VALUE and is_random(value)
    return match["name"] + MARK if mixed or long or (digits == len(value) >= _LONG_NUMBER) else match[0]


def after_key(match: re.Match[str]) -> str:
    """Behind "key:" and "token is" only what was drawn at random; not "task/" and a UUID."""
    value = _bare(match["value"])
    kinds = sum(any(map(kind, value)) for kind in (str.islower, str.isupper, str.isdigit))
    if len(value) < (_LONG_VALUE if kinds < _ALL_KINDS else _LONG_MIX) or not _CHARACTERS.fullmatch(value):
        return match[0]
    return match["name"] + MARK if UUID.fullmatch(value) or is_random(UUID.sub("", value)) else match[0]


def _bare(value: str) -> str:
    return value.strip(_QUOTES)


_FLAGS = {
    "mysql": re.compile(r"(?P<name>\s-p)(?P<value>[^\s-]\S*+)"),
    "maria": re.compile(r"(?P<name>\s-p)(?P<value>[^\s-]\S*+)"),
    "curl": re.compile(r"""(?P<name>\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\s:"']{1,60}+:)(?P<value>[^\s"']++)"""),
    "wget": re.compile(r"(?P<name>\s--(?:http-|ftp-|proxy-)?password[ =])(?P<value>\S++)"),
    "sshpass": re.compile(r"(?P<name>\s-p ?)(?P<value>\S++)"),
    "redis-cli": re.compile(r"(?P<name>\s-a )(?P<value>\S++)"),
    "ldap": re.compile(r"(?P<name>\s-w )(?P<value>\S++)"),
    "docker login": re.compile(r"(?P<name>\s-p )(?P<value>\S++)"),
    "openssl": re.compile(r"(?P<name>\s-pass(?:in|out)? pass:)(?P<value>\S++)"),
    "sqlcmd": re.compile(r"(?P<name>\s-P ?)(?P<value>\S++)"),
    "snmp": re.compile(r"(?P<name>\s-[AX] )(?P<value>\S++)"),
}
COMMANDS = " ".join(_FLAGS).replace("docker login", "docker")
COMMAND = rf"(?i:(?P<tool>{'|'.join(_FLAGS)}))(?P<arguments>(?=[\w-]{{0,20}}\s)[^\n|]{{0,200}}+)"


def without_flag(match: re.Match[str]) -> str:
    """A command whose option carries the password, as in ``mysql -px``."""
    flag = _FLAGS[match["tool"].lower()]
    return match["tool"] + flag.sub(_after_flag, match["arguments"])


def _after_flag(match: re.Match[str]) -> str:
    return match[0] if match["value"].strip("\"'") == MARK else match["name"] + MARK
