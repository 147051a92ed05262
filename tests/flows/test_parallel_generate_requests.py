"""Eight people press the button at once: ten tasks, and every request tells the truth."""

import asyncio

import pytest

from contracts import subjects
from contracts.duties import TaskDefinition
from contracts.generation import Generate
from contracts.recurring import CreateRecurring
from contracts.templates import CreateTemplate
from contracts.values import calendar_date
from tests.system import System

TEN_DAYS = Generate(start_date=calendar_date("2028-02-01"), end_date=calendar_date("2028-02-10"))


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-GEN-7")
async def test_eight_concurrent_requests_over_ten_days_make_ten_tasks(system: System) -> None:
    await system.ask(
        subjects.CREATE_RECURRING, CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    )
    replies = await asyncio.gather(*(system.ask(subjects.GENERATE, TEN_DAYS) for _ in range(8)))
    generated = [task.id for reply in replies for task in reply.tasks]
    assert len(set(generated)) == len(generated) == 10
    assert len(generated) + sum(reply.skipped_tasks for reply in replies) == 80


@pytest.mark.requirement("R-GEN-3")
async def test_eight_concurrent_requests_make_each_run_once_and_whole(system: System) -> None:
    steps = [TaskDefinition(ref_id=f"s{n}", description=f"Step {n}", offset_days=n) for n in range(12)]
    await system.ask(
        subjects.CREATE_TEMPLATE,
        CreateTemplate(
            name="Daily run",
            type="test",
            task_definitions=steps,
            trigger_type="automatic",
            trigger_schedule="0 9 * * *",
        ),
    )
    replies = await asyncio.gather(*(system.ask(subjects.GENERATE, TEN_DAYS) for _ in range(8)))
    generated = [bundle.id for reply in replies for bundle in reply.bundles]
    assert len(set(generated)) == len(generated) == 10
    assert len(generated) + sum(reply.skipped_bundles for reply in replies) == 80
    home = await system.home()
    assert [card.total for card in [*home.at_risk.cards, *home.active.cards]] == [12] * 10
