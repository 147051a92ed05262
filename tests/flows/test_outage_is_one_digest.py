"""Days without a scheduler: every window comes once, and one notification tells of all of them."""

import pytest

from contracts import subjects
from contracts.generation import Generate
from contracts.notifications import DismissAllNotifications, ListNotifications, Notification
from contracts.recurring import CreateRecurring
from contracts.values import Service, calendar_date
from tests.system import System, instant


async def daily_duty(system: System, description: str = "Handle Slack invites") -> str:
    created = CreateRecurring(description=description, cron_expression="0 9 * * *")
    return (await system.ask(subjects.CREATE_RECURRING, created)).id


async def away_until(system: System, at: str) -> None:
    """The scheduler is down, and returns at that instant."""
    await system.stop(Service.SCHEDULER)
    await system.set_clock(at)
    system.settings = system.settings.model_copy(update={"clock": instant(at)})
    await system.start(Service.SCHEDULER)


async def listed(system: System) -> list[Notification]:
    return (await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())).items


async def digests(system: System) -> list[Notification]:
    return [one for one in await listed(system) if one.type == "automation-failure"]


@pytest.mark.requirement("R-REL-1")
async def test_three_days_away_every_window_comes_once_with_its_date_and_one_digest(system: System) -> None:
    duty = await daily_duty(system)
    await system.clock_to("2028-02-02 09:00")
    await away_until(system, "2028-02-05 10:00")
    await system.clock_to("2028-02-05 10:01")

    for day in ("02", "03", "04", "05"):
        assert [task.recurring_config_id for task in await system.tasks_on(f"2028-02-{day}")] == [duty]
    [digest] = await digests(system)
    assert digest.message == (
        "The scheduler did not run from Wed 2 Feb 2028 09:00 to Sat 5 Feb 2028 10:00. "
        "Created late, with the original date: 3 scheduled dates."
    )
    assert digest.severity == "warning"
    [overdue] = [one for one in await listed(system) if one.task_id is not None]
    assert overdue.message.endswith("overdue by 3 days or more: it was due on Wed 2 Feb 2028")


@pytest.mark.requirement("R-REL-1")
async def test_ten_days_away_the_older_ones_are_missed_and_told_once_until_they_are_acknowledged(
    system: System,
) -> None:
    await daily_duty(system)
    await system.clock_to("2028-02-02 09:00")
    await away_until(system, "2028-02-12 10:00")
    await system.clock_to("2028-02-12 10:01")

    assert await system.tasks_on("2028-02-05") == []
    assert len(await system.tasks_on("2028-02-06")) == 1
    [failure] = (await system.home()).failures
    assert failure.dates == [calendar_date(f"2028-02-0{day}") for day in (3, 4, 5)]
    [digest] = await digests(system)
    assert digest.severity == "critical"
    assert digest.message.endswith(
        "Created late, with the original date: 7 scheduled dates. "
        "Missed, as older than the catch-up horizon: 3 scheduled dates. Backfill them."
    )

    acknowledged = subjects.ACKNOWLEDGE_FAILURE.request(actor="valeria", code=failure.error.code, note="Not needed")
    await system.ask(subjects.ACKNOWLEDGE_FAILURE, acknowledged)
    assert await digests(system) == []


@pytest.mark.requirement("R-REL-1")
async def test_what_was_made_ahead_of_an_outage_is_told_neither_late_nor_missed(system: System) -> None:
    duty = await daily_duty(system)
    await system.clock_to("2028-02-02 09:00")
    for date in (calendar_date("2028-02-03"), calendar_date("2028-02-06")):
        await system.ask(subjects.GENERATE, Generate(start_date=date, end_date=date, source_ids=[duty]))
    await away_until(system, "2028-02-12 10:00")
    await system.clock_to("2028-02-12 10:01")

    [failure] = (await system.home()).failures
    assert failure.dates == [calendar_date("2028-02-04"), calendar_date("2028-02-05")]
    [digest] = await digests(system)
    assert digest.message.endswith(
        "Created late, with the original date: 6 scheduled dates. "
        "Missed, as older than the catch-up horizon: 2 scheduled dates. Backfill them."
    )


@pytest.mark.requirement("R-REL-1")
async def test_a_clock_that_jumps_ahead_is_an_outage_like_any_other(system: System) -> None:
    await daily_duty(system)
    await system.clock_to("2028-02-05 10:00")
    await system.clock_to("2028-02-05 10:01")

    assert len(await digests(system)) == 1
    assert len(await system.tasks_on("2028-02-03")) == 1


@pytest.mark.requirement("R-REL-3")
async def test_a_clock_that_jumps_back_makes_nothing_and_is_told_once_until_it_has_caught_up(system: System) -> None:
    await daily_duty(system)
    await system.clock_to("2028-02-02 09:01")
    await system.ask(subjects.DISMISS_ALL, DismissAllNotifications())
    for minute in ("09:00", "09:01"):
        await system.clock_to(f"2028-02-01 {minute}")

    [notification] = await listed(system)
    assert notification.message.startswith("The clock went back from Wed 2 Feb 2028 09:01 to Tue 1 Feb 2028 09:00.")
    assert await system.tasks_on("2028-02-01") == []

    await system.clock_to("2028-02-02 09:02")
    assert notification.id not in [one.id for one in await listed(system)]
