"""Structured logs: one JSON line an event on standard error."""

import logging
import sys
from functools import lru_cache
from itertools import islice
from typing import cast

import structlog

from services.kit.redaction import redact, redact_values, shorten

REQUEST_ID = "request-id"
"""The header that carries the id of the request from which a message comes."""

_redacted_word = lru_cache(maxsize=1024)(redact)
_HARMLESS = (bool, int, float, type(None))
_NESTED = (dict, list, tuple)
_WORD = 24
"""Names of events and outcomes are at most this long; they come again in every line."""
_ENTRIES = 1_000
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
    """A processor: every value shortened, then without secrets; what JSON does not know as text."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _redacted_word(value) if len(value) <= _WORD else redact(shorten(value))
        elif isinstance(value, _NESTED):
            event[name] = redact_values(_shortened(cast("object", value)))
        elif not isinstance(value, _HARMLESS):
            event[name] = redact(shorten(repr(value)))
    return event


def _shortened(value: object) -> object:
    """Every text inside shortened, and of each list or object the first 1 000 entries."""
    match value:
        case str():
            return shorten(value)
        case dict():
            entries = islice(cast("dict[object, object]", value).items(), _ENTRIES)
            return {key: _shortened(inner) for key, inner in entries}
        case list() | tuple():
            return [_shortened(inner) for inner in islice(cast("list[object]", value), _ENTRIES)]
        case _:
            return value
