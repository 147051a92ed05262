"""Home narrowed down, and what comes up: as a browser without script sees it, and over JSON."""

import html
import re

import httpx
import pytest

from contracts.runs import CreateBundle
from contracts.subjects import CREATE_BUNDLE, CREATE_TASK
from contracts.tasks import CreateTask
from contracts.values import Service, calendar_date
from tests.api.people import Browser, Person
from tests.support.pages import duty, generated, strip
from tests.support.tasks import titles
from tests.system import System

HOSTILE = '"><script>x()</script>{{7*7}}'


async def added(system: System, description: str, date: str = "2028-02-02", **fields: object) -> None:
    sent = {"description": description, "date": calendar_date(date), **fields}
    await system.ask(CREATE_TASK, CreateTask.model_validate(sent))


def links(page: str, path: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(rf'href="({re.escape(path)}[^"]*)"', page)]


@pytest.mark.requirement("R-HOM-5")
async def test_filters_stand_in_the_address_of_home_and_are_taken_away_one_by_one(
    system: System, browser: Browser, admin: Person, operator: Person
) -> None:
    run = await system.ask(
        CREATE_BUNDLE, CreateBundle.model_validate({"title": HOSTILE, "anchorDate": "2028-02-09", "tags": ["event"]})
    )
    await added(system, "Ask <ACME>", tags=["sponsor"], assignee_id=operator.id)
    await added(system, "Ask BCME", "2028-01-31", tags=["sponsor", HOSTILE], assignee_id=admin.id)
    await added(system, "Book the room", bundle_id=run.bundle.id)
    await duty(system, "Slack invites", assignee_id="user-grace")
    await generated(browser)
    for query, found in (
        ("", ["Ask &lt;ACME&gt;", "Book the room", "Slack invites"]),
        ("?tag=sponsor", ["Ask &lt;ACME&gt;"]),
        ("?tag=sponsor&scope=everyone", ["Ask &lt;ACME&gt;", "Ask BCME"]),
        ("?tag=SPONSOR", ["Ask &lt;ACME&gt;"]),
        ("?tag=spons", []),
        ("?q=acme+ask", ["Ask &lt;ACME&gt;"]),
        ("?q=ask+room", []),
        ("?assignee=me", ["Ask &lt;ACME&gt;"]),
        ("?assignee=nobody", ["Book the room", "Slack invites"]),
        (f"?assignee={admin.id}", ["Ask BCME"]),
        ("?source=recurring", ["Slack invites"]),
        (f"?workflow={run.bundle.id}", ["Book the room"]),
        ("?q=ask+&scope=everyone&source=manual", ["Ask &lt;ACME&gt;", "Ask BCME"]),
        ("?q=.*", []),
    ):
        page = (await browser.get(f"/{query}")).text
        assert sorted(titles(page)) == found, query
        assert strip(page)["Overdue"] + strip(page)["Today"] == len(found), query
    both = (await browser.get(f"/?scope=everyone&tag={HOSTILE.replace('{', '%7B')}&workflow={run.bundle.id}")).text
    assert "<script>x()" not in both
    assert "{{7*7}}" in html.unescape(both)
    [here] = re.findall(r'data-from="([^"]*)"', both)
    assert "tag=" in here
    assert "workflow=" in here
    without_tag, without_workflow = links(both.split('id="filters"')[1].split("</ul>")[0], "/?scope=everyone&amp;")
    assert without_tag == f"/?scope=everyone&workflow={run.bundle.id}"
    assert sorted(titles((await browser.get(without_tag)).text)) == ["Book the room"]
    assert sorted(titles((await browser.get(without_workflow)).text)) == ["Ask BCME"]


@pytest.mark.requirement("R-HOM-5")
async def test_the_filter_offers_every_active_workflow(system: System, browser: Browser) -> None:
    runs = [
        (await system.ask(CREATE_BUNDLE, CreateBundle(title=f"Run {at:02}", anchor_date=calendar_date("2028-02-09"))))
        for at in range(12)
    ]
    last = max(run.bundle.id for run in runs)
    offered = (await browser.get(f"/workflow-choices?workflow={last}")).text
    assert sorted(re.findall(r">(Run \d\d) · ", offered)) == [run.bundle.title for run in runs]
    assert offered.count(" selected") == 1
    page = html.unescape((await browser.get(f"/workflows/{last}")).text)
    assert f'href="/?workflow={last}&scope=everyone"' in page


