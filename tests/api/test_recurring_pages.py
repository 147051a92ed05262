"""Creating and editing recurring tasks, as a browser without script does it."""

import html
import re

import pytest
from markupsafe import escape

from contracts import subjects
from contracts.fields.proof import ProofRequirement
from contracts.generation import Generate
from contracts.recurring import CreateRecurring, GetRecurring, ListRecurring, RecurringConfig
from contracts.values import ProofType, calendar_date
from services.kit.mongo import connection
from tests.api.people import Browser, Person, hidden
from tests.system import System

FORM = {
    "description": "Back up the mailing list",
    "cronExpression": "0 9 * * 3",
    "enabled": "yes",
    "instructions": "Export it.\r\nUpload the ZIP.",
    "instructionsUrl": "https://example.org/how",
    "systems": "Mailchimp, Dropbox",
    "tags": "backup",
    "proofType": "file",
    "proofLabel": "Backup ZIP",
    "requiresFile": "yes",
}
HOSTILE = '<script>alert(1)</script>"><b hx-get=/x>'


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    return html.unescape(reply.text)


async def stored(system: System) -> list[RecurringConfig]:
    return (await system.ask(subjects.LIST_RECURRING, ListRecurring())).items


async def save(browser: Browser, path: str, **fields: str) -> str:
    """Send the form as it was opened; the page that follows."""
    opened = await browser.get(path)
    version = {"version": hidden(opened.text, "version")} if 'name="version"' in opened.text else {}
    reply = await browser.post(path, {"key": hidden(opened.text, "key")} | version | fields)
    assert reply.status_code == 303, reply.text
    return await text(browser, reply.headers["location"])


def problems(page: str) -> list[str]:
    return [one.strip() for one in re.findall(r'<p class="problem"[^>]*>(.*?)</p>', html.unescape(page), re.S)]


@pytest.mark.requirement("R-SCH-4")
async def test_a_recurring_task_is_made_from_the_form_and_shows_what_comes(
    system: System, browser: Browser, operator: Person
) -> None:
    page = await save(browser, "/recurring/new", **FORM, assigneeId=operator.id)
    assert "Created: “Back up the mailing list”." in page
    assert "Wednesdays at 09:00" in page
    assert [f"{day} 09:00" in page for day in ("Wed 2 Feb", "Wed 9 Feb", "Wed 1 Mar")] == [True, True, True]
    [config] = await stored(system)
    assert config.instructions == "Export it.\nUpload the ZIP."
    assert (config.systems, config.tags, config.requires_file) == (["Mailchimp", "Dropbox"], ["backup"], True)
    assert config.proof_requirement == ProofRequirement(type=ProofType.FILE, label="Backup ZIP", required=True)
    assert (config.assignee_id, config.instructions_url, config.enabled) == (
        operator.id,
        "https://example.org/how",
        True,
    )


@pytest.mark.requirement("R-SCH-1")
async def test_a_preset_counts_when_the_field_is_empty_and_the_same_form_twice_makes_one(
    system: System, browser: Browser
) -> None:
    key = {"key": hidden((await browser.get("/recurring/new")).text, "key")}
    fields = {"description": "Month's end", "cronExpression": "", "preset": "0 9 L * *"}
    replies = [await browser.post("/recurring/new", key | fields) for _ in range(2)]
    assert replies[0].headers["location"] == replies[1].headers["location"]
    [config] = await stored(system)
    assert (config.cron_expression, config.enabled) == ("0 9 L * *", False)
    assert "Paused" in await text(browser, replies[0].headers["location"])
    await browser.post("/recurring/new", key | fields | {"description": "Another, after going back"})
    assert len(await stored(system)) == 2
    odd = await browser.post("/recurring/new", fields | {"key": "\u043a\u043b\u044e\u0447"})
    assert odd.status_code == 303


