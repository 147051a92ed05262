"""The broker carries 1 MiB, which is counted in bytes: text in Japanese takes three a character."""

import datetime as dt

import pytest

from contracts import subjects
from contracts.generation import GenerateToday
from contracts.notifications import ListNotifications, Severity
from contracts.recurring import CreateRecurring, ListRecurring
from contracts.values import Service, calendar_date
from services.kit.broker import pages_of
from services.kit.mongo import connection
from services.notifier.notices import NewNotification, NotificationType
from services.notifier.store import NotificationStore
from tests.system import System

LONG = "請求書を" * 5_000
HOW_MANY = 25
NOON = dt.datetime(2028, 2, 1, 12, tzinfo=dt.UTC)


@pytest.mark.requirement("R-GEN-7")
async def test_duties_and_what_is_made_of_them_come_in_pages_that_the_broker_carries(idle: System) -> None:
    await idle.start(Service.WORK)
    for number in range(HOW_MANY):
        duty = CreateRecurring(
            id=f"duty-{number}", description="請求書", cron_expression="0 9 * * *", instructions=LONG
        )
        await idle.ask(subjects.CREATE_RECURRING, duty)

    pages = pages_of(idle.client, subjects.LIST_RECURRING, ListRecurring())
    assert len({config.id async for page in pages for config in page.items}) == HOW_MANY
    made = pages_of(idle.client, subjects.GENERATE_TODAY, GenerateToday(date=calendar_date("2028-02-05")))
    assert len([task async for page in made for task in page.tasks]) == HOW_MANY


@pytest.mark.requirement("R-NOT-4")
async def test_notifications_come_in_pages_that_the_broker_carries(idle: System) -> None:
    await idle.start(Service.WORK, Service.NOTIFIER)
    async with connection.connect(idle.settings, Service.NOTIFIER) as database:
        raised = [
            NewNotification(
                cause=f"told:{number}",
                type=NotificationType.AUTOMATION_FAILURE,
                severity=Severity.INFO,
                message=LONG,
                at=NOON,
            )
            for number in range(HOW_MANY)
        ]
        await NotificationStore(database).add_new(raised)

    pages = pages_of(idle.client, subjects.LIST_NOTIFICATIONS, ListNotifications())
    assert len({notification.id async for page in pages for notification in page.items}) == HOW_MANY
