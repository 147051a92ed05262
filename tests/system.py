"""The whole system in one process on real servers: four services, a NATS client like an engineer's, a virtual clock."""

import asyncio
import datetime as dt
import importlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cached_property
from typing import Any, TypeVar

import nats
import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import NotFoundError

from contracts import subjects
from contracts.events import ClockMinute
from contracts.home import GetHome, Home
from contracts.subjects import CLOCK_MINUTE, Refusal, Request
from contracts.tasks import ListTasks, Task
from contracts.values import Model, Service, calendar_date
from services.kit import broker, health
from services.kit.clock_control import SET_CLOCK, SetClock
from services.kit.mongo import connection
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.work.streams import CONSUMER, WINDOWS
from tests.servers import MongoClient, connect, empty_databases

_MARK = "dataops.mark"
_MADE_AT_START = ("format", "marks")
"""Collections with what services write when they start."""
_FORGETFUL_SECONDS = 5.0
"""The broker takes a fraction of one; once in thousands of times it did not forget within thirty."""
RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class NotForgotten(Exception):
    """The broker would still drop windows that it had; only new streams help."""


def instant(text: str) -> dt.datetime:
    """``2028-02-02 09:00`` as an instant in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def hasten_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for a moment is away for long."""
    driver: Any = connection.AsyncIOMotorClient

    def connect(url: str, **options: Any) -> Any:
        return driver(url, **options | {"serverSelectionTimeoutMS": 200})

    monkeypatch.setattr(connection, "AsyncIOMotorClient", connect)


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 30.0) -> None:
    """Return when the condition holds; AssertionError when it does not within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not await _holds(condition):  # noqa: ASYNC110  # what is waited for lies in a server
                await asyncio.sleep(0.02)
            return
    raise AssertionError(f"{condition.__name__} did not come true within {within} s")


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    """Not yet, when the server that was asked did not answer in time."""
    try:
        return await condition()
    except TimeoutError:
        return False


class System:
    """What a test may do: start and stop services, move the clock, ask, publish, look at what is stored."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.portal_url = ""
        self._running: dict[Service, asyncio.Task[None]] = {}
        self._forgotten = 0
        """Sequence of the last message of which the broker does not know the id any more."""

    @property
    def running(self) -> tuple[Service, ...]:
        return tuple(self._running)

    @cached_property
    def mongo(self) -> MongoClient:
        """For looking at what is stored, or changing it as an engineer would. Closed with the system."""
        return connect(self.settings.mongo_url.get_secret_value())

    @property
    def tasks(self) -> dict[Service, asyncio.Task[None]]:
        """In which the services run."""
        return dict(self._running)

    @property
    def has_ended(self) -> bool:
        """Whether a service ended that nobody stopped."""
        return any(task.done() for task in self._running.values())

    async def renew_client(self) -> None:
        await self.client.close()
        self.client = await nats.connect(self.settings.nats_url.get_secret_value())

    async def start(self, *services: Service) -> None:
        """Start services one after the other, each when the one before says that it is ready; work first, because the
        others ask it and try again after a second."""
        for service in sorted(services, key=lambda one: one is not Service.WORK):
            self._running[service] = asyncio.create_task(self._serve(service))
            await self._ready(service)

    async def begin_again(self, at: dt.datetime | str, *services: Service) -> None:
        """As if it had just been started: just these services run, nothing is stored, the clock stands at ``at``.
        Raises NotForgotten."""
        await self.stop(*(service for service in self._running if service not in services))
        await self._forget_messages()
        if Service.WORK in self._running:
            await self.windows_drained()
        await empty_databases(self.mongo, self.settings.mongo_prefix, but=_MADE_AT_START if self._running else ())
        if self._running:
            await self.set_clock(at)
        await self.start(*(service for service in services if service not in self._running))

    async def _forget_messages(self) -> None:
        """Empty the streams. For an hour the broker drops windows that it had, also after a purge: it forgets their ids
        once those are older than the shortest window for duplicates that there is.
        """
        stream = self.client.jetstream()
        for info in await stream.streams_info():
            config = info.config
            if config.name == WINDOWS and info.state.last_seq > self._forgotten:
                brief = config.evolve(duplicate_window=0.1, subjects=[*(config.subjects or []), _MARK])
                await stream.update_stream(brief)

                async def mark_is_forgotten() -> bool:
                    return not (await stream.publish(_MARK, headers={"Nats-Msg-Id": _MARK})).duplicate

                await mark_is_forgotten()
                try:
                    await eventually(mark_is_forgotten, within=_FORGETFUL_SECONDS)
                except AssertionError as error:
                    raise NotForgotten from error
                await stream.update_stream(config)
                self._forgotten = (await stream.stream_info(WINDOWS)).state.last_seq
            await stream.purge_stream(str(config.name))

    def settings_of(self, _: Service) -> Settings:
        return self.settings

    async def _serve(self, service: Service) -> None:
        app = importlib.import_module(f"services.{service}.app")
        if service is not Service.PORTAL:
            return await app.serve(self.settings_of(service))

        def on_ready(port: int) -> None:
            self.portal_url = f"http://127.0.0.1:{port}"

        return await app.serve(self.settings_of(service), on_ready=on_ready)

    async def _ready(self, service: Service) -> None:
        async def is_ready() -> bool:
            if self._running[service].done():
                self._running[service].result()
            try:
                reply = await self.client.request(health.subject(service), b"{}", timeout=0.5)
            except (NatsTimeout, NoRespondersError):
                return False
            return json.loads(reply.data)["ready"]

        await eventually(is_ready)

    async def stop(self, *services: Service) -> None:
        """Stop services as a signal would: cleanly."""
        for service in services:
            task = self._running.pop(service)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def dies(self, service: Service) -> None:
        """Return when a service has ended by itself. Stopping it meanwhile could leave its connection behind."""
        await asyncio.wait([self._running[service]])

    async def ask(self, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
        """The view; a refusal fails the test in its own words."""
        return await broker.ask(self.client, request, body)

    async def refused(self, request: Request[RequestT, ViewT], body: RequestT) -> Refusal:
        with pytest.raises(Refused) as raised:
            await broker.ask(self.client, request, body)
        return raised.value.refusal

    async def clock_to(self, at: dt.datetime | str) -> None:
        """Set every service's clock, wait for the scheduler's tick there and for work to have handled its windows."""
        at = instant(at) if isinstance(at, str) else at
        minutes = await self.client.subscribe(CLOCK_MINUTE.subject)
        await self.set_clock(at)
        while ClockMinute.model_validate_json((await minutes.next_msg(timeout=10)).data).at < at:
            pass
        await minutes.unsubscribe()
        await self.windows_drained()

    async def set_clock(self, at: dt.datetime | str) -> None:
        """Only set the clocks: for systems without a scheduler."""
        at = instant(at) if isinstance(at, str) else at
        order = SetClock(now=at, awaited=self.running or tuple(Service))
        await self.client.request(SET_CLOCK, order.model_dump_json().encode(), timeout=5)

    async def windows_drained(self) -> None:
        stream = self.client.jetstream()

        async def nothing_pending() -> bool:
            state = (await stream.stream_info(WINDOWS)).state
            info = await stream.consumer_info(WINDOWS, CONSUMER)
            # The count of pending messages lags a little behind what was just published; the sequence does not.
            seen = state.messages == 0 or (info.delivered is not None and info.delivered.stream_seq >= state.last_seq)
            return seen and info.num_pending == 0 and info.num_ack_pending == 0

        await eventually(nothing_pending)

    async def redelivered(self) -> None:
        """Wait until messages whose worker died were delivered again and handled: after ``ack_wait`` at the latest."""
        stream = self.client.jetstream()

        async def delivered_again() -> bool:
            info = await stream.consumer_info(WINDOWS, CONSUMER)
            return info.num_pending == 0 and info.num_ack_pending == 0 and bool(info.delivered)

        await eventually(delivered_again, within=45.0)

    async def publish_window(self, subject: str, body: bytes = b"") -> None:
        """Publish as an engineer with any NATS client would, and wait until it is handled."""
        await self.client.jetstream().publish(subject, body)
        await self.windows_drained()

    async def dead_letters(self) -> list[dict[str, str]]:
        stream = self.client.jetstream()
        try:
            state = (await stream.stream_info("DEAD_LETTERS")).state
        except NotFoundError:
            return []
        numbers = range(max(state.first_seq, 1), state.last_seq + 1)
        return [json.loads((await stream.get_msg("DEAD_LETTERS", number)).data or b"{}") for number in numbers]

    async def home(self, others: Iterable[str] = ()) -> Home:
        return await self.ask(subjects.GET_HOME, GetHome(others=list(others)))

    async def tasks_on(self, date: str) -> list[Task]:
        return (await self.ask(subjects.LIST_TASKS, ListTasks(date=calendar_date(date)))).items


@asynccontextmanager
async def system_on(settings: Settings) -> AsyncGenerator[System]:
    """Nothing runs yet: the test starts the services it needs. All that runs at the end is stopped."""
    client = await nats.connect(settings.nats_url.get_secret_value())
    system = System(settings, client)
    try:
        yield system
    finally:
        await system.stop(*system.running)
        await system.client.close()
        if "mongo" in vars(system):  # made by the first test that asks for it
            await system.mongo.close()


class KeptSystem:
    """The system that one test leaves running for the next: starting four services takes longer than most tests."""

    def __init__(self, fresh_settings: Callable[[], Awaitable[Settings]]) -> None:
        self._fresh_settings = fresh_settings
        self._changes: dict[str, Any] = {}
        self._settings: Settings | None = None
        self._begun: dict[Service, asyncio.Task[None]] = {}
        self._open: AsyncExitStack | None = None

    async def begin(
        self,
        at: dt.datetime | str,
        *services: Service,
        anew: tuple[Service, ...] = (Service.SCHEDULER,),
        **changes: Any,
    ) -> System:
        """Just these services run, nothing is stored, the clock stands at ``at``; the client is a new one.

        Those of ``anew`` do not go on running: the scheduler keeps the schedules that it has read, and the notifier
        the ids of the history that it has read, which are the same again for what standard duties make.
        """
        changes = {
            "clock": instant(at) if isinstance(at, str) else at,
            "test_control": True,
            "portal_port": 0,
        } | changes
        lasting = [one for one in services if one not in anew]
        if self._is_fit(changes, lasting) and await self._begins_again(at, lasting):
            await self._system.start(*(one for one in services if one in anew))
        else:
            await self.close()
            self._changes, self._open = changes, AsyncExitStack()
            self._settings = (await self._fresh_settings()).model_copy(update=changes)
            self._system = await self._open.enter_async_context(system_on(self._settings))
            await self._system.start(*services)
        self._begun = self._system.tasks
        return self._system

    async def _begins_again(self, at: dt.datetime | str, lasting: Iterable[Service]) -> bool:
        await self._system.renew_client()
        for path in self._system.settings.data_dir.rglob("*"):
            if path.is_file():
                path.unlink()
        try:
            await self._system.begin_again(at, *lasting)
        except NotForgotten:
            return False
        return True

    async def close(self) -> None:
        if self._open is not None:
            closing, self._open = self._open, None
            await closing.aclose()

    def _is_fit(self, changes: dict[str, Any], lasting: Iterable[Service]) -> bool:
        """A service that the test itself started may have something in it that was patched then."""
        return (
            self._open is not None
            and self._changes == changes
            and self._system.settings == self._settings
            and not self._system.has_ended
            and all(self._begun.get(one) is task for one, task in self._system.tasks.items() if one in lasting)
        )