@pytest.mark.requirement("R-HOM-5")
async def test_a_filter_that_is_not_known_is_refused_by_its_name(
    browser: Browser, api: httpx.AsyncClient, operator: Person
) -> None:
    for query, field in (
        ("scope=nobody", "scope"),
        ("source=__proto__", "source"),
        ("assignee=user-grace", "assignee"),
        ("workflow=nothing", "workflow"),
        (f"tag={'x' * 201}", "tag"),
        (f"q={'x' * 201}", "q"),
        ("tag=a&tag=b", "tag"),
    ):
        reply = await api.get(f"/api/home?{query}")
        assert (reply.status_code, list(reply.json()["fields"])) == (400, [field]), query
        assert (await browser.get(f"/?{query}")).status_code == 400, query
    for query, status in (("q=%00", 400), ("tag=a%00b", 400), ("q=(%5B", 200), ("tag=%24ne", 200)):
        assert (await api.get(f"/api/home?{query}")).status_code == status, query
        assert (await browser.get(f"/tasks?{query}")).status_code == status, query
    assert (await browser.get("/workflows?q=%00")).status_code == 400
    home = (await api.get("/api/home?assignee=me&scope=everyone&source=recurring&q=x&tag=y")).json()["home"]
    assert home["dueToday"] == {"count": 0, "rows": []}


@pytest.mark.requirement("R-HOM-3")
async def test_show_all_leads_to_a_list_of_the_same_work(
    system: System, browser: Browser, admin: Person, operator: Person
) -> None:
    for number in range(51):
        await added(system, f"Late {number}", "2028-01-20", tags=["bulk"], assignee_id=operator.id)
    await added(system, "Late for another", "2028-01-20", tags=["bulk"], assignee_id=admin.id)
    await added(system, "Late without a tag", "2028-01-19")
    for query, found in (("", 52), ("?tag=bulk", 51), ("?scope=everyone&tag=bulk", 52)):
        page = (await browser.get(f"/{query}")).text
        assert strip(page)["Overdue"] == found
        [all_of_them] = links(page, "/tasks?due=overdue")
        first = (await browser.get(all_of_them)).text
        [more] = {one for one in links(first, "/tasks?") if "after=" in one}
        assert len(titles(first)) + len(titles((await browser.get(more)).text)) == found


@pytest.mark.requirement("R-HOM-2")
async def test_what_comes_up_is_told_apart_by_whether_it_exists(system: System, browser: Browser) -> None:
    assert "No active schedule creates anything" in (await browser.get("/coming-up")).text
    await added(system, "Exists", "2028-02-09")
    await added(system, "Too far away", "2028-02-10")
    backup = await duty(system, f"Back up {HOSTILE}", assignee_id="user-grace")
    paused = await duty(system, "Paused")
    await browser.post(f"/schedules/recurring/{paused.id}/pause", {})
    await generated(browser, startDate="2028-02-04", endDate="2028-02-04", schedule=f"recurring:{backup.id}")
    home = (await browser.get("/")).text
    part = home.split('id="coming-up"', 1)[1].split('id="predicted"', 1)[0]
    assert titles(part)[-1] == "Exists"
    assert len(titles(part)) == 2
    [path] = links(home, "/coming-up")
    page = html.unescape((await browser.get(path)).text)
    dates = re.findall(r'<li hx-disable><time datetime="([^"T]*)T', page)
    assert dates == ["2028-02-02", "2028-02-03", *(f"2028-02-0{day}" for day in range(5, 10))]
    assert "Paused" not in page
    assert "Back up" in page
    assert "<script>x()" not in (await browser.get(path)).text
    part = await browser.client.get(path, headers={"hx-request": "true"})
    assert '<span id="predicted-count" hx-swap-oob="true">, 7 predicted</span>' in part.text
    assert '<span data-part="coming-up-count">2 tasks</span>' in home
    for number in range(4):
        await duty(system, f"Another {number}")
    assert "Predicted</b>, the first 20:" in (await browser.get(path)).text
    await system.stop(Service.WORK)
    part = await browser.client.get(path, headers={"hx-request": "true"})
    assert "upcoming work could not be loaded" in part.text
    assert "<html" not in part.text
