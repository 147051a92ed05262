"""What cannot be used is refused with the field's name; the task and its history stay as they were."""

from typing import Any

import httpx
import pytest

from tests.api.oracle import nothing_happens
from tests.support.tasks import created
from tests.system import System

pytestmark = pytest.mark.requirement("R-SEC-3")

WRONG: list[tuple[str, Any]] = [
    *(("description", text) for text in ("   ", "\u00a0\u200b", "a\x00b", "\x07", "\x1b[31m", "a\r\nb", "A" * 2_001)),
    *(("description", value) for value in (1, True, ["a"], {"$ne": None}, {"$oid": "5"})),
    *(("date", value) for value in ("2028-02-30", "0000-01-01", "99999-01-01", 1832112000, "today", "-1", "garbage")),
    *(
        ("date", value)
        for value in ("2028-02-02T00:00:00Z", "2028-2-2", "２０２８-02-02", "0001-01-01", ["2028-02-02"])
    ),
    *(("followUpAt", value) for value in ("garbage", "2028-02-30", "2028-02-02T25:00:00Z", "2028-02-02T09:00", 5)),
    *(("followUpAt", value) for value in ("2028-W05-3", "20280202T090000Z", "9999-12-31", "2028-02-30T09:00:00Z")),
    *(("waitingFor", value) for value in ("A" * 10_000, "a\nb", 1, ["x"])),
    *(
        ("link", link)
        for link in ("file:///etc/passwd", "gopher://x", "https://user:pass@host/", "https://host:99999/")
    ),
    *(("link", link) for link in ("https://ho\u200bst/", "https://host/\x07", "javascript:alert(1)", "//host", "x", 1)),
    *(
        ("link", link)
        for link in ("https://www.linkedin.com@evil.test/", "https:///x", "data:text/html,x", " https://a.b")
    ),
    *(("comment", value) for value in ("a\x00b", 5, {"a": 1}, "A" * 50_001)),
    *(("externalStatus", value) for value in ("\x1b]0;x\x07", 5)),
    *(("instructionsUrl", value) for value in ("a\x00", 5, "A" * 2_001)),
    *(("tags", value) for value in ("x", [1], [None], None, ["a"] * 51, ["a\x00"])),
    *(("systems", value) for value in ("x", [1], None, {"a": 1})),
    *(("requiresFile", value) for value in ("true", 1, None)),
    *(("bundleId", value) for value in (None, 5, {"$ne": 1}, "a\x00")),
    *(("assigneeId", value) for value in (5, ["x"], {"$gt": ""})),
    *(("source", value) for value in (5, None, "a\x07")),
    *(("instructionDocId", value) for value in (5, None, [])),
    *(("instructionStepId", value) for value in (5, None)),
    *(("phase", value) for value in (5, None, False)),
    *(
        ("validation", value)
        for value in (5, None, [1], True, {"a": "\x00"}, {"\x00": 1}, {"a": 2**70}, {"a": "x" * 20_001})
    ),
    *(("proofRequirement", value) for value in (None, "url", [], {}, {"type": "odd"}, {"type": "url", "label": 5})),
    *(
        ("proofRequirement", {"type": "file", **more})
        for more in ({"required": "yes"}, {"required": 1}, {"label": "\x00"})
    ),
    *(
        ("artifactRefs", value)
        for value in (None, "x", {}, [None], ["x"], [{}], [{"artifactId": " "}], [{"artifactId": 1}])
    ),
    *(("assistantJobRefs", value) for value in ([{"artifactId": "a"}], [{"assistantJobId": ""}])),
    *(("auditEventRefs", value) for value in ([{}], [[]], [{"auditEventId": "a", "x": "\x00"}])),
]


def names_the_field(reply: httpx.Response, field: str) -> bool:
    body = reply.json()
    return (
        reply.status_code == 400 and field in body["error"] and any(name.startswith(field) for name in body["fields"])
    )


async def test_a_field_that_cannot_be_used_is_named_and_nothing_changes(system: System, api: httpx.AsyncClient) -> None:
    task = await created(api, comment="before")
    async with nothing_happens(system, api):
        for field, value in WRONG:
            body = {"description": "x", "date": "2028-02-02", field: value}
            reply = await api.post("/api/tasks", json=body)
            assert names_the_field(reply, field), (field, value, reply.text)
            reply = await api.put(f"/api/tasks/{task['id']}", json={field: value})
            assert names_the_field(reply, field), (field, value, reply.text)


