"""From an exception to an answer. What a handler does not catch itself ends here, in the shape that its path has."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from contracts.subjects import Refusal
from services.kit.mongo.driver import PyMongoError
from services.kit.refused import Refused
from services.kit.unavailable import Unavailable
from services.portal.auth.access import NotSignedIn
from services.portal.http.answers import Answer, Answers, is_api

_STATUS = {
    "not_found": 404,
    "invalid": 400,
    "conflict": 409,
    "has_history": 409,
    "proof_missing": 409,
    "exists": 409,
    "snapshot_gone": 503,
}
_WORDS = {
    401: "Unauthorized",
    403: "You may not do that",
    404: "Not found",
    405: "Method not allowed",
    413: "The request body is too large",
}
_FOR_ADMINS = "This is for admins. Ask one of them to do it, or to give you the role if it is yours to do."
_NOT_FOUND_WORDS = "Its address may be mistyped, or what stood there was deleted."
_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]


class BadInput(Exception):
    """What was sent cannot be used; ``fields`` maps each field's name on HTTP to what is wrong with it. ``more`` are
    further keys of the API's body, and headers."""

    def __init__(self, message: str, fields: dict[str, str] | None = None, *, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.fields = fields or {}
        self.status = status
        self.more = more | ({"fields": fields} if fields else {})


class Forbidden(Exception):
    """Signed in or not, this request is not let through; the message says why."""


def status_of(refusal: Refusal) -> int:
    return _STATUS.get(refusal.code, 500)


def raise_unexpected(error: Refused) -> None:
    """Raise what a page cannot show beside its form: what the form is about is gone, or there is a bug."""
    if error.refusal.code in ("not_found", "internal"):
        raise error


def as_response(answer: Answer) -> Response[bytes]:
    return Response(answer.body, status_code=answer.status, headers=answer.headers, media_type=answer.content_type)


def handlers(answers: Answers) -> dict[type[Exception], Callable[..., Response[bytes]]]:
    def reply(request: AnyRequest, status: int, message: str, **more: Any) -> Response[bytes]:
        return as_response(answers.plain(request.scope, status, message, **more))

    def on_http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        words = _WORDS.get(error.status_code, error.detail if error.status_code < 500 else "Internal server error")
        if error.status_code == 403 and not is_api(request.url.path):
            words = _FOR_ADMINS
        if error.status_code == 404 and not is_api(request.url.path):
            words = _NOT_FOUND_WORDS
        return reply(request, error.status_code, words)

    def on_refusal(request: AnyRequest, error: Refused) -> Response[bytes]:
        refusal = error.refusal
        more = {"fields": refusal.fields, "missing": refusal.missing, "current": refusal.current}
        details = {name: value for name, value in more.items() if value}
        return reply(request, status_of(refusal), refusal.message, **details)

    def on_bad_input(request: AnyRequest, error: BadInput) -> Response[bytes]:
        return reply(request, error.status, str(error), **error.more)

    def on_forbidden(request: AnyRequest, error: Forbidden) -> Response[bytes]:
        return reply(request, 403, str(error))

    def on_stranger(request: AnyRequest, _: NotSignedIn) -> Response[bytes]:
        if is_api(request.url.path):
            return reply(request, 401, "Unauthorized")
        return as_response(_to_sign_in(request))

    def on_silence(request: AnyRequest, error: Unavailable) -> Response[bytes]:
        _log.error("owner.silent", service=error.service)
        return reply(
            request,
            503,
            f"The {error.service} service does not answer, so this cannot be shown or changed right now. "
            + _what_became_of_it(request, error),
            headers={"retry-after": "5"},
        )

    def on_database(request: AnyRequest, error: PyMongoError) -> Response[bytes]:
        _log.error("database.unavailable", error=str(error))
        return reply(request, 503, "The portal's database does not answer", headers={"retry-after": "5"})

    def on_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
        _log.error("request.failed", exc_info=error, path=request.url.path)
        return reply(request, 500, "Internal server error")

    return {
        HTTPException: on_http,
        Refused: on_refusal,
        BadInput: on_bad_input,
        Forbidden: on_forbidden,
        NotSignedIn: on_stranger,
        Unavailable: on_silence,
        PyMongoError: on_database,
        Exception: on_bug,
    }


def _what_became_of_it(request: AnyRequest, error: Unavailable) -> str:
    if request.method in ("GET", "HEAD"):
        return "Nothing is lost; try again in a moment."
    if error.nothing_done:
        return "Nothing was changed; try again in a moment."
    return "It is not known whether your change was made; it will not be made later. Look at it before you try again."


def _to_sign_in(request: AnyRequest) -> Answer:
    """Pages that were asked for are come back to, and a form that was sent is taken along. htmx asks for parts and
    is told no more than that: our script then leaves the page, or sends the form as a browser without script does."""
    if "hx-request" in request.headers:
        return Answer(401, "text/plain", b"")
    path, is_form = request.url.path, request.headers.get("content-type", "").startswith(_FORM)
    if request.method == "POST" and is_form and path != "/sign-out":
        return Answer(307, "text/plain", b"", {"location": f"/sign-in/unsent?next={quote(path, safe='')}"})
    url = urlsplit(str(request.url) if request.method == "GET" else request.headers.get("referer", ""))
    back = url.path + (f"?{url.query}" if url.query else "")
    target = "/sign-in" if back in ("", "/") else f"/sign-in?next={quote(back, safe='')}"
    return Answer(303, "text/plain", b"", {"location": target})
