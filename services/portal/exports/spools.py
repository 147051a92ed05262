"""Directories of this machine to which exports are written before they are sent. A killed process leaves its own."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from services.portal.exports.locks import lock_directory

EXPORT = "dataops-export-"
DRILL = "dataops-drill-"


class Spool:
    """Only this user of the machine can read ``directory``. It is locked until ``remove`` or the end of the process."""

    def __init__(self, prefix: str = EXPORT) -> None:
        self.directory, self._lock = _make_locked(prefix)

    def remove(self) -> None:
        """Also when it is gone already."""
        shutil.rmtree(self.directory, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _make_locked(prefix: str) -> tuple[Path, int | None]:
    while True:
        directory = Path(tempfile.mkdtemp(prefix=prefix))
        with suppress(FileNotFoundError):  # another process took it for abandoned before it was locked
            lock = lock_directory(directory)
            if directory.exists():
                return directory, lock
            os.close(lock)


def remove_abandoned_spools(prefix: str = EXPORT) -> list[str]:
    """Remove the spools of processes that were killed, which hold no lock any more. Returns their names.

    Directories of other users, and symbolic links, stay.
    """
    removed: list[str] = []
    for directory in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        with suppress(OSError):
            if directory.is_symlink() or directory.lstat().st_uid != os.geteuid():
                continue
            lock = lock_directory(directory)
            try:
                shutil.rmtree(directory)
                removed.append(directory.name)
            finally:
                os.close(lock)
    return removed
