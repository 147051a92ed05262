"""Duties and what their pages say."""

from typing import Any

from contracts.recurring import CreateRecurring, RecurringConfig
from contracts.subjects import CREATE_RECURRING
from tests.api.people import Browser
from tests.system import System

TODAY = {"startDate": "2028-02-02", "endDate": "2028-02-02", "schedule": ""}


async def duty(system: System, description: str, **fields: Any) -> RecurringConfig:
    command = CreateRecurring(description=description, cron_expression="0 9 * * *", **fields)
    return await system.ask(CREATE_RECURRING, command)


async def generated(browser: Browser, **fields: str) -> str:
    """The result page of a generation for today."""
    reply = await browser.post("/generations", TODAY | fields)
    assert reply.status_code == 303, reply.text
    return (await browser.get(reply.headers["location"])).text


def strip(page: str) -> dict[str, int]:
    """The numbers of the summary strip by their labels."""
    part = page.split('aria-label="Summary">', 1)[1].split("</ul>", 1)[0]
    cells = [cell.split("<b>", 1)[1].split("</a>", 1)[0].split("</b>") for cell in part.split("<li")[1:]]
    return {label: int(number) for number, label in cells}
