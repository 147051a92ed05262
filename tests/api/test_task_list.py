"""The list of tasks: filters in the address, pages, and one action on several tasks with a result for each."""

import re
from typing import Any

import pytest

from contracts.fields.proof import ProofRequirement
from contracts.generation import Generate
from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, CREATE_TASK, GENERATE
from contracts.tasks import CreateTask
from contracts.values import ProofType, TaskStatus, calendar_date
from tests.api.people import Browser, Person
from tests.support.tasks import added, problems, seen, titles, waiting
from tests.system import System


async def listed(browser: Browser, query: str = "") -> list[str]:
    reply = await browser.get(f"/tasks{query}")
    assert reply.status_code == 200, reply.text
    return sorted(titles(reply.text))


@pytest.mark.requirement("R-HOM-5")
async def test_filters_stand_in_the_address_and_apply_together(
    system: System, browser: Browser, operator: Person, admin: Person
) -> None:
    assert "There are no open tasks." in (await browser.get("/tasks")).text
    await waiting(system, operator)
    await added(system, "Write <b>it</b>", assignee_id=admin.id)
    late = CreateTask(description="Late", date=calendar_date("2028-01-20"), assignee_id=operator.id)
    await system.ask(CREATE_TASK, late)
    await system.ask(CREATE_RECURRING, CreateRecurring(description="Slack invites", cron_expression="0 9 * * *"))
    day = calendar_date("2028-02-05")
    await system.ask(GENERATE, Generate(start_date=day, end_date=day))
    done = await added(system, "Was done")
    await browser.post(f"/tasks/{done.task.id}/completion", {"back": "/"})
    everything = ["Ask the sponsor", "Late", "Slack invites", "Write &lt;b&gt;it&lt;/b&gt;"]
    for query, found in (
        ("", everything),
        ("?status=all", sorted([*everything, "Was done"])),
        ("?status=done", ["Was done"]),
        ("?status=waiting", ["Ask the sponsor"]),
        ("?due=overdue", ["Late"]),
        ("?due=follow-up", ["Ask the sponsor"]),
        ("?due=today", ["Write &lt;b&gt;it&lt;/b&gt;"]),
        ("?assignee=me", ["Late"]),
        ("?assignee=nobody&status=open", ["Ask the sponsor", "Slack invites"]),
        (f"?assignee={admin.id}", ["Write &lt;b&gt;it&lt;/b&gt;"]),
        ("?source=recurring", ["Slack invites"]),
        ("?q=SPONSOR", ["Ask the sponsor"]),
        ("?from=2028-02-05&to=2028-02-29", ["Slack invites"]),
        ("?workflow=nothing", []),
    ):
        assert await listed(browser, query) == found, query
    assert "Nothing matches these filters." in (await browser.get("/tasks?q=nothing")).text
    for query in (
        "?status=__proto__",
        "?due=x",
        "?source=x",
        "?status=open&status=done",
        "?after=x",
        f"?q={'x' * 201}",
    ):
        assert (await browser.get(f"/tasks{query}")).status_code == 400, query
    for query, words in (("?from=2028-02-30", "From"), ("?from=2028-02-05&to=2028-02-01", "To must not be before")):
        reply = await browser.get(f"/tasks{query}")
        assert (reply.status_code, words in " ".join(problems(reply.text))) == (422, True)


async def test_long_lists_come_in_pages(system: System, browser: Browser) -> None:
    for number in range(52):
        await added(system, f"Task {number}")
    first = (await browser.get("/tasks?q=task")).text
    assert len(titles(first)) == 50
    more = re.findall(r'href="(/tasks\?[^"]*after=[^"]*)"', first)[0].replace("&amp;", "&")
    second = (await browser.get(more)).text
    assert len(titles(second)) == 2
    assert len({*titles(first), *titles(second)}) == 52
    assert "First page" in second


