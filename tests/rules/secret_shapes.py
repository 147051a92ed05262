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

_ONCE_HELD_OUT_SHAPES = """
1Password | A3-{U6}-{U11}-{U5}-{U5}-{U5}
1Password service account | ops_eyJ{b250}
Adafruit | ADAFRUIT_IO_KEY=aio_{x28}
Adobe client secret | p8e-{l32}
age | AGE-SECRET-KEY-1{U58}
Algolia | ALGOLIA_ADMIN_API_KEY={h32}
Alibaba secret | alibaba_access_key_secret = "{x30}"
Artifactory reference | cmVmd{x59}
Asana client secret | ASANA_CLIENT_SECRET: {l32}
Atlassian | ATATT3{w186}
Authress | sc_{l16}.{l5}.acc-{l16}.{w60}
Azure AD client secret | {x3}8Q~{w34}
Beamer | beamer token: b_{w44}
Bitbucket client secret | BITBUCKET_CLIENT_SECRET={w64}
Meraki | MERAKI_DASHBOARD_API_KEY={h40}
ClickHouse | 4b1d{x38}
Clojars | CLOJARS_{l60}
Cloudflare | CLOUDFLARE_API_TOKEN={w40}
Cloudflare global | cloudflare api key: {h37}
Cloudflare origin | v1.0-{h24}-{h146}
Cohere | CO_API_KEY={x40}
Coinbase | coinbase_access_token={w64}
Confluent | confluent secret: {x64}
Contentful | contentful_delivery_token = {w43}
Datadog | DD_APP_KEY={h40}
Defined Networking | dnkey-{w26}-{w52}
DigitalOcean OAuth | doo_v1_{h64}
DigitalOcean refresh | dor_v1_{h64}
Discord client secret | discord_client_secret={w32}
Dropbox short-lived | sl.{w135}
Duffel | duffel_live_{w43}
Dynatrace | dt0c01.{U24}.{U64}
EasyPost | EZAK{x54}
Etsy | ETSY_API_KEY={l24}
Facebook app | {d15}|{w27}
Fastly | FASTLY_API_TOKEN={w32}
Flutterwave | FLWSECK_TEST-{h32}-X
Flutterwave encryption | FLWSECK_TEST-{h12}
Fly.io | fo1_{w43}
Fly.io macaroon | fm2_{b120}
Frame.io | fio-u-{w64}
Freemius | "secret_key" => "sk_{x29}"
Heroku | HEROKU_API_KEY={h8}-{h4}-{h4}-{h4}-{h12}
Heroku, new | HRKU-AA{w58}
HubSpot | hubspot api key: {h8}-{h4}-{h4}-{h4}-{h12}
Hugging Face organisation | api_org_{m34}
Infracost | ico-{x32}
Intercom | intercom_token = "{w60}"
Intra42 | s-s4t2ud-{h64}
Kraken | KRAKEN_PRIVATE_KEY={b86}==
LaunchDarkly | sdk-{h8}-{h4}-{h4}-{h4}-{h12}
LinkedIn client secret | linkedin_client_secret: {x16}
Lob | live_{h35}
Mailgun | key-{h32}
Mailgun signing | mailgun signing key: {h32}-{h8}-{h8}
Mapbox | sk.{w60}.{w22}
MaxMind | {x6}_{x29}_mmk
MessageBird | MESSAGEBIRD_ACCESS_KEY={x25}
Teams hook | https://example.webhook.office.com/webhookb2/{h32}@{h32}/IncomingWebhook/{h32}/{h32}
Netlify | NETLIFY_AUTH_TOKEN={w43}
New Relic insert | NRII-{x32}
New Relic browser | NRJS-{h19}
NuGet | <add key="ClearTextPassword" value="{x12}" />
Octopus | API-{U26}
Okta | OKTA_API_TOKEN=00{w40}
OpenAI, old | sk-{x20}T3BlbkFJ{x20}
OpenShift | sha256~{w43}
Perplexity | pplx-{x48}
Plaid | access-production-{h8}-{h4}-{h4}-{h4}-{h12}
Plaid secret | PLAID_SECRET={h30}
Prefect | pnu_{x36}
Pulumi | pul-{h40}
RapidAPI | X-RapidAPI-Key: {w50}
ReadMe | rdme_{l70}
Scalingo | tk-us-{w48}
SettleMint | sm_pat_{x16}
Shippo | shippo_live_{h40}
Sidekiq | https://{h8}:{h8}@gems.example.com/
Sonar | SONAR_TOKEN=sqp_{h40}
Sourcegraph | sgp_{h16}_{h40}
"""
ONCE_HELD_OUT = _shapes(_ONCE_HELD_OUT_SHAPES)
"""Written from memory of what vendors use, when the rules were frozen: 71 of 80 were found. Then rules were changed
for the other nine."""

