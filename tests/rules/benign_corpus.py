"""Six hundred harmless lines, as people and programs write them: none of them may be touched."""

import base64
import hashlib
import random
import uuid

_random = random.Random(20280202)

_PEOPLE_WRITE = """
A token of appreciation for the speakers
Token economics: an introduction
Ask the secretary for the room; the secretary: Ada
Secret santa: draw the names on Friday
The secret of good chapters: short titles
Passwords are changed every spring; ask Grace when you cannot sign in
Reset the password page copy
Forgot password link is broken on the landing page
Password: required, at least 12 characters
Password: see the vault
Passcode: ask Grace
Passport scan: received
Boarding pass: gate 5, seat 12A
Day pass: 49 EUR, season pass: 199 EUR
Press pass: Grace, Ada
Compass: north
Test pass: 12, fail: 3
Pass: 12
Bypass: none
Trespass: no
The keynote: 45 minutes, doors at 18:30
Key: 5 people, 2 days
Key dates: 2028-02-02 and 2028-03-01
Key metrics: 1 200 sign-ups, 37 % open rate
Monkey: 3 of 12
API key: request one from the vendor
API keys: rotate every quarter
Access key: none needed
Session key points: intro, demo, questions
Token: expired
Tokens: 5, passwords changed: 3
Tokenize the transcript
The tokenizer: byte pairs
Authorization: pending
Author: Grace Hopper, editor: Ada
Authors: 3, sign-off: yes
Basic information about bearer bonds
Basic understanding of the bearer market
Bearer of good news: the sponsor signed
Basic plan: 12 EUR a month
Cookie policy: the usual
Cookies: oatmeal, for the meetup
Credential: course certificate, issued in May
Signature: missing on page 3
Sign: the contract is in the folder
Please sign: the contract is in the folder
Design=blue, orig=2, config=1
Data: 12:30 to 14:30, room 5
Data:12:30,14:30
Data:2028/05/12, ok
Data: 5 rows, 3 columns
Metadata: title, tags, chapters
Metadata:image/x,y
Update: 10.05.2028, 14:30 Uhr
Code: SPRING-2028 gives 20 % off
Code review: 2 approvals
Discount code: EARLYBIRD28
Zip code: 10115
Error code: 404
Country code: DE
Dress code: casual
Code of conduct: read it first
PIN the message in the channel
Pinned: agenda, slides, recording
Hook: start with a question
Webhook: not used any longer
Invite: 12 speakers, 3 hosts
Verify: chapters, links, captions
Reset: counters go to zero on Monday
Magic: the gathering
Sponsor: Example GmbH, 2 slots
User: Grace, role: admin
User/owner: Grace / Ada
Login: works again since 09:05
Account: marketing, region: eu-central-1
Database: postgres 16, port 5432
Docker: image is 412 MB
mysql 8.4 is slower than before - please measure
We moved from mysql - per the vendor's advice - to postgres
curl - the command - is installed
curl -s -o /dev/null -w '%{http_code}' http://localhost:8080/api/health
docker run -p 8080:8080 ops
docker login is needed once
mkdir -p exports/2028
ssh -p 2222 ops.example.org
sort -u names.txt
wget -q https://files.example.org/slides.pdf
ldap group - marketing
openssl version -a
redis-cli ping
The cron is 0 9 * * 1-5 (UTC)
0 9 * * 1
*/15 8-18 * * 1-5
30 23 28-31 * *
@every 2h
Europe/Berlin
America/Argentina/Buenos_Aires
Grüße aus Köln … ½ Stunde später
Übergabe: Schlüssel liegt am Empfang
Schlüssel: beim Hausmeister
Losung: kommt per Post
Nächste Sitzung: Dienstag, 14:00
Mehrwertsteuer: 19 %, Rechnung 2028-0042
IBAN folgt per Post
Ansprechpartnerin: Grace, Durchwahl 42
👩‍👩‍👧 family ticket
日本語のタイトル: 第5回
Résumé du mois: 3 articles
Contraseñas y seguridad: charla del martes
50 % done & 100% certain; AT&T &copy; 2028
A & B; C &amp; D
Q&A: 15 minutes
100%25 of what?
x = 5; y = 7
a => b, c -> d, e → f
if key == value: continue
for token in tokens: print(token)
def redact(text: str) -> str:
password_hash is never exported
secretary, keyboard, patchwork, tokenizer
keyboardshortcuts and patchwork
Asia tour, monkey business, eyjafjallajökull
Skype, Akiane, Asiago, Gopher
5d41402abc4b2a76b9719d911017c592-u
lorem ipsum dolor sit amet lorem ipsum dolor sit amet lorem ipsum dolor sit amet
mail grace@example.org and ada@example.org
grace.hopper+newsletter@mail.example.org
Message-ID: <CAF1x9ABCdefGHIjklMNOpqrSTUvwxYZ01234567890abcd@mail.example.org>
See https://host.example:8080/ and mail grace@example.org
http://localhost:8080 is up, mail ops@example.org
Slides: https://docs.example.org/presentation/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit#slide=id.p
folder 1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms
getElementsByTagNameNS and XMLHttpRequestEventTarget
DataTalksClubPodcastEpisode2028Season14Final
ISO8601DateTimeFormatter2028 and MLOpsZoomcamp2028Cohort5Week3Homework
Mehrwertsteueridentifikationsnummer2028
DTCSponsorshipDeckQ3FY2028v7
VfBStuttgartXI2028 against FCStPauli1910
services.portal.exports.exporter:_spool_pages
TypeError: unsupported operand type(s) for +: 'int' and 'str'
File "/app/services/work/generation/generator.py", line 183, in _record_unexpected
google_re2-1.1.20251105-1-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl
python:3.12-slim-bookworm, nats:2.15.1-alpine
GET /api/tasks?status=todo&assigneeId=grace 200 in 14.2 ms
window.generated recurring 2028-02-02 late=False
msg. 3, npm_config_registry
x.y.z_1-2-3 and a-b-c-d-e-f-g-h
"""

