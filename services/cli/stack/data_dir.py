"""The data directory of an embedded stack: fit to hold it, and held by one ``dataops up`` at a time."""

from __future__ import annotations  # an older Python runs this before anything is installed, see preflight.py

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from services.kit.start_error import StartError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

MIN_FREE_MB = 500
_LOCK = "up.lock"
_ELSEWHERE = 'give yourself write permission (sudo chown -R "$USER" {}), or choose another directory with --data-dir.'


def prepare(path: Path) -> None:
    """Make the directory; StartError when it cannot be written or the disk is all but full."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise StartError(f"{path} is not a directory: choose another with --data-dir.") from error
    except OSError as error:
        raise StartError(
            f"Cannot make the data directory {path} ({error.strerror}): {_ELSEWHERE.format(path.parent)}"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise StartError(f"No permission to write in the data directory {path}: {_ELSEWHERE.format(path)}")
    free_mb = shutil.disk_usage(path).free // 1_000_000
    if free_mb < MIN_FREE_MB:
        raise StartError(
            f"Only {free_mb} MB are free on the disk of {path}, and the servers need {MIN_FREE_MB}: "
            "make room, or choose a directory on another disk with --data-dir."
        )


@contextmanager
def held(path: Path) -> Generator[None]:
    """Hold the directory; StartError when another ``dataops up`` does.

    The system lets go of the lock when its holder ends, however it ends. The file stays: removing a lock file can
    let two holders in.
    """
    with (path / _LOCK).open("a+b") as lock:
        if not _take(lock):
            lock.seek(0)
            raise StartError(
                f"`dataops up` already runs on {path} (process {lock.read().decode()}): "
                "stop it first, or choose another directory with --data-dir."
            )
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        yield


def is_held(path: Path) -> bool:
    """Whether a ``dataops up`` runs on this directory."""
    try:
        with (path / _LOCK).open("r+b") as lock:
            return not _take(lock)
    except OSError:
        return False


def _take(lock: BinaryIO) -> bool:
    """Lock the file until it is closed; False when somebody else has it."""
    try:
        if sys.platform == "win32":
            lock.seek(1 << 30)  # beyond the text: a locked byte cannot be read there
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
