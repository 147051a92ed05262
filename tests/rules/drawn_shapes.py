"""Shapes of secrets drawn by a program from the rules of two public scanners, kingfisher 2.14.0 and CredSweeper 1.19.5.

Drawn: of the rules that find a secret (no ids, addresses or guesses), of vendors in none of our other lists, one a
vendor. A shape is what the rule's group for the secret allows, repeats of it chosen at random. Each stands in two
surroundings: alone in a sentence when it begins with three fixed letters, else behind its vendor and noun; and as
``vendor_noun: value``. A few rules say more or less than the secret, or none (Salesforce's is an organisation's id);
they stay as they were drawn.
"""

from tests.rules.secret_shapes import built

_FIRST = """
1password-service-account-token token | ops_eyJ{b286}=
abuseipdb-api-key key | {h80}
akamai credential | akab-{l16}-{l16}
anthropic key | sk-ant-admin0{d1}-{w79}
apollo-api-key key | {w22}
auth0-client-secret secret | {w75}
browserstack-access-key key | {x20}
cartesia-api-key key | sk_car_{w20}
checkout-secret-key secret | sk_UUID
cisco-meraki-api-key key | {h40}
composio credential | ck_{w17}
confluent-secret-key secret | {l64}
databento-api-key key | db-{x29}
datastax-astra-application-token token | AstraCS:{x22}
deepgram-api-key key | {h40}
digitalocean-pat token | dop_v1_{h64}
ebay-client-secret secret | PRD-{h8}-{h4}-{h4}-{h4}-{h5}
fal-api-key key | UUID:{h32}
fullstory-api-key key | na1.{x22}
hunter-api-key key | {h40}
instagram token | IGQVJ{w112}
instantly-api-key key | {b66}==
ionic-personal-access-token token | ion_{x42}
jfrog token | cmVmdGtuO{w55}
jira token | {A1}{m2}{l1}{w40}
kubernetes-secret-yaml secret | {w5}:{x4}""
lark-app-secret secret | {x32}
lichess-personal-access-token token | lip_{w19}
llama key | llx-{w48}
llama-cloud-api-key key | llx-{x49}
mailersend-api-token token | mlsn.{x33}
mem0-api-key key | m0-{x28}
midtrans-production-server-client-key key | Mid-client-{w12}
monday-api-token token | eyJ{w12}.eyJ{w50}.{w23}
mux-access-token-secret token | {b75}
nkey key | S{A1}{U49}
ntlm token | TlRMTVNTUAA{A1}AAAA{x34}
nylas-api-key key | nyk_{x67}
onesignal-rich-authentication-token token | os_v2_app_{l103}
onfido-live-api-token-us token | api_live_us.{w22}
openweather-api-key key | {l32}
opsgenie-api-key key | UUID
ovh-application-secret secret | {w32}
pagerduty-authorization-token token | u+{x18}
paserk key | k{d1}.secret-pw.{w17}
paseto token | v{d1}.public.{w19}.{w5}
paypal-client-secret secret | {w97}
picatic key | sk_live_{l32}
pinterest-access-token token | pina_{w25}
plivo-auth-token token | {w40}
proof-full-access-api-key key | prf_cli_{w25}
rainforest-pay-production-api-key key | apikey_{h64}
ramp-client-secret secret | ramp_sec_{x48}
redirect-pizza-api-token token | rpa_{x30}
retell-api-key key | key_{h28}
riot key | RGAPI-UUID
runpod-api-key key | rpa_{U40}{x6}
salesforce-access-token token | 00{x13}!{w93}
scalr-api-access-token token | eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ1c2VyIiwianRpIjoiYXQt{w24}.{w43}
secrets/bitwardenoauth2access secret | {x13}
secrets/hcpclientcredentials secret | {w64}
secrets/npmjsaccesstoken token | npm_{x36}
snowflake-programmatic-access-token token | {w118}
sonarqube credential | sq{a1}_{h40}
squarespace-access-token token | UUID
sslmate-api-key key | {x36}
tavily key | tvly-{w35}
telnyx-api-v2-key key | KEY{w55}
temporal-cloud-api-key key | eyJ{w11}.{w4}Y2NvdW50X2lk{w4}InRlbXBvcmFsLmlv{w4}ICJrZXlfaWQiOi{w24}.{w23}
thunderstore-api-token token | tss_{w23}
upstash-redis-rest-token token | {x36}
val-town-api-token token | vtwn_{w20}
virustotal-api-key key | {h64}
vultr-api-key key | {h36}
weatherstack-api-key key | {l32}
wiz-client-secret secret | {x64}
woocommerce-consumer-secret secret | cs_{h40}
workato-developer-api-token token | wrka{a2}-eyJ{w8}.{w19}.{w65}
wundergraph key | cosmo_{h32}
x token | AAAAAAAAAAAAAAAAAAAAA{x41}%3{m1}{x50}
xendit-production-api-key key | xnd_production_{x63}
"""
_SECOND = """
aikido-ci-token token | AIK_CI_{x23}
aiven-auth-token token | {b372}
anthropic-admin-api-key key | sk-ant-admin01-{w93}AA
anthropic-api-key key | sk-ant-api03-{w93}AA
apify-api-token token | apify_api_{x38}
asaas-api-token token | $aact_hmlg_{w22}
assemblyai-api-key key | {l32}
bitly-access-token token | {h40}
bitrise-access-token token | {w72}
bittrex-access-key key | {l32}
bittrex-secret-key secret | {l32}
box-api-access-token token | {l32}
brave-search-api-key key | BSA{w29}
canadian-digital-service-notify-api-key key | ApiKey-v1     gcntfy-{w1}-UUID-UUID
civo-api-key key | {l50}
clerk-secret-key secret | sk_test_{x32}
clickup-personal-api-token token | pk_{d8}_{l32}
cloudinary-api-secret secret | {x32}
cockroachlabs-cloud-api-key key | CCDB1_{x22}_{x40}
codecov-access-token token | {w36}
configcat-sdk-key key | {w22}/{w22}
configcat-sdk-key-extended key | configcat-sdk-1/{w22}/{w22}
couchbase-capella-api-key key | {b73}=
coveralls-personal-api-token token | {w37}
cursor-api-key key | key_{h64}
datagov-api-key key | {l40}
devin-personal-api-key key | apk_user_{b121}=
devin-service-api-key key | apk_{b98}==
devin-service-user-token token | cog_{l52}
digital token | do{a1}_v1_{h64}
disqus-api-key key | {l64}
dockerhub-organization-access-token token | dckr_oat_{w32}
dockerhub-personal-access-token token | dckr_pat_{w27}
droneci-access-token token | {l32}
elastic-cloud-api-key key | essu_{w68}==
endorlabs-api-key key | endr+{w16}
endorlabs-api-secret secret | endr+{w16}
exoscale-api-key key | EXO{x30}
finicity-api-token token | {h32}
finicity-client-secret secret | {l20}
finnhub-access-token token | {l20}
flickr-access-token token | {l32}
freshbooks-access-token token | {l64}
gcp-api-key key | AIza{w35}
gcp-gemini-api key | AQ.Ab8RN6{w44}
generic-credential-uri password | mongodb+srv://{x4}:{x3}@{l1}{w3}:{d2},[{h5}],[{h5}]:{d1},{l1}{w1},{l1}{w1}:{d3},[{h2}]:{d1}/{x1}
gitea-access-token token | {h40}
gitter-access-token token | {w40}
greptile-api-key key | {b48}
gumroad-access-token token | {w43}
harness-api-key token | sat.{w22}.{h24}.{x20}
hashicorp token | hv{a1}.{w89}
hashicorp-tf-api-token token | {l14}.atlasv1.{w64}
hashicorp-tf-password password | "{w9}"
ibm-cloud-user-api-key key | {w44}
influxdb-api-token token | {x94}
infomaniak-api-token token | {w63}
jumpcloud-api-key key | {l40}
kagi-api-key key | {w11}.{w43}
kimi-api-key key | {m2}-{w48}
klaviyo-api-key key | pk_{l34}
kucoin-access-token token | {h24}
kucoin-secret-key secret | UUID
lighton-paradigm-api-key key | {w40}
looker-client-secret secret | {l24}
minimax-api-key key | sk-api-{w119}
miro-access-token token | eyJtaXJv{w13}_{w23}
mistral-api-key key | {U32}
npm token | npm_{w42}
npm-access-token token | npm_{l36}
nylas key | nyk_v0_{w64}
nytimes-access-token token | {w32}
ollama-api-key key | {h32}.{w24}
paypal token | access_token$production${l16}${l32}
polymarket-api-key key | UUID
polymarket-private-key key | 0x{x64}
private-key key | -----BEG{A0}IN{w3}PRIVATE KEY-----{w80}KEY BLOCK-----
privateai-api-token token | {l32}
salesforce credential | 00D{x10}
secrets/bitbucketcredentials credential | https://{x4}:{x3}@bitbucket.org/{x2}.git
secrets/circleciproject token | CCIPRJ_{x22}_{h40}
secrets/cloudflareapitoken token | {w40}
secrets/codecatalystcredentials credential | https://{x2}:{x4}@git.{x1}codecatalyst.aws/{x2}
secrets/codecommitcredentials credential | https://{x3}:{x2}@git-codecommit.{w3}.amazonaws.com/{x4}
secrets/denopatorg token | ddo_{x36}
secrets/digitaloceanapikey token | dop_v1_{h64}
secrets/grokxaiapikey key | xai-{x80}
secrets/herokuplatformkey key | HRKU-{w60}
secrets/packagistorgreadtoken token | packagist_ort_{h68}
secrets/packagistorgupdatetoken token | packagist_out_{h68}
secrets/packagistsecret secret | packagist_acs_{h67}
secrets/postmanapikey key | PMAK-{x24}-{x34}
secrets/postmancollectiontoken token | PMAT-{x26}
secrets/slackappconfigaccesstoken token | xoxe.xoxp-{d5}-{x166}
secrets/slackappconfigrefreshtoken token | xoxe-{d3}-{x147}
secrets/slackappleveltoken token | xapp-{d2}-{x11}-{d13}-{x64}
sendbird-access-token token | {h40}
stability-ai-api-key key | sk-{x48}
togetherai-api-key key | tgp_v1_{w43}
travisci-access-token token | {l22}
upcloud-api-token token | ucat_{x24}
upstage-api-key key | {x43}
voyageai-api-key key | pa-{w43}
zai-api-key key | {x32}.{x16}
"""
_FIXED = 3
_UUID = "{h8}-{h4}-{h4}-{h4}-{h12}"


def _texts(shapes: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for line in shapes.strip().splitlines():
        name, shape = line.split(" | ", 1)
        vendor, noun = name.rsplit(" ", 1)
        value = built(shape.replace("UUID", _UUID))
        alone = len(shape.replace("UUID", _UUID).partition("{")[0]) >= _FIXED
        texts[f"{name}, sentence"] = (
            f"We use {value} for the newsletter, see the notes" if alone else f"The {vendor} {noun} is {value}, ask Ada"
        )
        texts[f"{name}, line"] = f"{vendor}_{noun}: {value}"
    return texts


FIRST_DRAWN = _texts(_FIRST)
"""Measured when the rules were frozen: 154 of 162 found, before that work 135."""
SECOND_DRAWN = _texts(_SECOND)
"""Measured once, after the kinds missed of the first draw were mended: 202 of 208 found, before any of it 177."""
