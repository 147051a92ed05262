"""Groups C, D, E and F: forms, addresses, cookies and foreign things, as pages without script meet them."""

from typing import Any

import httpx
import pytest

from tests.api.bad_inputs.world import World, form_is_refused, named, raw_form
from tests.api.oracle import nothing_happens
from tests.api.people import SAME_ORIGIN, hidden
from tests.support.replies import SAFETY

pytestmark = pytest.mark.requirement("R-SEC-3")

FORM = "application/x-www-form-urlencoded"
ADD = "/tasks"
RAW = {
    "a field twice": (b"csrf=CSRF&description=x&date=2028-02-02&date=2028-02-03", FORM, 422),
    "a NUL": (b"csrf=CSRF&description=a%00b&date=2028-02-02", FORM, 422),
    "invalid UTF-8": (b"csrf=CSRF&description=%ff&date=2028-02-02", FORM, 400),
    "overlong UTF-8": (b"csrf=CSRF&description=%c0%ae&date=2028-02-02", FORM, 400),
    "raw bytes": (b"csrf=CSRF&description=\xff\xfe&date=2028-02-02", FORM, 400),
    "six thousand fields": (b"csrf=CSRF" + b"".join(b"&f%d=1" % n for n in range(6_000)), FORM, 400),
    "JSON": (b'{"csrf":"CSRF","description":"x"}', "application/json", 415),
    "text": (b"csrf=CSRF&description=x", "text/plain", 415),
    "multipart where none is taken": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    "no token": (b"description=x&date=2028-02-02", FORM, 403),
    "an empty token": (b"csrf=&description=x&date=2028-02-02", FORM, 403),
    "a longer token": (b"csrf=CSRFx&description=x&date=2028-02-02", FORM, 403),
    "a token with a NUL": (b"csrf=CSRF%00&description=x&date=2028-02-02", FORM, 422),
    "a token that is not ASCII": (b"csrf=%C3%A9&description=x&date=2028-02-02", FORM, 403),
    "a token of another name": (b"_csrf_token=CSRF&description=x&date=2028-02-02", FORM, 403),
}


@pytest.mark.parametrize(
    ("body", "kind", "status"), [pytest.param(*sent, id=f"C: {what}") for what, sent in RAW.items()]
)
async def test_a_form_that_no_page_of_ours_sends(world: World, body: bytes, kind: str, status: int) -> None:
    reply = await raw_form(world, ADD, body, kind)
    assert reply.status_code == status
    assert "Traceback" not in reply.text


