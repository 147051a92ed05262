"""A MongoDB that asks for passwords: its replica set made, its users as they should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from services.kit import replica_set

ROOT = "root"
READ_PARAMETERS = "dataopsReadParameters"
"""A role of the database ``admin``: may ask for the server's parameters, and change none."""
_UNAUTHORIZED, _AUTHENTICATION_FAILED, _ALREADY_INITIATED = 13, 18, 23
_EXISTS, _ROLE_EXISTS = 51003, 51002
_PARAMETERS = [{"resource": {"cluster": True}, "actions": ["getParameter"]}]
Client = AsyncMongoClient[dict[str, Any]]


@dataclass(frozen=True)
class MongoUser:
    """``roles`` maps a database to the one role there."""

    name: str
    password: str
    roles: Mapping[str, str]


async def provide(address: str, *, members: Sequence[str], root_password: str, users: Sequence[MongoUser]) -> None:
    """Initiate the set of ``members`` unless that is done, and give it these users with these passwords.

    ``address`` must be of the loopback of the first member: there alone does a server without users let somebody in.
    Raises OperationFailure when the root password is not the one it was made with.
    """
    await replica_set.initiate(address, members)
    async with replica_set.client_of(f"mongodb://{address}/?directConnection=true") as client:
        await _create_root(client, root_password)
    url = f"mongodb://{address}/?directConnection=true&authSource=admin"
    async with replica_set.client_of(url, username=ROOT, password=root_password) as client:
        await _put_role(client)
        for user in users:
            await _put(client, user)


async def _create_root(client: Client, password: str) -> None:
    """Only where there is no user yet: after the first one nobody is let in without a password."""
    try:
        await client.admin.command("createUser", ROOT, pwd=password, roles=["root"])
    except OperationFailure as error:
        if error.code != _UNAUTHORIZED:
            raise


async def _put_role(client: Client) -> None:
    try:
        await client.admin.command("createRole", READ_PARAMETERS, privileges=_PARAMETERS, roles=[])
    except OperationFailure as error:
        if error.code != _ROLE_EXISTS:
            raise
        await client.admin.command("updateRole", READ_PARAMETERS, privileges=_PARAMETERS, roles=[])


async def _put(client: Client, user: MongoUser) -> None:
    roles = [{"role": role, "db": database} for database, role in user.roles.items()]
    try:
        await client.admin.command("createUser", user.name, pwd=user.password, roles=roles)
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise
        await client.admin.command("updateUser", user.name, pwd=user.password, roles=roles)
