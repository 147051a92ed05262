"""What happens around the handlers of a service: correlation, metrics, refusals, and a stop that drops nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from json import JSONDecodeError
from typing import Any

import structlog
from faststream import BaseMiddleware, ContextRepo, ExceptionMiddleware, StreamMessage
from faststream.nats import NatsBroker
from faststream.nats.prometheus import NatsPrometheusMiddleware
from faststream.nats.subscriber.usecases import ConcurrentCoreSubscriber, CoreSubscriber
from faststream.types import BrokerMiddleware
from prometheus_client import REGISTRY, Counter
from pydantic import ValidationError

from contracts.subjects import Refusal
from services.kit import deadlines
from services.kit.deadlines import DeadlinePassed
from services.kit.invalid_input import invalid_input
from services.kit.logs import REQUEST_ID
from services.kit.mongo.driver import PyMongoError
from services.kit.mongo.writing import is_transient
from services.kit.refused import Refused, invalid
from services.kit.settings import Settings
from services.kit.unavailable import TOO_LATE, UNAVAILABLE, Unavailable

_ERRORS = Counter(
    "dataops_handler_errors",
    "What handlers raised: a bug, or unavailable, which may be tried again",
    ["app_name", "handler", "cause"],
)
_log = structlog.get_logger(__name__)


def middlewares(settings: Settings, name: str) -> list[BrokerMiddleware[Any, Any]]:
    return [_Correlated, _refuse_instead_of_raising(), *_observing(settings, name), _Refusing]


class _Correlated(BaseMiddleware[Any, Any]):
    """What a service logs while it handles a message carries the id of the request that led to it, and what it does
    ends with the deadline of that request."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        request_id = msg.headers.get(REQUEST_ID)
        bound = {} if request_id is None else {"request_id": request_id}
        with deadlines.kept(msg.headers), structlog.contextvars.bound_contextvars(**bound):
            return await call_next(msg)


class _Refusing(BaseMiddleware[Any, Any]):
    """Makes the reply of a refusal that a handler raises. Innermost: to the others it is a reply like any other."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        try:
            return await call_next(msg)
        except Refused as refused:
            if not msg.reply_to:
                raise
            return _encoded(refused.refusal)


def _encoded(refusal: Refusal) -> bytes:
    return refusal.model_dump_json(exclude_none=True).encode()


class _Counted(BaseMiddleware[Any, Any]):
    """Counts what a handler raises, by the subject of the message. What is not valid is the asker's and not counted."""

    def __init__(self, name: str, msg: Any, /, *, context: ContextRepo) -> None:
        super().__init__(msg, context=context)
        self._name = name

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        try:
            return await call_next(msg)
        except _UNREADABLE:
            raise
        except Exception as error:
            cause = UNAVAILABLE if _is_unavailable(error) else "bug"
            _ERRORS.labels(self._name, msg.raw_message.subject, cause).inc()
            raise


_UNREADABLE = ValidationError, JSONDecodeError, UnicodeDecodeError


def _is_unavailable(error: Exception) -> bool:
    """Whether the same request may succeed later: the database or an owner did not answer, or it came too late."""
    return isinstance(error, Unavailable | DeadlinePassed) or is_transient(error)


def _observing(settings: Settings, name: str) -> Iterator[BrokerMiddleware[Any, Any]]:
    """How many messages each handler took, for how long, and what it raised; and of which trace they are."""
    if settings.metrics_port is not None:
        yield partial(_Counted, name)
        yield NatsPrometheusMiddleware(registry=REGISTRY, app_name=name, metrics_prefix="dataops")
    if settings.otlp_endpoint is not None:
        from faststream.nats.opentelemetry import NatsTelemetryMiddleware  # its libraries are an extra

        yield NatsTelemetryMiddleware()


def _refuse_instead_of_raising() -> ExceptionMiddleware:
    """To a requester an exception looks like a timeout, so each other one becomes a refusal too; and it is logged."""
    middleware = ExceptionMiddleware()

    @middleware.add_handler(ValidationError, publish=True)
    async def on_invalid(error: ValidationError) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
        return _encoded(invalid_input(error).refusal)

    for unreadable in (JSONDecodeError, UnicodeDecodeError):

        @middleware.add_handler(unreadable, publish=True)
        async def on_unreadable(error: ValueError) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
            return _encoded(invalid(f"The body is not JSON in UTF-8: {error}").refusal)

    @middleware.add_handler(PyMongoError, publish=True)
    async def on_database(error: PyMongoError) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
        if not _is_unavailable(error):
            return await on_bug(error)
        _log.error("database.unavailable", error=str(error))
        return _encoded(Refusal(code=UNAVAILABLE, message="Its database does not answer"))

    @middleware.add_handler(DeadlinePassed, publish=True)
    async def on_late(_: DeadlinePassed) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
        _log.warning("request.expired")
        return _encoded(Refusal(code=TOO_LATE, message="It came after its deadline; nothing was carried out"))

    @middleware.add_handler(Unavailable, publish=True)
    async def on_silence(error: Unavailable) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
        _log.error("owner.silent", service=error.service)
        return _encoded(Refusal(code=UNAVAILABLE, message=f"The {error.service} service does not answer"))

    @middleware.add_handler(Exception, publish=True)
    async def on_bug(error: Exception) -> bytes:  # pyright: ignore[reportUnusedFunction]  # registered
        _log.error("request.failed", exc_info=error)
        return _encoded(Refusal(code="internal", message="Internal server error"))

    return middleware


async def handle_what_came(broker: NatsBroker, *, within: float) -> None:
    """Take no more messages and handle those that were taken: ``broker.stop()`` drops them, and who asked would wait
    until the time is up. Raises TimeoutError when that takes too long."""
    held = [(one, one.subscription) for one in broker.subscribers if isinstance(one, CoreSubscriber)]
    taking = [(one, subscription) for one, subscription in held if subscription is not None]
    if not taking or not broker.connection.is_connected:
        return
    async with asyncio.timeout(within):
        await asyncio.gather(*(subscription.drain() for _, subscription in taking))
        await asyncio.gather(*(_workers_done(one) for one, _ in taking))
    for subscriber, _ in taking:
        subscriber.subscription = None


async def _workers_done(subscriber: CoreSubscriber) -> None:
    """Return when the workers of a subject have handled what they had taken."""
    if isinstance(subscriber, ConcurrentCoreSubscriber):
        subscriber.send_stream.close()
        await asyncio.gather(*subscriber.tasks)