MULTIPART = {
    "no boundary": (b"", "multipart/form-data"),
    "an empty boundary": (b"", "multipart/form-data; boundary="),
    "an endless boundary": (b"", "multipart/form-data; boundary=" + "x" * 5_000),
    "no end": (b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nCSRF', "multipart/form-data; boundary=x"),
    "many parts": (
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nCSRF\r\n' * 1_000 + b"--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "a part without a name": (
        b"--x\r\nContent-Disposition: form-data\r\n\r\ny\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "a part with a huge head": (
        b"--x\r\nX-Long: " + b"y" * 65_000 + b"\r\n\r\ny\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "parts in parts": (
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nz\r\n--y--\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
}


@pytest.mark.parametrize(("body", "kind"), [pytest.param(*sent, id=f"C: {what}") for what, sent in MULTIPART.items()])
async def test_an_upload_that_cannot_be_taken_apart(world: World, body: bytes, kind: str) -> None:
    reply = await raw_form(world, "/tasks/<task>/files", body, kind)
    assert reply.status_code in (400, 403, 413, 422), reply.text
    async with nothing_happens(world.system, world.api):
        reply = await world.api.post("/api/files", content=body, headers={"content-type": kind})
    assert (reply.status_code in (400, 413), "error" in reply.json()) == (True, True), reply.text


NO_DATES = ("2028-2-2", "02/02/2028", "", "2028-02-30", "tomorrow", "2028-02-02T00:00:00Z", "0000-01-01")


@pytest.mark.parametrize("date", named("C", NO_DATES))
async def test_a_date_that_is_none_comes_back_with_the_form(world: World, date: str) -> None:
    fields = {"description": "Write the <b>note</b>", "date": date, "key": "k"}
    reply = await form_is_refused(world, ADD, fields, status=422)
    assert "<title>Error: " in reply.text
    assert "Write the &lt;b&gt;note&lt;/b&gt;" in reply.text


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        pytest.param(path, fields, status, id=f"C: {path.replace('<', '').replace('>', '')} {fields}"[:110])
        for path, fields, status in (
            ("/tasks", {"description": "x", "date": "2028-02-02", "assigneeId": "nobody"}, 422),
            ("/tasks", {"description": "x" * 2_001, "date": "2028-02-02"}, 422),
            ("/tasks/<task>/assignee", {"version": "1", "assigneeId": "nobody"}, (409, 422)),
            ("/tasks/<task>/date", {"version": "1", "date": "2028-02-30"}, 422),
            ("/tasks/<task>/waiting", {"version": "1", "waitingFor": " ", "followUpAt": "", "note": ""}, 422),
            ("/tasks/<waiting>/follow-ups", {"version": "1", "followUpAt": "2028-02-09"}, 409),
            ("/tasks/<waiting>/snooze", {"version": "2", "followUpAt": "yesterday", "reason": "x"}, 422),
            ("/tasks/<task>/completion", {"version": "99"}, 409),
            ("/tasks/<task>/completion", {"version": "one"}, (400, 422)),
            ("/tasks/<unknown>/completion", {"version": "1"}, 404),
            ("/tasks/<bundle>/completion", {"version": "1"}, 404),
            ("/recurring/new", {"description": " ", "cron": "banana"}, 422),
            ("/recurring/<config>/edit", {"description": "x", "cron": "60 9 * * *", "version": "1"}, 422),
            ("/recurring/<unknown>/edit", {"description": "x", "cron": "0 9 * * *", "version": "1"}, 404),
            ("/schedules/recurring/<config>/pause", {"until": "2028-02-30"}, (400, 422)),
            ("/schedules/banana/<config>/pause", {}, 404),
            ("/generations", {"startDate": "2028-02-02", "endDate": "2028-02-01"}, 422),
            ("/generations", {"startDate": "2028-02-02", "endDate": "2028-02-02", "schedule": "banana/x"}, (404, 422)),
            ("/workflows", {"templateId": "<unknown>", "anchorDate": "2028-02-02", "title": "x"}, (404, 409, 422)),
            ("/workflows/<bundle>/stage", {"stage": "later", "comment": "x", "version": "1"}, (400, 422)),
            (
                "/workflows/<bundle>/links",
                {"name": "none", "url": "javascript:x", "version": "1"},
                (400, 404, 409, 422),
            ),
            ("/workflows/<unknown>/archive", {"version": "1"}, 404),
            ("/templates/<template>/edit", {"name": "", "version": "1"}, (400, 422)),
            ("/failures/acknowledgements", {"code": "missed", "note": " "}, (400, 404, 422)),
            ("/failures/retries", {"kind": "recurring", "sourceId": "x", "code": "y"}, 422),
            ("/settings/name", {"name": " "}, 422),
            ("/settings/password", {"current": "x", "new": "y", "again": "y"}, 422),
            ("/notifications/<unknown>/dismissal", {}, 404),
        )
    ],
)
async def test_a_form_with_fields_that_cannot_be(
    world: World, path: str, fields: dict[str, str], status: int | tuple[int, ...]
) -> None:
    filled = {name: world.ids.get(value.strip("<>"), value) for name, value in fields.items()}
    reply = await form_is_refused(world, path, filled, status=status)
    assert SAFETY.items() <= dict(reply.headers).items()


