"""A lead that changes between two windows: the save names the anchor dates that fall out or come again."""

import asyncio
import datetime as dt
from collections import Counter

import pytest

from contracts import subjects
from contracts.fields.template import TaskDefinitionInput
from contracts.runs import CreateBundle, ListBundles, StartedBundle
from contracts.templates import CreateTemplate, GetTemplate, OpenedTemplate, TemplateChanges, UpdateTemplate
from services.kit import broker
from services.kit.refused import Refused
from tests.system import System

LOST = dt.date(2028, 2, 28)


async def with_lead(system: System, days: int) -> str:
    command = CreateTemplate(
        name="Newsletter",
        type="newsletter",
        task_definitions=[TaskDefinitionInput(ref_id="draft", description="Draft", offset_days=-2)],
        trigger_type="automatic",
        trigger_schedule="0 9 * * 1",
        trigger_lead_days=days,
    )
    return (await system.ask(subjects.CREATE_TEMPLATE, command)).id


async def change_lead(system: System, id: str, days: int) -> OpenedTemplate:
    changes = TemplateChanges(trigger_lead_days=days)
    return await system.ask(subjects.UPDATE_TEMPLATE, UpdateTemplate(id=id, changes=changes, actor="olivia"))


async def anchors(system: System) -> list[dt.date]:
    page = await system.ask(subjects.LIST_BUNDLES, ListBundles())
    return sorted(bundle.anchor_date for bundle in page.items)


@pytest.mark.requirement("R-REL-5")
@pytest.mark.requirement("R-SCH-5")
async def test_grown_lead_names_dates_and_each_is_made_once(system: System) -> None:
    id = await with_lead(system, 7)
    for day in ("07", "14"):
        await system.clock_to(f"2028-02-{day} 09:00")
    await system.clock_to("2028-02-15 10:00")
    saved = await change_lead(system, id, 14)
    assert (saved.left_out, saved.already_made) == ([LOST], [])
    await system.clock_to("2028-02-21 09:00")
    assert await anchors(system) == [dt.date(2028, 2, 14), dt.date(2028, 2, 21), dt.date(2028, 3, 6)]
    assert (await system.ask(subjects.GET_TEMPLATE, GetTemplate(id=id))).left_out == [LOST]
    command = CreateBundle(template_id=id, anchor_date=LOST, actor="olivia", if_unserved=True)
    replies = await asyncio.gather(
        *(broker.ask(system.client, subjects.CREATE_BUNDLE, command) for _ in range(6)), return_exceptions=True
    )
    assert Counter(type(reply) for reply in replies) == {Refused: 5, StartedBundle: 1}
    assert (await anchors(system)).count(LOST) == 1
    assert (await system.ask(subjects.GET_TEMPLATE, GetTemplate(id=id))).left_out == []


@pytest.mark.requirement("R-SCH-5")
async def test_shrunk_lead_names_dates_that_are_skipped(system: System) -> None:
    id = await with_lead(system, 14)
    await system.clock_to("2028-02-07 09:00")
    await system.clock_to("2028-02-08 10:00")
    saved = await change_lead(system, id, 7)
    assert (saved.left_out, saved.already_made) == ([], [dt.date(2028, 2, 21)])
    await system.clock_to("2028-02-14 09:00")
    await system.clock_to("2028-02-21 09:00")
    assert await anchors(system) == [dt.date(2028, 2, 21), dt.date(2028, 2, 28)]


@pytest.mark.requirement("R-SCH-5")
async def test_run_by_hand_before_the_edit_is_not_left_out(system: System) -> None:
    id = await with_lead(system, 7)
    await system.clock_to("2028-02-15 10:00")
    await system.ask(subjects.CREATE_BUNDLE, CreateBundle(template_id=id, anchor_date=LOST))
    assert (await change_lead(system, id, 14)).left_out == []