_HELD_OUT_SHAPES = """
Anyscale | esecret_{l26}
Amplitude | amplitude_secret={h32}
Axiom | xaat-{h8}-{h4}-{h4}-{h4}-{h12}
Brevo SMTP | xsmtpsib-{h64}-{x16}
Buildkite | bkua_{h40}
Cerebras | csk-{l48}
Chief Tools | ctp_{x34}
CircleCI | CCIPAT_{x22}_{h40}
Cockroach | CCDB1_{x22}_{x40}
Coda | CODA_API_TOKEN={h8}-{h4}-{h4}-{h4}-{h12}
Contentful management | CFPAT-{w43}
crates.io | cio{x32}
DeepSeek | sk-{h32}
Deno | ddp_{x36}
Doppler service | dp.st.dev.{x43}
Discord bot | {m24}.{x6}.{w38}
ElevenLabs | sk_{h48}
Fireworks | fw_{x24}
Figma OAuth | figo_{x42}
GitHub app | ghs_{x36}
GitLab runner | glrt-{w20}
GitLab deploy | gldt-{w20}
GitLab feed | glft-{w20}
GoCardless | live_{w40}
Google OAuth | GOCSPX-{w28}
Grafana cloud | glc_eyJ{x90}
Highnote | sk_live_{x40}
Honeycomb | hcaik_{l58}
HubSpot app | pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}
LangSmith | lsv2_pt_{h32}_{h10}
LaunchDarkly mobile | mob-{h8}-{h4}-{h4}-{h4}-{h12}
LaunchDarkly API | api-{h8}-{h4}-{h4}-{h4}-{h12}
Mercury | secret-token:mercury_production_rma_{x40}
Mergify | mka_{x43}
MongoDB Atlas | mdb_sa_sk_{w40}
Neon | napi_{l64}
ngrok | {x27}_{x21}
Notion OAuth | secret_{x43}
NuGet key | oy2{l43}
OpenAI service | sk-svcacct-{w60}T3BlbkFJ{w60}
OpenRouter | sk-or-v1-{h64}
Paddle | pdl_live_apikey_{l26}_{x22}_{x3}
Persona | persona_production_{h8}-{h4}-{h4}-{h4}-{h12}
Pinecone | pcsk_{x6}_{x63}
Polar | polar_oat_{x43}
PostHog | phx_{x43}
Postmark | X-Postmark-Server-Token: {h8}-{h4}-{h4}-{h4}-{h12}
Railway | RAILWAY_TOKEN={h8}-{h4}-{h4}-{h4}-{h12}
Render | rnd_{x28}
Resend | re_{x8}_{x24}
Rootly | rootly_{h64}
Samsara | samsara_api_{x30}
Segment | sgp_{x64}
SendGrid | SG.{w22}.{w43}
Sentry user | sntryu_{h64}
Shopify partner | prtapi_{h32}
Slack refresh | xoxe-1-{x146}
Slack workflow hook | https://hooks.slack.com/triggers/T{U10}/{d13}/{h32}
Slack workflow hook, old | https://hooks.slack.com/workflows/T{U10}/A{U10}/{d18}/{x24}
Snyk | snyk_token: {h8}-{h4}-{h4}-{h4}-{h12}
SonarCloud | squ_{h40}
Stripe restricted | rk_live_{x99}
Supabase secret | sb_secret_{w31}
Tailscale | tskey-auth-{x12}-{x32}
Terraform Cloud | {x14}.atlasv1.{x67}
Together | tgp_v1_{w43}
Tencent | AKID{x32}
Typeform | tfp_{w44}_{w14}
Unkey | unkey_{x22}
Vercel blob | vercel_blob_rw_{x16}_{x30}
VolcEngine | AKLT{x44}
WakaTime | waka_{h8}-{h4}-{h4}-{h4}-{h12}
Weights and Biases | WANDB_API_KEY={h40}
WorkOS | sk_test_{x60}
xAI | xai-{x80}
Yandex | AQVN{w36}
Zapier MCP | https://mcp.example.com/api/mcp/s/{x60}/mcp?apikey={x24}
Zuplo | zpka_{h32}_{h8}
private podcast feed | https://feeds.example.com/private/{x22}
Trello | https://api.trello.com/1/members/me?key={h32}&token={h64}
Mapbox in URL | https://api.mapbox.com/styles/v1/x?access_token=pk.{x60}.{x22}
S3 bucket upload | https://ops.s3.amazonaws.com/a.pdf?AWSAccessKeyId=AKIA{U16}&Expires=1&Signature={x27}%3D
"""
HELD_OUT = _shapes(_HELD_OUT_SHAPES)
"""Written from memory, too, when the rules were frozen once more: 78 of 82 were found. One rule was changed after the
misses were printed, so what is found of these is no blind measure."""