_NAMES = (
    "keyMetricsMay2028.xlsx tokenBudgetQ3.pdf secretSantaList.csv IMG_20280512_093012_HDR.jpg passportCopyGrace.png"
)
_FILES = f"""{_NAMES} sponsorDeckFinalFinal2.pptx Podcast_Episode_142_Show_Notes_v3.docx 2028-05-12-newsletter.md
signature-template.html cookieBannerText.txt keynoteSpeakers2028.xlsx app.3f0e2b1c9d.js
parts.a41bc9d2.css
backup-2028-02-02T09-00-00-000Z.zip dataops-export-20280202T090000Z.zip authorGuidelines2028.pdf
keyVisualConference2028Final.svg""".split()

_PAGES = """https://docs.example.org/document/d/{drive}/edit?usp=sharing
https://drive.example.org/drive/folders/{drive}
https://drive.example.org/open?id={drive}
https://www.youtube.example/watch?v=dQw4w9WgXcQ&list=PL{alnum}
https://notes.example.org/Team-Page-{hex32}
https://github.example/example/ops/commit/{hex40}
https://github.example/example/ops/blob/{hex40}/services/work/generation/consumer.py#L120-L140
https://app.example.org/tasks/{uuid}
https://app.example.org/workflows/{uuid}?tab=history&page=2
https://cdn.example.org/assets/{hex40}/app.js
https://shop.example.org/list?page=2&sort=date&session=12&design=blue
https://news.example.org/2028/05/12/ten-things-we-learned-about-running-online-courses
https://www.linkedin.example/posts/example_activity-{digits}-AbCd
https://maps.example.org/@52.5200066,13.404954,17z
https://medium.example/@grace/how-we-work-{hex12}
https://calendar.google.com/calendar/ical/x%40example.org/public/basic.ics
https://docs.example.org/webhooks/getting-started
https://docs.example.org/api-keys/rotate-them-every-quarter
https://help.example.org/reset-password/how-it-works
https://campaign.example.org/?utm_source=newsletter&utm_campaign=may-2028&gclid={alnum}""".splitlines()

_IDS = """{uuid}
recurring:{uuid}:2028-02-02
template:{uuid}:2028-02-02#r3
{number}:{uuid}
task {uuid} is done
commit {hex40}
sha256:{hex64}
sha512-{digest}
md5 {hex32}
revision-{hex40}
etag "{hex32}"
trace {hex32} span {hex16}
task-{hex24}
build_{hex40}
00-{hex32}-{hex16}-01
{uuid}_{uuid}
2028-02-02T09:00:00.000Z {uuid}
run {hex32} took 14 s
order {digits}, parcel {digits}
request_id={hex16}""".splitlines()

