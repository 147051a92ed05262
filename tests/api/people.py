"""The people who use the portal in tests, and clients that are signed in as them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

import httpx
from argon2 import PasswordHasher

from services.cli.commands.users import create_user
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.portal.auth import passwords
from services.portal.auth.access import Role
from services.portal.store import PortalStore

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
"""What a browser adds to a form of our own page."""


_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    password: str


async def add_person(settings: Settings, email: str, name: str, role: Role = Role.OPERATOR) -> Person:
    """Their password's hash is a cheap one: a sign-in would take a good part of many a test."""
    async with connection.connect(settings, "portal") as database:
        with patch.object(passwords, "_HASHER", _CHEAP):
            user, password = await create_user(PortalStore(database), email=email, name=name, role=role)
    return Person(user.id, user.email, password)


@asynccontextmanager
async def client_of(url: str, person: Person) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the JSON API with this person's token."""
    async with httpx.AsyncClient(base_url=url, verify=False) as client:
        reply = await client.post("/api/auth/login", json={"email": person.email, "password": person.password})
        client.headers["authorization"] = f"Bearer {reply.json()['token']}"
        yield client


class Browser:
    """What a browser without script does: keeps cookies, says where it comes from, sends forms."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._tokens: dict[str, str] = {}

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, fields: dict[str, str], *, token: str | None = None) -> httpx.Response:
        """Send a form with the token of this session's pages, or with another one."""
        csrf = token if token is not None else await self.token()
        return await self.client.post(path, data={"csrf": csrf} | fields, headers=SAME_ORIGIN)

    async def token(self) -> str:
        """Read once from a page: it stays the same as long as the session does."""
        session = self.client.cookies.get("dataops", "")
        if session not in self._tokens:
            self._tokens[session] = hidden((await self.client.get("/recurring")).text, "csrf")
        return self._tokens[session]


@asynccontextmanager
async def browser_of(url: str, person: Person) -> AsyncGenerator[Browser]:
    async with httpx.AsyncClient(base_url=url, verify=False) as client:
        token = hidden((await client.get("/sign-in")).text, "csrf")
        fields = {"email": person.email, "password": person.password, "csrf": token}
        reply = await client.post("/sign-in", data=fields, headers=SAME_ORIGIN)
        assert reply.status_code == 303, reply.text
        yield Browser(client)


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of that name."""
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]
