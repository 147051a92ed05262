"""Whatever puts a date before the scheduler's cursor, it is made late once, or recorded with the reason."""

import datetime as dt
from importlib.resources import files
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from contracts import subjects
from contracts.notifications import ListNotifications, Notification
from contracts.recurring import CreateRecurring, RecurringChanges, UpdateRecurring
from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportRecords
from contracts.values import Kind, Outcome, Service, calendar_date
from contracts.windows import AskWhy, ListWindows, Why, WhyCode, WindowRow
from services.kit import settings
from tests.flows.commands import dataops
from tests.system import System, eventually, instant

EVERY_SERVICE = (Service.WORK, Service.SCHEDULER, Service.NOTIFIER)


async def duty(system: System, cron: str, title: str = "Slack invites") -> str:
    command = CreateRecurring(description=title, cron_expression=cron, actor="maria")
    return (await system.ask(subjects.CREATE_RECURRING, command)).id


async def restart(system: System, at: str, **changes: Any) -> None:
    """All services stop, and start again at that instant with other settings."""
    await system.stop(*system.running)
    system.settings = system.settings.model_copy(update={"clock": instant(at), **changes})
    await system.start(*EVERY_SERVICE)


async def own_collections(database: AsyncDatabase[dict[str, Any]]) -> list[str]:
    """Without the server's own, such as that of the profiler, which takes no writes."""
    return [name for name in await database.list_collection_names() if not name.startswith("system.")]


async def live_until(system: System, last: str) -> None:
    """Ten o'clock of every day from 2 February 2028 on."""
    day = dt.date(2028, 2, 2)
    while day <= dt.date.fromisoformat(last):
        await system.clock_to(f"{day} 10:00")
        day += dt.timedelta(days=1)


async def becomes(system: System, date: str, *, tasks: int) -> None:
    async def as_many() -> bool:
        return len(await system.tasks_on(date)) == tasks

    await eventually(as_many)


async def entries(system: System, id: str) -> list[WindowRow]:
    return (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id=id))).items


async def why(system: System, id: str, date: str) -> Why:
    return await system.ask(subjects.ASK_WHY, AskWhy(kind=Kind.RECURRING, id=id, date=calendar_date(date)))


async def notifications_with(system: System, words: str) -> list[Notification]:
    """Waits for the first notification with these words, and returns all of them."""

    async def found() -> list[Notification]:
        page = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications(all=True))
        return [one for one in page.items if words in one.message]

    async def is_there() -> bool:
        return bool(await found())

    await eventually(is_there)
    return await found()


async def nothing_is_unexplained(system: System) -> None:
    """All schedules were looked at by real time, after this began, and nothing was found."""

    async def looked_at() -> bool:
        home = await system.home()
        return home.dates_checked_at is not None and home.dates_checked_at >= began and not home.unexplained.count

    began = (await system.home()).last_tick_at
    assert began is not None
    await eventually(looked_at)


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.parametrize(
    ("zone", "restarted_at"), [("Europe/Berlin", "08:31"), ("Asia/Kolkata", "08:31"), ("Pacific/Kiritimati", "05:00")]
)
async def test_date_that_changed_timezone_leaves_out_is_made(system: System, zone: str, restarted_at: str) -> None:
    slack = await duty(system, "0 9 * * *")
    await live_until(system, "2028-02-08")
    await restart(system, f"2028-02-09 {restarted_at}", timezone=zone)

    await becomes(system, "2028-02-09", tasks=1)
    [notification] = await notifications_with(system, "The timezone changed from UTC")
    assert f"to {zone}" in notification.message
    for hour in ("09:00", "09:30", "23:00"):
        await system.clock_to(f"2028-02-09 {hour}")

    for date in range(2, 10):
        assert len(await system.tasks_on(f"2028-02-{date:02}")) == 1
    assert {row.outcome for row in await entries(system, slack)} == {Outcome.GENERATED}
    await nothing_is_unexplained(system)


@pytest.mark.requirement("R-GEN-5")
async def test_date_beyond_horizon_after_zone_change_is_missed(system: System) -> None:
    """No catching up at all: listed as missed, and a range to generate is ready."""
    slack = await duty(system, "0 9 * * *")
    await live_until(system, "2028-02-08")
    changes = {"timezone": "Europe/Berlin", "catch_up_days": 0}
    await restart(system, "2028-02-09 08:31", **changes)

    async def is_missed() -> bool:
        return (await entries(system, slack))[0].outcome is Outcome.MISSED

    await eventually(is_missed)
    home = await system.home()
    assert [(failure.error.code, failure.windows) for failure in home.failures] == [("missed", 1)]
    assert (await why(system, slack, "2028-02-09")).code is WhyCode.MISSED


