"""``dataops users``: who may sign in. The first admin, and a new password without an admin, can only be made here."""

import asyncio
import sys
from typing import Annotated

import typer

from services.cli.stack.running import DataDir, connect_settings
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.auth.access import Role, User
from services.portal.auth.accounts import By, email_fault, name_fault
from services.portal.auth.passwords import hash_password, new_password, weakness
from services.portal.store import PortalStore

_SHOWN = 10

users_app = typer.Typer(
    name="users",
    help="Add users and set passwords.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)


@users_app.callback()
def users() -> None:
    """Add users and set passwords."""


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


@users_app.command()
def password(
    email: Annotated[str, typer.Argument(help="E-mail address of the user.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Set a new password, and end the user's sign-ins. Without `--password-stdin` it is generated and printed."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    user, chosen = asyncio.run(_set_password(connect_settings(data_dir), email, given))
    typer.echo(f"{user.name} <{user.email}> has a new password.")
    if not user.active:
        typer.echo("The account is deactivated: an admin can reactivate it on the page Users.")
    if given is None:
        typer.echo(f"Password: {chosen}")


async def _add(settings: Settings, email: str, name: str, role: Role, password: str | None) -> tuple[User, str]:
    async with connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        return await create_user(store, email=email, name=name, role=role, password=password)


async def create_user(
    store: PortalStore, *, email: str, name: str, role: Role, password: str | None = None
) -> tuple[User, str]:
    """The user and the password, a generated one when none is given. Raises StartError for what will not do."""
    email, name = email.strip().lower(), name.strip()
    if fault := email_fault(email) or name_fault(name):
        raise StartError(fault)
    chosen = _checked(password, email)
    hashed = hash_password(chosen)
    user = await store.accounts.add(email=email, name=name, role=role, password_hash=hashed, by=By())
    if user is None:
        raise StartError(f"{email} is already the e-mail address of a user.")
    return user, chosen


async def _set_password(settings: Settings, email: str, password: str | None) -> tuple[User, str]:
    async with connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        users = {user.email: user for user in await store.users()}
        user = users.get(email.strip().lower())
        if user is None:
            raise StartError(f"No user has the e-mail {email}. {_known(list(users))}")
        chosen = _checked(password, user.email)
        await store.accounts.set_password(user.id, hash_password(chosen), By())
        return user, chosen


def _known(emails: list[str]) -> str:
    if not emails:
        return "There are no users: add one with `dataops users add EMAIL --name NAME --role admin`."
    shown = ", ".join(emails[:_SHOWN])
    return f"There are: {shown}{', ...' if len(emails) > _SHOWN else ''}"


def _checked(password: str | None, email: str) -> str:
    """The password, or a generated one when none is given. Raises StartError for a weak one."""
    if password is None:
        return new_password()
    if fault := weakness(password, email):
        raise StartError(f"{fault[0].upper()}{fault[1:]}.")
    return password


async def load_users(settings: Settings) -> list[User]:
    """All users, also those that were deactivated."""
    async with connection.connect(settings, "portal") as database:
        return await PortalStore(database).users()
