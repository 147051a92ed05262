"""The standard duties from the first page to the first day's work; notifications that lead to what they are about."""

import html

import pytest

from contracts.generation import GenerateToday
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import ListSchedules, ScheduleRow
from contracts.subjects import CREATE_RECURRING, GENERATE_TODAY, LIST_SCHEDULES
from tests.api.people import Browser, Person, add_person
from tests.system import System

HOSTILE = "<script>alert(1)</script>"


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return html.unescape(reply.text)


async def schedules(system: System) -> list[ScheduleRow]:
    question, found = ListSchedules(), list[ScheduleRow]()
    while True:
        page = await system.ask(LIST_SCHEDULES, question)
        found += page.items
        if page.after is None:
            return found
        question = ListSchedules(after=page.after)


@pytest.mark.requirement("R-GEN-8")
async def test_the_nine_duties_are_seen_first_and_created_with_todays_work(
    system: System, browser: Browser, operator: Person, admin: Person
) -> None:
    for path in ("/", "/recurring"):
        assert "Create the nine standard duties" in await text(browser, path)
    preview = await text(browser, "/standard-duties")
    assert "Would be created <span>9</span>" in preview
    for said in ("Mailchimp mailing-list backup", "Wednesdays at 09:00", "A file: Backup ZIP"):
        assert said in preview
    assert "Workflow of 15 tasks" in preview
    assert "15 of 15 tasks" in preview
    assert await schedules(system) == []
    chosen = {"operations_id": operator.id, "content_id": operator.id, "reviewer_id": admin.id}
    made = await browser.post("/standard-duties", chosen | {"state": "enabled", "today": "yes"})
    page = await text(browser, made.headers["location"])
    assert "9 duties created." in page
    assert "3 recurring tasks and 0 workflows were created." in page
    rows = await schedules(system)
    assert len(rows) == 9
    assert {row.assignee_id for row in rows} == {operator.id}
    assert all(row.enabled for row in rows)
    for path in ("/", "/recurring"):
        assert "Create the nine standard duties" not in await text(browser, path)
    assert "All nine already exist." in await text(browser, "/standard-duties")
    again = await browser.post("/standard-duties", chosen | {"state": "enabled", "today": "yes"})
    assert "0 duties created." in await text(browser, again.headers["location"])


@pytest.mark.requirement("R-GEN-8")
async def test_the_duties_may_begin_paused_and_only_for_people_who_are_there(system: System, browser: Browser) -> None:
    refused = await browser.post("/standard-duties", {"operations_id": "nobody", "state": "paused"})
    assert refused.status_code == 422
    assert "Choose someone from the list." in refused.text
    assert (await browser.get("/standard-duties?content_id=nobody")).status_code == 422
    assert await schedules(system) == []
    paused = await browser.post("/standard-duties", {"operations_id": "", "state": "paused", "today": "yes"})
    assert "9 duties created, paused" in await text(browser, paused.headers["location"])
    rows = await schedules(system)
    assert [(row.enabled, row.assignee_id) for row in rows] == [(False, None)] * 9
    assert await system.tasks_on("2028-02-02") == []


@pytest.mark.requirement("R-GEN-8")
async def test_preview_names_the_chosen_assignee(system: System, browser: Browser) -> None:
    ada = await add_person(system.settings, "ada@example.org", HOSTILE)
    page = await browser.get(f"/standard-duties?operations_id={ada.id}")
    assert page.text.count('<td data-label="Assignee" hx-disable>&lt;script&gt;') == 9
    assert HOSTILE not in page.text


@pytest.mark.requirement("R-NOT-4")
async def test_notifications_stand_by_severity_and_lead_to_what_they_are_about(
    system: System, browser: Browser
) -> None:
    await system.ask(CREATE_RECURRING, CreateRecurring(description=f"Duty {HOSTILE}", cron_expression="0 7 * * *"))
    await system.ask(GENERATE_TODAY, GenerateToday())
    page = (await browser.get("/notifications")).text
    [task] = await system.tasks_on("2028-02-02")
    assert f'<a href="/tasks/{task.id}"><bdi>Duty &lt;script&gt;' in page
    assert "To know <span>" in page
    assert HOSTILE not in page
    one = page.split('id="dismiss-', 1)[1].split('"', 1)[0]
    assert (await browser.post(f"/notifications/{one}/dismissal", {})).status_code == 303
    assert f"notification-{one}" not in await text(browser, "/notifications")
    everything = await text(browser, "/notifications?all=true")
    assert f'<li class="row done" id="notification-{one}">' in everything
    assert (await browser.post("/notifications/unknown/dismissal", {})).status_code == 404
