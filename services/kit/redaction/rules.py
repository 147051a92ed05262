"""What gives a secret away: one rule a kind, each with cheap cues without which it cannot match.

Every pattern is linear in the length of the text: a run is scanned once (possessive repeats behind a boundary), or at
most 200 characters from where a cue stands. What a pattern cannot say in that way, a function decides on its match.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from services.kit.redaction import labels, links, words
from services.kit.redaction.links import MARK
from services.kit.redaction.random_words import UUID, is_random

_LONG = 100
_LINE = 50
_UNBROKEN = 20

Replace = Callable[[re.Match[str]], str]


def _whole(_: re.Match[str]) -> str:
    return MARK


class Needs(Enum):
    """What a text must have besides a cue: most texts have none of these, and most rules are done with there."""

    NOTHING = "nothing"
    SIGN = "one of : = > →"
    OPTION = "a blank and a hyphen"
    URL = "://"
    RUN = "13 letters or digits in a row"


@dataclass(frozen=True)
class Rule:
    """``cues``: without one of them in the lower-case text there is no match; none given: ``needs`` alone decides.

    ``replace`` gives what stands for a match; the match itself when it was none.
    """

    name: str
    needs: Needs
    cues: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Replace = _whole


def _rule(name: str, needs: Needs, cues: str, pattern: str, replace: Replace = _whole) -> Rule:
    return Rule(name, needs, tuple(cues.split()), re.compile(pattern), replace)


def _if_no_web_page(match: re.Match[str]) -> str:
    """Of http a number and a slash behind the name are a port and a path; other services have no paths with an @."""
    scheme = _SCHEME.search(match.string[max(0, match.start() - _LONGEST_SCHEME) : match.start()])
    return "://" if scheme and scheme[0].lower() not in _WEB else match[0]


def _if_name_and_password(match: re.Match[str]) -> str:
    """The word after "basic" is a header's only when it decodes to what such a header holds."""
    value = match["value"]
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error:
        return match[0]
    return MARK if b":" in decoded and decoded.isascii() and decoded.decode().isprintable() else match[0]


def _if_credential(match: re.Match[str]) -> str:
    value = match["value"]
    is_secret = any(map(str.isdigit, value)) or re.search("[a-z][A-Z]|[=_]", value)
    return match["name"] + MARK if is_secret else match[0]


def _if_base64(match: re.Match[str]) -> str:
    """Bytes use every kind of character in long stretches; digests use few kinds, paths and slugs short words."""
    text = match[0]
    mixed = re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text)
    unbroken = max(map(len, re.split(r"[/_\-\s]", text)))
    return MARK if len(text) >= _LONG and mixed and unbroken >= _UNBROKEN else text


def _if_random_key(match: re.Match[str]) -> str:
    """Airtable's old keys look like "keyMetricsMay2028" in length and letters."""
    return MARK if is_random(match["tail"]) else match[0]


def _if_no_uuid(match: re.Match[str]) -> str:
    return match[0] if UUID.search(match[0]) else MARK


def _from_jwt(match: re.Match[str]) -> str:
    """Of words joined by dots what begins with a JWT's head, eyJ."""
    pieces = match[0].split(".")
    for position, piece in enumerate(pieces[:-1]):
        head = piece.find("eyJ")
        if head >= 0 and len(piece) - head >= _JWT_HEAD and len(pieces[position + 1]) >= _JWT_BODY:
            return ".".join([*pieces[:position], piece[:head] + MARK])
    return match[0]


_JWT_HEAD, _JWT_BODY = 11, 4
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+]{0,19}$")
_LONGEST_SCHEME = 20
_WEB = {"http", "https", "webcal", "ws", "wss", "feed"}
_RUN = "A-Za-z0-9+/_-"
TELEGRAM = r"(?<!\d)\d{6,10}:[\w-]{34,37}(?![\w-])|(?<!\d)\d{13,17}\|[\w-]{24,44}(?![\w-])"
"""A number and a secret: of Telegram's bots, and with a bar of Facebook's apps."""
_TYPES = r"(?:text|image|application|audio|video|font|multipart|model|message)/[\w.+-]{1,60}+"

