"""Structured logs: one JSON line an event on standard error."""

import logging
import sys
from functools import lru_cache

import structlog

from services.kit.redaction.shortening import Shortener
from services.kit.redaction.text import redact, redact_values

REQUEST_ID = "request-id"
"""The header that carries the id of the request from which a message comes."""

_redacted_word = lru_cache(maxsize=1024)(redact)
_HARMLESS = (bool, int, float, type(None))
_WORD = 24
"""Names of events and outcomes are at most this long; they come again in every line."""
_NOISY = ("pymongo", "uvicorn", "faststream", "httpx")


def configure(service: str) -> None:
    """Our own events are written straight to standard error, for a line a window must cost little; what libraries
    log through the standard library comes out in the same shape. Call it once, in the process of a service."""

    def add_service(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        without_secrets,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_service,
    ]
    as_json = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, as_json]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def without_secrets(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor: all values together shortened, then without secrets; what JSON does not know as text."""
    shortener = Shortener()
    for name, value in event.items():
        if isinstance(value, str) and len(value) <= _WORD:
            event[name] = _redacted_word(value)
        elif not isinstance(value, _HARMLESS):
            event[name] = redact_values(shortener.shorten(value))
    return event
