"""``dataops users``: who may sign in. The first admin can only be made here."""

import asyncio
import re
import secrets
import sys
from typing import Annotated

import typer

from services.cli.stack import DataDir, connect_settings
from services.kit import mongo
from services.kit.clock import Clock
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.access import Role, User
from services.portal.passwords import hash_password, weakness
from services.portal.store import PortalStore

users_app = typer.Typer(name="users", help="Who may sign in.", no_args_is_help=True)

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


@users_app.callback()
def users() -> None:
    """Who may sign in."""


@users_app.command()
def add(
    email: Annotated[str, typer.Argument(help="E-mail address; it is what the person signs in with.")],
    name: Annotated[str, typer.Option(help="Name, as others see it.")],
    role: Annotated[Role, typer.Option(help="Admins also manage users and export.")] = Role.OPERATOR,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a user. Without `--password-stdin` a password is generated and printed, this once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    user, chosen = asyncio.run(_add(connect_settings(data_dir), email, name, role, password))
    typer.echo(f"Added {user.role} {user.name} <{user.email}>.")
    if password is None:
        typer.echo(f"Password: {chosen}")


async def _add(settings: Settings, email: str, name: str, role: Role, password: str | None) -> tuple[User, str]:
    async with mongo.connect(settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        return await create_user(store, email=email, name=name, role=role, password=password)


async def create_user(
    store: PortalStore, *, email: str, name: str, role: Role, password: str | None = None
) -> tuple[User, str]:
    """The user and the password, a generated one when none is given. Raises StartError for what will not do."""
    email, name = email.strip().lower(), name.strip()
    if not _EMAIL.fullmatch(email):
        raise StartError(f"{email!r} is not an e-mail address.")
    if not name or not name.isprintable() or len(name) > 200:
        raise StartError("The name must be one line of 1 to 200 characters.")
    if password is not None and (fault := weakness(password, email)):
        raise StartError(f"{fault[0].upper()}{fault[1:]}.")
    chosen = password if password is not None else secrets.token_urlsafe(15)
    user = await store.add_user(email=email, name=name, role=role, password_hash=hash_password(chosen), at=Clock.wall())
    if user is None:
        raise StartError(f"There is a user with the e-mail {email} already.")
    return user, chosen
