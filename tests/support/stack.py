"""`dataops up` and the commands of the documents."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from contracts import subjects
from contracts.recurring import CreateRecurring
from services.cli.stack.client import connected
from services.kit.broker import ask
from services.kit.settings import Settings
from tests.system import eventually

ROOT = Path(__file__).parents[2]


async def shell(script: str, directory: Path) -> str:
    """What the commands say, run as an operator would in ``directory``; they must end well."""
    tools = directory / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "dataops").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services.cli.main "$@"\n')
    (tools / "dataops").chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATAOPS_")}
    environment |= {"PATH": f"{tools}:{environment['PATH']}", "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", script, cwd=directory, stdout=PIPE, stderr=STDOUT, env=environment
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, f"{script}\n{said}"
    return said


def with_own(block: str, meant: dict[str, str]) -> str:
    for name, value in meant.items():
        block = block.replace(name, value)
    return block


async def created_duty(nats_url: str) -> str:
    async with connected(Settings(nats_url=SecretStr(nats_url))) as client:
        duty = CreateRecurring(description="Handle Slack invites", cron_expression="0 9 * * *")
        return (await ask(client, subjects.CREATE_RECURRING, duty)).id


ANY_PORTS = ("--port", "0", "--nats-port", "0", "--mongo-port", "0")
UP_SECONDS = 150.0
"""On a busy machine; the command itself waits while there is progress."""


async def start_up(directory: Path, *options: str, **settings: str) -> Process:
    """The command, in a process group of its own as at a terminal. Ours are ``settings`` alone."""
    command = [sys.executable, "-m", "services.cli.main", "up", "--data-dir", str(directory), *ANY_PORTS, *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATAOPS_")} | settings
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=environment, process_group=0)


@asynccontextmanager
async def up(directory: Path, *options: str, **settings: str) -> AsyncGenerator[tuple[Process, dict[str, int]]]:
    """A stack that is ready, and its ports. It is killed at the end if it still runs."""
    process = await start_up(directory, *options, **settings)
    file = directory / "ports.json"

    async def ready() -> bool:
        assert process.returncode is None, (await process.communicate())[0].decode()
        return file.exists()

    try:
        await eventually(ready, within=UP_SECONDS)
        yield process, json.loads(file.read_text())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
