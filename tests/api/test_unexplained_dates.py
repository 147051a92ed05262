"""Dates without a record, and a clock that was ahead, as Home and the page of a schedule show them."""

import html
from typing import Any

import pytest

from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING
from services.kit import zone_data
from services.kit.clock import Clock
from tests.api.people import Browser
from tests.system import System, instant

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def stored(system: System) -> Any:
    return system.mongo[f"{system.settings.mongo_prefix}_work"]


async def text(browser: Browser, path: str) -> str:
    reply = await browser.get(path)
    assert reply.status_code == 200, reply.text
    assert HOSTILE not in reply.text
    return html.unescape(reply.text)


@pytest.mark.requirement("R-GEN-5")
async def test_home_names_dates_without_record(system: System, browser: Browser, stored: Any) -> None:
    duty = CreateRecurring(description=HOSTILE, cron_expression="0 9 * * *", actor="maria")
    id = (await system.ask(CREATE_RECURRING, duty)).id
    await system.set_clock("2028-02-02 09:30")
    assert "without a record" not in await text(browser, "/")
    await stored.unexplained.insert_one(
        {
            "_id": f"recurring:{id}:2028-02-02",
            **{"kind": "recurring", "source_id": id, "date": "2028-02-02"},
            **{"opens_at": instant("2028-02-02 09:00"), "found_at": instant("2028-02-02 09:05")},
            **{"sent_at": None, "tries": 0},
        }
    )

    home = await text(browser, "/")
    address = f"/recurring/recurring/{id}?date=2028-02-02"

    assert "1 scheduled date without a record" in home
    assert f'href="{address}#why-heading"' in home
    assert "no scheduler has run" in await text(browser, address)


@pytest.mark.requirement("R-REL-3")
async def test_home_says_that_clock_was_ahead(system: System, browser: Browser, stored: Any) -> None:
    wall = Clock.wall()
    tick = {"at": wall, "ahead_until": instant("2028-02-05 12:03"), "ahead_told_at": wall}
    await stored.ticks.replace_one({"_id": "last"}, tick, upsert=True)

    assert "A clock was ahead" in await text(browser, "/")

    await system.set_clock("2028-02-05 12:04")
    assert "A clock was ahead" not in await text(browser, "/")


async def test_health_names_zone_data_in_header_alone(browser: Browser) -> None:
    reply = await browser.get("/api/health")

    assert reply.json() == {"status": "ok"}
    assert reply.headers["x-zone-data"] == zone_data.DESCRIPTION