async def test_bodies_that_no_parser_should_trust(system: System, api: httpx.AsyncClient) -> None:
    task = await created(api)
    deep = '{"description":"x","date":"2028-02-02","validation":' + '{"a":' * 10_000 + "1" + "}" * 10_002
    bodies = [
        deep.encode(),
        b'{"description":"\\ud800","date":"2028-02-02"}',
        b'{"description":"\xff\xfe","date":"2028-02-02"}',
        b'{"description":"x","date":"2028-02-02","validation":{"n":NaN}}',
        b'{"description":"x","date":"2028-02-02","validation":{"n":1e400}}',
        b'{"description":"x","date":"2028-02-02"} x',
        b"[]",
        b'"text"',
        b"1",
    ]
    async with nothing_happens(system, api):
        for body in bodies:
            for method, path in (("POST", "/api/tasks"), ("PUT", f"/api/tasks/{task['id']}")):
                reply = await api.request(method, path, content=body, headers={"content-type": "application/json"})
                assert reply.status_code == 400, (body[:60], reply.text)
        for path in ("completion", "follow-ups", "waiting", "snooze", "comments", "response"):
            for body in (b"{", b"[]", b'"x"', b"null"):
                reply = await api.post(
                    f"/api/tasks/{task['id']}/{path}", content=body, headers={"content-type": "application/json"}
                )
                assert (reply.status_code, list(reply.json())) == (400, ["error"]), (path, body, reply.text)
            form = await api.post(f"/api/tasks/{task['id']}/{path}", data={"note": "x"})
            assert form.status_code == 415


@pytest.mark.requirement("R-TSK-2")
@pytest.mark.parametrize("begun", [True, False])
async def test_an_action_without_what_it_needs_names_it(system: System, api: httpx.AsyncClient, begun: bool) -> None:
    waiting = {"status": "waiting", "waitingFor": "Ada", "followUpAt": "2028-02-04", "comment": "Asked"}
    task = await created(api, **(waiting if begun else {}))
    long = "A" * 2_001
    until = {"followUpAt": "2028-02-09"}
    who = {"waitingFor": "Ada"}
    cases: list[tuple[str, dict[str, Any], set[str]]] = [
        ("waiting", {}, {"waitingFor", "followUpAt", "note"}),
        ("waiting", until | who | {"note": "  "}, {"note"}),
        ("waiting", until | {"note": "x", "waitingFor": "A" * 10_000}, {"waitingFor"}),
        ("waiting", who | {"note": "x", "followUpAt": "tomorrow"}, {"followUpAt"}),
        ("follow-ups", {}, {"followUpAt"}),
        ("follow-ups", until | {"channel": "a\nb", "note": long}, {"channel", "note"}),
        ("follow-ups", until | {"version": "1"}, {"version"}),
        ("snooze", until, {"reason"}),
        ("snooze", {"reason": "x", "followUpAt": ""}, {"followUpAt"}),
        ("response", {"note": " "}, {"note"}),
        ("comments", {}, {"text"}),
        ("comments", {"text": "\u200b\n"}, {"text"}),
        ("comments", {"text": "a\x00"}, {"text"}),
        ("completion", {"link": "ftp://x"}, {"link"}),
        ("completion", {"comment": long, "externalStatus": 1}, {"comment", "externalStatus"}),
    ]
    async with nothing_happens(system, api):
        for noun, body, fields in cases:
            reply = await api.post(f"/api/tasks/{task['id']}/{noun}", json=body)
            assert reply.status_code == 400, (noun, body, reply.text)
            assert set(reply.json()["fields"]) == fields, (noun, body, reply.text)


@pytest.mark.requirement("R-TSK-1")
async def test_an_action_at_the_wrong_time_shows_the_task_as_it_is(system: System, api: httpx.AsyncClient) -> None:
    task = await created(api)
    wait = {"waitingFor": "Ada", "followUpAt": "2028-02-04", "note": "Asked"}
    async with nothing_happens(system, api):
        for noun, body in (
            ("follow-ups", {"followUpAt": "2028-02-09"}),
            ("snooze", {"followUpAt": "2028-02-09", "reason": "x"}),
            ("response", {}),
            ("comments", {"text": "seen an older one", "version": 7}),
        ):
            reply = await api.post(f"/api/tasks/{task['id']}/{noun}", json=body)
            assert (reply.status_code, reply.json()["current"]["task"]) == (409, task)
    await api.post(f"/api/tasks/{task['id']}/completion")
    async with nothing_happens(system, api):
        reply = await api.post(f"/api/tasks/{task['id']}/waiting", json=wait | {"version": 1})
        assert (reply.status_code, reply.json()["current"]["task"]["status"]) == (409, "done")


async def test_hostile_text_is_kept_as_it_was_typed(api: httpx.AsyncClient) -> None:
    for text in (
        "<script>window.__x=1</script>",
        '"><svg onload=window.__x=1>',
        "[c](data:text/html;base64,AAAA)",
        "{{7*7}}",
        "<div hx-get=/admin hx-trigger=load>",
        "</script>",
        "../../etc/passwd",
        "\u202efdp.exe \u2066x\u2069",
        "z" + "\u0301" * 1_500,
        "\ufffd",
        "👩\u200d👩\u200d👧 🏳️\u200d🌈",
        "=1+1",
        "$where",
    ):
        task = await created(api, description=text, comment=text, tags=[text[:200]], waitingFor=text[:200])
        assert (task["description"], task["comment"], task["tags"]) == (text, text, [text[:200]])
        reply = await api.post(f"/api/tasks/{task['id']}/comments", json={"text": text})
        assert reply.json()["comment"].endswith(text)
