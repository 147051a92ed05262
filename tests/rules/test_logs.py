"""What a service writes about itself: a line of JSON an event, with the window's id and without secrets."""

import json
import subprocess
import sys

import pytest

from services.kit import logs
from tests.rules.secret_corpus import SECRETS

PROGRAM = """
import datetime as dt, logging, sys
import structlog
from services.kit import logs

secret = sys.argv[1]
logs.configure("work")
log = structlog.get_logger()
log.info("windows.handled", windows=["recurring:x:2028-02-02"], error=secret, ms=1.5, late=False, outcome=None)
log.info("window.nested", inner=[{"note": secret, "apiKey": 1}], object=ValueError(secret), at=dt.date(2028, 2, 2))
logging.getLogger("nats").warning("refused: %s", secret)
try:
    raise RuntimeError(secret)
except RuntimeError as error:
    log.error("request.failed", exc_info=error)
"""


@pytest.mark.requirement("R-EXP-3")
def test_log_values_are_shortened_before_secrets_are_sought() -> None:
    word, text = "/" + "a" * 30_000, "pass: hunter2 " * 5_000
    event = logs.without_secrets(
        None, "", {"path": word, "error": ValueError(text), "inner": [{"text": text}, *range(2_000)]}
    )
    assert event["path"] == "[30001 characters]"
    assert len(event["error"]) < 5_000
    assert len(event["inner"]) == 1_001
    assert len(event["inner"][0]["text"]) < 5_000
    assert "hunter2" not in str(event)


@pytest.mark.requirement("R-EXP-3")
def test_log_entry_is_bounded_before_secrets_are_sought() -> None:
    texts = ["pass: hunter2 " * 300] * 2_000
    inner = [{"texts": texts, "errors": list(map(ValueError, texts))}] * 100
    event = logs.without_secrets(None, "", {"first": texts, "second": inner, "event": "request"})
    assert len(str(event)) < 20_000
    assert "hunter2" not in str(event)
    assert event["event"] == "request"


@pytest.mark.requirement("R-EXP-3")
def test_log_lines_are_json_without_secrets() -> None:
    secret = SECRETS["url-credentials"][0]
    done = subprocess.run([sys.executable, "-c", PROGRAM, secret], capture_output=True, text=True, check=True)
    assert "hunter2" not in done.stderr
    handled, nested, library, failed = map(json.loads, done.stderr.splitlines())
    clean = "https://files.example/april.pdf"
    assert handled.pop("time")
    assert handled == {
        "event": "windows.handled",
        "windows": ["recurring:x:2028-02-02"],
        "error": clean,
        "ms": 1.5,
        "late": False,
        "outcome": None,
        "level": "info",
        "service": "work",
    }
    assert (nested["inner"], nested["object"]) == ([{"note": clean}], f"ValueError('{clean}')")
    assert (library["event"], library["level"]) == (f"refused: {clean}", "warning")
    assert failed["exception"].endswith(f"RuntimeError: {clean}")