@pytest.mark.requirement("R-GEN-5")
async def test_date_that_newer_zone_data_leaves_out_is_made(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application zone keeps its name and moves three hours ahead."""
    moscow = files("tzdata.zoneinfo").joinpath("Europe", "Moscow").read_bytes()
    await duty(system, "0 9 * * *")
    await live_until(system, "2028-02-08")
    newer = ZoneInfo.from_file(BytesIO(moscow), key="UTC")
    monkeypatch.setattr(settings, "ZoneInfo", lambda _: newer)
    await restart(system, "2028-02-09 06:30")

    await becomes(system, "2028-02-09", tasks=1)
    assert len(await notifications_with(system, "The timezone changed from UTC")) == 1
    await nothing_is_unexplained(system)


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.requirement("R-REL-3")
async def test_schedule_created_after_clock_was_ahead_fires(system: System) -> None:
    await duty(system, "0 9 * * *")
    await system.clock_to("2028-02-02 08:30")
    for minute in range(4):
        await system.clock_to(f"2028-02-05 12:0{minute}")
    await system.clock_to("2028-02-02 08:34")
    await duty(system, "40 8 * * *", "Post the digest")
    for minute in (38, 40, 41, 50):
        await system.clock_to(f"2028-02-02 08:{minute}")

    [digest] = [task for task in await system.tasks_on("2028-02-02") if task.description == "Post the digest"]
    assert digest is not None
    ahead_until = (await system.home()).clock_ahead_until
    assert ahead_until is not None
    assert ahead_until.replace(second=0, microsecond=0) == instant("2028-02-05 12:03")
    said = (await dataops(system.settings, "doctor")).said
    assert "clock was ahead" in " ".join(said.split())

    for day in (3, 4, 5):
        await system.clock_to(f"2028-02-0{day} 13:00")
    assert (await system.home()).clock_ahead_until is None
    for day in (2, 3, 4, 5):
        await becomes(system, f"2028-02-0{day}", tasks=2)
    await nothing_is_unexplained(system)


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.parametrize("service", ["work", "scheduler", "notifier"])
async def test_dates_since_backup_of_one_service_are_made(
    system: System, mongo: AsyncMongoClient[dict[str, Any]], service: str
) -> None:
    """Its database is as it was four days ago; the other two go on from today."""
    await duty(system, "0 9 * * *")
    await live_until(system, "2028-02-03")
    database = mongo[f"{system.settings.mongo_prefix}_{service}"]
    backup = {name: await database[name].find().to_list(None) for name in await own_collections(database)}
    await live_until(system, "2028-02-07")
    await system.stop(*system.running)
    for name in await own_collections(database):
        await database[name].delete_many({})
        if backup.get(name):
            await database[name].insert_many(backup[name])
    await restart(system, "2028-02-08 10:30")

    for date in range(2, 9):
        await becomes(system, f"2028-02-{date:02}", tasks=1)
    await nothing_is_unexplained(system)
    await system.clock_to("2028-02-09 09:00")
    assert len(await system.tasks_on("2028-02-09")) == 1


@pytest.mark.requirement("R-GEN-5")
async def test_dates_older_than_horizon_in_restored_database_are_missed(
    system: System, mongo: AsyncMongoClient[dict[str, Any]]
) -> None:
    slack = await duty(system, "0 9 * * *")
    await system.clock_to("2028-02-02 10:00")
    database = mongo[f"{system.settings.mongo_prefix}_work"]
    backup = {name: await database[name].find().to_list(None) for name in await own_collections(database)}
    await live_until(system, "2028-02-15")
    await system.stop(*system.running)
    for name, documents in backup.items():
        await database[name].delete_many({})
        if documents:
            await database[name].insert_many(documents)
    await restart(system, "2028-02-16 10:00")

    async def all_have_entries() -> bool:
        return len(await entries(system, slack)) == 15

    await eventually(all_have_entries)
    outcomes = {row.date.day: row.outcome for row in await entries(system, slack)}
    assert {day for day, outcome in outcomes.items() if outcome is Outcome.MISSED} == set(range(3, 10))
    assert {day for day, outcome in outcomes.items() if outcome is Outcome.GENERATED} == {2, *range(10, 17)}


@pytest.mark.requirement("R-GEN-5")
async def test_dates_of_deleted_stream_are_made(system: System) -> None:
    """Published, and gone with the stream before work took them."""
    for number in range(3):
        await duty(system, "0 9 * * *", f"Duty {number}")
    await system.clock_to("2028-02-02 08:30")
    # Work answers, but takes no window: the consumer's messages are gone before it sees them.
    stream = system.client.jetstream()
    await stream.delete_consumer("WINDOWS", "work")
    await system.set_clock("2028-02-02 09:00")

    async def all_are_published() -> bool:
        return (await stream.stream_info("WINDOWS")).state.messages == 3

    await eventually(all_are_published)
    await stream.delete_stream("WINDOWS")
    await restart(system, "2028-02-02 09:10")

    await becomes(system, "2028-02-02", tasks=3)
    await nothing_is_unexplained(system)


@pytest.mark.requirement("R-GEN-5")
async def test_date_after_edit_that_nobody_published_is_made(system: System) -> None:
    """The edit moves the date before the cursor within the minute of the tick."""
    slack = await duty(system, "0 15 * * *")
    await system.clock_to("2028-02-02 09:30")
    change = UpdateRecurring(id=slack, changes=RecurringChanges(cron_expression="31 9 * * *"))
    await system.ask(subjects.UPDATE_RECURRING, change)
    await system.clock_to("2028-02-02 09:40")

    assert len(await system.tasks_on("2028-02-02")) == 1


@pytest.mark.requirement("R-GEN-5")
async def test_imported_schedule_owes_dates_from_its_import_on(system: System) -> None:
    """What opened before is explained by the import; what opens then is made."""
    await system.clock_to("2028-02-02 08:30")
    since = "2028-01-20T08:00:00.000Z"
    record = {
        "recurring_config_id": "weekly-backup",
        "description": "Weekly backup",
        "cron_expression": "0 9 * * *",
        "enabled": True,
        "created_at": since,
        "updated_at": since,
        "version": 1,
        "timeline": [{"since": since, "cron": "0 9 * * *", "leadDays": 0, "enabled": True, "archived": False}],
    }
    question = ImportRecords(entity=Entity.RECURRING_CONFIGS, records=[record])
    [result] = (await system.ask(subjects.IMPORT_WORK, question)).results
    assert result.reason is None
    await system.clock_to("2028-02-02 10:00")

    assert len(await system.tasks_on("2028-02-02")) == 1
    assert (await why(system, "weekly-backup", "2028-02-01")).code is WhyCode.BEFORE_CREATION
    await nothing_is_unexplained(system)
