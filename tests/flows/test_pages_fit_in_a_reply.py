"""The broker carries 1 MiB, which is counted in bytes: text in Japanese takes three a character."""

import datetime as dt

import pytest

from contracts import subjects
from contracts.commands import CreateRecurring, GenerateToday
from contracts.queries import ListNotifications, ListRecurring
from contracts.values import Service, calendar_date
from contracts.views import Severity
from services.kit import mongo
from services.notifier.notices import NotificationType, Raise
from services.notifier.store import NotificationStore
from tests.system import System

LONG = "請求書を" * 5_000
HOW_MANY = 25
NOON = dt.datetime(2028, 2, 1, 12, tzinfo=dt.UTC)


@pytest.mark.requirement("R-REL-4")
async def test_duties_and_what_is_made_of_them_come_in_pages_that_the_broker_carries(idle: System) -> None:
    await idle.start(Service.WORK)
    for number in range(HOW_MANY):
        duty = CreateRecurring(
            id=f"duty-{number}", description="請求書", cron_expression="0 9 * * *", instructions=LONG
        )
        await idle.ask(subjects.CREATE_RECURRING, duty)

    listed, asked = set[str](), ListRecurring()
    while True:
        page = await idle.ask(subjects.LIST_RECURRING, asked)
        listed |= {config.id for config in page.items}
        if page.after is None:
            break
        asked = ListRecurring(after=page.after)
    assert len(listed) == HOW_MANY

    made, command = 0, GenerateToday(date=calendar_date("2028-02-05"))
    while True:
        generated = await idle.ask(subjects.GENERATE_TODAY, command)
        made += len(generated.tasks)
        if generated.after is None:
            break
        command = command.model_copy(update={"after": generated.after})
    assert made == HOW_MANY


@pytest.mark.requirement("R-NOT-1")
async def test_notifications_come_in_pages_that_the_broker_carries(idle: System) -> None:
    await idle.start(Service.WORK, Service.NOTIFIER)
    async with mongo.connect(idle.settings, Service.NOTIFIER) as database:
        raised = [
            Raise(
                cause=f"told:{number}",
                type=NotificationType.AUTOMATION_FAILURE,
                severity=Severity.INFO,
                message=LONG,
                at=NOON,
            )
            for number in range(HOW_MANY)
        ]
        await NotificationStore(database).raise_each(raised)

    shown, asked = set[str](), ListNotifications()
    while True:
        page = await idle.ask(subjects.LIST_NOTIFICATIONS, asked)
        shown |= {notification.id for notification in page.items}
        if page.after is None:
            break
        asked = ListNotifications(after=page.after)
    assert len(shown) == HOW_MANY