@pytest.mark.requirement("R-HOM-4")
async def test_several_tasks_are_changed_at_once_with_a_result_for_each(
    system: System, browser: Browser, admin: Person
) -> None:
    proof = ProofRequirement(type=ProofType.COMMENT, label="Decision")
    free, needs, stale = (
        await added(system, "Free"),
        await added(system, "Needs", proof_requirement=proof),
        await added(system, "Stale"),
    )
    picked = {f"task-{row.task.id}": "1" for row in (free, needs, stale)}
    await browser.post(f"/tasks/{stale.task.id}/comments", {"text": "meanwhile", "back": "/"})

    async def all_at_once(**fields: Any) -> str:
        sent = await browser.post("/tasks/changes", {"back": "/tasks?status=open", **picked, **fields})
        assert sent.status_code == 303, sent.text
        reply = await browser.get(sent.headers["location"])
        assert 'href="/tasks?status=open"' in reply.text
        return reply.text

    done = await all_at_once(do="done")
    assert "1 of 3 tasks done" in done
    assert (await browser.get("/tasks/changes")).headers["location"] == "/tasks"
    assert "Missing: comment “Decision”" in done
    assert "Someone else changed this task" in done
    assert (await seen(system, free)).task.status is TaskStatus.DONE
    picked.pop(f"task-{free.task.id}")
    picked[f"task-{stale.task.id}"] = "2"
    picked["task-unknown"] = "1"
    assert "2 of 3 tasks assigned to Adrian Admin" in await all_at_once(do="assign", assigneeId=admin.id)
    picked |= {f"task-{needs.task.id}": "2", f"task-{stale.task.id}": "3"}
    assert "2 of 3 tasks now due Mon 7 Feb" in await all_at_once(do="date", date="2028-02-07")
    picked |= {f"task-{needs.task.id}": "3", f"task-{stale.task.id}": "4"}
    assert "2 of 3 tasks archived" in await all_at_once(do="archive")
    row = (await seen(system, needs)).task
    assert (row.status, row.assignee_id, str(row.date)) == (TaskStatus.ARCHIVED, admin.id, "2028-02-07")


async def test_assigning_several_names_the_viewer_and_nobody(
    system: System, browser: Browser, operator: Person
) -> None:
    row = await added(system, "Free")
    for version, (assignee, words) in enumerate([(operator.id, "assigned to you"), ("", "unassigned")], start=1):
        sent = {f"task-{row.task.id}": str(version), "do": "assign", "assigneeId": assignee, "back": "/tasks"}
        reply = await browser.get((await browser.post("/tasks/changes", sent)).headers["location"])
        assert f"1 of 1 task {words}" in reply.text


async def test_a_change_of_several_that_makes_no_sense_changes_nothing(system: System, browser: Browser) -> None:
    row = await added(system, "Free")
    one = {f"task-{row.task.id}": "1"}
    for fields, words in (
        ({"do": "done"}, "Select at least one task first."),
        ({**one}, "Choose what to do"),
        ({**one, "do": "explode"}, "Choose what to do"),
        ({**one, "do": "assign", "assigneeId": "user-grace"}, "Choose someone from the list."),
        ({**one, "do": "date", "date": "2028-02-30"}, "is not a real calendar date"),
        ({f"task-{number}": "1" for number in range(101)} | {"do": "done"}, "at most 100"),
    ):
        reply = await browser.post("/tasks/changes", {"back": "/tasks?q=free", **fields})
        assert (reply.status_code, words in " ".join(problems(reply.text))) == (422, True), reply.text
        assert 'name="q" value="free"' in reply.text
    assert await seen(system, row) == row


@pytest.mark.requirement("R-HOM-2")
async def test_a_page_of_fifty_rows_is_light_on_the_way(system: System, browser: Browser) -> None:
    for number in range(50):
        await added(system, f"Task {number}")
    lengths: set[int] = set()
    for _ in range(8):
        reply = await browser.get("/tasks")
        assert len(titles(reply.text)) == 50
        assert (reply.headers["content-encoding"], reply.headers["vary"]) == ("gzip", "accept-encoding")
        lengths.add(int(reply.headers["content-length"]))
    assert max(lengths) < 15_000
    assert len(lengths) > 1
    plain = await browser.client.get("/tasks", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text.split("</title>")[0] == reply.text.split("</title>")[0]
