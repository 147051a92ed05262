"""Traces reach the collector that the setting names."""

import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

PROGRAM = """
import sys
from contracts.values import Service
from services.kit import tracing
from services.kit.settings import Settings

with tracing.exported(Settings(otlp_endpoint=sys.argv[1]), Service.WORK), tracing.TRACER.start_as_current_span("tick"):
    assert tracing.carried()["traceparent"]
"""


class Collector(BaseHTTPRequestHandler):
    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Generator[HTTPServer]:
    Collector.received = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.requirement("R-GEN-5")
def test_what_is_recorded_is_sent_when_the_service_ends(collector: HTTPServer) -> None:
    endpoint = f"http://127.0.0.1:{collector.server_port}/"
    subprocess.run([sys.executable, "-c", PROGRAM, endpoint], check=True)
    [(path, body)] = Collector.received
    assert path == "/v1/traces"
    assert b"dataops-work" in body
    assert b"tick" in body
