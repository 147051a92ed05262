"""The nats-server and mongod that tests run on: named ones, containers, or the bundled ones; real in every case."""

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from services.cli.stack.embedded import start_mongod, start_nats
from services.cli.stack.service import check_nats
from services.kit import replica_set

NATS_IMAGE, MONGO_IMAGE = "nats:2.15", "mongo:6.0"
NATS_VARIABLE, MONGO_VARIABLE = "DATAOPS_TEST_NATS_URL", "DATAOPS_TEST_MONGO_URL"
MongoClient = AsyncMongoClient[dict[str, Any]]
_READY_SECONDS = 60.0
_OF_NONE = hashlib.md5().hexdigest()
"""The hash of a collection without documents."""
# As the deployment has it: else what a killed worker had begun would hold its window for a minute.
_MONGO_COMMAND = "--replSet rs0 --bind_ip_all --setParameter transactionLifetimeLimitSeconds=10"


class Kind(StrEnum):
    ENVIRONMENT = "environment"
    CONTAINERS = "containers"
    BUNDLED = "bundled"


@dataclass(frozen=True)
class Servers:
    """Both take writes. Streams may be deleted; a test's databases bear its own prefix."""

    nats_url: str
    mongo_url: str
    kind: Kind


def kind_here() -> Kind:
    """The first kind that is to be had. Images are never pulled: a test run must not depend on a registry."""
    named = [variable for variable in (NATS_VARIABLE, MONGO_VARIABLE) if os.environ.get(variable)]
    if len(named) == 1:
        raise ValueError(f"only {named[0]} is set: set both {NATS_VARIABLE} and {MONGO_VARIABLE}, or neither")
    if named:
        return Kind.ENVIRONMENT
    return Kind.CONTAINERS if _engine_has_images() else Kind.BUNDLED


@asynccontextmanager
async def running_servers(directory: Path) -> AsyncGenerator[Servers]:
    """Servers of the kind that is to be had here; those that were started are stopped on leaving."""
    match kind_here():
        case Kind.ENVIRONMENT:
            yield Servers(os.environ[NATS_VARIABLE], os.environ[MONGO_VARIABLE], Kind.ENVIRONMENT)
        case Kind.CONTAINERS:
            async with _containers() as servers:
                yield servers
        case Kind.BUNDLED:
            async with _bundled(directory) as servers:
                yield servers


def _engine_has_images() -> bool:
    """Asks the docker command, because its Python client leaves a socket open when no engine answers."""
    if not shutil.which("docker"):
        return False
    try:
        answer = subprocess.run(
            ["docker", "image", "inspect", NATS_IMAGE, MONGO_IMAGE], capture_output=True, timeout=10
        )
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0


@asynccontextmanager
async def _containers() -> AsyncGenerator[Servers]:
    testcontainers_config.ryuk_disabled = True  # its image would be pulled
    broker = DockerContainer(NATS_IMAGE).with_command("-js").with_exposed_ports(4222)
    # MongoDbContainer cannot start a replica set. Clients know the member by an address inside the container, hence
    # the direct connection.
    database = DockerContainer(MONGO_IMAGE).with_command(_MONGO_COMMAND).with_exposed_ports(27017)
    try:
        await asyncio.gather(asyncio.to_thread(broker.start), asyncio.to_thread(database.start))
        nats_url = f"nats://{await asyncio.to_thread(_address, broker, 4222)}"
        mongo_address = await asyncio.to_thread(_address, database, 27017)
        async with asyncio.timeout(_READY_SECONDS):
            await replica_set.become_primary(mongo_address, member="127.0.0.1:27017")
        await check_nats(nats_url, within=_READY_SECONDS)
        yield Servers(nats_url, f"mongodb://{mongo_address}/?directConnection=true", Kind.CONTAINERS)
    finally:
        await asyncio.gather(asyncio.to_thread(broker.stop), asyncio.to_thread(database.stop))


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


@asynccontextmanager
async def _bundled(directory: Path) -> AsyncGenerator[Servers]:
    broker, database = await asyncio.gather(start_nats(directory), start_mongod(directory))
    try:
        yield Servers(broker.url, database.url, Kind.BUNDLED)
    finally:
        await asyncio.gather(broker.child.stop(), database.child.stop())


def connect(mongo_url: str) -> MongoClient:
    return AsyncMongoClient(mongo_url, serverMonitoringMode="poll")


async def hashes(database: AsyncDatabase[dict[str, Any]]) -> dict[str, str]:
    """Of the documents of each collection but the server's own: one question, however many there are."""
    return (await database.command("dbHash"))["collections"]


async def empty_databases(client: MongoClient, prefix: str, *, but: Container[str] = ()) -> None:
    """Collections and their indexes stay: making them anew for every test would take most of its time. The documents of
    the collections ``but`` stay too.
    """
    for name in await client.list_database_names():
        if name.startswith(f"{prefix}_"):
            for collection, documents in (await hashes(client[name])).items():
                if documents != _OF_NONE and collection not in but:
                    await client[name][collection].delete_many({})


async def drop_multikey_collections(client: MongoClient, prefix: str) -> None:
    """An index that once held a list stays multikey, and covers no query from then on, also when nothing is left in it.
    Only while no service runs: it would miss its indexes.
    """
    found = await client.admin.aggregate([{"$listCatalog": {}}, {"$match": {"md.indexes.multikey": True}}])
    async for one in found:
        if one["db"].startswith(f"{prefix}_"):
            await client[one["db"]].drop_collection(one["name"])
