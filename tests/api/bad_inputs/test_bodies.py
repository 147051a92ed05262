"""Groups B, G, H, I and K: JSON that the API must refuse, with the field named."""

import asyncio
import json
from typing import Any

import pytest

from services.portal.http import key_rate
from tests.api.bad_inputs.world import Bad, World, cases, filled, is_refused, named
from tests.api.oracle import nothing_happens
from tests.api.people import add_person, client_of
from tests.builders import MINIMAL, STEP
from tests.support.expressions import REFUSED

pytestmark = pytest.mark.requirement("R-SEC-3")

TASK = {"description": "x", "date": "2028-02-02"}
DUTY = {"description": "x", "cronExpression": "0 9 * * *"}
RUN = {"title": "x", "anchorDate": "2028-02-02"}
RANGE = {"startDate": "2028-02-02", "endDate": "2028-02-03"}
JSON = {"content-type": "application/json"}
CREATING = ("/api/tasks", "/api/recurring", "/api/templates", "/api/bundles", "/api/artifacts", "/api/backfills")

UNREADABLE = {
    "nothing": b"",
    "spaces": b"  \n ",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "a number": b"1",
    "true": b"true",
    "an open brace": b"{",
    "a trailing comma": b'{"a":1,}',
    "more after the end": b'{"a":1} x',
    "a comment": b"{/*c*/}",
    "single quotes": b"{'a':1}",
    "a BOM": b'\xef\xbb\xbf{"a":1}',
    "invalid UTF-8": b'{"description":"\xff\xfe"}',
    "overlong UTF-8": b'{"description":"\xc0\xae"}',
    "a lone surrogate": b'{"description":"\\ud800"}',
    "a raw control character": b'{"description":"a\x07b"}',
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep lists": b"[" * 30_000 + b"]" * 30_000,
    "NaN": b'{"n":NaN}',
    "Infinity": b'{"n":-Infinity}',
    "a number beyond doubles": b'{"n":1e400}',
    "an integer beyond 64 bits": b'{"n":123456789012345678901234567890}',
    "five thousand keys": json.dumps({f"k{number}": 0 for number in range(5_000)}).encode(),
    "keys of no field": b'{"a.b":1,"":1,"__proto__":{},"constructor":1,"$where":"sleep(9)"}',
    "extended JSON": b'{"_id":{"$oid":"5e8400e229b44d4aa7164466"},"n":{"$numberLong":"1"}}',
}


@pytest.mark.parametrize("body", [pytest.param(body[:65_000], id=f"B: {what}") for what, body in UNREADABLE.items()])
async def test_a_body_that_nobody_can_use(world: World, body: bytes) -> None:
    """Everywhere something is created; keys that mean nothing are ignored, and then nothing usable is left."""
    async with nothing_happens(world.system, world.api):
        for path in (*CREATING, f"/api/tasks/{world.ids['waiting']}/follow-ups", "/api/recurring/generate"):
            reply = await world.api.post(path, content=body, headers=JSON)
            assert (reply.status_code, set(reply.json()) <= {"error", "fields"}) == (400, True), (path, reply.text)
        for kind in ("task", "template", "bundle"):
            reply = await world.api.put(f"/api/{kind}s/{world.ids[kind]}", content=body, headers=JSON)
            assert reply.status_code == 400, (kind, reply.text)


TEXT = (5, True, 1.0, None, "", "   ", "\u00a0\u200b", "a\x00b", "\x07", "\x1b[31m", "a\r\nX-Injected: 1", ["a"])
TEXT_OF_OBJECTS = ({"$ne": None}, {"$gt": ""}, {"$oid": "5"}, {"$date": 0}, "A" * 2_001)
FIELDS = (
    ("/api/tasks", TASK, "description"),
    ("/api/recurring", DUTY, "description"),
    ("/api/templates", MINIMAL, "name"),
    ("/api/bundles", RUN, "title"),
    ("/api/artifacts", {"type": "report", "title": "x", "storageUri": "https://example.org/x"}, "title"),
)