_LOOK_ALIKES = """task-{uuid}
lead-{uuid}.json
recurring:{uuid}:2028-02-02
export-{uuid}
wf-run-{uuid}
customer_{uuid}
backup.db.{uuid}
key: task/{uuid}
idempotency key: {uuid}
Idempotency-Key: {uuid}
cache key: {hex32}
{hex40}..{hex40}
main.{hex24}.js
{hex32}:{hex16}:0:1
sha256:{hex64}
{hex40}:services/portal/exports/exporter.py
spotify://track/{alnum}
s3://bucket/{alnum}/a.pdf
notion://www.notion.so/Page-{hex32}
object {hex24}
ObjectId("{hex24}")
Tokens for run: recurring:{uuid}:2028-02-02""".splitlines()
"""Of what is a secret behind another label, with another prefix or in another place."""
_LOOK_ALIKES_WRITTEN = r"""
session: podcast with Grace, 14:00
Session id: 12
Login: works again since 2028-05-05T09:05
01HZX3NDEKTSV4RRFFQ69G5FAV
bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi
ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi
DE89370400440532013000
IBAN GB29NWBK60161331926819
IBAN FR1420041010050500013M02606
IBAN MT84MALT011000012345MTLCAST001S
VIN 1HGCM82633A004352
tracking 1Z999AA10123456784
$25 a month
price $2b or $1a
image 5f2b8c9d1e3a.dkr.ecr.eu-central-1.amazonaws.com/ops:2028.05.12
the token of the day
key takeaways from season14episode142
The secret is out: newsletter2028edition5
test-2028-02-02-run-17-of-42-final-v3
sdk-python-3.12.1-manylinux_2_28_x86_64
live-2028-05-12-a1b2c3d4
api-v2-2028-02-02-changes-notes-3
DTC_2028_Sponsorship_Deck_Q3_v7_FINAL2
https://example.org/private/notes-of-the-board
https://www.google.com/maps?key=value
fix K6: redact session ids (see 4b1d2c3)
Boarding pass: LH12345, seat 12A
Pat: call back tomorrow
pat: 3 of 5
prod_NWjs8kKbJWmuuc
version 1.2.3-5-g4b1d2c3 deployed
eu-west-1_aBcDeF123 pool
arn:aws:iam::123456789012:role/ops-exporter-2028
projects/ops-2028/locations/europe-west1/services/work-00042-xab
job ops-work-7d9c8b6f5d-x2x9k restarted
Password for the Zoom account: ask Grace
Password of the week: see vault
Token of the day: appreciation-for-2028
API keys for vendors: rotate every quarter
Login: Google / GitHub
Login: works, see notes
Secret of the chapters: short titles in 2028
Token for the door: at reception
Credentials: course certificate, issued 2028-05-05
Key to success: podcast-episode-142-with-ada
head, *keys = re.split(r'[', name)
Update the signing key from https://gnupg.org/signature_key.html
ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz
AEAD_AES_256_CBC_HMAC_SHA_512_Random
"""


def _draw(alphabet: str, length: int) -> str:
    return "".join(_random.choices(alphabet, k=length))


def _filled(line: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    content = _random.randbytes(64)
    return line.format(
        uuid=uuid.UUID(bytes=_random.randbytes(16), version=4),
        drive="1" + _draw(letters + letters.upper() + "0123456789-_", 43),
        alnum=_draw(letters + letters.upper() + "0123456789", 32),
        digest=base64.b64encode(hashlib.sha512(content).digest()).decode(),
        digits=_draw("123456789", 19),
        number=_draw("123456789", 7),
        hex64=hashlib.sha256(content).hexdigest(),
        **{f"hex{length}": hashlib.sha256(content).hexdigest()[:length] for length in (12, 16, 24, 32, 40)},
    )


BENIGN_LINES: tuple[str, ...] = (
    *_PEOPLE_WRITE.strip().splitlines(),
    *_FILES,
    *(f"uploaded {name} for review" for name in _FILES),
    *(_filled(line) for line in _PAGES * 6),
    *(_filled(line) for line in _IDS * 7),
    *(_filled(line) for line in _LOOK_ALIKES * 3),
    *_LOOK_ALIKES_WRITTEN.strip().splitlines(),
)
