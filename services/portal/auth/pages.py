"""Signing in and out on pages."""

import datetime as dt
import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.portal.auth import messages
from services.portal.auth.access import OPERATOR, PUBLIC, Viewer
from services.portal.auth.cookies import Cookies, read_cookie
from services.portal.auth.sign_ins import ABSOLUTE, Medium, SignedIn, SignIns, Throttled, csrf_token
from services.portal.http.client_address import address_of
from services.portal.http.forms import MANY_FIELDS, Form, check_token, local_path
from services.portal.http.rendering import Renderer
from services.portal.http.unsent import carried, read_carried, unsent_page
from services.portal.store import PortalStore

AnyRequest = Request[Any, Any, Any]

_STRANGER = PUBLIC | {"own_token": True}
_NONCE_LASTS = dt.timedelta(hours=12)
_NOW = dt.timedelta(0)


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(
    request: AnyRequest,
    renderer: NamedDependency[Renderer],
    jar: NamedDependency[Cookies],
    store: NamedDependency[PortalStore],
) -> Response[str] | Redirect:
    next_path = local_path(request.query_params.get("next", "/"))
    if request.user is not None:
        return Redirect(next_path, status_code=303)
    ended = messages.SIGN_IN_ENDED if read_cookie(request.scope, jar.session) else None
    has_users = await store.has_users()
    return _form(request, renderer, jar, status=200, email="", next_path=next_path, note=ended, has_users=has_users)


@post("/sign-in/unsent", opt=_STRANGER | {"most_fields": MANY_FIELDS}, status_code=200)
async def keep_unsent(
    request: AnyRequest, renderer: NamedDependency[Renderer], jar: NamedDependency[Cookies], form: NamedDependency[Form]
) -> Response[str] | Redirect:
    """Where a form ends up that was sent without a session: nothing is done with it but to send it back, as text."""
    next_path = local_path(request.query_params.get("next", "/"))
    if request.user is not None:
        return Redirect("/", status_code=303)
    text = carried(form)
    note = f"{messages.SIGN_IN_ENDED} {messages.KEPT_UNTIL_SIGNED_IN if text else messages.TOO_LONG_TO_KEEP}"
    return _form(request, renderer, jar, status=401, email="", next_path=next_path, note=note, unsent=text)


@post("/sign-in", opt=_STRANGER, status_code=200)
async def sign_in(
    request: AnyRequest,
    renderer: NamedDependency[Renderer],
    jar: NamedDependency[Cookies],
    sign_ins: NamedDependency[SignIns],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    """Always a new token: one that somebody knew before is worth nothing after. A form that came along is shown."""
    check_token(form, csrf_token(read_cookie(request.scope, jar.sign_in) or secrets.token_hex()))
    email, password, next_path = form.text("email"), form.get("password", ""), local_path(form.text("next"))
    unsent = read_carried(form.get("unsent", ""))

    def again(status: int, problem: str) -> Response[str]:
        return _form(
            *(request, renderer, jar),
            status=status,
            email=email,
            next_path=next_path,
            problem=problem,
            unsent=carried(unsent),
        )

    if not email or not password:
        return again(422, messages.MISSING_CREDENTIALS)
    address, request_id = address_of(request), request.state["request_id"]
    agent = request.headers.get("user-agent", "")
    match await sign_ins.sign_in(
        email, password, address=address, medium=Medium.PAGE, request_id=request_id, user_agent=agent
    ):
        case SignedIn(_, token):
            if request.user is not None:
                await sign_ins.sign_out(request.user, request_id=request_id)
            reply: Response[str] | Redirect = Redirect(next_path, status_code=303)
            if unsent:
                reply = unsent_page(renderer, csrf_token(token), next_path, unsent)
            reply.set_cookie(jar.set(jar.session, token, ABSOLUTE))
            return reply
        case Throttled(seconds):
            reply = again(429, messages.throttled(seconds))
            reply.headers["retry-after"] = str(seconds)
            return reply
        case _:
            return again(401, messages.WRONG_CREDENTIALS)


@post("/sign-out", opt=OPERATOR, status_code=200)
async def sign_out(
    request: AnyRequest,
    jar: NamedDependency[Cookies],
    sign_ins: NamedDependency[SignIns],
    viewer: NamedDependency[Viewer],
) -> Redirect:
    await sign_ins.sign_out(viewer, request_id=request.state["request_id"])
    reply = Redirect("/sign-in", status_code=303)
    reply.set_cookie(jar.set(jar.session, "", _NOW))
    return reply


def _form(
    request: AnyRequest,
    renderer: Renderer,
    jar: Cookies,
    *,
    status: int,
    email: str,
    next_path: str,
    problem: str | None = None,
    note: str | None = None,
    unsent: str = "",
    has_users: bool = True,
) -> Response[str]:
    """The form and the cookie that its token is bound to, kept while it is there so that two tabs both work."""
    nonce = read_cookie(request.scope, jar.sign_in) or secrets.token_urlsafe(32)
    values = {"email": email, "next_path": next_path, "problem": problem, "note": note, "unsent": unsent}
    page = renderer("sign_in.html", token=csrf_token(nonce), has_users=has_users, **values)
    reply = Response(page, media_type="text/html", status_code=status)
    reply.set_cookie(jar.set(jar.sign_in, nonce, _NONCE_LASTS))
    return reply
