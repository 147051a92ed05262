"""What can be done to a task on pages, by forms alone: each action, its refusals, and what must not come in."""

import re
from typing import Any

import httpx
import pytest

from contracts.fields.proof import ProofRequirement
from contracts.subjects import LIST_TASKS, MARK_WAITING, UPDATE_TASK
from contracts.tasks import ListTasks, MarkWaiting, TaskChanges, TaskRow, UpdateTask
from contracts.values import ProofType, TaskStatus, calendar_date
from services.kit.mongo import connection
from tests.api.people import SAME_ORIGIN, Browser, Person, browser_of, hidden
from tests.support.tasks import added, problems, seen, waiting
from tests.system import System

HOSTILE = '<script>window.__x=1</script>"><svg onload=x>{{7*7}}<b hx-get=/x hx-trigger=load>'
HTMX = SAME_ORIGIN | {"hx-request": "true"}
WAIT = {"waitingFor": "Ada", "followUpAt": "2028-02-04", "note": "Mailed her"}


async def act(browser: Browser, row: TaskRow, noun: str, **fields: str) -> httpx.Response:
    """Post as a form of the row on Home does."""
    sent = {"version": str(row.task.version), "back": "/"} | fields
    return await browser.post(f"/tasks/{row.task.id}/{noun}", sent)


async def acted(browser: Browser, row: TaskRow, noun: str, **fields: str) -> str:
    """Home after an action, which says what was done."""
    reply = await act(browser, row, noun, **fields)
    assert (reply.status_code, reply.headers["location"]) == (303, "/"), reply.text
    return (await browser.get("/")).text


@pytest.mark.requirement("R-HOM-4")
async def test_a_task_goes_from_asking_to_done_and_back(system: System, browser: Browser) -> None:
    row = await added(system)
    opened = (await browser.get(f"/tasks/{row.task.id}/actions?do=waiting&back=/")).text
    assert f'action="/tasks/{row.task.id}/waiting"' in opened
    assert 'name="back" value="/"' in opened
    assert 'name="followUpAt" value="2028-02-04"' in opened
    assert "Waiting for Ada until Fri 4 Feb: “Ask the sponsor”." in await acted(browser, row, "waiting", **WAIT)
    row = await seen(system, row)
    assert (row.task.status, row.task.waiting_for) == (TaskStatus.WAITING, "Ada")
    sent = await acted(browser, row, "follow-ups", followUpAt="2028-02-07", channel="mail")
    assert "Follow-up sent, the next one on Mon 7 Feb" in sent
    row = await seen(system, row)
    assert "Snoozed until Wed 9 Feb" in await acted(browser, row, "snooze", followUpAt="2028-02-09", reason="Away")
    row = await seen(system, row)
    past = await acted(browser, row, "snooze", followUpAt="2028-02-01", reason="Away")
    assert "Snoozed, but Tue 1 Feb (yesterday) is not in the future, so the follow-up is due at once" in past
    row = await seen(system, row)
    assert "is to do again" in await acted(browser, row, "response", note="Yes")
    row = await seen(system, row)
    assert "Comment added" in await acted(browser, row, "comments", text="Looks good")
    row = await seen(system, row)
    assert "Done: “Ask the sponsor”." in await acted(browser, row, "completion")
    row = await seen(system, row)
    assert "Reopened: “Ask the sponsor”." in await acted(browser, row, "reopening")
    page = (await browser.get(f"/tasks/{row.task.id}")).text
    for words in (
        "reopened it",
        "marked it done",
        "commented: Looks good",
        "Follow-up: Mon 7 Feb → Wed 9 Feb",
        "sent a follow-up: mail",
    ):
        assert words in page


@pytest.mark.requirement("R-HOM-4")
async def test_what_belongs_to_whom_and_when_is_changed_on_the_row(
    system: System, browser: Browser, admin: Person
) -> None:
    row = await added(system)
    assert "Assigned to Adrian Admin" in await acted(browser, row, "assignee", assigneeId=admin.id)
    row = await seen(system, row)
    assert "Now due Mon 7 Feb" in await acted(browser, row, "date", date="2028-02-07")
    row = await seen(system, row)
    assert (row.task.assignee_id, str(row.task.date)) == (admin.id, "2028-02-07")
    assert "Unassigned" in await acted(browser, row, "assignee", assigneeId="")
    row = await seen(system, row)
    for noun, name, value, words in (
        ("assignee", "assigneeId", "user-grace", "Who does it? is not a valid assignee"),
        ("date", "date", "2028-02-30", "Due on &#39;2028-02-30&#39; is not a real calendar date"),
        ("date", "date", "", "Due on"),
    ):
        reply = await act(browser, row, noun, **{name: value})
        assert reply.status_code == 422
        assert words in " ".join(problems(reply.text))
    assert await seen(system, row) == row


