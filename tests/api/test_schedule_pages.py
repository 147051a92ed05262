"""The pages on which an operator relies on schedules, as a browser without script sees them."""

import html

import httpx
import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.values import Kind, Service, Window, calendar_date
from services.kit.mongo import connection
from tests.api.people import SAME_ORIGIN, Browser, Person, browser_of, hidden
from tests.system import System


async def duty(system: System, cron: str = "0 9 * * *") -> str:
    command = CreateRecurring(description="Handle <Slack> invites", cron_expression=cron)
    return (await system.ask(subjects.CREATE_RECURRING, command)).id


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return html.unescape(reply.text)


async def send(browser: Browser, path: str, fields: dict[str, str], *, htmx: bool) -> httpx.Response:
    token = hidden((await browser.get("/recurring")).text, "csrf")
    headers = SAME_ORIGIN | ({"hx-request": "true"} if htmx else {})
    return await browser.client.post(path, data={"csrf": token} | fields, headers=headers)


async def broken(system: System) -> str:
    config_id = await duty(system)
    async with connection.connect(system.settings, "work") as database:
        await database.recurring.update_one({"_id": config_id}, {"$set": {"timeline.0.cron": "banana"}})
    window = Window(kind=Kind.RECURRING, source_id=config_id, date=calendar_date("2028-02-02"))
    await system.publish_window(window.subject)
    return config_id


@pytest.mark.requirement("R-PAU-5")
@pytest.mark.requirement("R-SCH-4")
async def test_a_schedule_shows_its_runs_what_comes_and_why(system: System, browser: Browser) -> None:
    config_id = await duty(system, "0 9 * * 3")
    path = f"/recurring/recurring/{config_id}"
    assert "made already" not in await text(browser, path)
    await browser.post("/generations", {"startDate": "2028-02-02", "endDate": "2028-02-02"})
    page = await text(browser, path)
    assert "Wed 2 Feb 09:00 (today)</time></b> UTC, made already</span>" in page
    assert "Handle &lt;Slack&gt; invites" in (await browser.get(path)).text
    assert "For a date range" in page
    assert "Wed 9 Feb 09:00" in page
    assert "Wed 1 Mar 09:00" in page
    assert "Not one of its dates: it runs Wednesdays at 09:00." in await text(browser, f"{path}?date=2028-02-03")
    assert "The task was created" in await text(browser, f"{path}?date=2028-02-02")
    wrong = await browser.get(f"{path}?date=2028-02-30")
    assert wrong.status_code == 422
    assert "'2028-02-30' is not a real calendar date" in html.unescape(wrong.text)
    assert (await browser.get("/recurring/recurring/nobody")).status_code == 404


@pytest.mark.requirement("R-PAU-2")
async def test_the_resume_dialog_names_what_was_not_made(system: System, browser: Browser) -> None:
    config_id = await duty(system)
    await browser.post(f"/schedules/recurring/{config_id}/pause", {"reason": "Holiday", "until": "2028-02-20"})
    assert "Nothing came due while it was paused." in await text(browser, "/recurring")
    await system.start(Service.SCHEDULER)
    await system.clock_to("2028-02-04 10:00")
    page = await text(browser, "/recurring")
    assert "Not created while paused: <b>Wed 2 Feb, Thu 3 Feb (yesterday), Fri 4 Feb (today)</b>" in page
    assert "Resumes by itself on <b>Sun 20 Feb</b>" in page


@pytest.mark.requirement("R-PAU-1")
async def test_a_refused_pause_keeps_what_was_typed_on_the_row_and_on_the_page_it_was_on(
    system: System, browser: Browser
) -> None:
    config_id = await duty(system)
    path, detail = f"/schedules/recurring/{config_id}/pause", f"/recurring/recurring/{config_id}"
    for until, said in [
        ("2028-02-02", "Until must be in the future"),
        ("2028-02-30", "Until '2028-02-30' is not a real"),
    ]:
        for back, heading in [("/recurring", "<h1>Recurring</h1>"), (detail, '<h2 id="why-heading">')]:
            typed = {"reason": 'Holiday "abroad"', "until": until, "back": back}
            for htmx in (False, True):
                refused = await send(browser, path, typed, htmx=htmx)
                assert refused.status_code == 422
                page = html.unescape(refused.text)
                assert f">{said}" in page
                assert 'name="reason" maxlength="2000" value="Holiday "abroad""' in page
                assert f'name="until" value="{until}"' in page
                assert f'id="pause-{config_id}" open>' in page
                assert page.count("<h1") == (0 if htmx else 1)
                assert page.strip().startswith("<li" if htmx else "<!doctype html>")
                assert (heading in page) == (not htmx)
    assert (await browser.post("/schedules/recurring/nobody/pause", {"until": "never"})).status_code == 404


