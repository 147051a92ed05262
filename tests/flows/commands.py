"""`dataops` as a person at a terminal runs it, against the servers of a test."""

import asyncio
import os
import sys
from typing import NamedTuple

from services.kit.settings import Settings


class Ended(NamedTuple):
    code: int | None
    said: str
    complained: str


async def dataops(settings: Settings, *arguments: str, answer: str = "") -> Ended:
    """Run the command as a person would, against the servers of this test."""
    environment = os.environ | {
        "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
        "DATAOPS_MONGO_PREFIX": settings.mongo_prefix,
        "DATAOPS_CLOCK": "2028-02-02T08:00:00Z",
        "COLUMNS": "200",
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli.main", *arguments), env=environment, stdin=pipe, stdout=pipe, stderr=pipe
    )
    said, complained = await asyncio.wait_for(process.communicate(answer.encode()), 60)
    return Ended(process.returncode, said.decode(), complained.decode())


async def assert_refused(settings: Settings, *arguments: str, complaint: str) -> None:
    ended = await dataops(settings, *arguments)
    assert complaint in ended.complained
    assert ended.complained.startswith("dataops: ")
    assert (ended.code, len(ended.complained.splitlines())) == (1, 1)
