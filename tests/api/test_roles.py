"""Who may use which route: a table of all of them, and what a route without an entry does."""

import httpx
import pytest
from litestar import Litestar, get

from services.kit.clock import Clock
from services.portal.auth.access import PUBLIC, Role, User, Viewer
from services.portal.auth.guard import UndeclaredRole, check_roles
from tests.api.people import Person, client_of
from tests.support.replies import SAFETY
from tests.support.routes import declared
from tests.system import System

ANYBODY = {
    ("GET", "/assets/{digest:str}/{name:str}"),
    ("GET", "/api/health"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/unsent"),
}


@pytest.mark.requirement("R-SEC-1")
def test_only_these_routes_are_open_to_anybody() -> None:
    assert {route for route, role in declared().items() if role is None} == ANYBODY


@pytest.mark.requirement("R-SEC-1")
async def test_strangers_are_let_through_nowhere_else(
    system: System, stranger: httpx.AsyncClient, operator: Person
) -> None:
    async with client_of(system.portal_url, operator) as api:
        for (method, pattern), role in declared().items():
            if role is None:
                continue
            path = pattern.replace(":str", "").replace("{", "").replace("}", "")
            reply = await stranger.request(method, path)
            assert SAFETY.items() <= dict(reply.headers).items(), path
            if path.startswith("/api"):
                assert (reply.status_code, reply.json()) == (401, {"error": "Unauthorized"}), path
                status = (await api.request(method, path)).status_code
                assert status == 403 if role is Role.ADMIN else status not in (401, 403), path
            else:
                assert reply.status_code == 303, path
                assert reply.headers["location"].startswith("/sign-in"), path


def test_an_admin_may_what_an_operator_may_and_not_the_other_way_round() -> None:
    may = {(role, needed): viewer(role).may(needed) for role in Role for needed in Role}
    assert [pair for pair, allowed in may.items() if not allowed] == [(Role.OPERATOR, Role.ADMIN)]


def viewer(role: Role) -> Viewer:
    user = User(id="u", name="U", email="u@example.org", role=role, created_at=Clock.wall())
    return Viewer(user, session="s", csrf="c")


def test_a_route_that_declares_nobody_keeps_the_portal_from_starting() -> None:
    @get("/secrets")
    async def show_secrets() -> str:
        return ""

    @get("/open", opt=PUBLIC)
    async def show_open() -> str:
        return ""

    with pytest.raises(UndeclaredRole, match="GET /secrets"):
        check_roles(Litestar([show_secrets, show_open], openapi_config=None))
