"""Whatever is stored of one schedule, and however much, the others make what is due."""

import datetime as dt
from typing import Any

import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.schedules import ScheduleFeed
from contracts.subjects import reply_size
from contracts.values import Kind, Service, calendar_date
from contracts.windows import AskWhy, WhyCode
from services.kit.mongo import connection
from tests.system import System, eventually, instant

HUGE = "x" * 200_000


def revisions(number: int, **fields: Any) -> list[dict[str, Any]]:
    """Paused and resumed every minute until an hour before now; enabled at last."""
    first = instant("2028-02-02 07:00") - dt.timedelta(minutes=number)
    return [
        {"since": first + dt.timedelta(minutes=n), "cron": "0 9 * * *", "enabled": (number - n) % 2 == 1, **fields}
        for n in range(number)
    ]


ODD_FIELDS: dict[str, dict[str, Any]] = {
    "9001-revisions": {"timeline": revisions(9_001, reason="holiday", by="olivia")},
    "huge-title": {"description": HUGE},
    "huge-reasons": {"timeline": revisions(3, reason=HUGE)},
    "huge-cron": {"timeline": revisions(1, cron="0 9 * * * " + HUGE)},
    "huge-lead": {"timeline": revisions(1, lead_days=[HUGE])},
    "no-timeline": {"timeline": []},
    "text-timeline": {"timeline": "every day"},
    "null-timeline": {"timeline": None},
    "numbers-in-timeline": {"timeline": [1, None, "x"]},
    "no-since": {"timeline": [{"cron": "0 9 * * *"}]},
    "at-the-end-of-time": {
        "timeline": [{"since": dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC), "cron": "* * * * *"}]
    },
    "text-created": {"created_at": "yesterday"},
    "text-changed": {"changed_at": "yesterday"},
    "text-imported": {"imported_at": "yesterday"},
    "no-title": {"description": None},
}
FAILING = {"huge-cron", "no-timeline", "text-timeline", "null-timeline", "numbers-in-timeline", "no-since"}


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.requirement("R-REL-5")
async def test_others_are_made_beside_every_oddity(idle: System) -> None:
    system = idle
    await system.start(Service.WORK)
    ids: dict[str, str] = {}
    for name in [*ODD_FIELDS, "sound"]:
        command = CreateRecurring(description=name, cron_expression="0 9 * * *")
        ids[name] = (await system.ask(subjects.CREATE_RECURRING, command)).id
    async with connection.connect(system.settings, Service.WORK) as database:
        for name, fields in ODD_FIELDS.items():
            await database.recurring.update_one({"_id": ids[name]}, {"$set": fields})
    after, sizes = None, list[int]()
    while True:
        page = await system.ask(subjects.SCHEDULE_FEED, ScheduleFeed(after=after))
        sizes.append(reply_size(page))
        if (after := page.after) is None:
            break
    assert max(sizes) <= 512_000
    await system.start(Service.SCHEDULER, Service.NOTIFIER)
    for day in (2, 3):
        await system.clock_to(f"2028-02-0{day} 09:00")
        for name in ("sound", "9001-revisions"):
            question = AskWhy(kind=Kind.RECURRING, id=ids[name], date=calendar_date(f"2028-02-0{day}"))
            assert (await system.ask(subjects.ASK_WHY, question)).code is WhyCode.GENERATED
    by_id = {id: name for name, id in ids.items()}

    async def are_on_home() -> bool:
        return {by_id[str(one.source_id)] for one in (await system.home()).failures} >= FAILING

    await eventually(are_on_home)
