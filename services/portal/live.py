"""Telling open pages which topics changed. Signals carry no data: a page asks for its own fragments again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from faststream.nats import NatsBroker
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from contracts import subjects
from contracts.values import Model
from services.kit.broker import listen
from services.portal.auth.access import OPERATOR
from services.portal.auth.cookies import Cookies, read_cookie
from services.portal.auth.sign_ins import Medium, SignIns

STREAM_PATH = "/live"
_COALESCE = 0.02
_HEARTBEAT = 15.0
_TOPICS = {
    subjects.WINDOWS_FINISHED: ("home", "recurring", "workflows"),
    subjects.TASK_CHANGED: ("home", "workflows"),
    subjects.BUNDLE_CHANGED: ("home", "workflows"),
    subjects.SCHEDULE_CHANGED: ("home", "recurring"),
    subjects.NOTIFICATION_RAISED: ("notifications",),
}


class _Watcher:
    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.woken = asyncio.Event()


class Live:
    """The open pages of this instance."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._closed = False

    def subscribe(self, broker: NatsBroker) -> None:
        """Every instance hears every event, for each has pages of its own."""
        for event, topics in _TOPICS.items():
            listen(broker, event, self._signaller(topics), group=None)

    def signal(self, *topics: str) -> None:
        for watcher in self._watchers:
            watcher.topics.update(topics)
            watcher.woken.set()

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._closed = True
        for watcher in self._watchers:
            watcher.woken.set()

    async def changes(self) -> AsyncIterator[list[str]]:
        """Topics that changed, those of a moment together; an empty list when all was quiet for long."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            while not self._closed:
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        await watcher.woken.wait()
                except TimeoutError:
                    yield []
                    continue
                await asyncio.sleep(_COALESCE)
                watcher.woken.clear()
                topics, watcher.topics = sorted(watcher.topics), set()
                if topics:
                    yield topics
        finally:
            self._watchers.discard(watcher)

    def _signaller(self, topics: tuple[str, ...]) -> Any:
        async def signal(_: Model) -> None:
            self.signal(*topics)

        return signal


@get(STREAM_PATH, opt=OPERATOR)
async def stream_changes(
    request: Request[Any, Any, Any],
    live: NamedDependency[Live],
    sign_ins: NamedDependency[SignIns],
    jar: NamedDependency[Cookies],
) -> ServerSentEvent:
    token = read_cookie(request.scope, jar.session) or ""

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        yield ServerSentEventMessage(event="hello", data="", retry=2_000)
        async for topics in live.changes():
            if await sign_ins.viewer(token, Medium.PAGE, seen=False) is None:
                yield ServerSentEventMessage(event="signed-out", data="")
                return
            if topics:
                yield ServerSentEventMessage(event="changed", data=" ".join(topics))
            else:
                yield ServerSentEventMessage(comment="quiet")

    return ServerSentEvent(messages())
