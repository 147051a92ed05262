"""Metrics for Prometheus, served beside a service on a port of their own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, cast

import structlog
from prometheus_client import REGISTRY, Metric, start_http_server
from prometheus_client.registry import Collector

from services.kit.settings import Settings
from services.kit.start_error import StartError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]
Sample = Callable[[], Awaitable[Iterable[Metric]]]

_PATIENCE_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def served(settings: Settings) -> AsyncGenerator[None]:
    """Serve ``/metrics`` while the block runs, if a port is set. Raises StartError for one that is taken."""
    if settings.metrics_port is None:
        yield
        return
    try:
        server, thread = start_http_server(settings.metrics_port, settings.metrics_host)
    except OSError as error:
        raise StartError(
            f"metrics cannot be served on {settings.metrics_host} port {settings.metrics_port}: "
            f"{error.strerror or error} (DATAOPS_METRICS_HOST, DATAOPS_METRICS_PORT)"
        ) from error
    server.set_app(_answering_head(cast("_Application", server.get_app())))
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


def _answering_head(app: _Application) -> "WSGIApplication":
    """prometheus_client 0.26 answers GET and OPTIONS alone; a HEAD gets the headers of a GET and no body."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return app(environ, start_response)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def hold(status: str, headers: list[tuple[str, str]]) -> None:
            started.append((status, headers))

        size = sum(map(len, app({**environ, "REQUEST_METHOD": "GET"}, hold)))
        [(status, headers)] = started
        start_response(status, [*headers, ("Content-Length", str(size))])
        return []

    return answer


@contextmanager
def sampled(settings: Settings, sample: Sample) -> Generator[None]:
    """While the block runs, ask ``sample`` at each scrape for what is known only to a server."""
    if settings.metrics_port is None:
        yield
        return
    collector = _Sampled(sample, asyncio.get_running_loop())
    REGISTRY.register(collector)
    try:
        yield
    finally:
        REGISTRY.unregister(collector)


class _Sampled(Collector):
    """Scrapes come in a thread of their own; the sample is taken in the service's loop."""

    def __init__(self, sample: Sample, loop: asyncio.AbstractEventLoop) -> None:
        self._sample = sample
        self._loop = loop

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not take a sample."""
        return []

    def collect(self) -> Iterable[Metric]:
        return asyncio.run_coroutine_threadsafe(self._bounded(), self._loop).result(2 * _PATIENCE_SECONDS)

    async def _bounded(self) -> Iterable[Metric]:
        """A server that does not answer costs its own figures, not those of the whole scrape."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._sample()
        except Exception as error:  # noqa: BLE001  # logged; an alert looks for absent figures
            _log.warning("metrics.sample_failed", error=f"{type(error).__name__}: {error}")
            return []