_UUID = "{h8}-{h4}-{h4}-{h4}-{h12}"
_DOCUMENTED_SHAPES = """
1Password, two parts | A3-{U6}-{U6}-{U5}-{U5}-{U5}
Amazon MWS | amzn.mws.UUID
AppSync | da2-{l26}
apprise Discord | discord://{d18}/{w68}
Azure DevOps | {x76}AZDO{x4}
Azure DevOps, named | URL="org.visualstudio.com/proj"; PAT = "{x76}AZDO{x4}"
Bedrock | AWS_BEARER_TOKEN_BEDROCK=ABSK{b128}
Cal.com | cal_live_{h32}
Cloudflare global key | cfk_{x40}{h8}
Cloudflare user token | cfut_{x40}{h8}
Cloudflare account token | cfat_{x40}{h8}
Cloudsmith | cs_{x40}
DevCycle | dvc_{w38}
Devopness | devopness_pat_{x40}
Discord hook | https://discord.com/api/webhooks/{d19}/{w68}
Flagsmith | ser.{x40}
GitLab agent | glagent-{w50}
GitLab, prefix of an instance | SIE-glpat-{w20}
Google Chat hook | https://chat.googleapis.com/v1/spaces/AAAA{x7}/messages?key=AIza{w35}&token={w43}
Google Drive | https://drive.google.com/file/d/{w33}/view?resourcekey=0-{w22}
Helicone | sk-helicone-{l7}-{l7}-{l7}-{l7}
Humanloop | HUMANLOOP_API_KEY={h32}
Inngest | signkey-prod-{h64}
Langfuse | sk-lf-UUID
Langfuse .env | LANGFUSE_SECRET_KEY="sk-lf-UUID"
MailerLite | X-MailerLite-ApiKey: {h32}
Metabase session | X-Metabase-Session: UUID
Ory | ory_at_{w43}.{w43}
Packagist | packagist_ort_{h60}{h8}
Packagist user | packagist_uut_{h60}{h8}
prefixed key | mycompany_{x8}_{x24}
Razorpay | curl -u rzp_live_{x14}:{x24} https://api.razorpay.com/v1/orders
Rootly | rootly-{x40}
Scaleway | SCW_SECRET_KEY=UUID
Scaleway access key | SCW{U17}
ScraperAPI | https://api.scraperapi.com/account?api_key={x32}
Slack bot | xoxb-{d12}-{x24}
Slack user | xoxp-{d12}-{d12}-{d12}-{x32}
Sonar | sonar.login={h40}
Sourcegraph, local | sgp_local_{h40}
Sovos | SOVOS_API_SECRET={w24}
Square | EAAA{w60}
Squarespace | squarespace api key: UUID
Sumo Logic | SUMO_ACCESS_KEY={l64}
Svix | whsec_{b32}
Tableau | {o}"personalAccessTokenName": "ops", "personalAccessTokenSecret": "{b22}==:{x32}"{c}
Telegram | our bot is {d9}:A{w34}
Travis | travis token: {x22}
Trigger.dev | TRIGGER_SECRET_KEY=tr_prod_{x24}
Trigger.dev, alone | tr_prod_{x20}
Twitch | twitch client secret = {l30}
Twitter | TWITTER_API_SECRET={x50}
Twitter access | twitter access token: {d19}-{x30}
Twitter bearer | AAAAAAAAAAAAAAAAAAAAAA{x60}%2B{x20}
Vault, old | s.{x24}
Yandex | t1.{w40}.{w86}
Yandex storage | YC{w38}
Zendesk | zendesk_secret_key: {l40}
Zoho | 1000.{h32}.{h32}
Zoho link | https://accounts.zoho.com/oauth/v2/token?refresh_token=1000.{h32}.{h32}&grant_type=refresh_token
"""
DOCUMENTED = _shapes(_DOCUMENTED_SHAPES.replace("UUID", _UUID))
"""From vendors' documentation and two public sets of rules for scanners, by somebody who knew the rules but had seen
none of their results on these; measured once. Where a document shows only a prefix, the rest is as long as is usual."""

