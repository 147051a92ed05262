"""One trace leads from a tick to the task and its notification, and one from a click to the row, into the database."""

from collections.abc import AsyncGenerator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.values import Service
from services.kit.settings import Settings
from tests.api.people import add_person, client_of
from tests.flows.conftest import WEDNESDAY_MORNING
from tests.system import System, eventually, instant, system_on

pytestmark = pytest.mark.requirement("R-GEN-5")


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """A process has one provider for good; outside of this file nothing is done with what it records."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
async def traced(settings: Settings, exporter: InMemorySpanExporter) -> AsyncGenerator[System]:
    own = {"clock": instant(WEDNESDAY_MORNING), "test_control": True, "portal_port": 0}
    settings = settings.model_copy(update={**own, "otlp_endpoint": "http://127.0.0.1:4318"})
    async with system_on(settings) as system:
        await system.start(*Service)
        exporter.clear()
        yield system


def traces_of(spans: tuple[ReadableSpan, ...], name: str) -> set[int]:
    """Those that spans of this name are part of, or linked to: what had several causes is linked to each."""
    named = [span for span in spans if span.name == name]
    own = {span.context.trace_id for span in named if span.context}
    return own | {link.context.trace_id for span in named for link in span.links}


async def test_a_tick_its_windows_and_what_the_notifier_reads_are_one_trace(
    traced: System, exporter: InMemorySpanExporter
) -> None:
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    await traced.ask(subjects.CREATE_RECURRING, duty)
    await traced.clock_to("2028-02-02 09:00")

    async def one_trace() -> bool:
        spans = exporter.get_finished_spans()
        written = traces_of(spans, f"{traced.settings.mongo_prefix}_work.insert")
        return bool(traces_of(spans, "tick") & traces_of(spans, "windows") & traces_of(spans, "history") & written)

    await eventually(one_trace)


async def test_a_click_and_its_command_are_one_trace(traced: System, exporter: InMemorySpanExporter) -> None:
    operator = await add_person(traced.settings, "operator@example.org", "Olivia Operations")
    async with client_of(traced.portal_url, operator) as api:
        exporter.clear()
        made = await api.post("/api/tasks", json={"description": "Call the venue", "date": "2028-02-02"})
    assert made.status_code == 201

    async def one_trace() -> bool:
        spans = exporter.get_finished_spans()
        handled, written = (
            traces_of(spans, "dataops.work.task.create process"),
            traces_of(spans, "admin.commitTransaction"),
        )
        return bool(traces_of(spans, "POST /api/tasks") & handled & written)

    await eventually(one_trace)
    inserted = [span for span in exporter.get_finished_spans() if span.name.endswith("_work.insert")]
    assert {str((span.attributes or {})["db.mongodb.collection"]) for span in inserted} >= {"tasks", "history"}
    assert "Call the venue" not in "".join(span.to_json() for span in exporter.get_finished_spans())
