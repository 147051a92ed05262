"""Editing a template changes the runs to come, never those that are there; deleting it ends its windows."""

import datetime as dt

import pytest

from contracts import subjects
from contracts.fields.template import TaskDefinitionInput
from contracts.generation import GenerateToday
from contracts.history import HistoryFeed
from contracts.runs import Bundle, ListBundles, ListBundleTasks
from contracts.templates import CreateTemplate, DeleteTemplate, GetTemplate, Template, TemplateChanges, UpdateTemplate
from tests.system import System

DRAFT = TaskDefinitionInput(ref_id="draft", description="Draft", offset_days=-2)
SEND = TaskDefinitionInput(ref_id="send", description="Send", offset_days=0)


async def mondays(system: System) -> Template:
    command = CreateTemplate(
        name="Newsletter",
        type="newsletter",
        task_definitions=[DRAFT],
        trigger_type="automatic",
        trigger_schedule="0 9 * * 1",
    )
    return await system.ask(subjects.CREATE_TEMPLATE, command)


async def change(system: System, template: Template, changes: TemplateChanges) -> Template:
    return await system.ask(subjects.UPDATE_TEMPLATE, UpdateTemplate(id=template.id, changes=changes))


async def runs(system: System) -> list[Bundle]:
    page = await system.ask(subjects.LIST_BUNDLES, ListBundles())
    return sorted(page.items, key=lambda bundle: bundle.anchor_date)


async def steps(system: System, bundle: Bundle) -> list[str]:
    page = await system.ask(subjects.LIST_BUNDLE_TASKS, ListBundleTasks(id=bundle.id))
    return [task.description for task in page.items]


@pytest.mark.requirement("R-SCH-5")
async def test_new_steps_lead_and_schedule_hold_for_the_runs_to_come(system: System) -> None:
    template = await mondays(system)
    await system.clock_to("2028-02-07 09:00")
    await change(
        system,
        template,
        TemplateChanges(task_definitions=[DRAFT, SEND], trigger_schedule="0 9 * * 2", trigger_lead_days=7),
    )
    await system.clock_to("2028-02-15 09:00")
    first, *rest = await runs(system)
    assert (first.anchor_date, await steps(system, first)) == (dt.date(2028, 2, 7), ["Draft"])
    assert [bundle.anchor_date for bundle in rest] == [dt.date(2028, 2, 15), dt.date(2028, 2, 22)]
    assert await steps(system, rest[0]) == ["Draft", "Send"]


@pytest.mark.requirement("R-PAU-2")
async def test_a_trigger_may_be_switched_off_taken_away_and_added_again(system: System) -> None:
    template = await mondays(system)
    await change(system, template, TemplateChanges(trigger_enabled=False))
    await system.clock_to("2028-02-07 09:00")
    await change(system, template, TemplateChanges(trigger_enabled=True, trigger_type="manual"))
    await system.clock_to("2028-02-14 09:00")
    assert await runs(system) == []
    await change(system, template, TemplateChanges(trigger_type="automatic"))
    await system.clock_to("2028-02-21 09:00")
    assert [bundle.anchor_date for bundle in await runs(system)] == [dt.date(2028, 2, 21)]


@pytest.mark.requirement("R-PAU-4")
async def test_a_deleted_template_makes_nothing_more_and_its_runs_stay(system: System) -> None:
    template = await mondays(system)
    await system.clock_to("2028-02-07 09:00")
    await system.ask(subjects.DELETE_TEMPLATE, DeleteTemplate(id=template.id, actor="olivia"))
    assert (await system.refused(subjects.GET_TEMPLATE, GetTemplate(id=template.id))).code == "not_found"
    await system.clock_to("2028-02-14 09:00")
    assert (await system.ask(subjects.GENERATE_TODAY, GenerateToday())).bundles == []
    [run] = await runs(system)
    assert (run.template_id, await steps(system, run)) == (template.id, ["Draft"])
    history = (await system.ask(subjects.HISTORY_FEED, HistoryFeed(kinds=("template.deleted",)))).items
    assert [(row.template_id, row.actor) for row in history] == [(template.id, "olivia")]