@pytest.mark.requirement("R-TSK-4")
async def test_the_proof_that_is_missing_is_added_and_completes(system: System, browser: Browser) -> None:
    proof = ProofRequirement(type=ProofType.URL, label="LinkedIn URL")
    row = await added(system, proof_requirement=proof)
    assert "Add LinkedIn URL…" in (await browser.get("/")).text
    for link, words in (("", "is required"), ("javascript:alert(1)", "must be a web address")):
        reply = await act(browser, row, "proof", link=link)
        assert reply.status_code == 422
        assert f"LinkedIn URL {words}" in " ".join(problems(reply.text))
        assert f'name="link" value="{link}"' in reply.text
    saved = await acted(browser, row, "proof", link="https://example.org/post")
    assert "Saved: “Ask the sponsor”." in saved
    assert (await seen(system, row)).task.status is TaskStatus.TODO
    other = await added(system, "Decide", proof_requirement=ProofRequirement(type=ProofType.COMMENT, label="Decision"))
    refused = await act(browser, other, "proof", complete="yes")
    assert refused.status_code == 409
    assert "Missing: comment “Decision”" in refused.text
    assert "Done: “Decide”." in await acted(browser, other, "proof", comment="Ada speaks", complete="yes")
    last = await added(system, "Send", proof_requirement=ProofRequirement(type=ProofType.EXTERNAL_STATUS))
    assert "Record external status…" in (await browser.get("/")).text
    assert "Done: “Send”." in await acted(browser, last, "proof", externalStatus="sent", complete="yes")


async def upload(browser: Browser, row: TaskRow, files: dict[str, Any], **fields: str) -> httpx.Response:
    csrf = hidden((await browser.get("/")).text, "csrf")
    sent = {"csrf": csrf, "version": str(row.task.version), "back": "/"} | fields
    path = f"/tasks/{row.task.id}/files"
    return await browser.client.post(path, data=sent, files=files, headers=SAME_ORIGIN)


@pytest.mark.requirement("R-TSK-4")
async def test_a_file_is_uploaded_as_proof_listed_and_taken_away(system: System, browser: Browser) -> None:
    row = await added(system, requires_file=True)
    form = (await browser.get(f"/tasks/{row.task.id}/actions?do=proof")).text
    assert 'enctype="multipart/form-data"' in form
    empty = await upload(browser, row, {"file": ("a.txt", b"")})
    assert (empty.status_code, "File is empty" in " ".join(problems(empty.text))) == (422, True)
    none = await upload(browser, row, {"file": ("", b"")})
    assert (none.status_code, "File is required" in " ".join(problems(none.text))) == (422, True)
    large = await upload(browser, row, {"file": ("a.txt", b"x" * (10 * 1024 * 1024 + 1))})
    assert (large.status_code, "A file may have at most 10 MB" in large.text) == (413, True)
    kept = await upload(browser, row, {"file": ("notes.txt", b"hello")})
    assert kept.status_code == 303, kept.text
    page = (await browser.get(f"/tasks/{row.task.id}")).text
    [path] = re.findall(rf'href="(/tasks/{row.task.id}/files/[^"]+)"', page)
    assert "5 bytes" in page
    download = await browser.get(path)
    assert (download.content, download.headers["content-disposition"]) == (b"hello", 'attachment; filename="notes.txt"')
    assert (await browser.get(path.replace(row.task.id, "other"))).status_code == 404
    row = await seen(system, row)
    done = await upload(browser, row, {"file": ("more.txt", b"x")}, complete="yes")
    assert done.status_code == 303
    assert (await seen(system, row)).task.status is TaskStatus.DONE
    gone = await browser.post(f"{path}/deletion", {})
    assert gone.status_code == 303
    assert (await browser.get(path)).status_code == 404
    [left] = re.findall(
        rf'href="(/tasks/{row.task.id}/files/[^"]+)"', (await browser.get(f"/tasks/{row.task.id}")).text
    )
    refused = await browser.post(f"{left}/deletion", {})
    assert (refused.status_code, "proof of a task that is done" in refused.text) == (409, True)