RULES: tuple[Rule, ...] = (
    _rule(
        "pem",
        Needs.NOTHING,
        "-----begin",
        r"-----BEGIN [A-Z0-9 ]{1,60}+-----(?s:.*?)(?:-----END [A-Z0-9 ]{1,60}+-----|\Z)",
    ),
    _rule(
        "data-uri",
        Needs.SIGN,
        "data:",
        rf"""(?i)(?<![a-z])data:(?:{_TYPES}(?:;[\w=."+-]{{1,40}}+){{0,4}}+|(?:;[\w=."+-]{{1,40}}+){{1,4}}+),\S++""",
    ),
    _rule("url-credentials", Needs.URL, "@", r"(?<=://)(?!git@)[^\s/?#@<>\"']*+@", lambda _: ""),
    _rule(
        "url-credentials",
        Needs.URL,
        "@",
        r"(?<=://)[^\s:/?#@\[]{1,60}+:(?!\d{1,5}(?:[/?#]|$))[^\s@]{1,100}+@",
        lambda _: "",
    ),
    _rule(
        "url-credentials",
        Needs.URL,
        "@",
        r"(?<=://)(?!(?i:localhost):)[^\s:/?#@\[.]{1,60}+:(?!\s|\d{1,5}(?:[/?#\s]|$))[^@\n<>\"']{1,80}+@",
        lambda _: "",
    ),
    _rule(
        "url-credentials",
        Needs.URL,
        "@",
        r"://[^\s:/?#@\[]{1,60}+:[^\s@]{1,100}+@",
        _if_no_web_page,
    ),
    _rule(
        "signed-url",
        Needs.URL,
        "= % &",
        r"""(?P<place>://[^\s<>"'?#;]*+)(?P<parameters>[^\s<>"']*+)""",
        links.without_query,
    ),
    _rule(
        "webhook",
        Needs.URL,
        "hook reset magic verify confirm invit unsubscribe token key private heartbeat",
        r"""://(?P<host>[^\s/<>"'?#]{1,255}+)(?P<path>/[^\s<>"'?#]*+)""",
        links.without_hook,
    ),
    _rule(
        "private-calendar",
        Needs.URL,
        "/calendar/ical/ /owa/calendar/ caldav.icloud.com/",
        r"(?P<name>(?i:calendar\.google\.com/calendar/ical/|outlook\.(?:office(?:365)?|live)\.com/owa/calendar/"
        r"|caldav\.icloud\.com/published/))(?P<rest>\S++)",
        links.without_feed,
    ),
    _rule("jwt", Needs.RUN, "eyj", r"(?<![\w.-])[\w-]++(?:\.[\w-]*+)++", _from_jwt),
    _rule("aws-key", Needs.RUN, "akia asia aroa aida", r"(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])"),
    _rule(
        "github-token",
        Needs.RUN,
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}",
    ),
    _rule("slack-token", Needs.RUN, "xox xapp-", r"xox[a-z]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}"),
    _rule(
        "google-key",
        Needs.RUN,
        "aiza ya29 gocspx 1//0",
        r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,}",
    ),
    _rule(
        "stripe-key",
        Needs.RUN,
        "k_live_ k_test_ whsec_",
        r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{16,}",
    ),
    _rule(
        "vendor-key",
        Needs.RUN,
        "glpat- npm_ sk-ant- sk-proj- sg.",
        r"glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}|sk-(?:ant|proj)-[\w-]{20,}|SG\.[\w-]{16,}+\.[\w-]{20,}",
    ),
    _rule("vendor-key", Needs.RUN, "", words.KNOWN_SHAPES),
    _rule("mailchimp-key", Needs.RUN, "-us", r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\d)"),
    _rule("airtable-key", Needs.RUN, "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    _rule(
        "airtable-key",
        Needs.RUN,
        "key",
        r"(?<![A-Za-z0-9])key(?P<tail>(?=[a-z0-9]{0,14}[A-Z])(?=[A-Za-z]{0,14}\d)[A-Za-z0-9]{14})(?![A-Za-z0-9])",
        _if_random_key,
    ),
    _rule("telegram-token", Needs.RUN, ": |", TELEGRAM, _if_no_uuid),
    _rule(
        "authorization",
        Needs.SIGN,
        "authorization",
        rf"(?P<name>(?i:authorization){labels.IS}[\\\"']{{0,4}}(?:(?i:bearer|basic|digest|token|negotiate)"
        rf"[ \t]{{1,20}}+|[A-Za-z][\w-]{{1,20}}+[ \t]{{1,20}}+(?=\S{{16}})|(?=\S{{16}}))){labels.FRESH}\S++",
        labels.after_label,
    ),
    _rule(
        "bearer",
        Needs.NOTHING,
        "bearer",
        r"(?P<name>(?i:bearer)\s{1,20}+)(?P<value>[A-Za-z0-9._~+/=-]{8,}+)",
        _if_credential,
    ),
    _rule(
        "basic",
        Needs.NOTHING,
        "basic",
        r"(?i:basic)\s{1,20}+(?P<value>[A-Za-z0-9+/]{6,}+={0,2})",
        _if_name_and_password,
    ),
    _rule(
        "cookie",
        Needs.SIGN,
        "cookie",
        r"(?P<name>(?i:cookie)\s{0,5}+:\s{0,5}+)[^\s=;]{1,100}+=[^\n]++",
        labels.after_label,
    ),
    _rule(
        "amz-goog",
        Needs.NOTHING,
        "x-amz- x-goog-",
        r"""(?i)x-(?:amz|goog)-(?:[\w-]{1,60}+[\\"']{0,4}+\s?[:=]\s?(?:"[^"]{0,200}+"|[^\s"'<>]*+)"""
        r"""|signature|credential|security-token)""",
    ),
    _rule(
        "parameter",
        Needs.SIGN,
        "token= sig= signature=",
        r"""(?i)(?:token|sig|signature)=(?:"[^"]{0,200}+"|'[^']{0,200}+'|[^\s"'<>]*+)""",
    ),
    _rule(
        "password-hash",
        Needs.NOTHING,
        "$",
        r"(?i)\$(?:1|2[abxy]|5|6|7|y|apr1|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,20}+)\$[\w./+=,$-]{20,}+"
        r"|(?<![\w$])(?:pbkdf2|bcrypt|scrypt|argon2|sha)[\w-]{0,20}+\$[\w./+=,$-]{30,}+|\{S?SHA\d{0,3}\}[\w+/=]{20,}+",
    ),
    _rule("command", Needs.OPTION, labels.COMMANDS, labels.COMMAND, labels.without_flag),
    _rule(
        "password",
        Needs.SIGN,
        "pass kennwort pwd contrase senha парол code otp",
        rf"(?i)(?P<name>(?:{labels.PASSWORD}){labels.IS})(?P<value>{labels.VALUE})",
        labels.after_password,
    ),
    _rule(
        "password",
        Needs.SIGN,
        "pass pw",
        rf"(?i)(?P<name>(?<![a-z0-9])(?:{labels.SHORT_PASSWORD}){labels.IS})(?P<value>{labels.VALUE})",
        labels.after_short_password,
    ),
    _rule(
        "password",
        Needs.NOTHING,
        "pass kennwort pwd",
        rf"(?i)(?P<name>(?<![a-z0-9])(?:{labels.PASSWORD})(?:[ ]{{1,3}}(?:is|was|ist|lautet|to)[ ]{{1,3}}"
        rf"|{labels.IS}\r?\n[ \t]{{0,40}}+))(?P<value>{labels.FRESH}\S++)",
        labels.after_sentence,
    ),
    _rule(
        "password",
        Needs.NOTHING,
        "password",
        rf"(?i)(?P<name>(?<![a-z0-9])login[ \t]{{1,9}}\S{{1,80}}+[ \t]{{1,9}}password[ \t]{{1,9}})"
        rf"{labels.FRESH}\S++",
        labels.after_label,
    ),
    _rule(
        "password",
        Needs.SIGN,
        "pass kennwort pwd login credentials zugang",
        rf"(?i)(?P<name>(?<![a-z0-9])(?:(?:{labels.PASSWORD}){labels.OF_WHAT}{labels.IS}"
        rf"|(?:login|credentials|zugang(?:sdaten)?){labels.IS}[^\s/|,]{{2,80}}+[ \t]{{0,3}}+[/|,][ \t]{{0,3}}+))"
        rf"(?P<value>{labels.FRESH}(?!https?://|//)\S++)",
        labels.after_described_password,
    ),
    _rule(
        "password",
        Needs.OPTION,
        "--",
        rf"(?i)(?P<name>(?<![\w-])--(?:pass(?:word|wd|phrase)?|pwd|token|secret|api-?key)[ \t]{{1,20}}+)"
        rf"(?P<value>{labels.FRESH}[^\s-]\S*+)",
        labels.after_password,
    ),
    _rule(
        "named-secret",
        Needs.SIGN,
        "secret token credential key",
        rf"(?i)(?P<name>(?:{labels.WEAK}){labels.IS})(?P<value>{labels.VALUE})",
        labels.after_weak_label,
    ),
    _rule(
        "named-secret",
        Needs.SIGN,
        "key token secret auth jwt sig webhook login sess sid psk dsn pat",
        rf"(?i)(?P<name>(?:{labels.KEY}){labels.IS})(?P<value>{labels.VALUE})",
        labels.after_key,
    ),
    _rule(
        "named-secret",
        Needs.NOTHING,
        "secret token credential key",
        rf"(?i)(?P<name>(?:(?:{labels.WEAK}){labels.LINKING_VERBS}|(?:key|pat){labels.LINKING_VERB}))"
        r"(?P<value>(?<![A-Za-z0-9_.~+/-])[A-Za-z0-9_.~+/=-]{12,}+)",
        labels.after_key,
    ),
    _rule(
        "named-secret",
        Needs.SIGN,
        "secret token credential key",
        rf"(?i)(?P<name>(?:{labels.WEAK}){labels.OF_WHAT}{labels.IS})(?!//)(?P<value>{labels.VALUE})",
        labels.after_key,
    ),
    _rule(
        "key-pair",
        Needs.RUN,
        ":",
        r"(?<![\w:/+.-])(?P<id>[\w-]{2,64}+):(?P<value>[A-Za-z0-9_+-]{20,}+={0,2})(?![\w:/])",
        words.without_pair,
    ),
    _rule(
        "base64",
        Needs.RUN,
        "",
        rf"(?<![{_RUN}])[{_RUN}]{{{_LINE},}}+(?:\r?\n[{_RUN}]{{{_LINE},}}+)*+(?:\r?\n[{_RUN}]++={{1,2}})?={{0,2}}",
        _if_base64,
    ),
    _rule("opaque-word", Needs.RUN, "", words.OPAQUE_WORDS, words.without_opaque),
)


