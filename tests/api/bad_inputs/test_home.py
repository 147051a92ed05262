"""Groups M and P: undoing, acting on several tasks, filters, notifications, and the stream of signals."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from services.kit.mongo import connection
from services.work.tasks.undoing import WITHIN
from tests.api.bad_inputs.world import Bad, World, cases, filled, form_is_refused, is_refused, named
from tests.api.oracle import nothing_happens
from tests.api.people import SAME_ORIGIN, add_person, browser_of

pytestmark = pytest.mark.requirement("R-SEC-3")

TASK = {"description": "x", "date": "2028-02-02"}


async def added(world: World, **fields: str) -> str:
    return (await world.api.post("/api/tasks", json=TASK | fields)).json()["id"]


async def completed(world: World) -> str:
    """A task whose completion, its second version, the operator may take back."""
    task = await added(world)
    assert (await world.browser.post(f"/tasks/{task}/completion", {"version": "1", "back": "/"})).status_code == 303
    return task


async def age(world: World, task: str) -> None:
    """As if its changes were made when an undo was last possible, and a second before."""
    earlier = int(WITHIN.total_seconds() + 1) * 1_000
    async with connection.connect(world.system.settings, "work") as database:
        change = [{"$set": {"recorded_at": {"$subtract": ["$recorded_at", earlier]}}}]
        await database["history"].update_many({"task_id": task}, change)


async def undo_once(world: World, task: str) -> None:
    assert (await world.browser.post(f"/tasks/{task}/undo", {"version": "2", "back": "/"})).status_code == 303


async def comment_of_another(world: World, task: str) -> None:
    assert (await world.boss.post(f"/tasks/{task}/comments", {"text": "Meanwhile", "back": "/"})).status_code == 303


async def nothing(_: World, __: str) -> None:
    """Happened since."""


Undoing = tuple[Callable[[World, str], Awaitable[None]], str, int, str]
TOO_LATE: dict[str, Undoing] = {
    "after its time": (age, "2", 409, "Too late to undo (10 s)"),
    "twice": (undo_once, "3", 409, "only your own last change of a task can be undone"),
    "with the form that did it": (undo_once, "2", 303, ""),
    "after somebody else's change": (comment_of_another, "3", 409, "only your own last change of a task can be undone"),
    "of a version that somebody else changed": (comment_of_another, "2", 409, "your change was not saved"),
    "of the version before": (nothing, "1", 409, "your change was not saved"),
    "of no version": (nothing, "two", 400, "version"),
    "of a negative version": (nothing, "-2", 400, "version"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"M: undo {what}") for what, case in TOO_LATE.items()])
async def test_what_cannot_be_undone_any_more_stays(world: World, case: Undoing) -> None:
    meanwhile, version, status, reason = case
    task = await completed(world)
    await meanwhile(world, task)
    await form_is_refused(world, f"/tasks/{task}/undo", {"version": version, "back": "/"}, status=status, reason=reason)


async def test_nobody_undoes_what_another_did_or_what_is_not_there(world: World) -> None:
    task = await completed(world)
    async with nothing_happens(world.system, world.api):
        assert (await world.boss.post(f"/tasks/{task}/undo", {"version": "2", "back": "/"})).status_code == 409
    await form_is_refused(world, "/tasks/<unknown>/undo", {"version": "2"}, status=404)
    await form_is_refused(world, f"/tasks/{await added(world)}/undo", {"version": "1"}, status=409)


PICKED: dict[str, tuple[dict[str, str], int | tuple[int, ...], str]] = {
    "none": ({"do": "done"}, 422, "at least one"),
    "101": ({f"task-{number}": "1" for number in range(101)} | {"do": "done"}, 422, "at most 100"),
    "1 001": ({f"task-{number}": "1" for number in range(1_001)} | {"do": "done"}, 400, "could not be read"),
    "no action": ({"task-<task>": "1"}, 422, "what is to be done"),
    "an action of no form": ({"task-<task>": "1", "do": "__proto__"}, 422, "what is to be done"),
    "nobody": ({"task-<task>": "1", "do": "assign", "assigneeId": "<unknown>"}, 422, "someone from the list"),
    "no day": ({"task-<task>": "1", "do": "date", "date": "2028-02-30"}, 422, "calendar date"),
    "no version": ({"task-<fresh>": "1", "task-<task>": "one", "do": "archive"}, 400, "version"),
    "a version beyond numbers": ({"task-<fresh>": "1", "task-<task>": "9" * 20, "do": "done"}, 400, "version"),
    "a stale version": ({"task-<fresh>": "9", "do": "archive"}, 303, "Someone else changed this task"),
    "another kind of thing": ({"task-<bundle>": "1", "do": "done"}, 303, "0 of 1"),
    "an unknown one": ({"task-<unknown>": "1", "do": "archive"}, 303, "A task that no longer exists"),
    "a long id": ({f"task-{'x' * 6_000}": "1", "do": "archive"}, 303, "0 of 1"),
    "what is no id": ({"task-$ne": "1", "task-": "1", "task-%00": "1", "do": "archive"}, 303, "0 of 3"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"M: several, {what}") for what, case in PICKED.items()])
async def test_several_that_cannot_be_changed_are_told_one_by_one_and_none_is(
    world: World, case: tuple[dict[str, str], int, str]
) -> None:
    fields, status, reason = case
    ids = world.ids | {"fresh": await added(world)}
    sent = {filled(name, ids): filled(value, ids) for name, value in fields.items()}
    led_on = status == 303
    refusal = "" if led_on else reason
    reply = await form_is_refused(world, "/tasks/changes", {"back": "/tasks"} | sent, status=status, reason=refusal)
    if led_on:
        assert reason in (await world.browser.get(reply.headers["location"])).text


async def test_one_task_picked_twice_is_a_form_that_is_none(world: World) -> None:
    fields = [("do", "archive"), (f"task-{world.ids['task']}", "1"), (f"task-{world.ids['task']}", "2")]
    async with nothing_happens(world.system, world.api):
        body = "&".join(f"{name}={value}" for name, value in fields)
        headers = SAME_ORIGIN | {"content-type": "application/x-www-form-urlencoded"}
        reply = await world.browser.client.post("/tasks/changes", content=body, headers=headers)
    assert (reply.status_code, "twice" in reply.text) == (422, True)


HUGE = "x" * 6_000
FILTERS: dict[str, tuple[str, ...]] = {
    "/tasks": (
        *("status=__proto__", "status=open&status=done", "due=$where", "source=constructor", "after=x", f"q={HUGE}"),
        *(f"tag={HUGE}", f"assignee={HUGE}", f"workflow={HUGE}", f"after={HUGE}", "from=2028-02-30", "q=%00"),
        "to=99999-01-01",
    ),
    "/": ("scope=__proto__", "scope[$ne]=mine&scope=x", f"q={HUGE}", f"tag={HUGE}", "assignee=$ne", f"workflow={HUGE}"),
    "/api/home": ("scope=%24ne", "source=x", f"q={HUGE}", "assignee=nobody-known", "workflow=%00", "tag=a&tag=b"),
    "/api/tasks": (f"assigneeId={HUGE}", "status=__proto__", f"status={HUGE}", "date=x"),
}


@pytest.mark.parametrize(
    "address", named("M", [f"{path}?{query}" for path, queries in FILTERS.items() for query in queries])
)
async def test_a_filter_that_nobody_offers_is_refused(world: World, address: str) -> None:
    client = world.api if address.startswith("/api/") else world.browser.client
    async with nothing_happens(world.system, world.api):
        reply = await client.get(address)
    assert reply.status_code in (400, 422), reply.status_code
    assert HUGE not in reply.text


@pytest.mark.requirement("R-NOT-4")
async def test_dismissing_what_is_late_hides_the_notification_and_not_the_work(world: World) -> None:
    task = await added(world, date="2028-01-31", description="Late <i>indeed</i>")
    wait = {"waitingFor": "Ada", "followUpAt": "2028-02-01", "note": "Asked"}
    assert (await world.api.post(f"/api/tasks/{task}/waiting", json=wait)).status_code == 200
    shown = (await world.api.get("/api/notifications")).json()["notifications"]
    [late] = [one["id"] for one in shown if one.get("taskId") == task]
    before = (await world.api.get("/api/home")).json()["home"]
    for _ in range(2):
        async with nothing_happens(world.system, world.api):
            assert (await world.api.put(f"/api/notifications/{late}/dismiss")).status_code == 200
    assert (await world.api.get("/api/home")).json()["home"] | {"now": None} == before | {"now": None}
    assert "Late &lt;i&gt;indeed&lt;/i&gt;" in (await world.browser.get("/?scope=everyone")).text


@pytest.mark.parametrize(
    "bad",
    cases(
        "M",
        Bad(
            "an unknown notification", "PUT", "/api/notifications/<unknown>/dismiss", status=404, reason="Notification"
        ),
        Bad("one that is no id", "PUT", "/api/notifications/$ne/dismiss", status=404, reason="Notification"),
        Bad("no note", "POST", "/api/failures/acknowledgements", {"code": "missed"}, reason="note"),
        Bad(
            "a note of spaces",
            "POST",
            "/api/failures/acknowledgements",
            {"code": "missed", "note": "  "},
            reason="note",
        ),
        Bad(
            "a note and no failure",
            "POST",
            "/api/failures/acknowledgements",
            {"code": "missed", "note": "x"},
            status=404,
        ),
        Bad(
            "a kind of nothing",
            "POST",
            "/api/failures/retries",
            {"kind": "x", "sourceId": "y", "code": "z"},
            reason="kind",
        ),
        Bad(
            "no failure",
            "POST",
            "/api/failures/retries",
            {"kind": "recurring", "sourceId": "y", "code": "z"},
            status=404,
        ),
    ),
)
async def test_what_cannot_be_dismissed_or_acknowledged(world: World, bad: Bad) -> None:
    await is_refused(world, bad)


NO_STREAM: dict[str, tuple[str, str, dict[str, str], int]] = {
    "a token of the API": ("GET", "/live", {"authorization": "<token>"}, 303),
    "nobody": ("GET", "/live", {}, 303),
    "a cookie of nobody": ("GET", "/live", {"cookie": "dataops=guess"}, 303),
    "two cookies": ("GET", "/live", {"cookie": "<cookie>; dataops=guess"}, 303),
    "an event from outside": ("POST", "/live", {"cookie": "<cookie>"} | SAME_ORIGIN, 405),
    "its end": ("DELETE", "/live", {"cookie": "<cookie>"} | SAME_ORIGIN, 405),
    "a stream of one topic": ("GET", "/live/home", {"cookie": "<cookie>"}, 404),
    "another name": ("GET", "/events?user=<admin>", {"cookie": "<cookie>"}, 404),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"P: {what}") for what, case in NO_STREAM.items()])
async def test_signals_are_for_pages_of_who_is_signed_in(
    world: World, case: tuple[str, str, dict[str, str], int]
) -> None:
    method, path, sent, status = case
    cookie = f"dataops={world.browser.client.cookies['dataops']}"
    ids = world.ids | {"token": world.api.headers["authorization"], "cookie": cookie}
    headers = {name: filled(value, ids) for name, value in sent.items()}
    async with nothing_happens(world.system, world.api), httpx.AsyncClient(base_url=world.system.portal_url) as client:
        reply = await client.request(method, filled(path, ids), headers=headers)
    assert reply.status_code == status


ASIDE: dict[str, tuple[str, dict[str, str]]] = {
    "an earlier event": ("", {"last-event-id": "1"}),
    "an event of another": ("", {"last-event-id": "<admin>"}),
    "an event that is none": ("", {"last-event-id": '{"$ne":null}'}),
    "a long one": ("", {"last-event-id": "9" * 8_000}),
    "another user": ("?user=<admin>&user_id=<admin>", {}),
    "other topics": ("?topics=dataops.>&topic=*", {}),
    "a page": ("", {"accept": "text/html", "range": "bytes=0-0"}),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"P: {what}") for what, case in ASIDE.items()])
async def test_what_a_stream_is_asked_besides_changes_nothing_of_it(
    world: World, case: tuple[str, dict[str, str]]
) -> None:
    """Topics and nothing else, whatever was asked and whatever the text of what changed."""
    query, sent = case
    headers = {name: filled(value, world.ids) for name, value in sent.items()}
    async with world.browser.client.stream("GET", f"/live{filled(query, world.ids)}", headers=headers) as stream:
        assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        lines = stream.aiter_lines()
        hello = [await anext(lines) for _ in range(4)]
        await added(world, description="</script>\u2028event: changed", comment="event: x")
        changed = [await anext(lines) for _ in range(2)]
    assert hello == ["event: hello", "data: ", "retry: 2000", ""]
    assert changed == ["event: changed", "data: home workflows"]


async def test_many_streams_that_nobody_reads_hold_up_nobody_and_end_with_the_session(world: World) -> None:
    person = await add_person(world.system.settings, "watcher@example.org", "Wanda Watcher")
    async with browser_of(world.system.portal_url, person) as watcher, AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(watcher.client.stream("GET", "/live")) for _ in range(60)]
        await added(world)
        assert (await world.browser.get("/recurring")).status_code == 200
        assert (await watcher.post("/sign-out", {})).status_code == 303
        await added(world)
        ends = [[line async for line in stream.aiter_lines()][-3:] for stream in streams]
    assert ends == [["event: signed-out", "data: ", ""]] * 60