@pytest.mark.parametrize("value", named("B", (*TEXT, *TEXT_OF_OBJECTS)))
async def test_a_text_that_is_none_is_refused_by_name_wherever_one_is_needed(world: World, value: Any) -> None:
    async with nothing_happens(world.system, world.api):
        for path, body, field in FIELDS:
            reply = await world.api.post(path, json=body | {field: value})
            assert (reply.status_code, field in reply.json()["fields"]) == (400, True), (path, reply.text)


STRICT = [
    ("/api/recurring", DUTY, "enabled", ("true", 1, 0, "", None, [])),
    ("/api/recurring", DUTY, "requiresFile", ("true", 1, None)),
    *(
        (path, body, "proofRequirement", tuple({"type": "url", "label": label} for label in ("A" * 201, "a\x07", 5)))
        for path, body in (("/api/recurring", DUTY), ("/api/tasks", TASK))
    ),
    ("/api/tasks/<waiting>/follow-ups", {"followUpAt": "2028-02-09"}, "version", ("1", 1.0, True, 1.5)),
    ("/api/templates", MINIMAL, "triggerLeadDays", ("1", 1.5, -1, True, 2**63)),
    ("/api/backfills", RANGE, "dryRun", ("true", 1, None)),
    ("/api/backfills", RANGE, "scheduleIds", ("x", [1], [None], {"$ne": 1})),
]


@pytest.mark.parametrize(
    ("path", "body", "field", "value"),
    [
        pytest.param(path, body, field, value, id=f"B: {path.replace('<', '').replace('>', '')} {field} {value!r}")
        for path, body, field, values in STRICT
        for value in values
    ],
)
async def test_types_are_taken_as_they_are(
    world: World, path: str, body: dict[str, Any], field: str, value: Any
) -> None:
    await is_refused(world, Bad("", "POST", path, body | {field: value}, reason=field))


CRONS = [cron for cron in REFUSED if "\x00" not in cron]
MORE_CRONS = ("0 9 * * * # c", "0 9 * * *; rm -rf /", "${jndi:x}", "９ 9 * * *", "٣ 9 * * *", "*" * 60_000)


@pytest.mark.parametrize("cron", named("G", (*CRONS, *MORE_CRONS)))
async def test_a_cron_that_cannot_be_is_refused_wherever_one_is_given(world: World, cron: str) -> None:
    trigger = MINIMAL | {"triggerType": "automatic", "triggerSchedule": cron}
    async with nothing_happens(world.system, world.api):
        replies = [
            await world.api.post("/api/recurring", json=DUTY | {"cronExpression": cron}),
            await world.api.put(f"/api/recurring/{world.ids['config']}", json={"cronExpression": cron}),
        ]
        if cron.strip():  # an automatic template without one is not triggered, as clients expect
            replies.append(await world.api.post("/api/templates", json=trigger))
    for reply in replies:
        assert reply.status_code == 400, reply.text
        assert "cron" in reply.text.lower() or "triggerSchedule" in reply.text


