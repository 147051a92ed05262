"""In Nuuk the clock change skips the end of a day: a window of that day opens on the next, and is not late on it."""

from collections.abc import AsyncGenerator

import pytest

from contracts.notifications import ListNotifications
from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, LIST_NOTIFICATIONS
from contracts.values import Service
from services.kit.settings import Settings
from tests.system import System, instant, system_on

pytestmark = pytest.mark.requirement("R-SCH-3")


@pytest.fixture
async def nuuk(settings: Settings) -> AsyncGenerator[System]:
    own = {"clock": instant("2026-03-28 12:00"), "test_control": True, "timezone": "America/Nuuk"}
    async with system_on(settings.model_copy(update=own)) as system:
        await system.start(Service.WORK, Service.SCHEDULER, Service.NOTIFIER)
        yield system


async def test_task_that_opens_after_midnight_is_late_a_day_later(nuuk: System) -> None:
    evening = CreateRecurring(description="Close the till", cron_expression="30 23 * * *", requires_file=True)
    await nuuk.ask(CREATE_RECURRING, evening)
    await nuuk.clock_to("2026-03-29 01:01")  # a minute after midnight there, in UTC as everywhere in tests
    home = await nuuk.home()
    assert [(str(row.task.date), row.days_late) for row in home.due_today.rows] == [("2026-03-28", 0)]
    assert home.overdue.count == 0
    assert await kinds(nuuk) == ["missing-evidence", "recurring-due"]
    await nuuk.clock_to("2026-03-30 00:15")  # a quarter past eleven in the evening
    assert (await nuuk.home()).overdue.count == 0
    await nuuk.clock_to("2026-03-30 01:01")
    overdue = (await nuuk.home()).overdue
    assert [str(row.task.date) for row in overdue.rows] == ["2026-03-28", "2026-03-29"]
    assert "task-overdue" in await kinds(nuuk)


async def kinds(system: System) -> list[str]:
    found = await system.ask(LIST_NOTIFICATIONS, ListNotifications())
    return sorted({one.type for one in found.items})
