"""What gives a secret away: one rule a kind, each with a cheap cue without which it cannot match."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

MARK = "[redacted]"
FORBIDDEN_KEY = re.compile(r"secret|token|password|credential|cookie|authorization|signed[-_ ]?url|api[-_ ]?key", re.I)

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
_LONG = 100
_LINE = 50
_UNBROKEN = 20


def unquoted_twice(text: str) -> str:
    return unquote(unquote(text))


def plain(text: str) -> str:
    """In the letters it appears to be written in: NFKC, without characters that have no width."""
    return text if text.isascii() else normalize("NFKC", _INVISIBLE.sub("", normalize("NFKC", text)))


VIEWS: tuple[Callable[[str], str], ...] = (unquote, unquoted_twice, unescape, plain)
"""How a reader, a browser or a second tool may come to see a text, besides as it is."""


def views(text: str) -> Iterator[str]:
    """The text, and what its views show that it does not."""
    yield text
    if "%" in text:
        yield unquote(text)
        yield unquoted_twice(text)
    if "&" in text:
        yield unescape(text)
    if not text.isascii():
        yield plain(text)


Replace = Callable[[re.Match[str]], str]


def _whole(_: re.Match[str]) -> str:
    return MARK


def _after_name(match: re.Match[str]) -> str:
    return match["name"] + MARK


@dataclass(frozen=True)
class Rule:
    """``cues``: without one of them in the lower-case text there is no match; none given: only long words can match.

    ``replace`` gives what stands for a match; the match itself when it was none.
    """

    name: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Replace = _whole


def _rule(name: str, cues: str, pattern: str, replace: Replace = _whole) -> Rule:
    return Rule(name, tuple(cues.split()), re.compile(pattern), replace)


_PARAMETER = re.compile(
    r"[?&#;](?:code=(?=[^&#\s]{20})"
    r"|(?:x-(?:amz|goog)-[\w-]+|[\w.-]{0,40}(?:token|sig|signature|secret|password|passcode)|rlkey|resourcekey"
    r"|api[-_]?key|key-pair-id|awsaccesskeyid|googleaccessid|pwd|passwd|auth|jwt|(?:php|j)?sess(?:ion_?)?id|sid)=)",
    re.I,
)


def _without_query(match: re.Match[str]) -> str:
    """A URL whose parameters let in whoever holds them keeps scheme, host and path."""
    parameters = match["parameters"]
    return f"{match['place']}?redacted" if any(map(_PARAMETER.search, views(parameters))) else match[0]


def _if_name_and_password(match: re.Match[str]) -> str:
    """The word after "basic" is a header's only when it decodes to what such a header holds."""
    value = match["value"]
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error:
        return match[0]
    return MARK if b":" in decoded and decoded.isascii() and decoded.decode().isprintable() else match[0]


def _if_base64(match: re.Match[str]) -> str:
    """Bytes use every kind of character in long stretches; digests use few kinds, paths and slugs short words."""
    text = match[0]
    mixed = re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text)
    unbroken = max(map(len, re.split(r"[/_\-\s]", text)))
    return MARK if len(text) >= _LONG and mixed and unbroken >= _UNBROKEN else text


_TELEGRAM = r"(?<!\d)\d{6,10}:[\w-]{34,37}(?![\w-])"
_FRESH = r"(?!\[redacted\](?!\S))"
_VALUE = _FRESH + r"""(?!https?://)(?:\\?"[^"\n]+"|'[^'\n]+'|\S+)"""
_IS = r"""[\\"']*[ \t]*[:=]=?>?[ \t]*"""
_STRONG = r"pass(?:word|wort|wd|phrase|code)|kennwort|pwd"
_WEAK = r"secret|token|credentials?|(?:api|access|account|private|secret|signing)[ _-]?key"

