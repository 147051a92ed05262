"""Work is killed or stopped at the worst instants; when it is there again there is one task, or one whole run."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import nats
import pytest
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from contracts import subjects
from contracts.commands import CreateRecurring
from contracts.queries import ListTasks, ListWindows
from contracts.values import Kind, Outcome, Service, calendar_date
from contracts.views import TaskDefinition
from contracts.workflow_commands import CreateTemplate
from services.kit import health
from services.kit.settings import Settings
from tests.system import System, eventually


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
        "DATAOPS_MONGO_PREFIX": settings.mongo_prefix,
        "DATAOPS_CLOCK": "2028-02-02T08:00:00Z",
    }


@asynccontextmanager
async def worker(system: System, point: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A work process that is ready; killed at the end if it still lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.dying_work", point, env=environment(system.settings)
    )

    async def is_ready() -> bool:
        assert process.returncode is None, "the worker died before its time"
        try:
            reply = await system.client.request(health.subject(Service.WORK), b"{}", timeout=0.5)
        except (NatsTimeout, NoRespondersError):
            return False
        return json.loads(reply.data)["ready"]

    try:
        await eventually(is_ready)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


@pytest.fixture
async def servers_only(settings: Settings) -> AsyncGenerator[System]:
    client = await nats.connect(settings.nats_url.get_secret_value())
    yield System(settings, client)
    await client.close()


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
@pytest.mark.parametrize("point", ["before_ack", "between_inserts"])
async def test_killed_between_the_inserts_and_the_ack_leaves_exactly_one_task(servers_only: System, point: str) -> None:
    system = servers_only
    async with worker(system, point) as process:
        duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
        config = await system.ask(subjects.CREATE_RECURRING, duty)
        await system.client.jetstream().publish(f"dataops.window.due.recurring.{config.id}.2028-02-03", b"")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    async with worker(system, "never"):
        await system.redelivered()
        [task] = await system.tasks_on("2028-02-03")
        assert task.recurring_config_id == config.id


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
async def test_stopped_for_longer_than_a_delivery_lasts_it_goes_on_with_what_another_has_made(
    servers_only: System,
) -> None:
    system = servers_only
    finished = await system.client.subscribe(subjects.WINDOWS_FINISHED.subject)
    async with worker(system, "stopped_before_insert") as stopped:
        duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
        config = await system.ask(subjects.CREATE_RECURRING, duty)
        await system.client.jetstream().publish(f"dataops.window.due.recurring.{config.id}.2028-02-03", b"")

        async def it_stands_still() -> bool:
            at_once = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, stopped.pid, at_once) is not None  # noqa: ASYNC222  # it does not wait

        await eventually(it_stands_still)
        async with worker(system, "never"):
            await finished.next_msg(timeout=20)
            stopped.send_signal(signal.SIGCONT)
            stopped.send_signal(signal.SIGINT)  # it ends when it has finished what it had begun
            assert await asyncio.wait_for(stopped.wait(), 20) == -signal.SIGINT
            [task] = await system.tasks_on("2028-02-03")
            [row] = (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id=config.id))).items
    assert (row.outcome, row.item_id, row.generated) == (Outcome.GENERATED, task.id, 1)
    assert row.skipped >= 1


@pytest.mark.requirement("R-GEN-4")
async def test_killed_in_the_middle_of_a_run_leaves_one_whole_run(servers_only: System) -> None:
    system = servers_only
    steps = [TaskDefinition(ref_id=f"s{n}", description=f"Step {n}", offset_days=n) for n in range(20)]
    async with worker(system, "inside_run") as process:
        template = await system.ask(
            subjects.CREATE_TEMPLATE,
            CreateTemplate(
                name="Daily run",
                type="test",
                task_definitions=steps,
                trigger_type="automatic",
                trigger_schedule="0 9 * * *",
            ),
        )
        await system.client.jetstream().publish(f"dataops.window.due.template.{template.id}.2028-02-03", b"")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    async with worker(system, "never"):
        await system.redelivered()
        home = await system.home()
        [card] = [*home.at_risk.cards, *home.active.cards]
        assert (card.total, card.bundle.anchor_date) == (20, calendar_date("2028-02-03"))
        tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=card.bundle.id))).items
        assert [task.template_task_ref for task in tasks] == [step.ref_id for step in steps]
