"""Thirty daily duties, a workflow, and what is known of how often their windows came and were made."""

import asyncio

from nats.aio.client import Client
from nats.aio.subscription import Subscription

from contracts import subjects
from contracts.duties import TaskDefinition
from contracts.recurring import CreateRecurring
from contracts.templates import CreateTemplate
from contracts.windows import WindowsFinished
from services.work.streams import CONSUMER, WINDOWS
from tests.faults.conftest import Stored
from tests.system import System

DUTIES, STEPS = 30, 20


async def create_duties(system: System) -> list[str]:
    """Due at nine; their ids."""
    duties = [CreateRecurring(description=f"Duty {number}", cron_expression="0 9 * * *") for number in range(DUTIES)]
    return [one.id for one in await asyncio.gather(*(system.ask(subjects.CREATE_RECURRING, duty) for duty in duties))]


async def create_template(system: System) -> str:
    """Due at nine as well."""
    template = CreateTemplate(
        name="Daily run",
        type="test",
        task_definitions=[TaskDefinition(ref_id=f"s{n}", description=f"Step {n}", offset_days=n) for n in range(STEPS)],
        trigger_type="automatic",
        trigger_schedule="0 9 * * *",
    )
    return (await system.ask(subjects.CREATE_TEMPLATE, template)).id


async def each_is_made_once(stored: Stored, date: str) -> None:
    """Every duty of the date, with one row in the ledger and one in the history."""
    assert await stored.count("tasks", window_date=date) == DUTIES
    assert await stored.count("windows", date=date, outcome="generated", generated=1) == DUTIES
    assert await stored.count("windows", date=date) == DUTIES
    assert await stored.count("history", **{"kind": "window.generated", "data.date": date}) == DUTIES


async def count_finished(finished: Subscription) -> tuple[int, int]:
    """How many windows were told as handled since it was last asked, and how many of them as made before."""
    windows = [
        one
        for _ in range(finished.pending_msgs)
        for one in WindowsFinished.model_validate_json((await finished.next_msg()).data).windows
    ]
    return len(windows), sum(one.repeated for one in windows)


async def redeliveries(client: Client) -> int:
    stream = client.jetstream()
    delivered = (await stream.consumer_info(WINDOWS, CONSUMER)).delivered
    return (delivered.consumer_seq if delivered else 0) - (await stream.stream_info(WINDOWS)).state.messages
