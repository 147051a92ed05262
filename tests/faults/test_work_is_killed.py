"""Work is killed at the worst instants; when it is there again there is one task, or one whole run."""

import asyncio
import signal

import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.tasks import ListTasks
from contracts.values import Service, calendar_date
from tests.faults.conftest import Stored
from tests.faults.duties import STEPS, create_template
from tests.faults.service_process import service_process
from tests.system import System


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize(("point", "left"), [("before_ack", 1), ("between_inserts", 0)])
async def test_killed_between_the_inserts_and_the_ack_leaves_exactly_one_task(
    servers_only: System, stored: Stored, point: str, left: int
) -> None:
    """``left`` is how many ledger rows the dead worker had written."""
    system = servers_only
    async with service_process(system, Service.WORK, signal.SIGKILL, point) as process:
        duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
        config = await system.ask(subjects.CREATE_RECURRING, duty)
        await system.client.jetstream().publish(f"dataops.window.due.recurring.{config.id}.2028-02-03", b"")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    assert await stored.counts("tasks", "windows") == (1, left)
    async with service_process(system, Service.WORK, signal.SIGKILL):
        await system.redelivered()
        [task] = await system.tasks_on("2028-02-03")
        assert task.recurring_config_id == config.id
    assert await stored.counts("tasks", "windows") == (1, 1)


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.usefixtures("brief_transactions")
async def test_killed_in_the_middle_of_a_run_leaves_one_whole_run(servers_only: System, stored: Stored) -> None:
    system = servers_only
    async with service_process(system, Service.WORK, signal.SIGKILL, "inside_run") as process:
        template = await create_template(system)
        await system.client.jetstream().publish(f"dataops.window.due.template.{template}.2028-02-03", b"")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    assert await stored.counts("bundles", "tasks", "windows") == (0, 0, 0)
    async with service_process(system, Service.WORK, signal.SIGKILL):
        await system.redelivered()
        home = await system.home()
        [card] = [*home.at_risk.cards, *home.active.cards]
        assert (card.total, card.bundle.anchor_date) == (STEPS, calendar_date("2028-02-03"))
        tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=card.bundle.id))).items
        assert [task.template_task_ref for task in tasks] == [f"s{number}" for number in range(STEPS)]