@pytest.mark.requirement("R-SCH-2")
async def test_what_cannot_be_saved_is_said_at_the_field_and_at_the_top_and_the_input_stays(
    system: System, browser: Browser
) -> None:
    for fields, said in [
        ({"description": "  "}, "Description is required"),
        ({"description": "x" * 2001}, "Description must have at most 2000 characters"),
        ({"cronExpression": "61 9 * * *"}, "Minute 61 is out of range 0 to 59"),
        ({"cronExpression": "0 0 30 2 *"}, 'write "0 0 L 2 *"'),
        ({"cronExpression": ""}, "Schedule is required"),
        ({"assigneeId": "nobody"}, "Choose someone from the list"),
        ({"proofType": ""}, "Choose the kind of proof, since the proof has a name"),
        ({"proofType": "telepathy"}, "Choose the kind of proof from the list"),
        ({"proofLabel": "x" * 201}, "Name of the proof must have at most 200 characters"),
        ({"instructionsUrl": "javascript:alert(1)"}, "Link to instructions must be a web address"),
        ({"tags": "x" * 201}, "Tags must have at most 200 characters"),
        ({"instructions": "a\x0bb"}, "Instructions must not contain the control character U+000B"),
    ]:
        reply = await browser.post("/recurring/new", FORM | {"description": HOSTILE} | fields)
        assert reply.status_code == 422, fields
        assert len(problems(reply.text)) == 1, (fields, problems(reply.text))
        assert said in problems(reply.text)[0], (fields, problems(reply.text))
        assert "<title>Error: New recurring task" in reply.text
        assert "1 thing to change" in reply.text
        assert "Mailchimp, Dropbox" in reply.text
        assert "<script>alert(1)" not in reply.text
        assert "description" in fields or str(escape(HOSTILE)) in reply.text
    assert await stored(system) == []


@pytest.mark.requirement("R-SCH-5")
async def test_an_edit_changes_and_takes_away_only_what_the_form_says(system: System, browser: Browser) -> None:
    await save(browser, "/recurring/new", **FORM)
    [before] = await stored(system)
    path = f"/recurring/{before.id}/edit"
    shown = await text(browser, path)
    assert [f'value="{value}"' in shown for value in ("0 9 * * 3", "Mailchimp, Dropbox", "Backup ZIP")] == [True] * 3
    assert "Nothing was changed" in await save(browser, path, **FORM)
    without = {name: value for name, value in FORM.items() if name not in ("requiresFile", "proofType", "proofLabel")}
    page = await save(browser, path, **without | {"cronExpression": "0 7 * * 4", "tags": "", "instructions": ""})
    assert "Thursdays at 07:00" in page
    [after] = await stored(system)
    assert (after.tags, after.instructions, after.requires_file, after.proof_requirement) == (None,) * 4
    assert (after.systems, after.description, after.version) == (before.systems, before.description, before.version + 1)


@pytest.mark.requirement("R-SCH-5")
async def test_what_is_stored_and_cannot_be_read_is_named_and_saving_takes_it_away(
    system: System, browser: Browser
) -> None:
    await save(browser, "/recurring/new", **FORM)
    [config] = await stored(system)
    path = f"/recurring/{config.id}/edit"
    async with connection.connect(system.settings, "work") as database:
        broken = {"proof_requirement": {"type": "telepathy"}, "instruction_doc_id": 7}
        assert (await database["recurring"].update_one({"_id": config.id}, {"$set": broken})).modified_count == 1
    wrong = "must be 'url', 'file', 'artifact', 'comment' or 'external-status'"
    assert f"<li>Proof {wrong}</li>" in await text(browser, path)
    asked = Generate(start_date=calendar_date("2028-02-02"), end_date=calendar_date("2028-02-02"))
    [failed] = (await system.ask(subjects.GENERATE, asked)).failed
    assert failed.error == "instructionDocId must be text"
    assert "Saved: “Back up the mailing list”." in await save(
        browser, path, **FORM | {"proofType": "", "proofLabel": ""}
    )
    [mended] = await stored(system)
    assert (mended.proof_requirement, mended.instruction_doc_id, mended.unreadable) == (None, None, None)
    assert "cannot be read" not in await text(browser, path)
    assert (await system.ask(subjects.GENERATE, asked)).failed == []


@pytest.mark.requirement("R-SCH-5")
async def test_second_save_shows_what_the_first_one_stored(system: System, browser: Browser) -> None:
    await save(browser, "/recurring/new", **FORM)
    [config] = await stored(system)
    path = f"/recurring/{config.id}/edit"
    mine = FORM | {"version": str(config.version), "description": "Mine", "tags": "mine"}
    await save(browser, path, **FORM | {"description": "Theirs"})
    refused = await browser.post(path, mine)
    assert refused.status_code == 409
    assert "Someone else changed this recurring task" in refused.text
    assert "Stored now: <b>Theirs</b>" in refused.text
    assert 'value="Mine"' in refused.text
    assert (await stored(system))[0].description == "Theirs"
    again = {name: hidden(refused.text, name) for name in ("key", "version")}
    for _ in range(2):
        assert (await browser.post(path, mine | again)).status_code == 303
        assert (await stored(system))[0].description == "Mine"


