"""What a browser's form sent: each name once, readable text, and proof that one of our own pages sent it."""

import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request

from contracts.values import derived_id
from services.portal.http.answers import is_api
from services.portal.http.errors import BadInput, Forbidden

_MOST_FIELDS = 200
MANY_FIELDS = 4_000
"""For forms that have many rows."""
_TYPE = "application/x-www-form-urlencoded"
_EARLIER = "This form is from an earlier sign-in; open the page again and retry"
_NOT_HASHED = {"csrf", "back"}
_SAFE = {"GET", "HEAD", "OPTIONS"}


class EarlierSignIn(Forbidden):
    """Sent from one of our pages that was opened under another session. Nothing of ``form`` was done."""

    def __init__(self, form: "Form") -> None:
        super().__init__(_EARLIER)
        self.form = form


class Form(dict[str, str]):
    """Fields by name. What was left out is like what was left empty."""

    def text(self, name: str) -> str:
        return self.get(name, "").strip()


def whole_number(text: str) -> int | None:
    """None for anything but 1 to 15 ASCII digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def read_form(body: bytes, content_type: str, most_fields: int = _MOST_FIELDS) -> Form:
    """Raises BadInput for another type, too many or repeated fields, and what is not UTF-8 text."""
    if content_type.partition(";")[0].strip().lower() != _TYPE:
        raise BadInput(f"A form is sent as {_TYPE}", status=415)
    try:
        text = body.decode("ascii")
    except ValueError as error:
        raise BadInput("The form could not be read") from error
    return read_text(text, most_fields)


def read_text(text: str, most_fields: int) -> Form:
    """The fields of a form as it is encoded to be sent; raises BadInput as ``read_form`` does."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most_fields, errors="strict")
    except ValueError as error:
        raise BadInput("The form could not be read") from error
    form = Form(pairs)
    if len(form) < len(pairs):
        raise BadInput("The form names a field twice", status=422)
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadInput("The form contains a NUL character", status=422)
    return form


async def provide_form(request: Request[Any, Any, Any]) -> Form:
    """A route whose forms have many rows says in its ``opt`` how many fields they may have (``most_fields``)."""
    most = request.route_handler.opt.get("most_fields", _MOST_FIELDS)
    return read_form(await request.body(), request.headers.get("content-type", ""), most)


def key_of(form: Form, user_id: str, act: str) -> str | None:
    """Of the key that was minted with the form and all that it says, for ``act`` alone: sent twice it is one act,
    changed after going back it is another. Nobody meets another's key, nor their own at another address."""
    if not form.text("key"):
        return None
    sent = sorted((name, form.text(name)) for name in form if name not in _NOT_HASHED)
    return derived_id(f"{user_id}\n{act}\n{json.dumps(sent)}")


async def refuse_forged(request: Request[Any, Any, Any]) -> None:
    """Before every handler of a page that changes something: it was sent from our origin, with the token of the
    session. Two handlers look at the token themselves (``own_token``): sign-in, for there is no session yet, and the
    one that takes files, for their bytes are read only there."""
    if request.method in _SAFE or is_api(request.scope["path"]):
        return
    if not _same_origin(request):
        raise Forbidden("This form was not sent from a page of DataOps; open the page again and retry")
    if not request.route_handler.opt.get("own_token"):
        form = await provide_form(request)
        if not _has_token(form, request.user.csrf):
            raise EarlierSignIn(form)


def check_token(form: Form, token: str) -> None:
    if not _has_token(form, token):
        raise Forbidden(_EARLIER)


def _has_token(form: Form, token: str) -> bool:
    return hmac.compare_digest(form.get("csrf", "").encode(), token.encode())


def _same_origin(request: Request[Any, Any, Any]) -> bool:
    """Browsers say where a request comes from; over plain HTTP on a network only ``Origin`` does."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "")


def local_path(text: str) -> str:
    """``text`` when it is a path of this site, else ``/``: nobody is sent elsewhere after signing in."""
    is_plain = text.isprintable() and not set(text) & set(" \\")
    is_local = is_plain and text.startswith("/") and not text.startswith("//")
    return text if is_local and not is_api(urlsplit(text).path) else "/"
