"""Who may sign in, for admins: adding people, their names and roles, leaving and returning, new passwords."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from services.portal.auth.access import ADMIN, Role, User, Viewer
from services.portal.auth.accounts import By, ChangedMeanwhile, LastAdmin, email_fault, name_fault
from services.portal.auth.passwords import hash_password, new_password
from services.portal.http.forms import Form
from services.portal.page import Page, see_other
from services.portal.people import messages
from services.portal.store import PortalStore

AnyRequest = Request[Any, Any, Any]


@get("/users", opt=ADMIN)
async def show_users(page: NamedDependency[Page]) -> Response[str]:
    return _users_page(page)


@post("/users", opt=ADMIN, status_code=200)
async def add_user(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str]:
    """The generated password is in this one answer and stored nowhere in clear."""
    email, name, role = form.text("email").lower(), form.text("name"), form.text("role")
    faults = {"email": email_fault(email), "name": name_fault(name), "role": _role_fault(role)}
    problems = {field: fault for field, fault in faults.items() if fault}
    if problems:
        return _users_page(page, status=422, problems=problems, form=form)
    password = new_password()
    hashed = await asyncio.to_thread(hash_password, password)
    by = _by(request, viewer)
    user = await store.accounts.add(email=email, name=name, role=Role(role), password_hash=hashed, by=by)
    if user is None:
        taken = {"email": messages.email_taken(email)}
        return _users_page(page, status=409, problems=taken, form=form)
    page.people.append(user)
    return _users_page(page, secret=(user, password))


@post("/users/{user_id:str}", opt=ADMIN, status_code=200)
async def change_user(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    user_id: FromPath[str],
) -> Response[str] | Redirect:
    name, role = form.text("name"), form.text("role")
    if fault := name_fault(name) or _role_fault(role):
        return _users_page(page, status=422, problems={user_id: fault}, form=form)
    seen = (form["seen_name"], form["seen_role"]) if {"seen_name", "seen_role"} <= form.keys() else None
    try:
        user = await store.accounts.describe(user_id, name=name, role=Role(role), by=_by(request, viewer), seen=seen)
    except LastAdmin:
        return _users_page(page, status=409, problems={user_id: messages.LAST_ADMIN}, form=form)
    except ChangedMeanwhile as error:
        page.people = await store.users()
        return _users_page(
            page,
            status=409,
            problems={user_id: messages.changed_meanwhile(error.user.name, error.user.role)},
            form=form,
        )
    return await see_other(store, viewer, "/users", messages.saved(_known(user).name, role))


@post("/users/{user_id:str}/deactivation", opt=ADMIN, status_code=200)
async def deactivate_user(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    user_id: FromPath[str],
) -> Response[str] | Redirect:
    try:
        user = _known(await store.accounts.deactivate(user_id, _by(request, viewer)))
    except LastAdmin:
        return _users_page(page, status=409, problems={user_id: messages.LAST_ADMIN})
    words = messages.deactivated(user.name)
    return await see_other(store, viewer, "/users", words)


@post("/users/{user_id:str}/reactivation", opt=ADMIN, status_code=200)
async def reactivate_user(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    user_id: FromPath[str],
) -> Redirect:
    user = _known(await store.accounts.reactivate(user_id, _by(request, viewer)))
    return await see_other(store, viewer, "/users", messages.reactivated(user.name))


@post("/users/{user_id:str}/password", opt=ADMIN, status_code=200)
async def reset_password(
    request: AnyRequest,
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    user_id: FromPath[str],
) -> Response[str]:
    """Ends every session of that person; an admin who resets their own keeps the one that is looked at."""
    password = new_password()
    hashed = await asyncio.to_thread(hash_password, password)
    by, keep = _by(request, viewer), viewer.session if user_id == viewer.user.id else None
    user = _known(await store.accounts.set_password(user_id, hashed, by, keep=keep))
    return _users_page(page, secret=(user, password))


def _users_page(
    page: Page,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    form: Form | None = None,
    secret: tuple[User, str] | None = None,
) -> Response[str]:
    """``problems`` are refusals: by user id for a row, by field for the form that adds; ``secret`` is a password to be
    shown this once."""
    refused, sent = problems or {}, form or Form()
    adding = sent if refused.keys() & {"email", "name", "role"} else Form()
    return page(
        "users.html",
        status=status,
        people=page.people,
        problems=refused,
        form=sent,
        adding=adding,
        roles=Role,
        secret=secret,
    )


def _by(request: AnyRequest, viewer: Viewer) -> By:
    return By(viewer.user.id, request.state["request_id"])


def _role_fault(role: str) -> str | None:
    return None if role in set(Role) else messages.CHOOSE_ROLE


def _known(user: User | None) -> User:
    if user is None:
        raise NotFoundException
    return user
