"""The consumer of ``dataops.window.due.>``: fetch, validate each message alone, handle the batch, tell, acknowledge."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Never

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NoStreamResponseError
from pydantic import ValidationError

from contracts.events import DeadLetter
from contracts.subjects import WINDOWS_FINISHED
from contracts.values import Outcome, Window
from contracts.windows import WindowDue
from services.kit import tracing
from services.kit.broker import encode, publish_event
from services.kit.cancellation import raise_if_cancelled
from services.kit.clock import Clock
from services.kit.invalid_input import invalid_input
from services.kit.redaction.shortening import shorten
from services.kit.redaction.text import redact
from services.work import metrics
from services.work.generation import messages
from services.work.generation.generator import Generator, Handled, finished
from services.work.generation.pull import Pull
from services.work.generation.records import Asked
from services.work.streams import CONSUMER, DEAD_LETTERS, WINDOWS, StreamKeeper

_BATCH = 500
_BATCHES_AT_ONCE = 2
_BODY_KEPT = 16_384
"""Characters of a body in a dead letter. A window's own has a few hundred."""
_LOGGED_TOGETHER = 50
_ALONE_AFTER_DELIVERIES = 2
_RETRY_SECONDS = (1, 2, 5, 10)
_DEAD_LETTER_RETRY_SECONDS = 30
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Due:
    message: Msg
    asked: Asked