def _first_cues(needs: Needs) -> tuple[str, ...]:
    """The cues of these rules, less those that hold another, and less those that need nothing."""
    free = {cue for rule in RULES if rule.needs is Needs.NOTHING for cue in rule.cues}
    every = free | {cue for rule in RULES if rule.needs is needs for cue in rule.cues} - {":", "|"}
    shortest = {cue for cue in every if not any(other in cue for other in every - {cue})}
    return tuple(sorted(shortest if needs is Needs.NOTHING else shortest - free))


_NOTHING, _SIGN, _OPTION, _URL, _RUN_CUES = map(
    _first_cues, (Needs.NOTHING, Needs.SIGN, Needs.OPTION, Needs.URL, Needs.RUN)
)
_URL_OR_RUN = re.compile(r"""://[^\s<>"']{0,99}+(?=[\s<>"']|\Z)|(?P<run>[A-Za-z0-9]{13})""")


def may_match(text: str) -> bool:
    """False only when no rule can match the text as it is; made to cost about a microsecond a line."""
    has = text.lower().__contains__
    if any(map(has, _NOTHING)):
        return True
    if _has_sign(text) and any(map(has, _SIGN)):
        return True
    if " -" in text and any(map(has, _OPTION)):
        return True
    if "://" not in text:
        return words.may_have_opaque_word(text)
    if any(map(has, _URL)):
        return True
    if not words.may_have_opaque_word(text):
        return False
    if text.count(":") > text.count("://") or any(map(has, _RUN_CUES)) or _has_run_outside(text):
        return True
    return text.count("://") > text.count("https://") + text.count("http://")


def rules_for(text: str) -> Iterator[Rule]:
    has = text.lower().__contains__
    met = {
        Needs.NOTHING: True,
        Needs.SIGN: _has_sign(text),
        Needs.OPTION: " -" in text,
        Needs.URL: "://" in text,
        Needs.RUN: words.may_have_opaque_word(text),
    }
    return (rule for rule in RULES if met[rule.needs] and (not rule.cues or any(map(has, rule.cues))))


def _has_sign(text: str) -> bool:
    return ":" in text or "=" in text or ">" in text or "→" in text


def _has_run_outside(text: str) -> bool:
    """A long run that is not in a URL of fewer than 100 characters."""
    return any(match["run"] for match in _URL_OR_RUN.finditer(text))