@pytest.mark.requirement("R-PAU-1")
async def test_who_pauses_second_is_told_whose_pause_stands(system: System, browser: Browser, admin: Person) -> None:
    config_id = await duty(system)
    path = f"/schedules/recurring/{config_id}/pause"
    first = {"key": "before", "reason": "first", "until": "2028-03-10"}
    assert [(await browser.post(path, first)).status_code for _ in range(2)] == [303, 303]
    async with browser_of(system.portal_url, admin) as other:
        for htmx in (False, True):
            second = await send(other, path, {"key": "before", "reason": "second"}, htmx=htmx)
            assert second.status_code == 409
            assert (
                "Already paused by Olivia Operations since Wed 2 Feb 08:00 (today); nothing was changed" in second.text
            )
            assert "Resumes by itself on <b>Fri 10 Mar</b>" in second.text
        longer = await other.post(path, {"reason": "second", "until": "2028-03-20"})
        assert "with the reason given then; it now resumes by itself on Mon 20 Mar" in longer.text
    mine = await browser.post(path, {"key": "before", "reason": "third"})
    assert "Already paused by you since Wed 2 Feb 08:00 (today); nothing was changed" in mine.text
    assert "<b>first</b>" in await text(browser, "/recurring")


@pytest.mark.requirement("R-PAU-4")
async def test_an_archived_schedule_leaves_the_list_and_returns(system: System, browser: Browser) -> None:
    config_id = await duty(system)
    await browser.post(f"/schedules/recurring/{config_id}/archive", {})
    page = await text(browser, "/recurring")
    assert "There are no recurring tasks." in page
    assert "Archived (1)" in page
    await browser.post(f"/schedules/recurring/{config_id}/restoration", {})
    assert "There are no recurring tasks." not in await text(browser, "/recurring")


@pytest.mark.requirement("R-NOT-3")
async def test_a_failure_stands_on_home_and_on_the_recurring_page_until_it_is_mended(
    system: System, browser: Browser
) -> None:
    config_id = await broken(system)
    for path in ("/", "/recurring"):
        page = await text(browser, path)
        assert "1 automation failure" in page
        assert "was not created for Wed 2 Feb (today)" in page
        assert "five fields are needed" in page
    async with connection.connect(system.settings, "work") as database:
        await database.recurring.update_one({"_id": config_id}, {"$set": {"timeline.0.cron": "0 9 * * *"}})
    named = {"kind": "recurring", "source_id": config_id, "code": "invalid_cron"}
    assert (await browser.post("/failures/retries", named)).status_code == 303
    await system.windows_drained()
    page = await text(browser, "/")
    assert "No automation failures" in page
    assert "Handle <Slack> invites" in page
    again = await browser.post("/failures/retries", named)
    assert again.status_code == 409


@pytest.mark.requirement("R-HOM-3")
@pytest.mark.requirement("R-NOT-3")
async def test_a_retry_moves_no_failure_and_the_line_of_the_last_run_counts_them(
    system: System, browser: Browser
) -> None:
    for _ in range(3):
        await duty(system)
    async with connection.connect(system.settings, "work") as database:
        await database.recurring.update_many({}, {"$set": {"timeline.0.cron": "banana"}})
    await system.start(Service.SCHEDULER)
    await system.clock_to("2028-02-03 00:00")
    page = await text(browser, "/")
    assert "made 0, skipped 0, failed 3" in page
    listed = in_the_list_of_failures(page)
    assert len(listed) == 3
    for config_id in reversed(listed):
        await system.publish_window(f"dataops.window.due.recurring.{config_id}.2028-02-03")
        for path in ("/", "/recurring"):
            assert in_the_list_of_failures(await text(browser, path)) == listed


def in_the_list_of_failures(page: str) -> list[str]:
    """Ids of the recurring configs, from the top."""
    articles = page.split('<article class="failure">')[1:]
    return [article.partition('href="/recurring/recurring/')[2].partition('"')[0] for article in articles]


@pytest.mark.requirement("R-NOT-3")
async def test_acknowledging_asks_for_a_note_and_takes_the_failure_from_the_list(
    system: System, browser: Browser
) -> None:
    config_id = await broken(system)
    named = {"kind": "recurring", "source_id": config_id, "code": "invalid_cron"}
    without = await browser.post("/failures/acknowledgements", named | {"note": "  "})
    assert without.status_code == 422
    assert "Write a note" in without.text
    await browser.post("/failures/acknowledgements", named | {"note": "Not needed this week"})
    assert "No automation failures" in await text(browser, "/")
    assert "Acknowledged by you: Not needed this week" in await text(browser, f"/recurring/recurring/{config_id}")


@pytest.mark.requirement("R-GEN-7")
async def test_a_preview_says_what_a_range_would_make_and_makes_nothing(system: System, browser: Browser) -> None:
    await duty(system)
    dates = {"startDate": "2028-02-02", "endDate": "2028-02-04", "schedule": ""}
    asked = await browser.post("/generations", dates | {"preview": "yes"})
    assert asked.status_code == 303
    preview = await browser.get(asked.headers["location"])
    assert preview.status_code == 200
    assert "Create 3 items" in preview.text
    assert preview.text.count("Would be created") == 4
    assert (await system.home()).due_today.count == 0
    made = await browser.post("/generations", dates)
    assert "3 recurring tasks and 0 workflows were created." in await text(browser, made.headers["location"])


@pytest.mark.requirement("R-NOT-4")
async def test_dismissed_notifications_are_gone_for_the_viewer_and_the_work_stays(
    system: System, browser: Browser
) -> None:
    await broken(system)
    page = await text(browser, "/notifications")
    assert "Dismiss all" in page
    await browser.post("/notifications/dismissal", {})
    assert "No notifications left." in await text(browser, "/notifications")
    assert "Dismissed</span>" in await text(browser, "/notifications?all=true")
    assert "1 automation failure" in await text(browser, "/")