class WindowConsumer:
    """One loop, and two batches at once: one is read and decided while the one before is written.

    While the database is out of reach it takes nothing, so an outage uses up no deliveries.
    """

    def __init__(self, client: Client, generator: Generator, clock: Clock, streams: StreamKeeper) -> None:
        self._client = client
        self._streams = streams
        self._stream = client.jetstream()
        self._generator = generator
        self._clock = clock
        self._batches: set[asyncio.Task[None]] = set()
        self.waiting_for: str | None = "starting"
        """What keeps it from consuming, in words; None while it works."""

    async def run(self) -> None:
        """Consume until cancelled; then the batches under way are finished first."""
        faults = 0
        while True:
            try:
                await self._consume()
            except asyncio.CancelledError:
                await _end(self._batches)
                raise
            except Exception as error:  # noqa: BLE001  # whatever interrupted it, consuming goes on after a pause
                delay = _RETRY_SECONDS[min(faults, len(_RETRY_SECONDS) - 1)]
                faults = faults + 1 if self.waiting_for else 0
                self.waiting_for = f"{type(error).__name__}: {error}"
                _log.error("windows.interrupted", error=self.waiting_for, retry_in_s=delay)
                raise_if_cancelled()
                await asyncio.sleep(delay)

    async def _consume(self) -> None:
        """Raises what ended a batch, when all of them have ended."""
        await self._generator.reach_database()
        await self._streams.mend()
        batches = self._batches = set[asyncio.Task[None]]()
        try:
            async with Pull(self._client, WINDOWS, CONSUMER, most=_BATCH) as pull:
                self.waiting_for = None
                await self._take_turns(pull, batches)
        finally:
            await _end(batches)

    async def _take_turns(self, pull: Pull, batches: set[asyncio.Task[None]]) -> Never:
        coming = asyncio.create_task(pull.some())
        try:
            while True:
                raise_if_cancelled()
                awaited = {*batches, coming} if len(batches) < _BATCHES_AT_ONCE else batches
                ended, _ = await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
                if coming in ended:
                    coming.result()
                    batches.add(asyncio.create_task(self._handle(pull.take())))
                    coming = asyncio.create_task(pull.some())
                for batch in ended & batches:
                    batches.remove(batch)
                    batch.result()
        finally:
            coming.cancel()

    async def _handle(self, messages: list[Msg]) -> None:
        """Messages on their third delivery or later go one by one, so that poison condemns only itself."""
        together = [message for message in messages if message.metadata.num_delivered <= _ALONE_AFTER_DELIVERIES]
        alone = [[message] for message in messages if message.metadata.num_delivered > _ALONE_AFTER_DELIVERIES]
        for batch in [together, *alone]:
            due = [due for message in batch if (due := await self._read(message)) is not None]
            if due:
                with tracing.caused_by("windows", (one.message.headers for one in due)):
                    await self._handle_batch(due, alone=batch is not together)

    async def _handle_batch(self, due: list[_Due], *, alone: bool) -> None:
        started = time.perf_counter()
        try:
            asked = [one.asked for one in due]
            results = [await self._generator.handle_alone(asked[0])] if alone else await self._generator.handle(asked)
        except Exception:  # whatever it was, nothing is known to be durable: all of them come again
            for one in due:
                await one.message.nak(delay=_RETRY_SECONDS[0])
            raise
        took = time.perf_counter() - started
        metrics.count([one.asked for one in due], results, took=took, now=self._clock.now())
        if results:
            await publish_event(self._client, WINDOWS_FINISHED, finished(results))
        for one, handled in zip(due, results, strict=True):
            await self._settle(one, handled)
        _log_handled(due, results, ms=round(took * 1000, 2))

    async def _read(self, message: Msg) -> _Due | None:
        """The window a message names; None after it went to the dead letters with a reason."""
        try:
            window = Window.from_subject(message.subject)
            body = WindowDue.model_validate_json(message.data) if message.data.strip() else WindowDue()
        except ValidationError as error:
            await self._dead_letter(message, "invalid_body", str(invalid_input(error)))
            return None
        except ValueError as error:
            await self._dead_letter(message, "invalid_subject", str(error))
            return None
        if body.schema_version != 1:
            await self._dead_letter(message, "unknown_schema_version", messages.unknown_schema(body.schema_version))
            return None
        return _Due(message, Asked(window, body.trigger, late=body.late))

    async def _settle(self, due: _Due, handled: Handled) -> None:
        """Acknowledge what is durable; give up on what can never work; have the rest delivered again.

        What the broker does not take comes again by itself, and the rest of the batch is settled.
        """
        error = handled.error
        try:
            if handled.unexpected:
                await due.message.nak(delay=_RETRY_SECONDS[0])
            elif error is not None and handled.outcome in {None, Outcome.FAILED}:
                await self._dead_letter(due.message, error.code, error.message)
            else:
                await due.message.ack()
        except NatsError as fault:
            _log.error(
                "window.acknowledge_failed", subject=due.message.subject, error=f"{type(fault).__name__}: {fault}"
            )

    async def _dead_letter(self, message: Msg, reason: str, text: str) -> None:
        """Give up with a copy among the dead letters; while they take none it comes again, and holds up nobody."""
        letter = DeadLetter(
            subject=message.subject,
            body=redact(shorten(message.data.decode(errors="replace"), _BODY_KEPT)),
            reason=reason,
            message=redact(shorten(text)),
            attempts=message.metadata.num_delivered,
            at=self._clock.now(),
        )
        subject = message.subject.replace("dataops.", "dataops.dead.", 1)
        try:
            try:
                await self._stream.publish(subject, encode(letter), stream=DEAD_LETTERS)
            except NoStreamResponseError:
                await self._streams.mend()
                await self._stream.publish(subject, encode(letter), stream=DEAD_LETTERS)
        except (NatsError, TimeoutError) as error:
            fault = f"{type(error).__name__}: {error}"
            _log.error("dead_letter.publish_failed", subject=message.subject, reason=reason, error=fault)
            await message.nak(delay=_DEAD_LETTER_RETRY_SECONDS)
            return
        await message.term()
        _log.warning("window.dead_lettered", subject=message.subject, reason=reason, error=text)


def _log_handled(due: list[_Due], results: list[Handled], *, ms: float) -> None:
    """Names every window; those that fared alike share a line, up to a number. ``ms`` is that of the whole batch."""
    alike: defaultdict[tuple[str, str, bool, str | None], list[str]] = defaultdict(list)
    for one, handled in zip(due, results, strict=True):
        outcome = handled.outcome.value if handled.outcome else "none"
        error = handled.error.message if handled.error else None
        alike[one.asked.trigger.value, outcome, handled.repeated, error].append(handled.window.id)
    for (trigger, outcome, repeated, error), windows in alike.items():
        for first in range(0, len(windows), _LOGGED_TOGETHER):
            named = windows[first : first + _LOGGED_TOGETHER]
            fields = {"trigger": trigger, "outcome": outcome, "repeated": repeated, "error": error}
            _log.info("windows.handled", windows=named, **fields, batch=len(due), ms=ms)


async def _end(batches: set[asyncio.Task[None]]) -> None:
    """Nobody but the log hears why one of them failed: its messages come again."""
    if batches:
        await asyncio.wait(batches)
    for batch in batches:
        if (error := batch.exception()) is not None:
            _log.error("windows.interrupted", error=f"{type(error).__name__}: {error}")
    batches.clear()
