"""Traces for OpenTelemetry: where they go, and how they travel with messages. Off unless an endpoint is set."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link

from contracts.values import Service
from services.kit.settings import Settings
from services.kit.start_error import StartError

TRACER = trace.get_tracer("dataops")

_PARENT = "traceparent"


@contextmanager
def exported(settings: Settings, service: Service) -> Generator[None]:
    """Send what is recorded to the collector that is set, if one is. StartError without the libraries for it."""
    if settings.otlp_endpoint is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise StartError("DATAOPS_OTLP_ENDPOINT needs more libraries: pip install 'dataops[tracing]'.") from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"dataops-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def carried() -> dict[str, str]:
    """Headers by which the receiver of a message continues the trace; none outside of one."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


@contextmanager
def caused_by(name: str, headers: Iterable[Mapping[str, str] | None]) -> Generator[None]:
    """A span for messages that are handled together: it continues their trace, or, of several, is linked to each."""
    parents = {one[_PARENT] for one in headers if one and _PARENT in one}
    contexts = [propagate.extract({_PARENT: parent}) for parent in parents]
    if len(contexts) == 1:
        context, links = contexts[0], []
    else:
        context = Context()
        links = [Link(trace.get_current_span(one).get_span_context()) for one in contexts]
    with TRACER.start_as_current_span(name, context=context, links=links):
        yield
