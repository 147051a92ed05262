"""A MongoDB replica set of one: made where there is none, moved when its port changed.

An open port means little: after a start mongod refuses writes until it has elected itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure

from services.kit.settings import REPLICA_SET
from services.kit.start_error import StartError

_POLL_SECONDS = 0.05
_ALREADY_INITIATED = 23
_NOT_INITIATED = 94
_UNAUTHORIZED, _NODE_NOT_FOUND = 13, 74
_WAITED_FOR = (_ALREADY_INITIATED, _UNAUTHORIZED, _NODE_NOT_FOUND)
"""Initiated and electing; initiated, with users; another member is not up yet."""

Client = AsyncMongoClient[dict[str, Any]]


async def become_primary(address: str, *, member: str) -> None:
    """Return when the mongod at ``address`` takes writes as the only member of its set, known to clients as ``member``.

    Waits, without bound, for a server that is not up yet. Forcing a new configuration is safe in a set of one:
    there is nobody to disagree.
    """
    await _listening(address)
    async with client_of(f"mongodb://{address}/?directConnection=true") as client:
        while not (await _hello(client)).get("isWritablePrimary"):
            await _configure(client, member)
            await asyncio.sleep(_POLL_SECONDS)


async def initiate(address: str, members: Sequence[str]) -> None:
    """Return when the mongod at ``address`` is the primary of a set of these members; the first is it itself.

    Waits, without bound, for servers that are not up yet.
    """
    config = {
        "_id": REPLICA_SET,
        # The first is preferred, so that the server that initiates the set takes the writes.
        "members": [
            {"_id": number, "host": host, "priority": 1 if number else 2} for number, host in enumerate(members)
        ],
    }
    await _listening(address)
    async with client_of(f"mongodb://{address}/?directConnection=true") as client:
        while not (await _hello(client)).get("isWritablePrimary"):
            try:
                await client.admin.command("replSetInitiate", config)
            except ConnectionFailure:
                pass
            except OperationFailure as error:
                if error.code not in _WAITED_FOR:
                    raise StartError(f"mongod cannot form its replica set ({_reason(error)}): see its log.") from error
            await asyncio.sleep(_POLL_SECONDS)


async def check(url: str, *, within: float) -> None:
    """Return when the replica set at ``url`` has a primary that lets us in; else StartError, without the password."""
    if not url.startswith(("mongodb://", "mongodb+srv://")):
        raise StartError("DATAOPS_MONGO_URL is not a URL such as mongodb://host:27017/?replicaSet=rs0.")
    place = f"MongoDB at {urlsplit(url).netloc.rpartition('@')[2]}"
    try:
        async with asyncio.timeout(within), client_of(url) as client:
            hello = await _primary(client)
            await client.admin.command("listDatabases", nameOnly=True, authorizedDatabases=True)
    except (ConfigurationError, ValueError) as error:
        raise StartError(f"DATAOPS_MONGO_URL cannot be used: {error}") from error
    except OperationFailure as error:
        raise StartError(
            f"{place} refuses us ({_reason(error)}): check the user and password in DATAOPS_MONGO_URL."
        ) from error
    except TimeoutError as error:
        raise StartError(
            f"{place} has no primary that answers within {within:.0f} s: check that it runs, and DATAOPS_MONGO_URL."
        ) from error
    if "setName" not in hello:
        raise StartError(
            f"{place} is no replica set, so it has no transactions: start mongod with --replSet and initiate it."
        )


async def _listening(address: str) -> None:
    """Return when somebody answers there. Asked before the driver is, for its sockets' sake: see ``client_of``."""
    host, _, port = address.rpartition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return await writer.wait_closed()
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def client_of(url: str, **credentials: Any) -> AsyncGenerator[Client]:
    """The driver leaves a socket open when it is closed while a monitor connects; one that polls does that once."""
    client: Client = AsyncMongoClient(
        url, serverSelectionTimeoutMS=500, connectTimeoutMS=2_000, serverMonitoringMode="poll", **credentials
    )
    try:
        yield client
    finally:
        await client.close()


async def _primary(client: Client) -> dict[str, Any]:
    while True:
        hello = await _hello(client)
        if hello.get("isWritablePrimary"):
            return hello
        await asyncio.sleep(_POLL_SECONDS)


async def _hello(client: Client) -> dict[str, Any]:
    """What the server says of itself; nothing while it cannot be reached."""
    try:
        return await client.admin.command("hello")
    except ConnectionFailure:
        return {}


async def _configure(client: Client, member: str) -> None:
    """Initiate the set, or move its member, if that is what is missing."""
    try:
        config = await _config(client)
        if config is None:
            await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]})
        elif config["members"][0]["host"] != member:
            config["members"][0]["host"] = member
            config["version"] += 1
            await client.admin.command("replSetReconfig", config, force=True)
    except ConnectionFailure:
        return
    except OperationFailure as error:
        if error.code != _ALREADY_INITIATED:
            raise StartError(f"mongod cannot form its replica set ({_reason(error)}): see its log.") from error


async def _config(client: Client) -> dict[str, Any] | None:
    """The stored configuration; None where there is none, or where it is not loaded yet."""
    try:
        return (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code == _NOT_INITIATED:
            return None
        raise


def _reason(error: OperationFailure) -> str:
    return str((error.details or {}).get("errmsg", "no reason given")).rstrip(".")