_SAMPLES_OF_KINDS = r"""
sk-acme-UUID
pk_lf_UUID
kxq.svc.UUID
rkey-UUID
apikey-prod-{h40}
masterkey_test_{x24}
sk-vendor-{l8}-{l8}-{l8}
2000.{h32}.{h40}
{x24}.{x24}.{x24}
ABZ{U18}
KX{U22}
pover://{x30}@{x30}
pbul://o.{x32}
slackish://T1/{x26}
X-Acme-Session: UUID
X-Acme-Login: {h32}
access key id: {U20}
key id = {x24}
session id: UUID
JSESSIONID={h32}
connect.sid={x32}
_gitlab_session={h32}
our token is {h32} for the bot
the API key {x24} is for Grace
access token UUID belongs to Ada
api_key {h40}
{h32}:{h40}
UUID:{x40}
{x20}:{w40}
$2b$12${x53}
$argon2id$v=19$m=19456,t=2,p=1${x22}${x43}
$6${x8}${x86}
pbkdf2_sha256$600000${x22}${x43}=
machine api.example login ada password hunter22
Authorization: GenieKey UUID
Authorization: SSWS {x42}
Authorization: ApiKey {x30}
InstrumentationKey=UUID
psk: {x20}
dsn: {x30}
https://qyapi.example.com/cgi/send?key=UUID
https://feeds.example.org/private/UUID
https://up.example.com/api/v1/heartbeat/{x24}
abcx{h32}
acme{h64}
{l44}
acme-{w24}
Password for the Zoom account: hunter22
Zoom password (Ada's): hunter22
Login: ada@example.org / hunter22
Credentials: ada, hunter22
tokens: {h32}
API token for Algolia: {h32}
API key (newsletter) = UUID
secret id: UUID
API keys for the bot: {x24}
"""
SAMPLES_OF_KINDS = {shape: built(shape.replace("UUID", _UUID)) for shape in _SAMPLES_OF_KINDS.strip().splitlines()}
"""Made up while the kinds behind what was missed of DOCUMENTED were mended: other prefixes, parts, labels, schemes."""