NO_IDS = (
    *(
        "%00",
        "%ff",
        "{$ne:1}",
        "..%2f..%2fetc",
        "a%0d%0aSet-Cookie:x",
        "%E2%80%AE",
        "x" * 300,
        "1",
        "a;jsessionid=1",
    ),
    *("$where", "__proto__", "5E8400E2-29B4-4D4A-A716-446655440000", "<unknown>"),
)
OWNED = (
    *("/tasks/{}", "/tasks/{}/actions", "/tasks/{}/files/{}", "/workflows/{}", "/templates/{}", "/templates/{}/edit"),
    *("/recurring/{}/edit", "/recurring/recurring/{}", "/recurring/template/{}", "/generations/{}"),
    *("/api/tasks/{}", "/api/tasks/{}/history", "/api/bundles/{}", "/api/templates/{}", "/api/recurring/{}"),
    *("/api/files/{}", "/api/files/{}/download", "/api/artifacts/{}", "/api/users/{}", "/api/schedules/{}"),
)


@pytest.mark.parametrize("unknown", named("D", NO_IDS))
async def test_an_id_of_nothing_is_not_found(world: World, unknown: str) -> None:
    async with nothing_happens(world.system, world.api):
        for pattern in OWNED:
            client = world.api if pattern.startswith("/api/") else world.browser.client
            path = pattern.replace("{}", unknown.replace("<unknown>", world.ids["unknown"]))
            reply = await client.get(path)
            assert (reply.status_code, "set-cookie" in reply.headers) == (404, False), (path, reply.text[:300])
            assert SAFETY.items() <= dict(reply.headers).items()


@pytest.mark.parametrize(
    "pattern", named("D", [pattern for pattern in OWNED if "recurring" not in pattern and "schedules" not in pattern])
)
async def test_an_id_of_another_kind_is_not_found(world: World, pattern: str) -> None:
    client = world.api if pattern.startswith("/api/") else world.browser.client
    kind = pattern.removeprefix("/api").split("/")[1].removesuffix("s").replace("workflow", "bundle")
    for other in {"task", "bundle", "template", "config", "file", "artifact", "operator"} - {kind}:
        if not (kind == "user" and other == "operator"):
            reply = await client.get(pattern.replace("{}", world.ids[other]))
            assert reply.status_code == 404, (pattern, other)


QUERIES = [
    *(f"/api/tasks?date={date}" for date in ("2028-02-30", "today", "-1", "1832112000", "a&date=b")),
    *(f"/api/tasks?status=todo&limit={rest}" for rest in ("0", "x", "1&after=%24ne", "1&after=" + "x" * 300)),
    "/api/tasks?startDate=2028-02-02&endDate=0000-01-01",
    *(f"/api/{noun}?limit={limit}" for noun in ("bundles", "templates", "files") for limit in ("-1", "1e3")),
    *("/api/files?limit=1&after=nonsense", "/api/bundles?limit=1&after=.%2e"),
    *("/api/schedules/<config>/why?date=99999-01-01", "/api/schedules/<config>/upcoming?count=-1"),
    *("/api/schedules/preview?cron=banana", "/api/schedules/preview"),
]


@pytest.mark.parametrize("path", named("D", QUERIES))
async def test_a_parameter_that_cannot_be_is_named(world: World, path: str) -> None:
    async with nothing_happens(world.system, world.api):
        reply = await world.api.get(path.replace("<config>", world.ids["config"]))
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/json"), reply.text
    assert reply.json()["fields"], reply.text


ODD_QUERIES = (
    *("scope=__proto__", "scope=%00", "scope=mine&scope=all", "page=-1", "page=99999999999999999999", "q=%ff"),
    *("view=banana", "status=$where", "after=%24ne", "after=" + "x" * 400, "tab=..%2f", "date=2028-02-30"),
)
PAGES = ("/", "/recurring", "/workflows", "/templates", "/notifications", "/settings", "/help", "/tasks/<task>")


@pytest.mark.parametrize("query", named("D", ODD_QUERIES))
async def test_a_page_with_odd_parameters_is_a_page_or_a_refusal(world: World, query: str) -> None:
    async with nothing_happens(world.system, world.api):
        for page in PAGES:
            reply = await world.browser.get(f"{page.replace('<task>', world.ids['task'])}?{query}")
            assert reply.status_code in (200, 400, 404, 422), (page, reply.status_code)
            assert reply.text.count("<html") == 1


@pytest.mark.parametrize("path", named("D", ("/TASKS", "/Recurring", "/help%20", "/help;jsessionid=1", "/help.")))
async def test_other_spellings_of_a_page_are_no_page(world: World, path: str) -> None:
    assert (await world.browser.get(path)).status_code == 404


