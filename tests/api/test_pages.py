"""Pages without script: what they show, what their forms do, and what is not let through."""

import pytest

from contracts.fields.proof import ProofRequirement
from contracts.values import ProofType, Service
from tests.api.people import SAME_ORIGIN, Browser, Person, hidden
from tests.support.pages import TODAY, duty, generated, strip
from tests.system import System, eventually

PROOF = ProofRequirement(type=ProofType.COMMENT, label="What was decided")


@pytest.mark.requirement("R-HOM-1")
async def test_a_generated_duty_stands_on_home_and_is_done_there(system: System, browser: Browser) -> None:
    await duty(system, "Handle <b>Slack</b> invites", instructions="Open Slack.")
    assert strip((await browser.get("/")).text)["Today"] == 0
    result = await generated(browser)
    assert "1 recurring task and 0 workflows were created." in result
    home = (await browser.get("/")).text
    assert strip(home) == {
        "Failures": 0,
        "Follow-ups due": 0,
        "Overdue": 0,
        "At risk": 0,
        "Today": 1,
        "Waiting": 0,
        "Done today": 0,
    }
    assert "Handle &lt;b&gt;Slack&lt;/b&gt; invites" in home
    assert "Recurring · every day at 09:00" in home
    assert "Wed 2 Feb 2028" in home
    assert "Nothing is overdue." in home
    action = home.split('action="/tasks/', 1)[1].split('"', 1)[0]
    version = hidden(home.split('action="/tasks/', 1)[1], "version")
    done = await browser.post(f"/tasks/{action}", {"version": version, "back": "/"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    after = (await browser.get("/")).text
    assert "Done: “Handle &lt;b&gt;Slack&lt;/b&gt; invites”." in after
    assert (strip(after)["Today"], strip(after)["Done today"]) == (0, 1)
    assert "Done: “" not in (await browser.get("/")).text
    again = await browser.post(f"/tasks/{action}", {"version": version, "back": "//evil.test"})
    assert (again.status_code, again.headers["location"]) == (303, "/")


@pytest.mark.requirement("R-TSK-4")
async def test_missing_proof_is_said_on_the_row_and_refused_there(system: System, browser: Browser) -> None:
    await duty(system, "Decide on the speaker", proof_requirement=PROOF)
    await generated(browser)
    home = (await browser.get("/")).text
    assert "What was decided" in home
    assert "/completion" not in home
    task = (await system.tasks_on("2028-02-02"))[0]
    refused = await browser.post(f"/tasks/{task.id}/completion", {"back": "/"})
    assert refused.status_code == 409
    assert "<title>Error: " in refused.text
    assert 'class="problem" role="alert"' in refused.text
    assert strip((await browser.get("/")).text)["Today"] == 1
    row = await browser.client.post(
        f"/tasks/{task.id}/completion",
        data={"csrf": hidden(home, "csrf"), "back": "/"},
        headers=SAME_ORIGIN | {"hx-request": "true"},
    )
    assert row.status_code == 409
    assert row.text.startswith('<li class="row"')
    assert (await browser.post("/tasks/unknown/completion", {})).status_code == 404


@pytest.mark.requirement("R-HOM-5")
async def test_what_is_others_is_announced_and_not_mixed_in(
    system: System, browser: Browser, admin: Person, operator: Person
) -> None:
    await duty(system, "Mine", assignee_id=operator.id)
    await duty(system, "Nobody's", assignee_id="user-grace")
    await duty(system, "Admin's", assignee_id=admin.id)
    await generated(browser, startDate="2028-01-31", endDate="2028-02-02")
    mine = (await browser.get("/")).text
    assert strip(mine)["Overdue"] + strip(mine)["Today"] == 6
    assert "Admin&#39;s" not in mine
    assert "late for others" in mine
    everyone = (await browser.get("/?scope=everyone")).text
    assert strip(everyone)["Overdue"] + strip(everyone)["Today"] == 9
    assert "Adrian Admin" in everyone
    assert "user-grace" not in everyone


@pytest.mark.requirement("R-PAU-1")
async def test_pausing_says_since_when_by_whom_and_why(system: System, browser: Browser) -> None:
    config = await duty(system, "Back up the list")
    before = (await browser.get("/recurring")).text
    assert "Every day at 09:00" in before
    assert "0 9 * * *" in before
    assert "Wed 2 Feb 09:00 (today)" in before
    paused = await browser.post(f"/schedules/recurring/{config.id}/pause", {"reason": "Moving to <new> list"})
    assert paused.status_code == 303
    page = (await browser.get("/recurring")).text
    assert "Paused since" in page
    assert "by you: <b>Moving to &lt;new&gt; list</b>" in page
    assert "No next run while paused" in page
    assert "1 date was left out" in await generated(browser, schedule=f"recurring:{config.id}")
    too_long = await browser.post(f"/schedules/recurring/{config.id}/pause", {"reason": "x" * 3000})
    assert too_long.status_code == 422
    await browser.post(f"/schedules/recurring/{config.id}/resumption", {})
    assert "Dates missed while paused are not created" in (await browser.get("/recurring")).text
    assert (await browser.post("/schedules/nonsense/x/pause", {})).status_code == 404
    assert (await browser.post("/schedules/recurring/unknown/pause", {})).status_code == 404


@pytest.mark.requirement("R-GEN-7")
async def test_generating_a_range_counts_what_was_there_and_keeps_wrong_input(system: System, browser: Browser) -> None:
    config = await duty(system, "Handle Slack invites")
    await duty(system, "Review intake")
    one = {"startDate": "2028-02-01", "endDate": "2028-02-03", "schedule": f"recurring:{config.id}"}
    result = await generated(browser, **one)
    assert "3 recurring tasks and 0 workflows were created." in result
    assert f"<span hx-disable>{config.description}</span>" in result
    both = await generated(browser, startDate="2028-02-01", endDate="2028-02-03")
    assert "3 recurring tasks" in both
    assert "3 dates were skipped" in both
    for fields, words in [
        ({"startDate": "2028-02-30"}, "First day &#39;2028-02-30&#39; is not a real calendar date"),
        ({"startDate": ""}, "First day is required"),
        ({"endDate": "2028-01-01"}, "The last day must not be before the first day"),
        ({"endDate": "2028-09-01"}, "at most 90 days apart"),
        ({"schedule": "nonsense:x"}, "Choose a schedule from the list"),
    ]:
        reply = await browser.post("/generations", TODAY | fields)
        assert reply.status_code == 422, fields
        assert words in reply.text
        assert f'value="{fields.get("startDate", "2028-02-02")}"' in reply.text
        assert "<title>Error: " in reply.text
    assert len(await system.tasks_on("2028-02-02")) == 2


async def test_a_silent_work_service_is_said_in_words(system: System, browser: Browser) -> None:
    await system.stop(Service.WORK)
    for path in ("/", "/recurring"):
        reply = await browser.get(path)
        assert reply.status_code == 503
        assert "The work service does not answer" in reply.text
        assert "Nothing is overdue" not in reply.text
    refused = await browser.post("/tasks", {"description": "Order the cake", "date": "2028-02-02"})
    assert refused.status_code == 503
    assert "Nothing was changed; try again in a moment." in refused.text


@pytest.mark.requirement("R-REL-2")
async def test_a_scheduler_that_does_not_tick_is_announced(system: System, browser: Browser) -> None:
    assert "The scheduler is silent" in (await browser.get("/")).text
    await system.start(Service.SCHEDULER)

    async def ticking() -> bool:
        reply = await browser.get("/")
        return reply.status_code == 200 and "The scheduler is silent" not in reply.text

    await eventually(ticking)


async def test_notifications_are_listed(system: System, browser: Browser) -> None:
    assert "No notifications left." in (await browser.get("/notifications")).text


async def test_open_streams_do_not_hold_up_a_stop(system: System, browser: Browser) -> None:
    async with browser.client.stream("GET", "/live") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: hello"
        await system.stop(Service.PORTAL)
