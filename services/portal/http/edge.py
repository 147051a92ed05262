"""The outermost layer: what must hold for every request and response, before any route is looked up."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator

import structlog
from litestar import Litestar
from litestar.types import (
    HTTPReceiveMessage,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)

from services.kit.mongo.driver import PyMongoError
from services.portal.auth.access import BACKGROUND, Viewer
from services.portal.auth.cookies import read_cookie
from services.portal.auth.sign_ins import Medium, SignIns
from services.portal.files.uploads import FORM_BYTES, too_large
from services.portal.http import headers
from services.portal.http.answers import Answer, Answers, is_api
from services.portal.http.compression import accepts_gzip, compressing
from services.portal.http.connections import AtOnce
from services.portal.http.errors import BadInput
from services.portal.http.head_requests import as_get, without_body
from services.portal.http.hosts import is_known
from services.portal.http.key_rate import KeyRate
from services.portal.live import STREAM_PATH

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_VERSIONS = {"1.0", "1.1"}
_OPEN_API = {"/api/health", "/api/auth/login", "/api/auth/logout"}
_SCHEMA = "/schema/openapi.json"
_FILES_OF_TASK = re.compile(r"/tasks/[^/]+/files")
_LARGEST_JSON, _LARGEST_FORM = 64 * 1024, 256 * 1024
_BODY_WITHIN = 20.0
_MOST_OF_ADDRESS, _MOST_OF_SESSION = 400, 60
"""Half of all connections, for an office may share an address; a session's are the pages that one person has open."""
_CLOSE = {"connection": "close"}
_UNKNOWN_HOST = (
    "This server does not answer to that host name. If people should reach it under this name, list it in "
    "DATAOPS_ALLOWED_HOSTS"
)
_log = structlog.get_logger(__name__)


