"""Who may do what: each route declares the role it needs, and one that does not keeps the portal from starting."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from contracts.values import Instant, Model


class Role(StrEnum):
    OPERATOR = "operator"
    ADMIN = "admin"


PUBLIC: dict[str, Any] = {"role": None}
OPERATOR: dict[str, Any] = {"role": Role.OPERATOR}
ADMIN: dict[str, Any] = {"role": Role.ADMIN}


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class User(Model):
    """``theme`` None: pages are light or dark as the system of whoever looks at them."""

    id: str
    name: str
    email: str
    role: Role
    active: bool = True
    created_at: Instant
    theme: Theme | None = None

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"


class Undo(Model):
    """What a notice offers to take back: the change that gave a task this version."""

    task_id: str
    version: int


@dataclass(frozen=True)
class Viewer:
    """A signed-in user. ``session`` is the key of the session; ``csrf`` is bound to it and goes into its forms."""

    user: User
    session: str
    csrf: str
    notice: str | None = None
    undo: Undo | None = None

    def may(self, role: Role) -> bool:
        return self.user.role in (role, Role.ADMIN)


def others(users: Iterable[User], viewer: Viewer) -> list[str]:
    """The active users besides the viewer: what is theirs is not the viewer's to do."""
    return [user.id for user in users if user.active and user.id != viewer.user.id]


class NotSignedIn(Exception):
    """There is no valid session. Pages go to sign-in and come back; the API answers 401."""


class UndeclaredRole(Exception):
    """A route says nothing about who may use it."""


def require_role(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard of every route. Denies what is not declared."""
    if "role" not in handler.opt:
        raise PermissionDeniedException
    needed: Role | None = handler.opt["role"]
    if needed is None:
        return
    viewer = cast("Viewer | None", connection.scope["user"])
    if viewer is None:
        raise NotSignedIn
    if not viewer.may(needed):
        raise PermissionDeniedException


def routes(app: Litestar) -> list[tuple[str, str, BaseRouteHandler]]:
    """Method, path and handler of every route; those that Litestar adds for OPTIONS are never reached."""
    return [
        (method, route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    ]


def check_roles(app: Litestar) -> None:
    """Raises UndeclaredRole naming the routes that declare none."""
    silent = [f"{method} {path}" for method, path, handler in routes(app) if "role" not in handler.opt]
    if silent:
        raise UndeclaredRole(f"routes without a declared role: {', '.join(silent)}")