RULES: tuple[Rule, ...] = (
    _rule("pem", "-----begin", r"-----BEGIN [A-Z0-9 ]+-----(?s:.*?)(?:-----END [A-Z0-9 ]+-----|\Z)"),
    _rule("data-uri", "data:", r"(?i)(?<![a-z])data:(?=[^\s,]{0,200}[/;])[^\s,]{0,200},\S*"),
    _rule(
        "url-credentials",
        "@",
        r"(?<=://)(?!git@)(?:[^\s/?#@]{0,500}@|[^\s:/?#@[]{1,200}:(?!\d+(?:[/?#]|$))[^\s@]{1,200}@)+",
        lambda _: "",
    ),
    _rule(
        "signed-url",
        "token= sig= signature= secret= password= passcode= key= key-pair-id= keyid= accessid= pwd= passwd= auth= jwt= "
        "sid= sessionid= session_id= code= x-amz- x-goog- % &",
        r"""(?P<place>://[^\s<>"'?#;]*+)(?P<parameters>[^\s<>"']*)""",
        _without_query,
    ),
    _rule(
        "webhook",
        "slack.com/ office.com/ office365.com/ /api/webhooks/ hooks.zapier.com/",
        r"(?P<name>(?i:hooks\.slack\.com/[a-z]+/|webhook\.office\.com/|outlook\.office(?:365)?\.com/webhook/"
        r"|discord(?:app)?\.com/api/webhooks/|hooks\.zapier\.com/))" + _FRESH + r"\S+",
        _after_name,
    ),
    _rule(
        "private-calendar",
        "/calendar/ical/ /owa/calendar/ caldav.icloud.com/",
        r"(?P<name>(?i:calendar\.google\.com/calendar/ical/(?=\S*/private-)"
        r"|outlook\.(?:office(?:365)?|live)\.com/owa/calendar/|caldav\.icloud\.com/published/))" + _FRESH + r"\S+",
        _after_name,
    ),
    _rule("jwt", "eyj", r"eyJ[\w-]{8,2000}+\.[\w-]{4,}(?:\.[\w-]*){0,3}"),
    _rule("aws-key", "akia asia aroa aida", r"(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])"),
    _rule("github-token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"),
    _rule("slack-token", "xox xapp-", r"xox[a-z]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}"),
    _rule("google-key", "aiza ya29 gocspx 1//0", r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,}"),
    _rule("stripe-key", "k_live_ k_test_ whsec_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{16,}"),
    _rule(
        "vendor-key",
        "glpat- npm_ sk-ant- sk-proj- sg.",
        r"glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}|sk-(?:ant|proj)-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{20,}",
    ),
    _rule("mailchimp-key", "-us", r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\d)"),
    _rule(
        "airtable-key",
        "pat key",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"
        r"|(?<![A-Za-z0-9])key(?=[a-z0-9]*[A-Z])(?=[A-Za-z]*\d)[A-Za-z0-9]{14}(?![A-Za-z0-9])",
    ),
    _rule("telegram-token", ":", _TELEGRAM),
    _rule(
        "authorization",
        "authorization",
        rf"(?P<name>(?i:authorization){_IS}[\\\"']*(?:(?i:bearer|basic|digest|token|negotiate)[ \t]+|(?=\S{{16}})))"
        rf"{_FRESH}\S+",
        _after_name,
    ),
    _rule(
        "bearer",
        "bearer",
        r"(?P<name>(?i:bearer)\s+)(?=\S*\d|\S*[a-z][A-Z]|\S*[=_])[A-Za-z0-9._~+/=-]{8,}",
        _after_name,
    ),
    _rule("basic", "basic", r"(?i:basic)\s+(?P<value>[A-Za-z0-9+/]{6,}={0,2})", _if_name_and_password),
    _rule("cookie", "cookie", r"(?P<name>(?i:cookie)\s*:\s*)[^\s=;]+=[^\n]+", _after_name),
    _rule(
        "amz-goog",
        "x-amz- x-goog-",
        r"""(?i)x-(?:amz|goog)-(?:[\w-]+[\\"']*\s?[:=]\s?(?:"[^"]*"|[^\s"'<>]*)|signature|credential|security-token)""",
    ),
    _rule("parameter", "token= sig= signature=", r"""(?i)(?:token|sig|signature)=(?:"[^"]*"|'[^']*'|[^\s"'<>]*)"""),
    _rule("password", "pass kennwort pwd", rf"(?i)(?P<name>(?:{_STRONG}){_IS}){_VALUE}", _after_name),
    _rule(
        "named-secret",
        "secret token credential key",
        rf"(?i)(?P<name>(?:{_WEAK}){_IS})(?=\S*\d|\S{{16}}){_VALUE}",
        _after_name,
    ),
    _rule(
        "base64",
        "",
        rf"[A-Za-z0-9+/_-]{{{_LINE},}}(?:\r?\n[A-Za-z0-9+/_-]{{{_LINE},}})*(?:\r?\n[A-Za-z0-9+/_-]+={{1,2}})?={{0,2}}",
        _if_base64,
    ),
)

_ALL_CUES = {cue for rule in RULES for cue in rule.cues} - {":", "%", "&"}
_CUES = tuple(cue for cue in _ALL_CUES if not any(other in cue for other in _ALL_CUES - {cue}))
_NUMBER_AND_WORD = re.compile(_TELEGRAM)
_LONG_WORD = re.compile(rf"[A-Za-z0-9+/_-]{{{_LONG}}}|[A-Za-z0-9+/_-]{{{_LINE}}}\r?\n")


def may_match(text: str) -> bool:
    """False only when no rule can match the text as it is; made to cost about a microsecond a line."""
    if any(map(text.lower().__contains__, _CUES)):
        return True
    if ":" in text and _NUMBER_AND_WORD.search(text):
        return True
    return len(text) >= _LONG and max(map(len, text.split()), default=0) >= _LINE and bool(_LONG_WORD.search(text))


def rules_for(text: str) -> Iterator[Rule]:
    lower = text.lower()
    return (rule for rule in RULES if not rule.cues or any(map(lower.__contains__, rule.cues)))
