"""Users, as an admin manages them: added, changed, sent away, brought back; and never without an admin."""

import asyncio
import html
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from markupsafe import escape

from services.kit.mongo import connection
from services.portal.auth.access import Role
from services.portal.auth.accounts import By, LastAdmin
from services.portal.store import PortalStore
from tests.api.people import Browser, Person, add_person, browser_of, client_of
from tests.system import System

NEW = {"email": "Ada@Example.org", "name": "Ada Content", "role": "operator"}
HOSTILE = '<img src=x onerror=alert(1)>"'


@pytest.fixture
async def boss(system: System, admin: Person) -> AsyncGenerator[Browser]:
    async with browser_of(system.portal_url, admin) as browser:
        yield browser


async def users(system: System) -> dict[str, Any]:
    """By e-mail."""
    async with connection.connect(system.settings, "portal") as database:
        return {user.email: user for user in await PortalStore(database).users()}


async def audited(system: System, kind: str) -> list[dict[str, Any]]:
    async with connection.connect(system.settings, "portal") as database:
        return [row async for row in database["audit"].find({"kind": kind})]


def shown_password(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return html.unescape(page.text.split("<p><code>", 1)[1].split("</code>", 1)[0])


async def works(system: System, email: str, password: str) -> bool:
    async with httpx.AsyncClient(base_url=system.portal_url) as client:
        reply = await client.post("/api/auth/login", json={"email": email, "password": password})
    return reply.status_code == 200


@pytest.mark.requirement("R-SEC-1")
async def test_a_user_is_added_with_a_password_that_is_shown_once(system: System, boss: Browser, admin: Person) -> None:
    password = shown_password(await boss.post("/users", NEW))
    assert await works(system, "ada@example.org", password)
    page = await boss.get("/users")
    assert password not in page.text
    assert "Ada Content" in page.text
    [row] = [row for row in await audited(system, "user.added") if row["email"] == "ada@example.org"]
    assert (row["actor"], row["role"], len(row["request_id"])) == (admin.id, "operator", 16)
    assert password not in str(row)


@pytest.mark.requirement("R-SEC-1")
async def test_what_cannot_be_added_is_said_and_the_input_stays(system: System, boss: Browser) -> None:
    before = await users(system)
    for fields, status, said in [
        ({"email": "nonsense"}, 422, "“nonsense” is not an e-mail address."),
        ({"name": "  "}, 422, "The name must be one line"),
        ({"name": "x" * 201}, 422, "The name must be one line"),
        ({"role": "owner"}, 422, "Choose a role from the list."),
        ({"email": "ADMIN@example.org"}, 409, "admin@example.org is already the e-mail address of a user."),
    ]:
        reply = await boss.post("/users", NEW | {"name": HOSTILE} | fields)
        assert reply.status_code == status, fields
        assert said in html.unescape(reply.text)
        assert "<title>Error: " in reply.text
        assert "<img" not in reply.text
        assert "name" in fields or f'value="{escape(HOSTILE)}"' in reply.text
    assert await users(system) == before


@pytest.mark.requirement("R-SEC-1")
async def test_name_and_role_change_at_once_and_the_audit_says_from_what_to_what(
    system: System, boss: Browser, operator: Person
) -> None:
    async with browser_of(system.portal_url, operator) as theirs:
        refused = await theirs.get("/users")
        assert refused.status_code == 403
        assert "This is for admins." in refused.text
        changed = await boss.post(f"/users/{operator.id}", {"name": "Olivia Boss", "role": "admin"})
        assert changed.status_code == 303
        assert (await theirs.get("/users")).status_code == 200
    [row] = await audited(system, "user.changed")
    assert (row["user"], row["name"]["to"], row["role"]) == (
        operator.id,
        "Olivia Boss",
        {"from": "operator", "to": "admin"},
    )
    wrong = await boss.post(f"/users/{operator.id}", {"name": "", "role": "admin"})
    assert wrong.status_code == 422
    assert (await boss.post("/users/nobody", {"name": "N", "role": "admin"})).status_code == 404


@pytest.mark.requirement("R-SEC-1")
async def test_of_two_admins_with_one_form_open_neither_undoes_the_other_unseen(
    system: System, boss: Browser, operator: Person
) -> None:
    name = (await users(system))[operator.email].name
    path, opened = f"/users/{operator.id}", {"seen_name": name, "seen_role": "operator"}
    first, second = (
        opened | {"name": "Olivia Boss", "role": "admin"},
        opened | {"name": "Olivia B.", "role": "operator"},
    )
    for _ in range(2):  # sent twice it is no conflict with itself
        assert (await boss.post(path, first)).status_code == 303
    late = await boss.post(path, second)
    assert late.status_code == 409
    page = html.unescape(late.text)
    assert "the name is now “Olivia Boss” and the role admin. Your change was not saved." in page
    assert 'value="Olivia B."' in page
    assert 'name="seen_name" value="Olivia Boss"' in page
    assert (await users(system))[operator.email].name == "Olivia Boss"
    again = second | {"seen_name": "Olivia Boss", "seen_role": "admin"}
    assert (await boss.post(path, again)).status_code == 303
    assert (await users(system))[operator.email].role is Role.OPERATOR


@pytest.mark.requirement("R-SEC-1")
async def test_who_leaves_is_signed_out_everywhere_and_may_return(
    system: System, boss: Browser, operator: Person
) -> None:
    async with (
        browser_of(system.portal_url, operator) as theirs,
        client_of(system.portal_url, operator) as token,
    ):
        await boss.post(f"/users/{operator.id}/deactivation", {})
        assert (await theirs.get("/")).headers["location"] == "/sign-in"
        assert (await token.get("/api/me")).status_code == 401
        assert not await works(system, operator.email, operator.password)
        page = (await boss.get("/users")).text
        assert "May not sign in" in page
        await boss.post(f"/users/{operator.id}/reactivation", {})
        assert await works(system, operator.email, operator.password)
        assert (await theirs.get("/")).status_code == 303
    assert len(await audited(system, "user.deactivated")) == len(await audited(system, "user.reactivated")) == 1


@pytest.mark.requirement("R-SEC-1")
async def test_a_new_password_ends_the_old_one_and_every_session(
    system: System, boss: Browser, operator: Person
) -> None:
    async with browser_of(system.portal_url, operator) as theirs:
        password = shown_password(await boss.post(f"/users/{operator.id}/password", {}))
        assert (await theirs.get("/")).headers["location"] == "/sign-in"
    assert not await works(system, operator.email, operator.password)
    assert await works(system, operator.email, password)
    [row] = await audited(system, "user.password-set")
    assert "password_hash" not in row


@pytest.mark.requirement("R-SEC-1")
async def test_the_last_admin_stays(system: System, boss: Browser, admin: Person) -> None:
    for path, fields in [("", {"name": "Adrian", "role": "operator"}), ("/deactivation", {})]:
        reply = await boss.post(f"/users/{admin.id}{path}", fields)
        assert reply.status_code == 409
        assert "This is the only active admin." in reply.text
    other = await add_person(system.settings, "second@example.org", "Second", Role.ADMIN)
    async with connection.connect(system.settings, "portal") as database:
        accounts = PortalStore(database).accounts
        both = [accounts.deactivate(person.id, By()) for person in (admin, other)]
        ended = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == [LastAdmin.__name__, "User"]
    assert [user.role for user in (await users(system)).values() if user.active] == [Role.ADMIN]


@pytest.mark.requirement("R-SEC-1")
async def test_operators_change_nobody(system: System, browser: Browser, admin: Person) -> None:
    before = await users(system)
    for path in ("", f"/{admin.id}", f"/{admin.id}/deactivation", f"/{admin.id}/reactivation", f"/{admin.id}/password"):
        assert (await browser.post(f"/users{path}", NEW)).status_code == 403, path
    assert await users(system) == before
    page = (await browser.get("/")).text
    linked = {path: f'href="{path}"' in page for path in ("/users", "/export", "/settings", "/help")}
    assert linked == {"/users": False, "/export": False, "/settings": True, "/help": True}
