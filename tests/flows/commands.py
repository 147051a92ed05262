"""`dataops` as a person at a terminal runs it, against the servers of a test."""

import asyncio
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from services.cli import main
from services.kit.settings import Settings

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, *(found.partition(":")[0] for found, _ in main.COMMANDS.values())])
"""Each command has a process of its own, forked from one that has imported them all, which takes most of the time that
a command takes. From a shell they are started in tests/faults."""


class Ended(NamedTuple):
    code: int | None
    said: str
    complained: str


async def dataops(settings: Settings, *arguments: str, answer: str = "") -> Ended:
    """Run the command as a person would, against the servers of this test."""
    environment = {
        "DATAOPS_NATS_URL": settings.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": settings.mongo_url.get_secret_value(),
        "DATAOPS_MONGO_PREFIX": settings.mongo_prefix,
        "DATAOPS_CLOCK": "2028-02-02T08:00:00Z",
        "COLUMNS": "200",
    }
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "stdin").write_text(answer)
        process = _FORKS.Process(target=_run, args=(arguments, os.environ | environment, place), daemon=True)
        await asyncio.to_thread(process.start)
        await asyncio.to_thread(process.join, 60)
        if process.is_alive():
            process.kill()
            raise TimeoutError(arguments)
        return Ended(process.exitcode, (place / "stdout").read_text(), (place / "stderr").read_text())


def _run(arguments: tuple[str, ...], environment: dict[str, str], place: Path) -> None:
    """In the process of the command: what the shell would have set up, and then the command."""
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(os.open(place / name, os.O_RDWR | os.O_CREAT), descriptor)
    sys.stdin = os.fdopen(0)
    sys.argv = ["dataops", *arguments]
    main.main()


async def assert_refused(settings: Settings, *arguments: str, complaint: str) -> None:
    ended = await dataops(settings, *arguments)
    assert complaint in ended.complained
    assert ended.complained.startswith("dataops: ")
    assert (ended.code, len(ended.complained.splitlines())) == (1, 1)
