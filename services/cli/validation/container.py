"""Where the files of an export lie: a directory or a zip archive. Nothing is unpacked, and no link is followed."""

import stat
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol


class Unreadable(Exception):
    """A file, or the whole container, cannot be read; the message says why."""


class Container(Protocol):
    def names(self) -> list[str]:
        """Files at the top, sorted; also what lies deeper in an archive, under its whole name."""
        ...

    def open(self, name: str) -> IO[bytes]: ...


class _Directory:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        with _readable():
            return sorted(one.name for one in self._path.iterdir() if not one.is_dir())

    def open(self, name: str) -> IO[bytes]:
        with _readable():
            file = self._path / name
            if not stat.S_ISREG(file.lstat().st_mode):
                raise Unreadable("is not a regular file")
            return file.open("rb")


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return sorted(one for one in self._archive.namelist() if not one.endswith("/"))

    def open(self, name: str) -> IO[bytes]:
        with _readable():
            return self._archive.open(name)


@contextmanager
def opened(path: Path) -> Generator[Container]:
    """Raises Unreadable when there is no such directory, or no archive that can be read."""
    if path.is_dir():
        yield _Directory(path)
        return
    if path.exists() and not path.is_file():
        raise Unreadable("is neither a directory nor a file")
    with _readable():
        archive = zipfile.ZipFile(path)
    with archive:
        yield _Archive(archive)


@contextmanager
def _readable() -> Generator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Unreadable("is missing") from None
    except READ_ERRORS as error:
        raise Unreadable(f"cannot be read: {error}") from error


READ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading raises for a damaged, encrypted or oddly compressed archive, or a bad name."""
