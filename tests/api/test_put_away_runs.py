"""A date whose run was archived before its window: on Home, in the run history and "why?", with a new run to start."""

import html

import httpx
import pytest

from contracts.fields.template import TaskDefinitionInput
from contracts.runs import ArchiveBundle, CreateBundle, DeleteBundle, ListBundles
from contracts.subjects import ARCHIVE_BUNDLE, CREATE_BUNDLE, CREATE_TEMPLATE, DELETE_BUNDLE, LIST_BUNDLES
from contracts.templates import CreateTemplate
from contracts.values import Kind, Window, calendar_date
from tests.api.people import Browser, Person
from tests.system import System


async def put_away(system: System, actor: str, *, deleted: bool = False) -> tuple[str, str]:
    """The ids of a daily template and of its run for today, which was archived before today's window was handled."""
    command = CreateTemplate(
        name="Digest <b>",
        type="digest",
        task_definitions=[TaskDefinitionInput(ref_id="draft", description="Draft", offset_days=0)],
        trigger_type="automatic",
        trigger_schedule="0 9 * * *",
    )
    template = (await system.ask(CREATE_TEMPLATE, command)).id
    today = calendar_date("2028-02-02")
    run = (await system.ask(CREATE_BUNDLE, CreateBundle(template_id=template, anchor_date=today))).bundle.id
    await system.ask(ARCHIVE_BUNDLE, ArchiveBundle(id=run, actor=actor))
    if deleted:
        await system.ask(DELETE_BUNDLE, DeleteBundle(id=run, actor=actor))
    await system.set_clock("2028-02-02 09:00")
    await system.publish_window(Window(kind=Kind.TEMPLATE, source_id=template, date=today).subject)
    return template, run


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return html.unescape(reply.text)


@pytest.mark.requirement("R-HOM-2")
@pytest.mark.requirement("R-PAU-5")
async def test_pages_name_the_run_and_start_a_new_one(system: System, operator: Person, browser: Browser) -> None:
    template, run = await put_away(system, operator.id)
    path = f"/recurring/template/{template}"
    home = await text(browser, "/")
    assert "1 automation failure" in home
    assert "was archived on Wed 2 Feb 2028 08:00; start a new one or restore it" in home
    assert f'href="{path}?date=2028-02-02#why-heading"' in home
    assert 'action="/failures/retries"' not in home
    assert "was archived by you" in await text(browser, path)
    asked = await text(browser, f"{path}?date=2028-02-02")
    assert "it was archived on Wed 2 Feb 08:00. By you." in asked
    assert f'<a class="link" href="/workflows/{run}">' in asked
    new = await browser.post(f"/templates/{template}/replacement-runs", {"anchorDate": "2028-02-02"})
    assert new.headers["location"].startswith("/workflows/")
    assert new.headers["location"] != f"/workflows/{run}"
    assert "No automation failures" in await text(browser, "/")
    again = await browser.post(f"/templates/{template}/replacement-runs", {"anchorDate": "2028-02-02"})
    assert again.headers["location"] == path
    assert "Another workflow already covers that date; nothing was started." in await text(browser, path)
    assert len((await system.ask(LIST_BUNDLES, ListBundles())).items) == 2
    assert "covers this date" in await text(browser, path)


@pytest.mark.requirement("R-PAU-5")
async def test_deleted_run_is_named_without_a_link(system: System, operator: Person, browser: Browser) -> None:
    template, run = await put_away(system, operator.id, deleted=True)
    asked = await text(browser, f"/recurring/template/{template}?date=2028-02-02")
    assert "it was deleted on Wed 2 Feb 08:00. By you." in asked
    assert f"/workflows/{run}" not in asked
    assert "Start a new workflow for Wed 2 Feb (today)" in asked


@pytest.mark.requirement("R-PAU-5")
async def test_api_names_the_run(system: System, operator: Person, api: httpx.AsyncClient) -> None:
    template, run = await put_away(system, operator.id)
    holder = {
        "id": run,
        "title": "Digest <b> - Wed 2 Feb 2028",
        "state": "archived",
        "anchorDate": "2028-02-02",
        "by": operator.id,
    }
    [window] = (await api.get(f"/api/schedules/{template}/windows")).json()["windows"]
    assert window["holder"].pop("at").startswith("2028-02-02T08:00:")
    assert (window["outcome"], window["holder"]) == ("skipped", holder)
    why = (await api.get(f"/api/schedules/{template}/why", params={"date": "2028-02-02"})).json()
    assert (why["code"], why["by"], why["window"]["holder"]["id"]) == ("skipped", operator.id, run)
    run_again = (await api.post("/api/cron/run")).json()
    assert (run_again["templates"]["skipped"], run_again["failures"]) == (1, 0)


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize("date", ["", "2028-02-30", "today"])
async def test_new_run_without_a_real_date_is_refused(
    system: System, operator: Person, browser: Browser, date: str
) -> None:
    template, _ = await put_away(system, operator.id)
    reply = await browser.post(f"/templates/{template}/replacement-runs", {"anchorDate": date})
    assert 400 <= reply.status_code < 500
    assert len((await system.ask(LIST_BUNDLES, ListBundles())).items) == 1
