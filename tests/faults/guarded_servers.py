"""The bundled servers with the passwords and permissions of the composed deployment: by its script and its files."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from contracts.permissions import User
from services.cli.commands.provision import provision
from services.cli.stack import embedded
from services.cli.stack.child import Child
from services.cli.stack.libraries import library_environment
from services.cli.stack.ports import LOCALHOST, free_ports
from services.kit import passwords
from services.kit.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


@dataclass(frozen=True)
class GuardedServers:
    nats_address: str
    mongo_address: str
    secrets: Path

    def settings_of(self, user: User, **changes: object) -> Settings:
        """As the environment of its container makes them."""
        nats_url, mongo_url = f"nats://{user}@{self.nats_address}", f"mongodb://{user}@{self.mongo_address}"
        found = {
            "nats_url": SecretStr(nats_url),
            "mongo_url": SecretStr(f"{mongo_url}/?replicaSet=rs0&authSource=admin"),
            "nats_password_file": self.secrets / user / "nats_password",
            "mongo_password_file": self.secrets / user / "mongo_password",
        }
        return Settings.model_validate({**found, "DATAOPS_PORT": 0, **changes})

    def password(self, user: User) -> str:
        return passwords.read(self.secrets / user / "nats_password", variable="test")


def make_secrets(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    command = ["sh", DEPLOY / "make-secrets", directory, f"{os.getuid()}:{os.getgid()}"]
    subprocess.run(command, check=True, timeout=30)


@asynccontextmanager
async def guarded_servers(directory: Path) -> AsyncGenerator[GuardedServers]:
    """Laid out as in the containers: the configuration finds the passwords by a relative path."""
    secrets = directory / "secrets"
    make_secrets(secrets)
    shutil.copytree(DEPLOY / "nats", directory / "etc" / "nats")
    shutil.copytree(secrets / "nats", directory / "run" / "secrets")
    nats_port, monitoring, mongo_port = free_ports(3)
    broker, database = await asyncio.gather(
        _nats(directory, nats_port, monitoring), _mongod(directory, mongo_port, secrets / "mongo" / "keyfile")
    )
    member = f"{LOCALHOST}:{mongo_port}"
    try:
        await asyncio.to_thread(provision, secrets, [member])
        yield GuardedServers(f"{LOCALHOST}:{nats_port}", member, secrets)
    finally:
        await asyncio.gather(broker.stop(), database.stop())


async def _nats(directory: Path, port: int, monitoring: int) -> Child:
    binary = embedded._bundled("nats-server", Path(embedded.sysconfig.get_path("scripts")))
    options = ("-a", LOCALHOST, "-p", str(port), "-m", str(monitoring), "-sd", directory / "nats")
    command = [binary, "-c", directory / "etc" / "nats" / "nats.conf", *options]
    child = await Child.spawn("nats-server", command, log=directory / "logs" / "nats-server.log")
    await child.until(embedded._has_jetstream(port), patience=30)
    return child


async def _mongod(directory: Path, port: int, keyfile: Path) -> Child:
    binary = embedded._bundled("mongod", embedded._mongod_directory())
    (directory / "mongo").mkdir()
    options = ("--dbpath", directory / "mongo", "--bind_ip", LOCALHOST, "--port", str(port), "--keyFile", keyfile)
    command = [binary, *options, *embedded._MONGOD_OPTIONS]
    environment = await asyncio.to_thread(library_environment, binary, directory / "libraries")
    return await Child.spawn("mongod", command, log=directory / "logs" / "mongod.log", env=environment)
