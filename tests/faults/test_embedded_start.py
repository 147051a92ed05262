"""The bundled servers: what they hold survives, nothing of them is left behind, and a failed start says what to do."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nats
import pytest
from pymongo import AsyncMongoClient

from services.cli.stack import data_dir, embedded
from services.cli.stack.embedded import Server, start_mongod, start_nats
from services.cli.stack.ports import free_ports
from services.kit.start_error import StartError
from tests.faults.listening import nobody_listens

OWN_SERVERS = "DATAOPS_NATS_URL, DATAOPS_MONGO_URL"
NOBODY = 65534


@contextmanager
def ordinary_user() -> Generator[None]:
    """Inside, permissions count: they do not for root."""
    if os.getuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@asynccontextmanager
async def both(directory: Path) -> AsyncGenerator[tuple[Server, Server]]:
    broker, database = await asyncio.gather(start_nats(directory), start_mongod(directory))
    try:
        yield broker, database
    finally:
        await asyncio.gather(broker.child.stop(), database.child.stop())


async def stored(broker: Server, database: Server) -> tuple[int, int]:
    """How many messages and documents are there, after one more of each."""
    client = await nats.connect(broker.url)
    documents: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(database.url, serverMonitoringMode="poll")
    try:
        await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
        ack = await client.jetstream().publish("kept", b"")
        await documents["kept"]["kept"].insert_one({})
        return ack.seq, await documents["kept"]["kept"].count_documents({})
    finally:
        await client.close()
        await documents.close()


async def test_data_survives_a_restart_on_other_ports_and_a_kill(tmp_path: Path) -> None:
    async with both(tmp_path) as (broker, database):
        assert await stored(broker, database) == (1, 1)
        first_ports = broker.port, database.port
    async with both(tmp_path) as (broker, database):
        assert (broker.port, database.port) != first_ports
        assert await stored(broker, database) == (2, 2)
        await asyncio.gather(broker.child.kill(), database.child.kill())
    async with both(tmp_path) as (broker, database):
        assert await stored(broker, database) == (3, 3)


async def test_servers_end_with_their_owner_even_when_it_is_killed(tmp_path: Path) -> None:
    ports = free_ports(2)
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.owning_servers", tmp_path, *map(str, ports)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert owner.stdout is not None
    assert await asyncio.wait_for(owner.stdout.readline(), 60) == b"ready\n"
    owner.kill()
    await owner.communicate()
    await nobody_listens(*ports)


@pytest.mark.parametrize(
    ("start", "flag"), [(start_nats, "--nats-port"), (start_mongod, "--mongo-port")], ids=["nats", "mongod"]
)
async def test_a_taken_port_is_named_with_the_option_that_chooses_another(
    start: Any, flag: str, tmp_path: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port: int = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port}, .* is taken: .*{flag}"):
            await start(tmp_path, port)


async def test_a_missing_nats_server_names_the_platform_and_the_ways_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded.sysconfig, "get_path", lambda _name: str(tmp_path))
    with pytest.raises(StartError, match=rf"No bundled nats-server .*{os.uname().sysname}.*{OWN_SERVERS}"):
        await start_nats(tmp_path)


async def test_a_missing_mongod_names_the_platform_and_the_ways_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_mongod_directory", lambda: None)
    with pytest.raises(StartError, match=rf"No bundled mongod .*{os.uname().sysname}.*{OWN_SERVERS}.*docker compose"):
        await start_mongod(tmp_path)


class Failure(NamedTuple):
    script: str
    message: str


@pytest.mark.parametrize(
    "failure",
    [
        Failure('echo "mongod: libc.so.6: version \\`GLIBC_2.34\' not found"; exit 1', "C library is too old"),
        Failure("kill -ILL $$", "this processor lacks instructions"),
        Failure('echo \'{"error":"28: No space left on device"}\'; exit 14', "is full: make room"),
        Failure("echo 'Permission denied: \"mongod.lock\"'; exit 100", "give yourself write permission"),
        Failure("exit 3", r"code 3; its log, .*mongod\.log"),
    ],
    ids=["C library", "processor", "disk", "permission", "unknown"],
)
async def test_a_mongod_that_ends_at_once_is_explained_in_one_line(
    failure: Failure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod = tmp_path / "bin" / "mongod"
    mongod.parent.mkdir()
    mongod.write_text(f"#!/bin/sh\n{failure.script}\n")
    mongod.chmod(0o755)
    monkeypatch.setattr(embedded, "_mongod_directory", lambda: mongod.parent)
    with pytest.raises(StartError, match=failure.message) as caught:
        await start_mongod(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_disk_without_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=120_000_000)
    monkeypatch.setattr(data_dir.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(StartError, match=r"Only 120 MB are free .* make room"):
        data_dir.prepare(tmp_path)


@pytest.mark.parametrize("name", ["", "below"], ids=["there", "to be made"])
def test_a_directory_without_permission_is_refused(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o500)
        with ordinary_user(), pytest.raises(StartError, match=r"(?i)permission .* choose another .*--data-dir"):
            data_dir.prepare(Path(directory, name))


def test_one_data_directory_has_one_holder_and_is_free_after_it(tmp_path: Path) -> None:
    with data_dir.held(tmp_path):
        assert data_dir.is_held(tmp_path)
        with pytest.raises(StartError, match=rf"already runs on .* \(process {os.getpid()}\)"), data_dir.held(tmp_path):
            pass
    assert not data_dir.is_held(tmp_path)
