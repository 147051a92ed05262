"""A workflow started by hand holds its anchor date: the schedule does not make it a second time."""

import asyncio
import datetime as dt

import pytest

from contracts import subjects
from contracts.fields.template import LinkDefinitionInput, TaskDefinitionInput
from contracts.history import HistoryFeed
from contracts.runs import CreateBundle, ListBundles, ListBundleTasks
from contracts.schedule_rows import ListPredicted
from contracts.tasks import ListTaskRows
from contracts.templates import CreateTemplate, Template
from contracts.values import Kind, Outcome
from contracts.windows import ListWindows
from tests.system import System

MONDAY = dt.date(2028, 2, 7)


async def newsletter(system: System) -> Template:
    command = CreateTemplate(
        name="Newsletter",
        type="newsletter",
        bundle_link_definitions=[LinkDefinitionInput(name="Luma")],
        task_definitions=[
            TaskDefinitionInput(ref_id="a", description="Draft", offset_days=-9, required_link_name="Luma"),
            TaskDefinitionInput(ref_id="b", description="Send", offset_days=0),
        ],
        trigger_type="automatic",
        trigger_schedule="0 9 * * 1",
    )
    return await system.ask(subjects.CREATE_TEMPLATE, command)


@pytest.mark.requirement("R-GEN-2")
@pytest.mark.requirement("R-GEN-3")
async def test_the_window_of_that_date_is_skipped(system: System) -> None:
    template = await newsletter(system)
    [predicted] = (await system.ask(subjects.LIST_PREDICTED, ListPredicted())).items
    assert (predicted.source_id, predicted.date) == (template.id, MONDAY)
    command = CreateBundle(template_id=template.id, anchor_date=MONDAY, actor="olivia")
    started = await system.ask(subjects.CREATE_BUNDLE, command)
    assert started.bundle.title == "Newsletter - Mon 7 Feb 2028"
    assert (await system.ask(subjects.LIST_PREDICTED, ListPredicted())).items == []
    await system.clock_to("2028-02-07 09:00")
    [window] = (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.TEMPLATE, id=template.id))).items
    assert (window.outcome, window.item_id) == (Outcome.SKIPPED, started.bundle.id)
    [bundle] = (await system.ask(subjects.LIST_BUNDLES, ListBundles())).items
    assert bundle.id == started.bundle.id
    [created] = (await system.ask(subjects.HISTORY_FEED, HistoryFeed(kinds=("bundle.created",)))).items
    assert (created.bundle_id, created.template_id, created.actor) == (bundle.id, template.id, "olivia")


@pytest.mark.requirement("R-GEN-3")
async def test_many_started_at_once_are_each_whole_and_one_holds_the_date(system: System) -> None:
    template = await newsletter(system)
    command = CreateBundle(template_id=template.id, anchor_date=MONDAY)
    started = await asyncio.gather(*(system.ask(subjects.CREATE_BUNDLE, command) for _ in range(8)))
    assert len({one.bundle.id for one in started}) == 8
    for one in started:
        tasks = (await system.ask(subjects.LIST_BUNDLE_TASKS, ListBundleTasks(id=one.bundle.id))).items
        assert [task.id for task in tasks] == one.task_ids
    await system.clock_to("2028-02-07 09:00")
    assert len((await system.ask(subjects.LIST_BUNDLES, ListBundles())).items) == 8


@pytest.mark.requirement("R-HOM-3")
async def test_a_step_that_was_due_before_the_start_is_due_today_and_overdue_tomorrow(system: System) -> None:
    template = await newsletter(system)
    await system.ask(subjects.CREATE_BUNDLE, CreateBundle(template_id=template.id, anchor_date=MONDAY))
    home = await system.home()
    assert ([row.task.description for row in home.due_today.rows], home.overdue.count) == (["Draft"], 0)
    [card] = home.at_risk.cards
    assert (card.done, card.total, card.missing) == (0, 2, ["Luma URL"])
    await system.clock_to("2028-02-03 08:00")
    assert [row.task.description for row in (await system.home()).overdue.rows] == ["Draft"]


@pytest.mark.requirement("R-BUN-2")
async def test_automatic_run_lacks_what_a_run_by_hand_lacks(system: System) -> None:
    """Links of the run, two of them, beside a link, a file and a proof of each step's own."""
    needs = {"requiredBundleLinks": ["Luma", "Recording"]}
    steps = [
        TaskDefinitionInput(ref_id="links", description="Links", offset_days=0, validation=needs),
        TaskDefinitionInput(
            ref_id="own", description="Own", offset_days=0, required_link_name="Luma", requires_file=True
        ),
        TaskDefinitionInput(
            ref_id="all", description="All", offset_days=0, validation=needs, proof_requirement={"type": "artifact"}
        ),
    ]
    command = CreateTemplate(
        name="Newsletter",
        type="newsletter",
        bundle_link_definitions=[LinkDefinitionInput(name="Luma"), LinkDefinitionInput(name="Recording")],
        task_definitions=steps,
        trigger_type="automatic",
        trigger_schedule="0 9 * * 3",
    )
    template = await system.ask(subjects.CREATE_TEMPLATE, command)
    await system.clock_to("2028-02-02 09:00")
    await system.ask(subjects.CREATE_BUNDLE, CreateBundle(template_id=template.id, anchor_date=MONDAY))
    lacking = []
    for bundle in (await system.ask(subjects.LIST_BUNDLES, ListBundles())).items:
        rows = (await system.ask(subjects.LIST_TASK_ROWS, ListTaskRows(bundle_id=bundle.id))).items
        lacking.append({row.task.description: row.missing for row in rows})
    automatic, by_hand = lacking
    assert automatic == by_hand
    assert automatic["Links"] == ["workflow link Luma", "workflow link Recording"]
