"""The broker: connecting to it, asking over it, and answering so that the asker always gets an answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog
from faststream import BaseMiddleware, ExceptionMiddleware, StreamMessage
from faststream.nats import NatsBroker
from faststream.nats.prometheus import NatsPrometheusMiddleware
from faststream.nats.subscriber.usecases import CoreSubscriber
from faststream.types import BrokerMiddleware
from nats.aio.client import Client
from nats.errors import ConnectionReconnectingError, NoRespondersError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from prometheus_client import REGISTRY
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.subjects import Done, Event, Refused, Request
from contracts.values import Model, Service, inbox_of
from services.kit import tracing
from services.kit.settings import Settings
from services.kit.start_error import StartError

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)

_REQUEST_ID = "request-id"
_GRACE_SECONDS = 10.0
_REFUSED = ("permissions violation", "authorization")
_log = structlog.get_logger(__name__)


class Unavailable(Exception):
    """The owner of a request did not answer in time. Nothing is known of what it did."""

    def __init__(self, service: Service) -> None:
        super().__init__(f"{service} does not answer")
        self.service = service


@asynccontextmanager
async def connect(settings: Settings, name: str) -> AsyncGenerator[NatsBroker]:
    """A broker whose subscribers are added by the caller before ``start()``; stopped on exit.

    It reconnects for ever: an outage of the broker is waited out, not survived by restarting. But a broker that
    refuses us ends the block with StartError: to whoever waits for a message, that would only look like silence.
    """
    holder, refusals = asyncio.current_task(), list[str]()

    def give_up(reason: str) -> None:
        if holder is not None and not refusals:
            refusals.append(reason)
            asyncio.get_running_loop().call_soon(end)  # not at once: the client may raise the same while connecting

    def end() -> None:
        if holder is not None:
            holder.cancel()

    async def on_error(error: Exception) -> None:
        _log.error("broker.error", error=str(error))
        if any(sign in str(error).casefold() for sign in _REFUSED):
            give_up(str(error))

    async def on_closed() -> None:
        give_up("it closed the connection")

    broker = NatsBroker(
        settings.nats_url.get_secret_value(),
        name=f"dataops-{name}",
        inbox_prefix=inbox_of(name),
        error_cb=on_error,
        closed_cb=on_closed,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        logger=None,
        graceful_timeout=_GRACE_SECONDS,
        middlewares=[_Correlated, _refuse_instead_of_raising(), *_observing(settings, name)],
    )
    try:
        yield broker
    except (asyncio.CancelledError, NatsError) as error:
        if holder is None or not refusals:
            raise
        if isinstance(error, asyncio.CancelledError):
            holder.uncancel()
        raise StartError(
            f"NATS refuses {name} ({refusals[0]}): check its password, and its user in deploy/nats/users.conf."
        ) from None
    finally:
        holder = None
        try:
            await _handle_what_came(broker)
            await broker.stop()
        except (ConnectionReconnectingError, TimeoutError):
            # Nobody is there to take what was not sent, or a handler does not end.
            await broker.connection.close()


async def _handle_what_came(broker: NatsBroker) -> None:
    """Take no more messages and handle those that were taken: ``broker.stop()`` drops them, and who asked would wait
    until the time is up. Raises TimeoutError when that takes too long."""
    held = [(one, one.subscription) for one in broker.subscribers if isinstance(one, CoreSubscriber)]
    taking = [(one, subscription) for one, subscription in held if subscription is not None]
    if not taking or not broker.connection.is_connected:
        return
    async with asyncio.timeout(_GRACE_SECONDS):
        await asyncio.gather(*(subscription.drain() for _, subscription in taking))
    for subscriber, _ in taking:
        subscriber.subscription = None


class _Correlated(BaseMiddleware[Any, Any]):
    """What a service logs while it handles a message carries the id of the request that led to it."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        request_id = msg.headers.get(_REQUEST_ID)
        if request_id is None:
            return await call_next(msg)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            return await call_next(msg)


def _observing(settings: Settings, name: str) -> Iterator[BrokerMiddleware[Any, Any]]:
    """How many messages each handler took, and for how long; and of which trace they are."""
    if settings.metrics_port is not None:
        yield NatsPrometheusMiddleware(registry=REGISTRY, app_name=name, metrics_prefix="dataops")
    if settings.otlp_endpoint is not None:
        from faststream.nats.opentelemetry import NatsTelemetryMiddleware  # its libraries are an extra

        yield NatsTelemetryMiddleware()


def _refuse_instead_of_raising() -> ExceptionMiddleware:
    """To a requester an exception looks like a timeout, so each becomes a refusal; and it is logged."""
    middleware = ExceptionMiddleware()

    @middleware.add_handler(ValidationError, publish=True)
    async def on_invalid(error: ValidationError) -> Refused:  # pyright: ignore[reportUnusedFunction]  # registered
        return refusal(error)

    @middleware.add_handler(Exception, publish=True)
    async def on_bug(error: Exception) -> Refused:  # pyright: ignore[reportUnusedFunction]  # registered
        _log.error("request.failed", exc_info=error)
        return Refused(code="internal", message="Internal server error")

    return middleware


def refusal(error: ValidationError) -> Refused:
    """The first fault of each field, named as on HTTP."""
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=False):
        place = fault["loc"][1:] if fault["loc"][:1] == ("body",) else fault["loc"]
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{to_camel(part)}" for part in place).lstrip(".")
        fields.setdefault(name, fault["msg"].removeprefix("Value error, "))
    name, reason = next(iter(fields.items()))
    return Refused(code="invalid", message=f"{name} {reason}".strip(), fields=fields)


def answer(
    broker: NatsBroker, request: Request[RequestT, ViewT], handler: Callable[[RequestT], Awaitable[ViewT | Refused]]
) -> None:
    """Let ``handler`` answer ``request`` in the queue group of its owner: one instance gets each."""

    async def respond(body: Any) -> bytes:
        result = await handler(body)
        reply = result if isinstance(result, Refused) else Done(view=result)
        return reply.model_dump_json(exclude_none=True).encode()

    respond.__annotations__ = {"body": request.request, "return": bytes}
    broker.subscriber(request.subject, queue=request.owner, title=request.subject)(respond)


def listen(
    broker: NatsBroker, event: Event, handler: Callable[[Any], Awaitable[None]], *, group: Service | None
) -> None:
    """Hear an event, once a service (``group``) or in every instance (None)."""

    async def hear(body: Any) -> None:
        await handler(body)

    hear.__annotations__ = {"body": event.body, "return": None}
    broker.subscriber(event.subject, queue=group or "", title=event.subject)(hear)


async def tell(client: Client, event: Event, body: Model, *, subject: str | None = None) -> None:
    """Publish an event that nobody has to hear."""
    await client.publish(subject or event.subject, encode(body), headers=tracing.carried() or None)


async def ask(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> Done[ViewT] | Refused:
    """Send a command or a query and wait for the answer; Unavailable when there is none in time."""
    try:
        message = await client.request(request.subject, encode(body), timeout=request.timeout, headers=_headers())
    except (TimeoutError, NatsTimeout, NoRespondersError, ConnectionError) as error:
        raise Unavailable(request.owner) from error
    return request.reply(message.data)


def _headers() -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"content-type": "application/json", **tracing.carried()} | ({_REQUEST_ID: request_id} if request_id else {})


def encode(body: Model) -> bytes:
    """Only what was set, so that "not sent" and "sent as the default" stay two things."""
    return body.model_dump_json(exclude_unset=True).encode()
