"""Made-up secrets in the shapes that vendors give theirs, one a shape. Built here: no file holds one whole."""

import random

from tests.rules.secret_corpus import SECRETS

_random = random.Random(20281130)
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ALPHABETS = {
    "a": _LOWER,
    "A": _LOWER.upper(),
    "d": _DIGITS,
    "h": _DIGITS + "abcdef",
    "H": _DIGITS + "ABCDEF",
    "l": _LOWER + _DIGITS,
    "U": _LOWER.upper() + _DIGITS,
    "m": _LOWER + _LOWER.upper(),
    "x": _LOWER + _LOWER.upper() + _DIGITS,
    "w": _LOWER + _LOWER.upper() + _DIGITS + "-_",
    "b": _LOWER + _LOWER.upper() + _DIGITS + "+/",
}


def built(shape: str) -> str:
    """``shape``: literal text and, in braces, an alphabet and a number: ``{x20}`` is 20 letters and digits."""
    parts: list[str] = []
    for index, part in enumerate(shape.replace("}", "{").split("{")):
        if index % 2:
            parts.append("".join(_random.choices(_ALPHABETS[part[0]], k=int(part[1:]))))
        else:
            parts.append(part)
    return "".join(parts)


_SEEN_SHAPES = """
Notion | ntn_{d11}{x35}
Notion, old | secret_{x43}
Hugging Face | hf_{m34}
Databricks | dapi{h32}
Databricks, numbered | dapi{h32}-2
Vault | hvs.{w95}
Vault, batch | hvb.{w138}
Shopify | shpat_{h32}
Shopify, shared | shpss_{h32}
DigitalOcean | dop_v1_{h64}
Docker | dckr_pat_{w27}
Linear | lin_api_{x40}
Figma | figd_{w40}
PlanetScale | pscale_tkn_{w43}
Grafana | glsa_{x32}_{h8}
Sentry | sntrys_{x60}
New Relic | NRAK-{U27}
Postman | PMAK-{h24}-{h34}
Sendinblue | xkeysib-{h64}-{x16}
RubyGems | rubygems_{h48}
PyPI | pypi-AgEIcHlwaS5vcmc{w70}
Groq | gsk_{x52}
Replicate | r8_{x37}
NVIDIA | nvapi-{w64}
Supabase | sbp_{h40}
Square | sq0atp-{w22}
Facebook | EAA{x100}
Twilio | SK{h32}
Alibaba | LTAI{x20}
Doppler | dp.pt.{x43}
Airtable hook | https://hooks.airtable.com/workflows/v1/genericWebhook/app{x14}/wfl{x14}/wtr{x14}
Zoom tk | https://us02web.zoom.us/w/8{d10}?tk={w43}.DQ{x20}
Zoom pwd | https://us02web.zoom.us/j/8{d10}?pwd={x32}
make.com hook | https://hook.eu1.make.com/{l32}
n8n hook | https://n8n.example.org/webhook/{h8}-{h4}-4{h3}-a{h3}-{h12}
Mattermost hook | https://chat.example.org/hooks/{l26}
IFTTT hook | https://maker.ifttt.com/trigger/done/with/key/{w43}
reset link | https://app.example.org/reset-password/{x40}
pass | pass: {x9}
short pass | user: grace, pass: {a6}
pw | pw = {x9}
bold | **password**: {x9}
bold with colon | **Password:** {x9}
HTML | <b>Password</b>: {x9}
arrow | password → {x9}
mysql | mysql -u root -p{x9} ops
mysqldump | mysqldump -h db.example -p{x9} ops > ops.sql
curl | curl -u grace:{x9} https://files.example/
sshpass | sshpass -p {x9} ssh grace@host.example
redis-cli | redis-cli -h cache.example -a {x9} ping
docker login | docker login -u grace -p {x9} registry.example
option | ops --password {x9} start
slash in URL | postgres://app:{x5}/{x5}@db.example/ops
number and slash in URL | postgres://app:12/{x5}@db.example/ops
blank in URL | https://grace:{x5} {x5}@files.example/april
Spanish | contraseña: {x9}
French | mot de passe : {x9}
one-time code | verification code: {d6}
sentence | the password is {a5}{d3}
next line | password:{n}{a5}{d3}
Azure connection | DefaultEndpointsProtocol=https;AccountName=ops;AccountKey={b86}==
.env | OPS_API_KEY={l32}
YAML | client_secret: "{w40}"
JSON | {o}"accessToken": "{w40}"{c}
key | key: {x24}
"""


def _shapes(text: str) -> dict[str, str]:
    pairs = (line.split(" | ", 1) for line in text.strip().splitlines())
    literal = {"{n}": "\n", "{o}": "\1", "{c}": "\2"}
    shapes = {}
    for name, shape in pairs:
        for mark, text_of_mark in literal.items():
            shape = shape.replace(mark, text_of_mark)
        shapes[name] = built(shape).replace("\1", "{").replace("\2", "}")
    return shapes


SEEN = {f"{rule} {number}": text for rule, texts in SECRETS.items() for number, text in enumerate(texts)}
SEEN |= _shapes(_SEEN_SHAPES)
"""Looked at while the rules were written."""