@pytest.mark.requirement("R-SEC-1")
async def test_forged_forms_and_files_change_nothing_and_leave_no_bytes(system: System, browser: Browser) -> None:
    row = await added(system)
    path = f"/tasks/{row.task.id}"
    csrf = hidden((await browser.get("/")).text, "csrf")
    assert (await browser.post(f"{path}/completion", {}, token="x" * 64)).status_code == 403
    assert (await browser.client.post(f"{path}/completion", data={"csrf": csrf})).status_code == 403
    file = {"file": ("a.txt", b"hello")}
    for fields, headers in (({"csrf": "x" * 64}, SAME_ORIGIN), ({}, SAME_ORIGIN), ({"csrf": csrf}, {})):
        reply = await browser.client.post(f"{path}/files", data=fields, files=file, headers=headers)
        assert reply.status_code == 403, fields
    parts = 'name="file"; filename="a"\r\n\r\nx', f'name="csrf"\r\n\r\n{csrf}'
    late = "".join(f"--b\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--b--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert (await browser.client.post(f"{path}/files", content=late, headers=SAME_ORIGIN | kind)).status_code == 403
    assert (await browser.client.post(f"{path}/files", content=b"x", headers=SAME_ORIGIN)).status_code == 400
    async with connection.connect(system.settings, "portal") as database:
        assert await database["uploads_noted"].count_documents({}) == 0
    assert (await seen(system, row)).task.version == 1


@pytest.mark.requirement("R-HOM-4")
async def test_a_refusal_keeps_what_was_typed_and_names_each_field(system: System, browser: Browser) -> None:
    row = await added(system)
    reply = await act(browser, row, "waiting", waitingFor=HOSTILE, note="x" * 2001)
    assert reply.status_code == 422
    assert "<title>Error: Ask the sponsor" in reply.text
    assert "<script>window" not in reply.text
    assert "&lt;script&gt;window.__x=1" in reply.text
    assert "Follow up on is required" in " ".join(problems(reply.text))
    assert "must have at most 2000 characters" in " ".join(problems(reply.text))
    assert 'aria-invalid="true" aria-describedby="followUpAt-' in reply.text
    csrf = hidden((await browser.get("/")).text, "csrf")
    part = await browser.client.post(
        f"/tasks/{row.task.id}/waiting", data={"csrf": csrf, "waitingFor": "Ada", "back": "/"}, headers=HTMX
    )
    assert (part.status_code, part.text.startswith('<li class="row"')) == (422, True)
    assert 'name="waitingFor" value="Ada"' in part.text
    assert (await seen(system, row)) == row


@pytest.mark.requirement("R-TSK-1")
async def test_who_was_second_is_told_what_happened(system: System, browser: Browser, admin: Person) -> None:
    row = await added(system)
    await system.ask(
        MARK_WAITING,
        MarkWaiting(id=row.task.id, actor=admin.id, waiting_for="Bob", follow_up_at="2028-02-09", note="n"),
    )
    reply = await act(browser, row, "waiting", **WAIT | {"note": "My long note"})
    assert reply.status_code == 409
    [words] = problems(reply.text)
    assert words.startswith("Adrian Admin marked it waiting Wed 2 Feb 08:0")
    assert "so your change was not saved" in words
    assert "My long note" in reply.text
    assert f'name="version" value="{row.task.version + 1}"' in reply.text
    assert (await act(browser, row, "completion")).status_code == 409


@pytest.mark.requirement("R-TSK-1")
async def test_two_comments_at_once_are_both_kept(system: System, browser: Browser, admin: Person) -> None:
    row = await added(system)
    async with browser_of(system.portal_url, admin) as other:
        assert (await act(other, row, "comments", text="Theirs")).status_code == 303
    for noun, sent in (("comments", {"text": "Mine"}), ("proof", {"comment": "My proof"})):
        assert (await act(browser, row, noun, **sent)).status_code == 303
    lines = ((await seen(system, row)).task.comment or "").splitlines()
    assert [line.partition("] ")[2] for line in lines] == ["Theirs", "Mine", "My proof"]


@pytest.mark.requirement("R-REL-4")
async def test_a_form_sent_twice_has_one_effect(system: System, browser: Browser) -> None:
    row = await added(system)
    for _ in range(2):
        assert (await act(browser, row, "comments", text="once")).status_code == 303
    assert (await seen(system, row)).task.version == 2
    page = (await browser.get("/")).text
    fields = {
        "description": "Added by hand",
        "date": "2028-02-02",
        "assigneeId": "",
        "back": "/",
        "key": hidden(page, "key"),
    }
    for _ in range(2):
        assert (await browser.post("/tasks", fields)).status_code == 303
    tasks = await system.ask(LIST_TASKS, ListTasks(date=calendar_date("2028-02-02")))
    assert [task.description for task in tasks.items].count("Added by hand") == 1


@pytest.mark.requirement("R-HOM-4")
async def test_a_page_that_renews_itself_leaves_what_was_done_to_the_page_that_comes(
    system: System, browser: Browser
) -> None:
    reply = await act(browser, await added(system), "completion")
    assert reply.status_code == 303, reply.text
    await browser.client.get("/recurring", headers={"x-background": "1"})
    assert ['class="toast"' in (await browser.get("/")).text for _ in range(2)] == [True, False]


@pytest.mark.requirement("R-HOM-4")
async def test_who_did_it_undoes_it_for_a_moment(system: System, browser: Browser, operator: Person) -> None:
    row = await waiting(system, operator)
    home = await acted(browser, row, "completion")
    toast = home.split('class="toast"', 1)[1]
    assert f'action="/tasks/{row.task.id}/undo"' in toast
    version = hidden(toast, "version")
    undone = await browser.post(f"/tasks/{row.task.id}/undo", {"version": version, "back": "/"})
    assert (undone.status_code, undone.headers["location"]) == (303, "/")
    after = await seen(system, row)
    assert (after.task.status, after.task.waiting_for) == (TaskStatus.WAITING, "Ada")
    assert after.task.completed_at is None
    twice = await browser.post(f"/tasks/{row.task.id}/undo", {"version": str(after.task.version), "back": "/"})
    assert (twice.status_code, "annot be undone" in twice.text) == (409, True)
    await acted(browser, after, "completion")
    async with connection.connect(system.settings, "work") as database:
        change = [{"$set": {"recorded_at": {"$subtract": ["$recorded_at", 60_000]}}}]
        await database["history"].update_many({"task_id": row.task.id}, change)
    late = await browser.post(f"/tasks/{row.task.id}/undo", {"version": str(after.task.version + 1), "back": "/"})
    assert (late.status_code, "Too late to undo (10 s)." in late.text) == (409, True)


@pytest.mark.requirement("R-HOM-4")
async def test_a_task_is_edited_archived_returned_and_deleted_on_its_page(system: System, browser: Browser) -> None:
    row = await added(system, instructions_url="https://example.org/how")
    path = f"/tasks/{row.task.id}"
    edit = {"version": "1", "back": path, "description": "Ask both", "date": "2028-02-03", "assigneeId": ""}
    for wrong, words in (
        ({"description": " "}, "Description must not be blank"),
        ({"link": "ftp://x"}, "Link must be a web address"),
        ({"date": "tomorrow"}, "Due on"),
    ):
        reply = await browser.post(path, edit | {"link": "", "instructionsUrl": ""} | wrong)
        assert (reply.status_code, words in " ".join(problems(reply.text))) == (422, True), reply.text
    assert (await browser.post(path, edit | {"link": "https://example.org", "instructionsUrl": ""})).status_code == 303
    after = (await seen(system, row)).task
    assert (after.description, after.link, after.instructions_url) == ("Ask both", "https://example.org", None)
    stale = await browser.post(path, edit)
    assert (stale.status_code, "so your change was not saved" in stale.text) == (409, True)
    archived = await act(browser, await seen(system, row), "archive")
    assert archived.status_code == 303
    assert "Restore" in (await browser.get(path)).text
    assert (await act(browser, await seen(system, row), "restoration")).status_code == 303
    deleted = await act(browser, await seen(system, row), "deletion")
    assert (deleted.status_code, deleted.headers["location"]) == (303, "/")
    assert (await browser.get(path)).status_code == 404
    assert (await act(browser, row, "waiting", **WAIT)).status_code == 404


@pytest.mark.requirement("R-HOM-1")
async def test_a_task_is_added_by_hand(system: System, browser: Browser, admin: Person) -> None:
    sent = {"description": HOSTILE, "date": "2028-02-02", "assigneeId": "", "back": "/", "key": "k"}
    assert (await browser.post("/tasks", sent)).headers["location"] == "/"
    home = (await browser.get("/")).text
    assert "<script>window" not in home
    assert "Added by hand" in home
    for wrong, words in (
        ({"description": ""}, "What is to be done? is required"),
        ({"date": "2028-13-01"}, "Due on"),
        ({"assigneeId": "user-grace"}, "Assignee is not a valid assignee"),
    ):
        reply = await browser.post("/tasks", sent | wrong)
        assert (reply.status_code, words in " ".join(problems(reply.text))) == (422, True)
    assert "<title>Error: New task" in reply.text


@pytest.mark.requirement("R-HOM-4")
async def test_the_history_of_a_busy_task_comes_in_pages(system: System, browser: Browser) -> None:
    row = await added(system)
    for number in range(32):
        await system.ask(
            UPDATE_TASK, UpdateTask(id=row.task.id, changes=TaskChanges(link=f"https://example.org/{number}"))
        )
    first = (await browser.get(f"/tasks/{row.task.id}")).text
    assert "https://example.org/30 → https://example.org/31" in first
    assert "added this task" not in first
    older = re.findall(r'href="(/tasks/[^"]+before=[^"]+)#history"', first)[0].replace("&amp;", "&")
    assert "added this task" in (await browser.get(older)).text
    assert (await browser.get(f"/tasks/{row.task.id}?before=nonsense")).status_code == 400