class Edge:
    """Wraps the application. ``scope["user"]`` is the viewer or None from here on."""

    def __init__(
        self,
        app: Litestar,
        *,
        sign_ins: SignIns,
        answers: Answers,
        cookie: str,
        hosts: frozenset[str],
        largest_upload: int,
    ) -> None:
        self.app = app
        self._hosts = hosts
        self._sign_ins = sign_ins
        self._answers = answers
        self._cookie = cookie
        self._largest_upload = largest_upload
        self._keys = KeyRate()
        self._of_address, self._of_session = AtOnce(), AtOnce()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request_id = secrets.token_hex(8)
        scope["state"] = {"request_id": request_id}
        began, status, method = time.perf_counter(), 0, scope["method"]
        if method == "HEAD":
            scope, send = as_get(scope), without_body(send)
        if accepts_gzip(_header(scope, b"accept-encoding")):
            send = compressing(send)

        async def send_completed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = headers.completed(list(message["headers"]), request_id=request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._handle(scope, receive, send_completed)
            viewer: Viewer | None = scope.get("user")
            if status == 403 and viewer is not None:
                await self._sign_ins.record_refusal(viewer, scope["path"], request_id=request_id)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            _log.info("request", method=method, path=scope["path"], status=status, ms=milliseconds)

    async def _handle(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Refuses at once what is one request too many of an address or a session, before its body is waited for."""
        client = scope["client"]
        with self._of_address.entered(client and client[0], _MOST_OF_ADDRESS) as may:
            refusal = self._unreadable(scope) if may else self._too_many(scope, "address")
            refusal = refusal or await self._identify(scope) or self._flooded(scope)
            with self._of_session.entered(_slot(scope), _MOST_OF_SESSION) as may:
                if not may:
                    refusal = self._too_many(scope, "session")
                await self._answer(scope, receive, send, refusal)

    def _too_many(self, scope: HTTPScope, of: str) -> Answer:
        message = f"Too many requests of one {of} at the same time; close some pages or try again in a few seconds"
        return self._answers.plain(scope, 429, message, headers={"retry-after": "2", **_CLOSE})

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send, refusal: Answer | None) -> None:
        if refusal is None and _is_upload(scope):
            await self._stream(scope, receive, send)
            return
        body = b""
        if refusal is None:
            try:
                async with asyncio.timeout(_BODY_WITHIN):
                    body = await _body(scope, receive)
            except TimeoutError:
                refusal = self._answers.plain(scope, 408, "The request body did not arrive in time", headers=_CLOSE)
            except _Gone:
                return
            except _TooLarge as error:
                refusal = self._answers.plain(scope, 413, str(error))
        if refusal is None:
            await self.app(scope, _replaying(body, receive), send)
        else:
            await _send(refusal, send)

    async def _stream(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """An upload is the one body that is not held here: the handler reads it as it comes."""
        limit = self._largest_upload + FORM_BYTES
        if _announced(scope) > limit:
            await _send(self._answers.plain(scope, 413, too_large(self._largest_upload)), send)
        else:
            await self.app(scope, _metered(receive, limit, self._largest_upload), send)

    def _unreadable(self, scope: HTTPScope) -> Answer | None:
        """A host that we are not, a method or a path that no route could ever have."""
        if not is_known(_header(scope, b"host"), self._hosts):
            return self._answers.plain(scope, 400, _UNKNOWN_HOST)
        if scope["http_version"] not in _VERSIONS:
            return self._answers.plain(scope, 400, "This server speaks HTTP/1.1", headers=_CLOSE)
        if scope["method"] not in _METHODS:
            return self._answers.plain(scope, 405, "Method not allowed")
        if any(character < " " or character in "\x7f\ufffd" for character in scope["path"]):
            return self._answers.plain(scope, 404, "Not found")
        if _header(scope, b"content-encoding"):
            return self._answers.plain(scope, 415, "Compressed request bodies are not accepted")
        return None

    async def _identify(self, scope: HTTPScope) -> Answer | None:
        """Find the viewer; under /api nobody learns without one which paths exist."""
        try:
            viewer = await self._viewer(scope)
        except PyMongoError as error:
            _log.error("database.unavailable", error=str(error))
            return self._answers.plain(scope, 503, "The portal's database does not answer")
        scope["user"], scope["auth"] = viewer, None
        path = scope["path"].rstrip("/")
        if is_api(path) and viewer is None and path not in _OPEN_API:
            return self._answers.plain(scope, 401, "Unauthorized")
        return None

    def _flooded(self, scope: HTTPScope) -> Answer | None:
        viewer: Viewer | None = scope["user"]
        key = _header(scope, b"idempotency-key") if is_api(scope["path"]) else ""
        if viewer is None or not key:
            return None
        seconds = self._keys.wait(viewer.user.id, key, time.monotonic())
        message = f"Too many different Idempotency-Keys in a minute; try again in {seconds} seconds"
        return self._answers.plain(scope, 429, message, headers={"retry-after": str(seconds)}) if seconds else None

    async def _viewer(self, scope: HTTPScope) -> Viewer | None:
        if is_api(scope["path"]) or (scope["path"] == _SCHEMA and _header(scope, b"authorization")):
            scheme, _, token = _header(scope, b"authorization").partition(" ")
            return await self._sign_ins.viewer(token.strip(), Medium.API) if scheme.lower() == "bearer" else None
        token = read_cookie(scope, self._cookie)
        if not token or scope["path"].startswith("/assets/"):
            return None
        return await self._sign_ins.viewer(token, Medium.PAGE, seen=not _header(scope, BACKGROUND.encode()))


class _TooLarge(Exception):
    """More than the limit; the message says how much may be sent."""


class _Gone(Exception):
    """The client left before its request was whole, so there is nothing to do and nobody to tell."""


def _header(scope: HTTPScope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _slot(scope: HTTPScope) -> str | None:
    """What the bound of a session counts: its requests, and apart from them its open streams, so that many open pages
    do not keep a person from acting or signing out. None without a session."""
    viewer: Viewer | None = scope.get("user")
    if viewer is None:
        return None
    return f"{viewer.session} stream" if scope["path"] == STREAM_PATH else viewer.session


def _is_upload(scope: HTTPScope) -> bool:
    path = scope["path"].rstrip("/")
    return scope["method"] == "POST" and (path == "/api/files" or bool(_FILES_OF_TASK.fullmatch(path)))


def _announced(scope: HTTPScope) -> int:
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def _metered(receive: Receive, limit: int, largest: int) -> Receive:
    """Raises BadInput once more than ``limit`` bytes came, or none for a while."""
    size = 0

    async def metered() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal size
        try:
            async with asyncio.timeout(_BODY_WITHIN):
                message = await receive()
        except TimeoutError:
            raise BadInput("The upload stalled", status=408) from None
        if message["type"] == "http.request":
            size += len(message["body"])
            if size > limit:
                raise BadInput(too_large(largest), status=413)
        return message

    return metered


async def _body(scope: HTTPScope, receive: Receive) -> bytes:
    limit = _LARGEST_JSON if is_api(scope["path"]) else _LARGEST_FORM
    if _announced(scope) > limit:
        raise _TooLarge(f"The request body may have at most {limit // 1024} KB")
    chunks: list[bytes] = []
    size = 0
    async for chunk in _chunks(receive):
        size += len(chunk)
        if size > limit:
            raise _TooLarge(f"The request body may have at most {limit // 1024} KB")
        chunks.append(chunk)
    return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        yield message["body"]
        if not message["more_body"]:
            return


def _replaying(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once; after it what the connection says, which is only its end."""
    given = False

    async def replay() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _send(answer: Answer, send: Send) -> None:
    charset = "; charset=utf-8" if answer.content_type.startswith("text/") else ""
    content_type = (b"content-type", (answer.content_type + charset).encode())
    length = (b"content-length", str(len(answer.body)).encode())
    extra = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": [content_type, length, *extra]})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
