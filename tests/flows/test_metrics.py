"""What an engineer's Prometheus learns: windows made and not made, how late, what waits, how long handlers take."""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import httpx
import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo.errors import (
    AutoReconnect,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
)
from structlog.testing import capture_logs

from contracts import subjects
from contracts.generation import Generate
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule
from contracts.values import Kind, Service, calendar_date
from services.cli.stack.ports import free_ports
from services.kit import metrics
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.kit.unavailable import Unavailable
from tests.flows.conftest import WEDNESDAY_MORNING
from tests.support.metrics import DEPLOY, alert_expressions, groupings, selectors
from tests.system import System, instant, system_on

pytestmark = pytest.mark.requirement("R-GEN-5")


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

    def labels(self, name: str) -> set[str]:
        return {label for sample in self._samples[name] for label in sample.labels}


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
        head = await client.head(str(reply.url))
    assert reply.headers["content-type"].startswith("text/plain")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == reply.headers["content-type"]
    return Figures(reply.text)


async def test_windows_lag_queue_failures_ticks_handlers_and_requests(measured: System) -> None:
    system = measured
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    slack, paused, broken = [(await system.ask(subjects.CREATE_RECURRING, duty)).id for _ in range(3)]
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=paused))
    stored = system.mongo[f"{system.settings.mongo_prefix}_work"].recurring
    await stored.update_one({"_id": broken}, {"$set": {"tags": "banana"}})
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


def raising(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: object) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (RuntimeError("a bug"), "bug"),
        (OperationFailure("no such command", code=59), "bug"),
        (Unavailable(Service.NOTIFIER), "unavailable"),
        (AutoReconnect("connection closed"), "unavailable"),
        (NotPrimaryError("not primary"), "unavailable"),
        (ServerSelectionTimeoutError("no primary"), "unavailable"),
        (OperationFailure("retry", code=91, details={"errorLabels": ["RetryableWriteError"]}), "unavailable"),
        (ExecutionTimeout("too slow", code=50), "unavailable"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one,
)
async def test_handler_errors_count_outages_apart_from_bugs(
    measured: System, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: str
) -> None:
    """The log has the event that the alert for this cause names."""
    name = "dataops_handler_errors_total"
    before = await scraped(measured)
    monkeypatch.setattr("services.work.tasks.store.Tasks.find", raising(error))
    with capture_logs() as logged:
        reply = json.loads((await measured.client.request(subjects.GET_TASK.subject, b'{"id":"x"}', timeout=10)).data)
        refused = json.loads((await measured.client.request(subjects.GET_TASK.subject, b"[]")).data)
    after = await scraped(measured)
    counted = {one: after(name, cause=one) - before(name, cause=one) for one in ("bug", "unavailable")}
    assert counted == {"bug": 0, "unavailable": 0} | {cause: 1}, "the asker's own fault is not counted"
    assert after(name, cause=cause, app_name="work", handler=subjects.GET_TASK.subject) >= 1
    assert (reply["code"], refused["code"]) == ("internal" if cause == "bug" else "unavailable", "invalid")
    events = {"bug": {"request.failed"}, "unavailable": {"database.unavailable", "owner.silent"}}
    assert {one["event"] for one in logged if one["log_level"] == "error"} <= events[cause]
    assert any(one["event"] in events[cause] for one in logged)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff{}", b"{}".ljust(3, b"x"), "{}".encode("utf-16")])
@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
async def test_body_that_is_no_json_is_refused_and_not_counted(
    measured: System, body: bytes, content_type: str | None
) -> None:
    before = await scraped(measured)
    headers = {"content-type": content_type} if content_type else None
    with capture_logs() as logged:
        answer = await measured.client.request(subjects.GET_TASK.subject, body, headers=headers, timeout=10)
    after = await scraped(measured)
    assert json.loads(answer.data)["code"] == "invalid", answer.data
    name = "dataops_handler_errors_total"
    assert after(name, cause="bug") == before(name, cause="bug")
    assert [one for one in logged if one["log_level"] == "error"] == []


async def test_dashboard_and_alerts_ask_for_figures_and_labels_that_exist(
    measured: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = measured
    await system.ask(
        subjects.CREATE_RECURRING, CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    )
    await system.clock_to("2028-02-02 09:00")
    monkeypatch.setattr("services.work.tasks.store.Tasks.find", raising(RuntimeError("a bug")))
    await system.client.request(subjects.GET_TASK.subject, b'{"id":"x"}', timeout=10)
    async with httpx.AsyncClient(base_url=system.portal_url) as browser:
        await browser.get("/api/health")
    figures = await scraped(system)
    asked = [*alert_expressions(), *dashboard_expressions()]
    assert len(asked) > 20
    for expression in asked:
        tree = promql_parser.parse(expression)
        for selector in selectors(tree):
            if selector.name == "up":
                continue
            assert selector.name in figures, expression
            known = figures.labels(selector.name) | {"job", "instance"}
            named = {matcher.name for matcher in selector.matchers.matchers} | groupings(tree)
            assert named <= known, expression


def dashboard_expressions() -> list[str]:
    panels = json.loads((DEPLOY / "grafana/dataops.json").read_text())["panels"]
    return [target["expr"].replace("$__rate_interval", "1m") for panel in panels for target in panel["targets"]]


async def test_a_database_that_does_not_answer_costs_only_what_it_would_say(
    measured: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "dataops_failures_open" in await scraped(measured)

    async def unreachable(_: object) -> None:
        raise ConnectionError("no primary")

    monkeypatch.setattr("services.work.generation.ledger.Ledger.failures", unreachable)
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


@pytest.mark.requirement("R-REL-4")
async def test_refusal_is_a_reply_and_no_handler_error(measured: System) -> None:
    errors, handled = "dataops_handler_errors_total", "dataops_received_processed_messages_total"
    before = await scraped(measured)
    reply = await measured.client.request(subjects.GET_TASK.subject, b'{"id":"x"}')
    after = await scraped(measured)
    kept = {"fields": {}, "missing": [], "counts": {}}
    assert json.loads(reply.data) == {"status": "refused", "code": "not_found", "message": "Task not found", **kept}
    assert after(errors) == before(errors)
    by_status = {
        status: after(handled, handler=subjects.GET_TASK.subject, status=status)
        - before(handled, handler=subjects.GET_TASK.subject, status=status)
        for status in ("acked", "error")
    }
    assert by_status == {"acked": 1, "error": 0}
