"""What everybody may change for themselves: name, password, where they are signed in."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from services.portal.auth.access import OPERATOR, Theme, Viewer
from services.portal.auth.accounts import By, name_fault
from services.portal.auth.passwords import weakness
from services.portal.auth.sign_ins import SignIns, Throttled, Wrong
from services.portal.formatting.words import capital
from services.portal.http.client_address import address_of
from services.portal.http.forms import Form
from services.portal.page import Page, see_other
from services.portal.settings import messages
from services.portal.store import PortalStore

AnyRequest = Request[Any, Any, Any]
_HANDLE = 16
"""So much of a session's key names it on the page."""


@get("/settings", opt=OPERATOR)
async def show_settings(sign_ins: NamedDependency[SignIns], page: NamedDependency[Page]) -> Response[str]:
    return await _settings_page(sign_ins, page)


@post("/settings/name", opt=OPERATOR, status_code=200)
async def change_name(
    request: AnyRequest,
    sign_ins: NamedDependency[SignIns],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    name = form.text("name")
    if fault := name_fault(name):
        return await _settings_page(sign_ins, page, status=422, problems={"name": fault}, form=form)
    by = By(viewer.user.id, request.state["request_id"])
    await store.accounts.describe(viewer.user.id, name=name, role=viewer.user.role, by=by)
    return await see_other(store, viewer, "/settings", messages.name_saved(name))


@post("/settings/theme", opt=OPERATOR, status_code=200)
async def choose_theme(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    form: NamedDependency[Form],
) -> Redirect:
    """Anything that is no theme follows the system."""
    chosen = form.text("theme")
    theme = Theme(chosen) if chosen in set(Theme) else None
    await store.accounts.prefer(viewer.user.id, theme, By(viewer.user.id, request.state["request_id"]))
    return await see_other(store, viewer, "/settings", messages.THEME_SAVED)


@post("/settings/password", opt=OPERATOR, status_code=200)
async def change_password(
    request: AnyRequest,
    sign_ins: NamedDependency[SignIns],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    """Passwords are never sent back, so this form comes back empty."""

    async def again(status: int, **problems: str) -> Response[str]:
        return await _settings_page(sign_ins, page, status=status, problems=problems)

    current, new = form.get("current", ""), form.get("new", "")
    if fault := await asyncio.to_thread(weakness, new, viewer.user.email):
        return await again(422, new=f"{capital(fault)}.")
    if new != form.get("again", ""):
        return await again(422, again=messages.PASSWORDS_DIFFER)
    address, request_id = address_of(request), request.state["request_id"]
    match await sign_ins.change_password(viewer, current, new, address=address, request_id=request_id):
        case Wrong():
            return await again(422, current=messages.WRONG_PASSWORD)
        case Throttled(seconds):
            reply = await again(429, current=messages.throttled(seconds))
            reply.headers["retry-after"] = str(seconds)
            return reply
        case None:
            words = messages.PASSWORD_CHANGED
            return await see_other(store, viewer, "/settings", words)


@post("/settings/sessions/{handle:str}/end", opt=OPERATOR, status_code=200)
async def end_session(
    request: AnyRequest,
    sign_ins: NamedDependency[SignIns],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    handle: FromPath[str],
) -> Redirect:
    named = [one.key for one in await sign_ins.sessions(viewer) if one.key[:_HANDLE] == handle]
    if not named or viewer.session in named:
        raise NotFoundException
    await sign_ins.end_session(viewer, named[0], request_id=request.state["request_id"])
    return await see_other(store, viewer, "/settings", messages.SIGN_IN_ENDED)


@post("/settings/sessions/others/end", opt=OPERATOR, status_code=200)
async def end_other_sessions(
    request: AnyRequest,
    sign_ins: NamedDependency[SignIns],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> Redirect:
    await sign_ins.end_other_sessions(viewer, request_id=request.state["request_id"])
    return await see_other(store, viewer, "/settings", messages.ONLY_HERE)


@get("/help", opt=OPERATOR)
async def show_help(page: NamedDependency[Page]) -> Response[str]:
    return page("help.html")


async def _settings_page(
    sign_ins: SignIns,
    page: Page,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    form: Form | None = None,
) -> Response[str]:
    found = await sign_ins.sessions(page.viewer)
    sessions = [(one.key[:_HANDLE], one.key == page.viewer.session, one) for one in found]
    return page("settings.html", status=status, sessions=sessions, problems=problems or {}, form=form or Form())