ELSEWHERE = (
    *("//evil.test", "https:evil", "https://evil.test", "/\\evil", "javascript:alert(1)", "/\tevil", "///evil.test"),
    *("/%5cevil", "http:/evil", "\\\\evil", "/\r\nSet-Cookie: x=1", "/api/me", "", "evil"),
)


@pytest.mark.parametrize("target", named("D", ELSEWHERE))
async def test_nobody_is_led_elsewhere(world: World, target: str) -> None:
    """After signing in, and after a form that says where it came from."""
    async with httpx.AsyncClient(base_url=world.system.portal_url) as stranger:
        form = await stranger.get("/sign-in", params={"next": target})
        assert hidden(form.text, "next") in ("/", "/%5cevil")
    csrf = await world.browser.token()
    task = (await world.api.post("/api/tasks", json={"description": "x", "date": "2028-02-02"})).json()
    fields = {"csrf": csrf, "version": "1", "back": target}
    reply = await world.browser.client.post(f"/tasks/{task['id']}/completion", data=fields, headers=SAME_ORIGIN)
    assert (reply.status_code, reply.headers["location"] in ("/", "/%5cevil")) == (303, True), reply.headers
    assert "x=1" not in str(reply.headers.get_list("set-cookie"))


COOKIES: list[Any] = [
    "dataops={good}; dataops=other",
    "dataops=other; dataops={good}",
    "dataops=",
    "dataops={good}x",
    "Dataops={good}",
    'dataops="{good}"',
    "dataops_sign_in={good}",
    "__Host-dataops={good}",
    "dataops=\xff",
]


@pytest.mark.parametrize("cookie", named("E", COOKIES))
async def test_a_cookie_that_is_not_exactly_ours_opens_nothing(world: World, cookie: str) -> None:
    good = world.browser.client.cookies["dataops"]
    async with httpx.AsyncClient(base_url=world.system.portal_url) as client:
        reply = await client.get("/", headers={"cookie": cookie.format(good=good).encode("latin-1")})
    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    "token", named("E", ("Bearer", "Bearer x", "Basic abc", "Bearer " + "x" * 5_000, "Bearer \xff", "Bearer a b"))
)
async def test_a_token_that_is_not_ours_opens_nothing(world: World, token: str) -> None:
    async with httpx.AsyncClient(base_url=world.system.portal_url) as client:
        for path in ("/api/me", "/api/tasks", "/api/nowhere", "/schema/openapi.json"):
            reply = await client.get(path, headers={"authorization": token.encode("latin-1")})
            assert reply.status_code in (401, 303)


SERVER_OWNED = {"id": "mine", "createdAt": "1999-01-01T00:00:00.000Z", "completedBy": "x", "version": 7, "history": []}


@pytest.mark.parametrize("field", named("F", SERVER_OWNED))
async def test_what_the_server_says_of_a_task_is_not_the_clients_to_say(world: World, field: str) -> None:
    body = {"description": "x", "date": "2028-02-02", field: SERVER_OWNED[field]}
    task = (await world.api.post("/api/tasks", json=body)).json()
    assert task.get(field) != SERVER_OWNED[field]


@pytest.mark.parametrize("path", named("F", ("/users", "/export", "/export/archive")))
async def test_what_is_for_admins_is_refused_to_operators_and_audited(world: World, path: str) -> None:
    reply = await world.browser.get(path)
    assert (reply.status_code, "This is for admins" in reply.text) == (403, True)
    assert (await world.boss.get(path)).status_code in (200, 303, 404)


@pytest.mark.parametrize("role", named("F", ("admin", "operator", "owner", "")))
async def test_nobody_changes_their_own_role_by_their_profile(world: World, role: str) -> None:
    fields = {
        "name": "Olivia Operations",
        "role": role,
        "csrf": hidden((await world.browser.get("/settings")).text, "csrf"),
    }
    await world.browser.client.post("/settings/name", data=fields, headers=SAME_ORIGIN)
    assert (await world.browser.get("/users")).status_code == 403
