"""The guard of the routes: each declares the role it needs, and one that does not keeps the portal from starting."""

from typing import Any, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from services.portal.auth.access import NotSignedIn, Role, Viewer


class UndeclaredRole(Exception):
    """A route says nothing about who may use it."""


async def require_role(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard of every route. Denies what is not declared. If it were not async, Litestar would run it in a thread, which
    takes a third of the time of a small request."""
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
