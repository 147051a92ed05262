"""The broker: connecting to it, asking over it, and answering so that the asker always gets an answer."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from nats.aio.client import Client
from nats.errors import ConnectionReconnectingError, MaxPayloadError, NoRespondersError
from nats.errors import Error as NatsError

from contracts.subjects import Done, Event, Request
from contracts.values import Model, Service, inbox_of
from services.kit import deadlines, tracing
from services.kit.clock import Clock
from services.kit.logs import REQUEST_ID
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.kit.unavailable import TOO_LATE, UNAVAILABLE, Unavailable

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)

_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_WORKERS = 8
"""Messages of one subject that a service handles at a time: one that waits does not hold up those behind it."""
_CLOCKS_AGREE_SECONDS = 1.0
_REFUSED = ("permissions violation", "authorization")
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def connect(settings: Settings, name: str) -> AsyncGenerator["NatsBroker"]:
    """A broker whose subscribers are added by the caller before ``start()``; stopped on exit.

    It reconnects for ever: an outage of the broker is waited out, not survived by restarting. But a broker that
    refuses us ends the block with StartError: to a task that waits for a message, it would look like silence.
    """
    from faststream.exceptions import IncorrectState  # here, for a command that only asks would load twice as long
    from faststream.nats import NatsBroker

    from services.kit import serving

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
        apply_types=False,  # a model for the call of each handler takes most of the time of a start
        serializer=None,
        graceful_timeout=_GRACE_SECONDS,
        middlewares=serving.middlewares(settings, name),
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
        client = None
        with suppress(IncorrectState):  # it never connected
            client = broker.connection
        try:
            await serving.handle_what_came(broker, within=_GRACE_SECONDS)
            await broker.stop()
        except (ConnectionReconnectingError, TimeoutError):
            pass  # nobody is there to take what was not sent, or a handler does not end
        finally:
            # Also when a second signal comes meanwhile: the client would reconnect for ever.
            if client is not None and not client.is_closed:
                with suppress(ConnectionError):
                    await client.close()


def answer(
    broker: "NatsBroker", request: Request[RequestT, ViewT], handler: Callable[[RequestT], Awaitable[ViewT]]
) -> None:
    """Let ``handler`` answer ``request`` in the queue group of its owner: one instance gets each, several at a time.

    What comes after its deadline is refused without asking the handler. ``serving`` replies with the refusal that it
    raises.
    """

    async def respond(body: Any) -> bytes:
        deadlines.raise_if_passed()
        view = await handler(request.request.model_validate(body))
        return Done(view=view).model_dump_json(exclude_none=True).encode()

    broker.subscriber(request.subject, queue=request.owner, title=request.subject, max_workers=_WORKERS)(respond)


def listen(
    broker: "NatsBroker", event: Event, handler: Callable[[Any], Awaitable[None]], *, group: Service | None
) -> None:
    """Hear an event, once a service (``group``) or in every instance (None)."""

    async def handle_event(body: Any) -> None:
        await handler(event.body.model_validate(body))

    broker.subscriber(event.subject, queue=group or "", title=event.subject)(handle_event)


async def publish_event(client: Client, event: Event, body: Model, *, subject: str | None = None) -> None:
    """Publish an event that nobody has to hear."""
    await client.publish(subject or event.subject, encode(body), headers=tracing.carried() or None)


async def ask(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
    """Send a command or a query and wait for the view that answers it.

    Raises Refused, Unavailable when there is no answer, and MaxPayloadError for what the broker would not carry.
    """
    deadline = Clock.wall() + dt.timedelta(seconds=request.timeout)
    is_sent = False
    try:
        async with asyncio.timeout(request.timeout):
            await _reconnected(client)
            is_sent, headers = True, _headers() | deadlines.header_of(deadline)
            message = await client.request(request.subject, encode(body), timeout=request.timeout, headers=headers)
    except MaxPayloadError:
        raise
    except (NatsError, TimeoutError, ConnectionError) as error:
        nothing_done = not is_sent or isinstance(error, NoRespondersError)
        raise Unavailable(request.owner, nothing_done=nothing_done) from error
    reply = request.reply(message.data)
    if isinstance(reply, Done):
        return reply.view
    if reply.code in (UNAVAILABLE, TOO_LATE):
        if reply.code == TOO_LATE and (early := (deadline - Clock.wall()).total_seconds()) > _CLOCKS_AGREE_SECONDS:
            _log.error("clocks.differed", service=request.owner, seconds=early)
        raise Unavailable(request.owner, nothing_done=reply.code == TOO_LATE)
    raise Refused(reply)


async def pages_of(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> AsyncGenerator[ViewT]:
    """Every page that ``body`` starts, following ``after`` to the end. Raises as ``ask`` does."""
    while True:
        page: Any = await ask(client, request, body)
        yield page
        if page.after is None:
            return
        body = body.model_copy(update={"after": page.after})


async def _reconnected(client: Client) -> None:
    """Returns when there is a connection. What is sent before lies in the client, which would send it whenever the
    broker is back: then it would be carried out long after the asker was told that nobody answered."""
    while not (client.is_connected or client.is_closed):  # noqa: ASYNC110  # the client has no event for it
        await asyncio.sleep(_LOOK_SECONDS)


def _headers() -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"content-type": "application/json", **tracing.carried()} | ({REQUEST_ID: request_id} if request_id else {})


def encode(body: Model) -> bytes:
    """Only what was set, so that "not sent" and "sent as the default" stay two things."""
    return body.model_dump_json(exclude_unset=True).encode()
