"""What an engineer's Prometheus learns: windows made and not made, how late, what waits, how long handlers take."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.commands import CreateRecurring, Generate, PauseSchedule
from contracts.values import Kind, Service, calendar_date
from services.cli.ports import free_ports
from services.kit import metrics
from services.kit.settings import Settings
from services.kit.start_error import StartError
from tests.flows.conftest import WEDNESDAY_MORNING
from tests.system import System, instant, system_on

pytestmark = pytest.mark.requirement("R-REL-2")


class Figures:
    """The samples of one scrape. A figure is named by its metric and some labels, and is the sum of what fits."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, list[Any]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self._samples[sample.name].append(sample)

    def __call__(self, name: str, **labels: str) -> float:
        fitting = [one.value for one in self._samples[name] if labels.items() <= one.labels.items()]
        return sum(fitting)

    def __contains__(self, name: str) -> bool:
        return name in self._samples


@pytest.fixture
async def measured(settings: Settings) -> AsyncGenerator[System]:
    [port] = free_ports(1)
    own = {"clock": instant(WEDNESDAY_MORNING), "test_control": True, "portal_port": 0, "metrics_port": port}
    settings = settings.model_copy(update=own)
    async with metrics.served(settings), system_on(settings) as system:
        await system.start(Service.WORK, Service.SCHEDULER, Service.NOTIFIER, Service.PORTAL)
        yield system


async def scraped(system: System) -> Figures:
    async with httpx.AsyncClient() as client:
        reply = await client.get(f"http://127.0.0.1:{system.settings.metrics_port}/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    return Figures(reply.text)


async def test_windows_lag_queue_failures_ticks_handlers_and_requests(measured: System) -> None:
    system = measured
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    slack, paused, broken = [(await system.ask(subjects.CREATE_RECURRING, duty)).id for _ in range(3)]
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=paused))
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.settings.mongo_url.get_secret_value())
    stored = client[f"{system.settings.mongo_prefix}_work"].recurring
    await stored.update_one({"_id": broken}, {"$set": {"tags": "banana"}})
    await client.close()
    before = await scraped(system)
    await system.clock_to("2028-02-02 09:00")
    some = Generate(start_date=calendar_date("2028-02-02"), end_date=calendar_date("2028-02-03"), source_ids=[slack])
    await system.ask(subjects.GENERATE, some)
    async with httpx.AsyncClient(base_url=system.portal_url) as browser:
        assert (await browser.get("/api/health")).status_code == 200
        assert (await browser.get("/metrics")).status_code == 404, "the public port serves none"
    after = await scraped(system)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert more("dataops_windows_total", outcome="generated", trigger="schedule") == 1
    assert more("dataops_windows_total", outcome="failed", trigger="schedule") == 1
    assert more("dataops_windows_total", outcome="generated", trigger="backfill") == 1
    assert more("dataops_windows_total", outcome="repeated", trigger="backfill") == 1
    assert more("dataops_windows_total", outcome="paused", trigger="schedule") == 1
    assert more("dataops_window_lag_seconds_count", trigger="schedule") == 1
    assert 0 <= more("dataops_window_lag_seconds_sum", trigger="schedule") < 60
    assert more("dataops_window_lag_seconds_count", trigger="backfill") == 0, "nobody is late with what was asked for"
    assert more("dataops_window_batch_seconds_count") >= 2
    assert (after("dataops_windows_pending"), after("dataops_windows_unacknowledged")) == (0, 0)
    assert (before("dataops_failures_open"), after("dataops_failures_open")) == (0, 1)
    assert 0 <= after("dataops_tick_age_seconds") < 60
    handled = "dataops_received_processed_messages_duration_seconds_count"
    assert more(handled, app_name="work", handler=subjects.GENERATE.subject) == 1
    assert more("dataops_http_requests_total", path="/api/health", status_code="200") == 1
    assert more("dataops_http_request_duration_seconds_count", path="/api/health") == 1


async def test_a_database_that_does_not_answer_costs_only_what_it_would_say(
    measured: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "dataops_failures_open" in await scraped(measured)

    async def unreachable(_: object) -> None:
        raise ConnectionError("no primary")

    monkeypatch.setattr("services.work.stores.ledger.Ledger.failures", unreachable)
    figures = await scraped(measured)
    assert "dataops_failures_open" not in figures
    assert "dataops_window_batch_seconds_count" in figures


async def test_a_port_that_is_taken_is_named_with_its_setting(measured: System) -> None:
    with pytest.raises(StartError, match="DATAOPS_METRICS_PORT"):
        async with metrics.served(measured.settings):
            pass


async def test_without_a_port_nothing_is_served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setattr(metrics, "start_http_server", refuse)
    async with metrics.served(settings):
        assert settings.metrics_port is None
