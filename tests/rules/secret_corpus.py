"""Made-up secrets and harmless look-alikes. Secrets are put together here, so no scanner takes the file for one."""

import base64
import random

_random = random.Random(20261123)


def _word(alphabet: str, length: int) -> str:
    return "".join(_random.choice(alphabet) for _ in range(length))


_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_HEX = _DIGITS + "abcdef"
_ALNUM = _LOWER + _UPPER + _DIGITS


def _base64(length: int) -> str:
    return base64.b64encode(_random.randbytes(length)).decode()


def _jwt() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b'{"sub":"nobody","exp":1}').decode().rstrip("=")
    return f"{head}.{body}.{_word(_ALNUM, 43)}"


_X = "https://files.example/reports/april.pdf"
_BASIC = base64.b64encode(b"nobody:opensesame").decode()
_AMZ, _GOOG = "X-Amz-", "X-Goog-"

SECRETS: dict[str, tuple[str, ...]] = {
    "url-credentials": (
        "https://" + "grace:hunter2@files.example/april.pdf",
        "see mongodb://" + "work:s3cr3t@db.example:27017/?replicaSet=rs0 please",
        "https://" + "grace:p@ss@files.example/",
        "https://" + "grace:pa/ss@files.example/a",
        "nats://" + _word(_ALNUM, 24) + "@nats.example:4222",
    ),
    "signed-url": (
        f"{_X}?{_AMZ}Algorithm=AWS4-HMAC-SHA256&{_AMZ}Credential={_word(_UPPER, 20)}&{_AMZ}Signature={_word(_HEX, 64)}",
        f"{_X}?{_GOOG}Signature={_word(_HEX, 64)}&{_GOOG}Date=20261123",
        f"{_X}?sv=2022-11-02&se=2026&sr=b&si" + f"g={_word(_ALNUM, 43)}%3D",
        f"{_X}?page=2&to" + f"ken={_word(_ALNUM, 20)}",
        f"{_X}#access_to" + f"ken={_word(_ALNUM, 20)}",
        "https://www.dropbox.example/scl/fi/x/report.pdf?rl" + f"key={_word(_ALNUM, 25)}&dl=0",
        f"{_X}?Key-Pair-Id=K1&Signat" + f"ure={_word(_ALNUM, 40)}",
        f"<a href='{_X}?a=1&amp;si" + f"g={_word(_ALNUM, 20)}'>",
        "https://meet.example/j/123?p" + f"wd={_word(_ALNUM, 12)}",
        "https://api.example/v1/x?api_" + f"key={_word(_ALNUM, 32)}",
        f"{_X};jsession" + f"id={_word(_HEX, 32)}",
        "https://app.example/callback?co" + f"de={_word(_ALNUM, 32)}&state=x",
    ),
    "parameter": ("the query was si" + "gnature=" + _word(_HEX, 40), "to" + "ken=" + _word(_ALNUM, 12) + " worked"),
    "amz-goog": (_AMZ + "Security-Token: " + _base64(60), "a header named " + _AMZ + "Credential"),
    "bearer": ("curl -H 'Bea" + f"rer {_word(_ALNUM, 32)}'", "bea" + f"rer {_word(_LOWER, 6)}1.{_word(_LOWER, 9)}"),
    "basic": ("Bas" + f"ic {_BASIC}", "sent bas" + f"ic {_BASIC.rstrip('=')} again"),
    "authorization": (
        "Author" + "ization: Bea" + f"rer {_word(_LOWER, 12)}",
        "author" + f"ization={_word(_ALNUM, 30)}",
        '"Author' + 'ization": "To' + f'ken {_word(_ALNUM, 30)}"',
    ),
    "cookie": ("Set-Coo" + f"kie: sid={_word(_ALNUM, 32)}; HttpOnly", "coo" + f"kie: a=1; b={_word(_HEX, 9)}"),
    "jwt": (_jwt(), f"it answered {_jwt()}, then nothing"),
    "pem": (
        "-----BEGIN RSA PRIV" + f"ATE KEY-----\n{_base64(40)}\n{_base64(20)}\n-----END RSA PRIV" + "ATE KEY-----",
        "-----BEGIN OPENSSH PRIV" + f"ATE KEY-----\n{_base64(40)}",
    ),
    "aws-key": ("AK" + "IA" + _word(_UPPER + "234567", 16), "id AS" + "IA" + _word(_UPPER + "234567", 16) + "."),
    "github-token": ("gh" + "p_" + _word(_ALNUM, 36), "gith" + "ub_pat_" + _word(_ALNUM, 22) + "_" + _word(_ALNUM, 59)),
    "slack-token": ("xo" + f"xb-{_word(_DIGITS, 12)}-{_word(_DIGITS, 12)}-{_word(_ALNUM, 24)}",),
    "webhook": (
        "https://hooks.sla" + f"ck.com/services/T{_word(_UPPER, 8)}/B{_word(_UPPER, 8)}/{_word(_ALNUM, 24)}",
        "https://example.webhook.off" + f"ice.com/webhookb2/{_word(_HEX, 32)}/IncomingWebhook/{_word(_HEX, 32)}",
        "https://disc" + f"ord.com/api/webhooks/{_word(_DIGITS, 18)}/{_word(_ALNUM, 60)}",
        "https://hooks.zap" + f"ier.com/hooks/catch/{_word(_DIGITS, 7)}/{_word(_LOWER, 7)}/",
    ),
    "private-calendar": (
        "https://calendar.goo" + f"gle.com/calendar/ical/x%40example.org/private-{_word(_HEX, 32)}/basic.ics",
        "https://outlook.off" + f"ice365.com/owa/calendar/{_word(_HEX, 32)}@example.org/{_word(_HEX, 32)}/calendar.ics",
        "webcal://p42-caldav.icl" + f"oud.com/published/2/{_word(_ALNUM, 40)}",
    ),
    "vendor-key": (
        "gl" + f"pat-{_word(_ALNUM, 20)}",
        "np" + f"m_{_word(_ALNUM, 36)}",
        "sk-a" + f"nt-api03-{_word(_ALNUM, 40)}",
        "sk-pr" + f"oj-{_word(_ALNUM, 40)}",
        "S" + f"G.{_word(_ALNUM, 22)}.{_word(_ALNUM, 43)}",
    ),
    "google-key": (
        "AI" + "za" + _word(_ALNUM + "_-", 35),
        "ya" + "29." + _word(_ALNUM, 60),
        "GOC" + "SPX-" + _word(_ALNUM, 28),
    ),
    "stripe-key": (
        "sk_" + "live_" + _word(_ALNUM, 24),
        "rk_" + "test_" + _word(_ALNUM, 24),
        "wh" + "sec_" + _word(_ALNUM, 32),
    ),
    "mailchimp-key": (_word(_HEX, 32) + "-us" + "21",),
    "airtable-key": ("pa" + f"t{_word(_ALNUM, 14)}.{_word(_HEX, 64)}", "ke" + f"y{_word(_ALNUM, 12)}A7"),
    "telegram-token": (
        f"{_word('123456789', 9)}:A" + "A" + _word(_ALNUM + "_-", 32) + "z",
        "12345" + "6:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    ),
    "command": ("mysql -u root -p" + "s3cret ops", "curl -u gra" + "ce:opensesame https://files.example/"),
    "opaque-word": (
        "nt" + f"n_{_word(_ALNUM, 46)}",
        "it is hv" + f"s.{_word(_ALNUM, 60)}-{_word(_ALNUM, 30)}",
        _word(_ALNUM, 44),
    ),
    "password": (
        "pass" + ": hunter2",
        "**pass" + "word**: hunter2",
        "<b>Pass" + "word</b>: hunter2",
        "the pass" + "word is hunter2",
        "pass" + "word:\nhunter2",
        "pass" + "word: hunter2",
        "The Pass" + "wort: geheim, bitte löschen",
        "db_pass" + "word = 's3 cr3t'",
        '{"pass' + 'word":"x"}',
        "PW" + "D=opensesame",
        "pass" + "phrase: " + '"correct horse battery staple"',
    ),
    "named-secret": (
        "api" + f" key: {_word(_ALNUM, 16)}",
        "client_sec" + f"ret={_word(_ALNUM, 30)}",
        "aws_secret_access" + f"_key = {_word(_ALNUM + '/+', 40)}",
        "to" + f"ken: {_word(_HEX, 12)}1",
    ),
    "data-uri": ("data:image/png;base" + f"64,{_base64(90)}", "x data:text/html,%3Cb%3Ehello y"),
    "base64": (
        _base64(150),
        "\n".join(_base64(57) for _ in range(4)),
        base64.urlsafe_b64encode(_random.randbytes(200)).decode(),
    ),
}

MISSED = (
    "the pass" + "word is opensesame",
    "try " + _word(_LOWER, 20),
    "pass" + "word:\nopensesame",
)
"""Secrets that nothing but a reader would know: no rule finds them, and none shall be claimed to."""

BENIGN = (
    "A token of appreciation for the speakers",
    "Token economics: an introduction",
    "Basic information about bearer bonds",
    "Basic understanding of the bearer market",
    "3f0e2b1c-9d1e-4c57-8a55-1f0e2b1c9d1e",
    "recurring:3f0e2b1c-9d1e-4c57-8a55-1f0e2b1c9d1e:2026-11-23",
    "3f0e2b1c-9d1e-4c57-8a55-1f0e2b1c9d1e_5d41402a-bc4b-2a76-b971-9d911017c592_7d793037-a076-4186-a574-b0282f2f435",
    "sha256:" + "0123456789abcdef" * 4,
    "0123456789abcdef" * 8,
    "sha512-" + "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "commit 931e06437c1be8d2f1a0a0b3f1c2d3e4f5a6b7c8",
    "https://docs.example/document/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit?usp=sharing#heading=h.1",
    "https://shop.example/list?page=2&sort=date&session=12&design=blue",
    "https://shop.example/cart?code=SPRING-2026",
    "https://calendar.google.com/calendar/ical/x%40example.org/public/basic.ics",
    "https://calendar.google.com/calendar/u/0/r/week and https://outlook.office.com/mail/",
    "https://discord.com/channels/1/2, msg. 3, npm_config_registry",
    "https://medium.example/@grace/how-we-work",
    "https://host.example:8080/img@2x.png?size=10",
    "ssh://git@github.example/datatalks/ops.git",
    "https://www.example.com/2026/11/A-Very-Long-Slug-About-The-2026-Conference-And-Why-You-Should-Come-To-Berlin-In-May-2027",
    "mail grace@example.org and ada@example.org",
    "Reset the password of the newsletter account",
    "Password policy and secret santa: both on Friday",
    "The secret: start early",
    "api key: https://vault.example/datatalks",
    "Cookie policy: the usual",
    "Authorization: pending",
    "data: 5 rows, 3 columns",
    "metadata:image/x,y",
    "Please sign: the contract is in the folder",
    "keyboardshortcuts and patchwork",
    "Asia tour, monkey business, eyjafjallajökull",
    "50 % done & 100% certain; AT&T &copy; 2026",
    "Grüße aus Köln … ½ Stunde später",
    "👩‍👩‍👧 family ticket",
    "at 12:30:45 on 2026-11-23T05:40:25.000Z",
    "5d41402abc4b2a76b9719d911017c592-u",
    "x" * 300,
    "lorem ipsum dolor sit amet " * 20,
    "tokens: 5, passwords changed: 3",
    "The template's cron is 0 9 * * 1-5 (UTC)",
    "config=1 orig=2",
)

OVERDONE = ("the pass" + "word=locked check",)
"""Harmless, but a machine cannot tell: the word after "password:" is taken for one."""