@pytest.mark.parametrize(
    "bad",
    cases(
        "G",
        Bad("no step", "POST", "/api/templates", MINIMAL | {"taskDefinitions": []}, reason="taskDefinitions"),
        Bad(
            "two steps of one refId",
            "POST",
            "/api/templates",
            MINIMAL | {"taskDefinitions": [STEP, STEP]},
            reason="refId",
        ),
        Bad("a step that is none", "POST", "/api/templates", MINIMAL | {"taskDefinitions": [None]}, reason="taskDefin"),
        Bad("a config with history", "DELETE", "/api/recurring/<config>", status=409, reason="pause or disable"),
        Bad("pause until yesterday", "POST", "/api/schedules/<config>/pause", {"until": "2028-02-01"}, reason="until"),
        Bad("pause of nothing", "POST", "/api/schedules/<unknown>/pause", {}, status=404),
    ),
)
async def test_schedules_that_cannot_be(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


NO_DATES = ("2028-02-30", "0000-01-01", "99999-01-01", "2028-2-2", "02/02/2028", "today", "-1", "", 1832112000, None)
NO_DATES_EITHER = ("2028-02-02T00:00:00Z", "２０２８-02-02", {"$ne": 1}, ["2028-02-02"], True)


@pytest.mark.parametrize("date", named("H", (*NO_DATES, *NO_DATES_EITHER)))
async def test_a_range_needs_dates(world: World, date: Any) -> None:
    async with nothing_happens(world.system, world.api):
        for path in ("/api/backfills", "/api/recurring/generate"):
            for field in ("startDate", "endDate"):
                reply = await world.api.post(path, json=RANGE | {field: date})
                assert (reply.status_code, field in reply.text) == (400, True), (path, reply.text)


@pytest.mark.parametrize(
    "bad",
    cases(
        "H",
        Bad("no range", "POST", "/api/backfills", {}, reason="startDate"),
        Bad("no end", "POST", "/api/backfills", {"startDate": "2028-02-02"}, reason="endDate"),
        Bad(
            "backwards",
            "POST",
            "/api/backfills",
            {"startDate": "2028-02-02", "endDate": "2028-02-01"},
            reason="endDate",
        ),
        Bad(
            "400 days", "POST", "/api/backfills", {"startDate": "2028-01-01", "endDate": "2029-02-03"}, reason="90 days"
        ),
        Bad("an empty key", "POST", "/api/tasks", TASK, headers={"idempotency-key": ""}, reason="Idempotency-Key"),
        Bad("a long key", "POST", "/api/tasks", TASK, headers={"idempotency-key": "k" * 300}, reason="Idempotency-Key"),
        Bad(
            "a key with a space", "POST", "/api/bundles", RUN, headers={"idempotency-key": "a b"}, reason="Idempotency"
        ),
        Bad("a key with a tab", "POST", "/api/tasks", TASK, headers={"idempotency-key": "a\tb"}, reason="Idempotency"),
    ),
)
async def test_ranges_and_keys_that_cannot_be(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


async def test_keys_without_end_are_refused_until_the_minute_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rate, "_MOST", 3)
    person = await add_person(world.system.settings, "keys@example.org", "Kim Keys")
    async with client_of(world.system.portal_url, person) as client, nothing_happens(world.system, world.api):
        for key, status in (("a", 400), ("b", 400), ("c", 400), ("d", 429), ("a", 400), ("e", 429)):
            reply = await client.post("/api/tasks", json={}, headers={"idempotency-key": key})
            assert reply.status_code == status, key
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert "Idempotency-Keys" in reply.json()["error"]


WAIT = {"waitingFor": "Ada", "followUpAt": "2028-02-09", "note": "Asked"}


@pytest.mark.parametrize(
    "bad",
    cases(
        "I",
        *(
            Bad(f"waiting without {field}", "POST", "/api/tasks/<task>/waiting", WAIT | {field: value}, reason=field)
            for field in WAIT
            for value in ("", "   ", None)
        ),
        Bad(
            "waiting for a novel",
            "POST",
            "/api/tasks/<task>/waiting",
            WAIT | {"waitingFor": "A" * 10_000},
            reason="waitin",
        ),
        Bad("follow-up without date", "POST", "/api/tasks/<waiting>/follow-ups", {}, reason="followUpAt"),
        Bad("follow-up of a todo", "POST", "/api/tasks/<task>/follow-ups", {"followUpAt": "2028-02-09"}, status=409),
        Bad(
            "snooze without reason",
            "POST",
            "/api/tasks/<waiting>/snooze",
            {"followUpAt": "2028-02-09"},
            reason="reason",
        ),
        Bad("response of a todo", "POST", "/api/tasks/<task>/response", {}, status=409),
        Bad("an old version", "POST", "/api/tasks/<waiting>/response", {"version": 1}, status=409, reason="current"),
        Bad("wait when done", "POST", "/api/tasks/<done>/waiting", WAIT, status=409, reason="current"),
        Bad("an unknown status", "PUT", "/api/tasks/<task>", {"status": "nearly"}, reason="status"),
        Bad("a status in capitals", "PUT", "/api/tasks/<task>", {"status": "DONE"}, reason="status"),
        Bad("nothing of ours", "PUT", "/api/tasks/<task>", {"priority": 1}),
        Bad("an unknown task", "POST", "/api/tasks/<unknown>/completion", {}, status=404, reason="Task not found"),
        Bad(
            "a stage of no run",
            "POST",
            "/api/bundles/<bundle>/stage",
            {"stage": "later", "comment": "x"},
            reason="stage",
        ),
    ),
)
async def test_moves_that_a_task_cannot_make(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


PROOF = {"type": "url", "label": "LinkedIn URL"}


LOOK_ALIKES = (
    "https://linkedin.com.evil.test/",
    "https://evil.test/linkedin.com",
    "https://www.linkedin.com@evil.test/",
)


@pytest.mark.parametrize("link", named("I", LOOK_ALIKES))
async def test_a_link_that_only_looks_like_the_required_one_is_no_proof(world: World, link: str) -> None:
    task = (await world.api.post("/api/tasks", json=TASK | {"proofRequirement": PROOF})).json()
    for method, path, body in (("POST", "/completion", {}), ("PUT", "", {"status": "done"})):
        await is_refused(world, Bad("", method, f"/api/tasks/{task['id']}{path}", body | {"link": link}, reason="link"))
    await is_refused(
        world, Bad("", "POST", "/api/tasks", TASK | {"proofRequirement": PROOF, "link": link}, reason="link")
    )


NO_LINKS = (
    *("file:///etc/passwd", "gopher://x", "javascript:alert(1)", "data:text/html,x", "ftp://host/x", "//host/x", "x"),
    *("https://user:pass@host/", "https://host:99999/", "https://host:x/", "https:///x", "https://", "http://[::1/"),
    *(
        "https://ho\u200bst/",
        "https://host/\x07",
        "https://host/\nX: 1",
        "https://ho st/",
        " https://host/",
        "h" * 9_000,
    ),
    *(1, True, ["https://host/"], {"$ne": ""}),
)


@pytest.mark.parametrize("link", named("K", NO_LINKS))
async def test_a_link_that_is_none_of_the_web_is_refused_by_name(world: World, link: Any) -> None:
    async with nothing_happens(world.system, world.api):
        for method, path, body, field in (
            ("POST", "/api/tasks", TASK, "link"),
            ("PUT", "/api/tasks/<task>", {}, "link"),
            ("POST", "/api/tasks", TASK, "instructionsUrl"),
            ("PUT", "/api/recurring/<config>", {}, "instructionsUrl"),
        ):
            reply = await world.api.request(method, filled(path, world.ids), json=body | {field: link})
            assert (reply.status_code, field in reply.json()["fields"]) == (400, True), reply.text
        references = [{"name": "Guide", "url": link}]
        reply = await world.api.put(f"/api/bundles/{world.ids['bundle']}", json={"references": references})
        assert (reply.status_code, "references[0].url" in reply.json()["fields"]) == (400, True), reply.text


async def test_a_slow_body_is_no_answer_for_others(world: World) -> None:
    """Bodies that are costly to refuse, twenty at once, and somebody who only wants a page."""
    costly = [UNREADABLE["deep lists"], UNREADABLE["five thousand keys"][:65_000]] * 10
    sending = [asyncio.create_task(world.api.post("/api/tasks", content=body, headers=JSON)) for body in costly]
    assert (await world.browser.get("/sign-in")).status_code in (200, 303)
    assert {reply.status_code for reply in await asyncio.gather(*sending)} == {400}
