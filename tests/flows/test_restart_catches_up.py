"""After two days down, or while the database was out of reach: on return every window comes once, with its own date."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.tasks import CreateTask
from contracts.values import Service, calendar_date
from services.kit.unavailable import Unavailable
from services.work.generation import consumer as windows
from services.work.streams import CONSUMER, WINDOWS
from tests.line import Line
from tests.system import System, eventually, hasten_driver, instant


@pytest.mark.requirement("R-REL-1")
@pytest.mark.requirement("R-GEN-3")
async def test_a_restart_with_a_half_full_stream_and_an_old_cursor_catches_up_every_window_once(
    system: System,
) -> None:
    configs = [
        (
            await system.ask(
                subjects.CREATE_RECURRING, CreateRecurring(description=f"Duty {n}", cron_expression="0 9 * * *")
            )
        ).id
        for n in range(20)
    ]
    await system.clock_to("2028-02-02 09:00")
    await system.stop(Service.SCHEDULER, Service.WORK)
    stream = system.client.jetstream()
    for config in configs[:10]:
        await stream.publish(f"dataops.window.due.recurring.{config}.2028-02-03", b"")

    await system.set_clock("2028-02-04 09:30")
    system.settings = system.settings.model_copy(update={"clock": instant("2028-02-04 09:30")})
    await system.start(Service.WORK, Service.SCHEDULER)
    await system.clock_to("2028-02-04 09:31")

    for date in ("2028-02-02", "2028-02-03", "2028-02-04"):
        assert sorted(task.recurring_config_id or "" for task in await system.tasks_on(date)) == sorted(configs)
    home = await system.home()
    assert (home.overdue.count, home.due_today.count) == (40, 20)
    assert {row.task.date for row in home.overdue.rows} == {calendar_date("2028-02-02"), calendar_date("2028-02-03")}


@asynccontextmanager
async def line_to_the_database(system: System) -> AsyncGenerator[Line]:
    """Cut at the end: a driver that is closed says goodbye without letting this loop, which carries it, run."""
    address = urlsplit(system.settings.mongo_url.get_secret_value())
    line = Line(str(address.hostname), address.port or 27017)
    await line.mend()
    url = SecretStr(f"mongodb://127.0.0.1:{line.port}/?directConnection=true")
    system.settings = system.settings.model_copy(update={"mongo_url": url})
    try:
        yield line
    finally:
        line.cut()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage of a moment is a long one."""
    hasten_driver(monkeypatch)
    monkeypatch.setattr(windows, "_RETRY_SECONDS", (0.1,))


@pytest.mark.requirement("R-REL-4")
@pytest.mark.usefixtures("impatient")
async def test_while_the_database_is_out_of_reach_no_delivery_is_used_up_and_a_command_changes_nothing(
    idle: System,
) -> None:
    async with line_to_the_database(idle) as line:
        await idle.start(Service.WORK)
        duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
        duties = [(await idle.ask(subjects.CREATE_RECURRING, duty)).id for _ in range(3)]
        by_hand = CreateTask(description="By hand", date=calendar_date("2028-02-03"), key="the-same-one")
        stream = idle.client.jetstream()
        with capture_logs() as logs:

            async def it_was_tried_often() -> bool:
                return sum(one["event"] == "windows.interrupted" for one in logs) > 4

            line.cut()
            for id in duties:
                await stream.publish(f"dataops.window.due.recurring.{id}.2028-02-03", b"")
            with pytest.raises(Unavailable, match="work does not answer"):
                await idle.ask(subjects.CREATE_TASK, by_hand)
            await eventually(it_was_tried_often)
        info = await stream.consumer_info(WINDOWS, CONSUMER)
        assert info.delivered is not None
        assert info.delivered.consumer_seq <= 2 * len(duties)
        await line.mend()
        await idle.redelivered()
        assert len({(await idle.ask(subjects.CREATE_TASK, by_hand)).task.id for _ in range(2)}) == 1
        made = [task.recurring_config_id or task.description for task in await idle.tasks_on("2028-02-03")]
        assert sorted(made) == sorted([*duties, "By hand"])
        assert await idle.dead_letters() == []
