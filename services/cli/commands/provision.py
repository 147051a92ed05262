"""``dataops provision``: MongoDB's first steps in a composed deployment, run by it at each start."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from contracts.permissions import User
from contracts.values import Service
from services.cli.stack.running import load_settings
from services.kit import passwords
from services.kit.mongo import users as mongo_users
from services.kit.mongo.users import READ_PARAMETERS, MongoUser


def provision(
    secrets: Annotated[Path, typer.Argument(help="Directory with the passwords that deploy/make-secrets made.")],
    members: Annotated[list[str], typer.Argument(help="Members of the replica set, host:port, the local one first.")],
) -> None:
    """Make MongoDB's replica set and its users, or bring their passwords and roles up to date.

    Run it where the first member is 127.0.0.1: a server without users lets nobody else in.
    """
    settings, port = load_settings(), members[0].rpartition(":")[2]
    root = passwords.read(secrets / "mongo-root" / "password", variable=str(secrets))
    users = [_user(user, secrets, settings.mongo_prefix) for user in User]
    asyncio.run(mongo_users.provide(f"127.0.0.1:{port}", members=members, root_password=root, users=users))


def _user(user: User, secrets: Path, prefix: str) -> MongoUser:
    """Each service its own database; the command line manages those who sign in to the portal. Work looks whether the
    server keeps enough of its past for a long export."""
    password = passwords.read(secrets / user / "mongo_password", variable=str(secrets))
    database = f"{prefix}_{Service.PORTAL if user is User.OPS else user}"
    asks = {"admin": READ_PARAMETERS} if user is User.WORK else {}
    return MongoUser(user, password, roles={database: "readWrite", **asks})
