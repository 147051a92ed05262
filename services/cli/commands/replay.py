"""``dataops replay``: publish stored windows again, by subject pattern, and say what became of them."""

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated
from uuid import uuid4

import typer
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from rich.console import Console

from contracts import subjects
from contracts.subjects import WINDOW_DUE, WINDOWS_FINISHED
from contracts.values import WINDOW_SUBJECT_PREFIX, Outcome, Window, calendar_date
from contracts.windows import FindOutcomes, WindowsFinished
from services.cli import audit
from services.cli.stack.client import connected, progress_on
from services.cli.stack.running import DataDir, connect_settings
from services.kit.broker import ask
from services.kit.settings import Settings
from services.kit.start_error import StartError

_BATCH = 500
_FETCH_SECONDS = 2.0
_ACK_SECONDS = 5.0
_SILENCE_SECONDS = 45.0
"""How long nothing may be heard of windows that were published: a worker that dies gives them back after 30 s."""
_CONSUMER_SECONDS = 300.0


@dataclass(frozen=True)
class Selection:
    """Which stored messages: a subject filter, when they were stored, and what the ledger says of their windows."""

    subject: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    outcome: Outcome | None = None

    def includes(self, at: dt.datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


@dataclass
class Tally:
    """``matching`` windows were chosen; ``by`` counts what became of them, in words."""

    matching: int = 0
    by: Counter[str] = field(default_factory=Counter[str])

    @property
    def all_well(self) -> bool:
        return not self.by[Outcome.FAILED] and not self.by[_UNANSWERED]


_REPEATED, _NOT_SCHEDULED, _UNANSWERED = "repeats", "not scheduled", "unanswered"
_SUMMARY = (
    *(Outcome.GENERATED, _REPEATED, Outcome.SKIPPED, Outcome.PAUSED, Outcome.FAILED),
    *(_NOT_SCHEDULED, _UNANSWERED),
)


def replay(
    pattern: Annotated[str, typer.Argument(help="Subject pattern with * and >, quoted; a bare '>' means all windows.")],
    since: Annotated[str | None, typer.Option(help="Only messages stored at or after this instant.")] = None,
    until: Annotated[str | None, typer.Option(help="Only messages stored at or before this instant.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only windows of which the ledger says this.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the windows.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Publish stored window messages again, each window once, and wait until they are handled.

    Windows are named `dataops.window.due.<recurring|template>.<id>.<date>`. What exists is never made twice: it is
    counted as a repeat. Instants are ISO 8601; without an offset they are in the application timezone.
    Exit code 1 when a window failed or was not answered.
    """
    settings, console = connect_settings(data_dir), Console(highlight=False)
    zone = settings.zone
    selection = Selection(subject_filter(pattern), _instant(since, zone), _instant(until, zone), outcome)
    if selection.since and selection.until and selection.until < selection.since:
        raise StartError("--until must not be before --since.")
    if not asyncio.run(_replay(settings, selection, console, dry_run=dry_run)):
        raise typer.Exit(1)


def subject_filter(pattern: str) -> str:
    """The part of ``pattern`` that lies among the subjects of windows; StartError when none does."""
    tokens, prefix = pattern.split("."), WINDOW_SUBJECT_PREFIX.split(".")
    if not all(_is_token(token) for token in tokens) or ">" in tokens[:-1]:
        raise StartError(f"{pattern!r} is not a subject pattern: * stands for one token, > for all the rest.")
    for token, name in zip(tokens, prefix, strict=False):
        if token == ">":
            return WINDOW_DUE.subject
        if token not in {"*", name}:
            break
    else:
        if len(tokens) > len(prefix):
            return ".".join([*prefix, *tokens[len(prefix) :]])
    named = f"{WINDOW_SUBJECT_PREFIX}.<recurring|template>.<id>.<date>"
    raise StartError(f"No window matches {pattern!r}: they are named {named}.")


def _is_token(token: str) -> bool:
    if token in {"*", ">"}:
        return True
    return token.isprintable() and bool(token) and not set(token) & set(" *>")


def _instant(text: str | None, zone: dt.tzinfo) -> dt.datetime | None:
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        calendar_date(at.date())
    except ValueError as error:
        raise StartError(f"{text!r} is not an instant: write it like 2028-02-05T09:00:00Z, 1970 to 9998.") from error
    return at if at.tzinfo else at.replace(tzinfo=zone)


async def _replay(settings: Settings, selection: Selection, console: Console, *, dry_run: bool) -> bool:
    """Whether each window was answered, and none failed."""
    async with connected(settings) as client, _stored(client, selection) as stored:
        if dry_run:
            await _list(client, stored, selection, console)
            return True
        # Before the first window is published, so that it is there even if this does not end.
        outcome = selection.outcome and selection.outcome.value
        asked = {"subject": selection.subject, "since": selection.since, "until": selection.until, "outcome": outcome}
        await audit.record(settings, "windows.replayed", **asked)
        with progress_on(console) as progress:
            bar = progress.add_task("Replaying", total=stored.total)
            tally = Tally()
            async for windows in _chosen(client, stored, selection):
                await replay_batch(client, windows, tally)
                progress.update(bar, completed=stored.read)
    _refuse_nothing(tally.matching, stored, selection)
    counts = ", ".join(f"{tally.by[name]} {name}" for name in _SUMMARY)
    console.print(f"Replayed {tally.matching} windows: {counts}.", soft_wrap=True)
    if tally.by[_UNANSWERED]:
        console.print("Unanswered windows stay stored; work handles them when it can. See `dataops doctor`.")
    return tally.all_well


class _Stored:
    """The messages that a consumer still has to deliver, up to the last that was stored when it was made."""

    def __init__(self, messages: JetStreamContext.PullSubscription, total: int, last: int) -> None:
        self._messages = messages
        self._last = last
        self.total = total
        self.read = 0

    async def batches(self) -> AsyncGenerator[list[Msg]]:
        """Raises StartError when the broker fell silent before the last of them."""
        while self.read < self.total:
            try:
                batch = await self._messages.fetch(min(_BATCH, self.total - self.read), timeout=_FETCH_SECONDS)
            except TimeoutError as error:
                if await self._are_gone():
                    return
                raise StartError(
                    f"The broker fell silent after {self.read} of {self.total} windows; replay them again."
                ) from error
            self.read += len(batch)
            # What is replayed is stored behind the last.
            if known := [message for message in batch if message.metadata.sequence.stream <= self._last]:
                yield known

    async def _are_gone(self) -> bool:
        """Whether the rest has reached the end of its retention meanwhile."""
        try:
            return not (await self._messages.consumer_info()).num_pending
        except (NatsError, TimeoutError):
            return False


@asynccontextmanager
async def _stored(client: Client, selection: Selection) -> AsyncGenerator[_Stored]:
    """Messages of the selection's subjects, through a consumer that is deleted on leaving."""
    stream = client.jetstream()
    assert WINDOW_DUE.stream is not None
    name = f"replay-{uuid4().hex}"
    try:
        last = (await stream.stream_info(WINDOW_DUE.stream)).state.last_seq
        info = await stream.add_consumer(WINDOW_DUE.stream, _consumer(name, selection))
    except NotFoundError as error:
        raise StartError("No windows are stored yet: the stream is made when work starts.") from error
    try:
        _refuse_nothing(info.num_pending or 0, None, selection)
        messages = await stream.pull_subscribe_bind(name, WINDOW_DUE.stream)
        yield _Stored(messages, info.num_pending or 0, last)
    finally:
        with suppress(NatsError):
            await stream.delete_consumer(WINDOW_DUE.stream, name)


def _consumer(name: str, selection: Selection) -> ConsumerConfig:
    """Reads each subject once, by its last message, unless an upper bound asks for earlier ones too."""
    policy, start = DeliverPolicy.LAST_PER_SUBJECT, None
    if selection.until is not None:
        policy, start = DeliverPolicy.ALL, None
    if selection.until is not None and selection.since is not None:
        policy, start = DeliverPolicy.BY_START_TIME, selection.since
    return ConsumerConfig(
        name=name,
        deliver_policy=policy,
        opt_start_time=start,
        ack_policy=AckPolicy.NONE,
        filter_subject=selection.subject,
        headers_only=True,
        inactive_threshold=_CONSUMER_SECONDS,
        mem_storage=True,
    )


async def _chosen(client: Client, stored: _Stored, selection: Selection) -> AsyncGenerator[list[Window]]:
    """The selected windows, each once, in batches. What is remembered of each is a number."""
    seen: set[int] = set()
    async for batch in stored.batches():
        windows = _distinct(batch, selection, seen)
        if selection.outcome is not None and windows:
            outcomes = await _outcomes(client, windows)
            windows = [window for window in windows if outcomes.get(window.id) is selection.outcome]
        if windows:
            yield windows


def _distinct(batch: Iterable[Msg], selection: Selection, seen: set[int]) -> list[Window]:
    """Windows stored in time and not seen before. Subjects that name no window are left out: they cannot work."""
    windows: list[Window] = []
    for message in batch:
        with suppress(ValueError):
            window = Window.from_subject(message.subject)
            if selection.includes(message.metadata.timestamp) and not _is_repeat(window, selection, seen):
                windows.append(window)
    return windows


def _is_repeat(window: Window, selection: Selection, seen: set[int]) -> bool:
    """Only a consumer of all messages delivers a subject twice."""
    if selection.until is None:
        return False
    mark = int.from_bytes(hashlib.blake2b(window.id.encode(), digest_size=8).digest())
    known = mark in seen
    seen.add(mark)
    return known


async def _outcomes(client: Client, windows: Sequence[Window]) -> dict[str, Outcome]:
    asked = FindOutcomes(windows=[window.id for window in windows])
    return (await ask(client, subjects.FIND_OUTCOMES, asked)).outcomes


async def _list(client: Client, stored: _Stored, selection: Selection, console: Console) -> None:
    matching = 0
    async for windows in _chosen(client, stored, selection):
        outcomes = await _outcomes(client, windows)
        for window in windows:
            console.print(f"{window.subject}  {outcomes.get(window.id, 'no row')}", soft_wrap=True, markup=False)
        matching += len(windows)
    _refuse_nothing(matching, stored, selection)
    console.print(f"{matching} windows would be replayed.")


def _refuse_nothing(found: int, stored: _Stored | None, selection: Selection) -> None:
    if found:
        return
    if stored is None:
        raise StartError(f"No stored window matches {selection.subject!r}.")
    limits = (("since then", selection.since), ("until then", selection.until), (selection.outcome, selection.outcome))
    asked = " and ".join(str(words) for words, limit in limits if limit is not None)
    raise StartError(f"Of the windows that match {selection.subject!r} none is {asked}.")


async def replay_batch(client: Client, windows: Sequence[Window], tally: Tally) -> None:
    """Publish these, and count what is told of each; what stays silent for too long counts as unanswered."""
    tally.matching += len(windows)
    awaited = {window.id for window in windows}
    finished = await client.subscribe(WINDOWS_FINISHED.subject)
    try:
        await _publish(client, windows)
        with suppress(TimeoutError):
            while awaited:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    await _count_next(finished, awaited, tally)
    finally:
        await finished.unsubscribe()
    tally.by[_UNANSWERED] += len(awaited)


async def _publish(client: Client, windows: Sequence[Window]) -> None:
    """A new message id each: under the old one the broker would drop them as duplicates."""
    stream, run = client.jetstream(), uuid4().hex
    try:
        async with asyncio.timeout(_ACK_SECONDS):
            acks = [
                await stream.publish_async(  # pyright: ignore[reportUnknownMemberType]  # a bare Dict in nats-py
                    window.subject,
                    b"",
                    stream=WINDOW_DUE.stream,
                    headers={"Nats-Msg-Id": f"{window.id}#replay-{run}"},
                )
                for window in windows
            ]
            await asyncio.gather(*acks)
    except (TimeoutError, NatsError) as error:
        raise StartError("The broker did not store the windows: see `dataops doctor`, then replay again.") from error


async def _count_next(finished: Subscription, awaited: set[str], tally: Tally) -> None:
    """Read events until one tells of an awaited window."""
    before = len(awaited)
    while len(awaited) == before:
        message = await anext(finished.messages)
        for one in WindowsFinished.model_validate_json(message.data).windows:
            if one.id in awaited:
                awaited.discard(one.id)
                tally.by[_REPEATED if one.repeated else one.outcome or _NOT_SCHEDULED] += 1
