"""The lines to the broker and to the database break, fall silent or are slow in the middle of a batch: health says so
while it lasts, and each window is made once."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import SecretStr

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.subjects import WINDOW_DUE, WINDOWS_FINISHED
from contracts.values import Service
from services.cli.commands import doctor
from services.kit import clock_control
from services.kit.clock_control import SetClock
from services.scheduler import publisher, ticker
from services.work import streams
from services.work.generation import consumer as windows
from services.work.generation import pull
from tests.faults.conftest import Stored
from tests.faults.duties import (
    DUTIES,
    STEPS,
    count_finished,
    create_duties,
    create_template,
    each_is_made_once,
    redeliveries,
)
from tests.line import Fault, Line
from tests.system import System, eventually, hasten_driver, instant

ACKNOWLEDGEMENT = b"PUB $JS.ACK."
TASKS_INSERTED, RUN_COMMITTED = b"\x02insert\x00\x06\x00\x00\x00tasks\x00", b"commitTransaction\x00"


@dataclass(frozen=True)
class Lines:
    """Work and the scheduler have both servers at the ends of these; the test itself has not."""

    broker: Line
    database: Line

    def cut(self) -> None:
        """Before services stop: a driver that is closed says goodbye while this loop, which would carry it, stands."""
        self.broker.cut()
        self.database.cut()


@pytest.fixture
async def lines(servers_only: System, impatient: None) -> AsyncGenerator[Lines]:
    settings = servers_only.settings
    lines = Lines(_line_to(settings.nats_url), _line_to(settings.mongo_url))
    await asyncio.gather(lines.broker.mend(), lines.database.mend())
    by_line = {
        "nats_url": SecretStr(f"nats://127.0.0.1:{lines.broker.port}"),
        "mongo_url": SecretStr(f"mongodb://127.0.0.1:{lines.database.port}/?directConnection=true"),
    }
    servers_only.settings = settings.model_copy(update=by_line)
    await servers_only.start(Service.WORK, Service.SCHEDULER)
    yield lines
    lines.cut()


def _line_to(url: SecretStr) -> Line:
    address = urlsplit(url.get_secret_value())
    return Line(str(address.hostname), address.port or 0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage of a moment is a long one."""
    hasten_driver(monkeypatch)
    monkeypatch.setattr(windows, "_RETRY_SECONDS", (0.1,))
    monkeypatch.setattr(ticker, "_RETRY_SECONDS", (0.1,))
    monkeypatch.setattr(pull, "_LOST_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(publisher, "_ACK_SECONDS", 2.0)
    monkeypatch.setattr(streams, "ACK_WAIT_SECONDS", 0.3)


@pytest.fixture
async def finished(servers_only: System) -> Subscription:
    return await servers_only.client.subscribe(WINDOWS_FINISHED.subject)


async def it_strikes(line: Line) -> None:
    async with asyncio.timeout(20):
        await line.is_struck.wait()


async def nine_o_clock(system: System, date: str) -> None:
    """For all, without waiting for any: one that is cut off in that moment answers nobody."""
    order = SetClock(now=instant(f"{date} 09:00"))
    await system.client.publish(clock_control._EACH, order.model_dump_json().encode())


async def ills(system: System, *services: Service) -> dict[str, str]:
    """What the doctor says of them that is not well."""
    found = [
        one for service in services for one in doctor._service(service, await doctor._health(system.client, service))
    ]
    return {one.what: one.state for one in found if one.remedy is not None}


async def all_are_made(stored: Stored, date: str) -> None:
    async def each_has_its_entry() -> bool:
        return await stored.count("windows", date=date, outcome="generated") == DUTIES

    await eventually(each_has_its_entry, within=45)


async def all_is_well(system: System) -> None:
    async def nothing_is_ill() -> bool:
        return await ills(system, Service.WORK, Service.SCHEDULER) == {}

    await eventually(nothing_is_ill)


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-REL-4")
async def test_a_line_to_the_broker_cut_among_publications_or_acknowledgements_or_slow_costs_no_window(
    servers_only: System, lines: Lines, stored: Stored, finished: Subscription
) -> None:
    system, published = servers_only, Counter[str]()

    async def on_published(message: Msg) -> None:
        published[message.subject.rsplit(".", 1)[1]] += 1

    async def some_came_twice() -> bool:
        return published["2028-02-03"] > DUTIES

    await system.client.subscribe(WINDOW_DUE.subject, cb=on_published)
    await create_duties(system)

    lines.broker.delay = 0.2  # there and back it takes longer than the broker waits
    await nine_o_clock(system, "2028-02-02")
    await all_are_made(stored, "2028-02-02")
    await system.redelivered()
    lines.broker.delay = 0.0
    slowly = await redeliveries(system.client)

    lines.broker.strike(Fault.BREAK, b".2028-02-03 ", at=DUTIES // 2)  # the end of a window's subject
    await nine_o_clock(system, "2028-02-03")
    await it_strikes(lines.broker)
    silent = {"work": "does not answer", "scheduler": "does not answer"}
    assert await ills(system, Service.WORK, Service.SCHEDULER) == silent
    await lines.broker.mend()
    await all_are_made(stored, "2028-02-03")
    await all_is_well(system)
    await eventually(some_came_twice)
    twins, before = published["2028-02-03"] - DUTIES, await redeliveries(system.client)

    lines.broker.strike(Fault.BREAK, ACKNOWLEDGEMENT, at=DUTIES // 2)
    await nine_o_clock(system, "2028-02-04")
    await it_strikes(lines.broker)
    await lines.broker.mend()
    await all_are_made(stored, "2028-02-04")
    await system.redelivered()
    again, (_, repeated) = await redeliveries(system.client) - before, await count_finished(finished)

    for date in ("2028-02-02", "2028-02-03", "2028-02-04"):
        await each_is_made_once(stored, date)
    print(f"redeliveries on the slow line {slowly}, after the cut {again}, suppressed by index {repeated}")
    print(f"suppressed by the broker after the cut {twins}")
    assert min(slowly, twins, again, repeated) > 0, "it proves nothing: nothing came twice"


@pytest.mark.requirement("R-REL-4")
async def test_work_that_has_acknowledgements_nobody_takes_stops_without_an_error(
    servers_only: System, lines: Lines, stored: Stored
) -> None:
    system = servers_only
    duty = await system.ask(subjects.CREATE_RECURRING, CreateRecurring(description="Duty", cron_expression="0 9 * * *"))

    async def it_is_made() -> bool:
        return await stored.count("windows") == 1

    lines.database.strike(Fault.HOLD, TASKS_INSERTED)
    await system.client.jetstream().publish(f"dataops.window.due.recurring.{duty.id}.2028-02-02", b"")
    await it_strikes(lines.database)
    lines.broker.cut()
    lines.database.release()
    await eventually(it_is_made)
    lines.cut()
    await system.stop(Service.WORK, Service.SCHEDULER)


@pytest.mark.requirement("R-GEN-3")
@pytest.mark.requirement("R-GEN-4")
@pytest.mark.requirement("R-REL-4")
async def test_a_line_to_the_database_cut_with_its_answer_or_silent_makes_each_once_and_health_names_it(
    servers_only: System, lines: Lines, stored: Stored, finished: Subscription
) -> None:
    system = servers_only
    await create_duties(system)

    async def the_database_is_named() -> bool:
        return {"work: mongodb", "work: windows", "scheduler: mongodb"} <= (
            await ills(system, Service.WORK, Service.SCHEDULER)
        ).keys()

    lines.database.strike(Fault.LOSE_ANSWER, TASKS_INSERTED)
    await nine_o_clock(system, "2028-02-02")
    await it_strikes(lines.database)
    await eventually(the_database_is_named)
    written = await stored.count("tasks", window_date="2028-02-02")
    assert await stored.count("windows", date="2028-02-02") == 0
    await lines.database.mend()
    await all_are_made(stored, "2028-02-02")
    await all_is_well(system)

    lines.database.strike(Fault.HOLD, TASKS_INSERTED)
    await nine_o_clock(system, "2028-02-03")
    await it_strikes(lines.database)
    assert (await ills(system, Service.WORK))["work: mongodb"].startswith("no answer within")
    lines.database.release()
    await all_are_made(stored, "2028-02-03")

    template = await create_template(system)
    lines.database.strike(Fault.LOSE_ANSWER, RUN_COMMITTED)
    await system.client.jetstream().publish(f"dataops.window.due.template.{template}.2028-02-04", b"")
    await it_strikes(lines.database)
    assert await stored.count("bundles") == 1
    await lines.database.mend()
    await system.redelivered()
    await all_is_well(system)

    for date in ("2028-02-02", "2028-02-03"):
        await each_is_made_once(stored, date)
    assert await stored.counts("bundles", "tasks", "windows") == (1, STEPS + 2 * DUTIES, 1 + 2 * DUTIES)
    assert await system.dead_letters() == []
    again, (_, repeated) = await redeliveries(system.client), await count_finished(finished)
    print(f"{written} tasks written that nobody heard of; redeliveries {again}, suppressed by index {repeated}")
    assert min(written, again, repeated) > 0, "it proves nothing: nothing came twice"