@pytest.mark.requirement("R-SCH-5")
async def test_a_save_after_todays_time_says_so_and_offers_today(system: System, browser: Browser) -> None:
    in_time = await save(browser, "/recurring/new", **FORM)
    assert "Nothing is created for today" not in in_time
    late = await save(browser, "/recurring/new", **FORM | {"cronExpression": "0 7 * * 3"})
    assert "Nothing is created for today" in late
    config = next(one for one in await stored(system) if one.cron_expression == "0 7 * * 3")
    offered = {"startDate": "2028-02-02", "endDate": "2028-02-02", "schedule": f"recurring:{config.id}"}
    assert all(f'name="{name}" value="{value}"' in late for name, value in offered.items())
    await browser.post("/generations", offered)
    assert [task.recurring_config_id for task in await system.tasks_on("2028-02-02")] == [config.id]
    assert "Nothing is created for today" not in await text(browser, f"/recurring/recurring/{config.id}")


@pytest.mark.requirement("R-PAU-4")
async def test_what_made_nothing_is_deleted_and_what_made_something_is_not(system: System, browser: Browser) -> None:
    await save(browser, "/recurring/new", **FORM)
    [config] = await stored(system)
    path = f"/recurring/{config.id}/deletion"
    await browser.post("/generations", {"startDate": "2028-02-02", "endDate": "2028-02-09"})
    refused = await browser.post(path, {})
    assert refused.status_code == 409
    assert "It created 2 tasks, so it cannot be deleted." in refused.text
    fresh = await system.ask(
        subjects.CREATE_RECURRING, CreateRecurring(description="Mistake", cron_expression="0 9 * * *")
    )
    gone = await browser.post(f"/recurring/{fresh.id}/deletion", {})
    assert "Deleted: “Mistake”. It had created nothing." in await text(browser, gone.headers["location"])
    assert (await system.refused(subjects.GET_RECURRING, GetRecurring(id=fresh.id))).code == "not_found"
    assert (await browser.get("/recurring/nobody/edit")).status_code == 404
    assert (await browser.post("/recurring/nobody/deletion", {})).status_code == 404


@pytest.mark.requirement("R-SCH-2")
async def test_the_reading_of_a_cron_answers_every_text(browser: Browser) -> None:
    part = await text(browser, "/recurring/preview?cronExpression=0+9+*+*+1-5")
    assert "<b>Monday to Friday at 09:00</b>" in part
    assert part.count("<li>") == 5
    assert "Wed 2 Feb 09:00 (today)" in part
    assert "several times a day" in await text(browser, "/recurring/preview?cronExpression=0+9,17+*+*+*")
    for wrong, said in [("@daily", 'write "0 0 * * *"'), ("<b>", '"<" has no place'), ("", "choose a preset")]:
        assert said in await text(browser, f"/recurring/preview?cronExpression={wrong}")
    assert "<html" not in part
    assert "hint" not in part
    short = await text(browser, "/recurring/preview?cronExpression=0+9+31+*+*")
    assert (
        "only 7 of 12 months have one; L is the last day of a month. Perhaps you mean <code>0 9 L * *</code>." in short
    )
    six = await text(browser, "/recurring/preview?cronExpression=0+9+*+*+1+0")
    assert 'or "0 9 * * 1" (Mondays at 09:00)' in six
    assert "Every two weeks: <code>0 9 * * MON#1,MON#3</code>" in await text(browser, "/recurring/new")


@pytest.mark.requirement("R-SCH-1")
async def test_both_mechanisms_have_a_tab_and_archived_ones_their_list(system: System, browser: Browser) -> None:
    await save(browser, "/recurring/new", **FORM)
    [config] = await stored(system)
    tasks, triggers = await text(browser, "/recurring"), await text(browser, "/recurring?tab=triggers")
    assert "each creates one task on every date" in tasks
    assert config.description in tasks
    assert f'id="schedule-{config.id}"' not in triggers
    assert "No workflow starts by itself." in triggers
    await browser.post(f"/schedules/recurring/{config.id}/archive", {})
    assert "There are no recurring tasks." in await text(browser, "/recurring")
    assert f'id="schedule-{config.id}"' in await text(browser, "/recurring?archived=true")
    day = calendar_date("2028-02-02")
    assert f"from={day}" not in tasks
    filled = await text(browser, f"/recurring?from={day}&to={day}&schedule=recurring:{config.id}")
    assert f'name="startDate" value="{day}"' in filled
