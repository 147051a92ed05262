"""The compose files on a real engine: a project of its own, an image of this checkout, a free port; gone at the end."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from services.cli.stack.ports import free_ports
from tests.api.people import Person, client_of
from tests.system import eventually

ROOT = Path(__file__).parents[2]
SINGLE, CLUSTER = "docker-compose.yml", "docker-compose.cluster.yml"
PROJECT = IMAGE = "dataops-soak"
_START_SECONDS = 300.0


def why_not() -> str | None:
    """The reason why the compose files cannot be tried here. Images of servers are never pulled."""
    if not _answers("docker", "version"):
        return "no docker engine answers"
    if not _compose_command():
        return "neither docker compose nor docker-compose is installed"
    services = yaml.safe_load((ROOT / SINGLE).read_text())["services"]
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M)
    for image in (*dict.fromkeys(bases), services["nats"]["image"], services["mongo"]["image"]):
        if not _answers("docker", "image", "inspect", image):
            return f"the engine has no image {image}"
    return None


def _compose_command() -> list[str]:
    ways = (["docker", "compose"], ["docker-compose"])
    return next((way for way in ways if _answers(*way, "version")), [])


def _answers(*command: str) -> bool:
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, timeout=30).returncode


@dataclass(frozen=True)
class Composed:
    """A deployment that is up; its portal shows the sign-in page at ``url``."""

    url: str
    command: list[str]
    environment: dict[str, str]

    async def compose(self, *words: str) -> str:
        return await _done([*self.command, *words], self.environment)

    async def ops(self, *words: str, entrypoint: str = "dataops") -> str:
        """What the command line printed in a container of its own, which starts no other."""
        return await self.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", entrypoint, "ops", *words)

    async def container(self, service: str) -> str:
        return (await self.compose("ps", "-q", service)).strip()

    async def kill(self, container: str) -> None:
        """As a crash, and the engine does not start it again."""
        await _done(["docker", "kill", container], self.environment)

    async def add_admin(self, email: str) -> Person:
        printed = await self.ops("users", "add", email, "--name", "Ann Admin", "--role", "admin")
        found = re.search(r"^Password: (\S+)", printed, re.M)
        assert found, printed
        return Person("", email, found[1])

    @asynccontextmanager
    async def signed_in(self, person: Person) -> AsyncGenerator[httpx.AsyncClient]:
        async with client_of(self.url, person) as client:
            client.timeout = httpx.Timeout(30)
            yield client

    async def is_well(self) -> bool:
        """What the doctor found, or why it could not look, is printed."""
        try:
            await self.ops("doctor")
        except AssertionError as error:
            print(error)
            return False
        return True


async def _done(command: list[str], environment: dict[str, str]) -> str:
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert not done.returncode, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@asynccontextmanager
async def composed(directory: Path, environment: dict[str, str], *files: str) -> AsyncGenerator[Composed]:
    """``files`` as they are, but for the name of the image and the port on the host."""
    services: dict[str, Any] = yaml.safe_load((ROOT / SINGLE).read_text())["services"]
    ours = {name: {"image": IMAGE} for name, service in services.items() if "build" in service}
    (directory / "own-image.json").write_text(json.dumps({"services": ours}))
    [port] = free_ports(1)
    environment = environment | {"DATAOPS_PUBLISH": f"127.0.0.1:{port}"}
    command = [*_compose_command(), "--project-directory", str(ROOT), "-p", PROJECT]
    for file in (*(ROOT / name for name in files), directory / "own-image.json"):
        command += ["-f", str(file)]
    deployment = Composed(f"http://127.0.0.1:{port}", command, environment)
    await _done(["docker", "build", "--network", "host", "-t", IMAGE, str(ROOT)], environment)

    async def shows_sign_in() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{deployment.url}/sign-in")).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        await deployment.compose("up", "-d")
        await eventually(shows_sign_in, within=_START_SECONDS)
        yield deployment
    finally:
        await deployment.compose("down", "-v", "--remove-orphans")
