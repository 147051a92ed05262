"""A run started by hand takes its anchor date; archived before the window opens, nothing serves the date, and that is
said until something does."""

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from contracts import subjects
from contracts.fields.template import TaskDefinitionInput
from contracts.generation import AcknowledgeFailure
from contracts.notifications import ListNotifications
from contracts.runs import (
    ArchiveBundle,
    BundleChanges,
    CreateBundle,
    DeleteBundle,
    ListBundles,
    RestoreBundle,
    UpdateBundle,
)
from contracts.tasks import CompleteTask
from contracts.templates import CreateTemplate
from contracts.values import RUN_PUT_AWAY, Kind, Outcome
from contracts.windows import AskWhy, HolderState, ListWindows, Why, WindowRow
from tests.system import System

MONDAY = dt.date(2028, 2, 7)
Change = Callable[[System, str, str], Awaitable[None]]


async def with_run(system: System) -> tuple[str, str]:
    """A weekly template and a run of it by hand for the next date: their ids."""
    command = CreateTemplate(
        name="Newsletter",
        type="newsletter",
        task_definitions=[TaskDefinitionInput(ref_id="draft", description="Draft", offset_days=0)],
        trigger_type="automatic",
        trigger_schedule="0 9 * * 1",
    )
    template = (await system.ask(subjects.CREATE_TEMPLATE, command)).id
    return template, await by_hand(system, template)


async def by_hand(system: System, template: str, **fields: bool) -> str:
    command = CreateBundle(template_id=template, anchor_date=MONDAY, actor="olivia", **fields)
    return (await system.ask(subjects.CREATE_BUNDLE, command)).bundle.id


async def archive(system: System, run: str) -> None:
    await system.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=run, actor="maria"))


async def window_of(system: System, template: str) -> WindowRow:
    [row] = (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.TEMPLATE, id=template))).items
    return row


async def why(system: System, template: str) -> Why:
    return await system.ask(subjects.ASK_WHY, AskWhy(kind=Kind.TEMPLATE, id=template, date=MONDAY))


async def alarms(system: System) -> list[str]:
    return [failure.error.code for failure in (await system.home()).failures]


@pytest.mark.requirement("R-PAU-5")
@pytest.mark.requirement("R-REL-5")
async def test_archived_run_is_named_until_a_new_one_stands(system: System) -> None:
    template, run = await with_run(system)
    await archive(system, run)
    await system.clock_to("2028-02-07 09:00")
    row = await window_of(system, template)
    assert (row.outcome, row.item_id) == (Outcome.SKIPPED, run)
    assert row.holder is not None
    assert (row.holder.state, row.holder.by, row.holder.anchor_date) == (HolderState.ARCHIVED, "maria", MONDAY)
    said = await why(system, template)
    archived = "“Newsletter - Mon 7 Feb 2028” had taken that date, and it was archived on Wed 2 Feb 08:00."
    assert (said.by, said.sentence) == ("maria", f"Skipped: the workflow {archived}")
    [failure] = (await system.home()).failures
    assert (failure.error.code, failure.dates, failure.source_id) == (RUN_PUT_AWAY, [MONDAY], template)
    new = await by_hand(system, template, if_unserved=True)
    assert await alarms(system) == []
    assert "“Newsletter - Mon 7 Feb 2028” already covers" in (await why(system, template)).sentence
    holder = (await window_of(system, template)).holder
    assert holder is not None
    assert (holder.id, holder.state) == (new, HolderState.ACTIVE)
    again = CreateBundle(template_id=template, anchor_date=MONDAY, if_unserved=True)
    assert (await system.refused(subjects.CREATE_BUNDLE, again)).code == "exists"


async def _restore(system: System, _: str, run: str) -> None:
    await system.ask(subjects.RESTORE_BUNDLE, RestoreBundle(id=run))


async def _start(system: System, template: str, _: str) -> None:
    await by_hand(system, template)


async def _acknowledge(system: System, template: str, _: str) -> None:
    command = AcknowledgeFailure(
        actor="olivia", kind=Kind.TEMPLATE, source_id=template, code=RUN_PUT_AWAY, note="A holiday"
    )
    assert (await system.ask(subjects.ACKNOWLEDGE_FAILURE, command)).count == 1


@pytest.mark.requirement("R-HOM-2")
@pytest.mark.requirement("R-NOT-3")
@pytest.mark.parametrize("settle", [_restore, _start, _acknowledge])
async def test_deleted_or_archived_run_alarms_until_settled(system: System, settle: Change) -> None:
    template, run = await with_run(system)
    await archive(system, run)
    if settle is not _restore:
        await system.ask(subjects.DELETE_BUNDLE, DeleteBundle(id=run, actor="nora"))
    await system.clock_to("2028-02-07 09:00")
    await system.clock_to("2028-02-07 09:01")
    assert await alarms(system) == [RUN_PUT_AWAY]
    raised = (await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications(all=True))).items
    assert [one.type for one in raised if one.template_id == template] == ["automation-failure"]
    if settle is not _restore:
        said = await why(system, template)
        assert said.by == "nora"
        assert "deleted on" in said.sentence
    await settle(system, template, run)
    assert await alarms(system) == []


@pytest.mark.requirement("R-HOM-2")
async def test_finished_or_replaced_run_put_away_is_quiet(system: System) -> None:
    """Two runs by hand of which the first is archived; and one that was finished before."""
    replaced, first = await with_run(system)
    await by_hand(system, replaced)
    await archive(system, first)
    finished, run = await with_run(system)
    for one in await system.tasks_on("2028-02-07"):
        if one.bundle_id == run:
            await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=one.id, actor="olivia"))
    changes = BundleChanges.model_validate({"stage": "done"})
    await system.ask(subjects.UPDATE_BUNDLE, UpdateBundle(id=run, changes=changes))
    await archive(system, run)
    await system.clock_to("2028-02-07 09:00")
    assert await alarms(system) == []
    assert len((await system.ask(subjects.LIST_BUNDLES, ListBundles())).items) == 3
    states = [(await window_of(system, id)).holder for id in (replaced, finished)]
    assert [holder.state for holder in states if holder] == [HolderState.ACTIVE, HolderState.ARCHIVED]


@pytest.mark.requirement("R-GEN-5")
async def test_run_archived_after_its_window_is_quiet(system: System) -> None:
    template, run = await with_run(system)
    await system.clock_to("2028-02-07 09:00")
    await archive(system, run)
    assert await alarms(system) == []
    assert (await why(system, template)).by == "maria"
