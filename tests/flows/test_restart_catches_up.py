"""Down for two days: on return every window comes once, with its own date, also those already in the stream."""

import pytest

from contracts import subjects
from contracts.commands import CreateRecurring
from contracts.values import Service, calendar_date
from tests.system import System, instant


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
