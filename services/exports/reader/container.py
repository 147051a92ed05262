"""Where the files of an export lie: a directory or an archive, also one that another system packed again.

Nothing is unpacked, and no link is followed. What is harmless is taken: one folder around the files, ``\\`` between
folder and file, ``./`` before a name, and what systems add beside the files. The rest is refused in one line.
"""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from contracts.transfer.exports import MANIFEST_FILE
from services.exports.faults import quoted

_MOST_MEMBERS = 1_000
_LARGEST_DIRECTORY = 2**20
"""Bytes of a zip archive's list of members: the reader of the standard library holds all of it."""
_END_RECORD = b"PK\x05\x06"
_LONGEST_END = 22 + 2**16
_ADDED_FOLDERS = frozenset({"__MACOSX", "@eaDir"})
_ADDED_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What macOS, Windows and network drives put beside files."""
_BOMB_BYTES, _BOMB_RATIO = 64 * 2**20, 300
"""Records take a twentieth of their room when packed; deflate can make a thousandth of a text that says nothing."""
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar", ".gz")


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
            return sorted(one.name for one in self._path.iterdir() if not one.is_dir() and not _is_added(one.name))

    def open(self, name: str) -> IO[bytes]:
        with _readable():
            file = self._path / name
            if not stat.S_ISREG(file.lstat().st_mode):
                raise Unreadable("is not a regular file")
            return file.open("rb")


class _Archive:
    """``members`` are the names as they are packed, by the names that the format gives them."""

    def __init__(self, archive: zipfile.ZipFile, members: dict[str, str]) -> None:
        self._archive = archive
        self._members = members

    def names(self) -> list[str]:
        return sorted(self._members)

    def open(self, name: str) -> IO[bytes]:
        with _readable():
            if name not in self._members:
                raise Unreadable("is missing")
            return self._archive.open(self._members[name])


@contextmanager
def opened(path: Path) -> Generator[Container]:
    """Raises Unreadable when there is no such directory, or no archive that can be read."""
    if path.is_dir():
        yield _Directory(_innermost(path))
        return
    if path.exists() and not path.is_file():
        raise Unreadable("is neither a directory nor a file")
    with _readable():
        _refuse_other_kinds(path)
        archive = zipfile.ZipFile(path)
    with archive:
        yield _Archive(archive, _members(archive.infolist()))


def _innermost(path: Path) -> Path:
    """The one folder in a directory that holds nothing else, as unpacking leaves it."""
    with _readable():
        if (path / MANIFEST_FILE).exists():
            return path
        inside = [one for one in path.iterdir() if not _is_added(f"{one.name}/" if one.is_dir() else one.name)]
        if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
            return inside[0]
        return path


def _refuse_other_kinds(path: Path) -> None:
    """Raises Unreadable for a file that is no zip archive, saying what it seems to be, or whose list is too long."""
    with path.open("rb") as file:
        head = file.read(512)
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_END))
        tail = file.read(_LONGEST_END)
    if head.startswith(b"\x1f\x8b"):
        raise Unreadable(f"is compressed with gzip, not a zip archive; {_UNPACK}")
    if head[257:262] == b"ustar":
        raise Unreadable(f"is a tar archive, not a zip archive; {_UNPACK}")
    for magic, kind in _OTHER_KINDS.items():
        if head.startswith(magic):
            raise Unreadable(f"is {kind}, not a zip archive; {_UNPACK}")
    at = tail.rfind(_END_RECORD)
    if at >= 0 and len(tail) >= at + 22:
        members, listed = (int.from_bytes(tail[at + start : at + end], "little") for start, end in ((10, 12), (12, 16)))
        if members > _MOST_MEMBERS or listed > _LARGEST_DIRECTORY:
            raise Unreadable(f"lists {members} members in {listed} bytes; an export has 13")


_UNPACK = "unpack it and name the directory"
_OTHER_KINDS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ\x00": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
}


def _members(packed: Iterable[zipfile.ZipInfo]) -> dict[str, str]:
    """What is packed under which name, folders and what systems add left out.

    Raises Unreadable for names that lead elsewhere, links, encrypted members and two members of one name.
    """
    files = [one for one in packed if not one.filename.replace("\\", "/").endswith("/")]
    names = {one.filename: _plain(one.filename) for one in files}
    counted = Counter(one.filename for one in files)
    files = [one for one in files if not _is_added(names[one.filename])]
    folder = _folder_of(names[one.filename] for one in files)
    members: dict[str, str] = {}
    for one in files:
        name = names[one.filename].removeprefix(folder)
        if name in members or counted[one.filename] > 1:
            raise Unreadable(f"has two members named {quoted(name)}")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise Unreadable(f"has {quoted(name)} as a symbolic link")
        if one.file_size > _BOMB_BYTES and one.file_size > _BOMB_RATIO * max(one.compress_size, 1):
            raise Unreadable(
                f"has {quoted(name)} of {one.file_size} bytes packed into {one.compress_size}; no export is so"
            )
        if one.flag_bits & 1:
            raise Unreadable(f"has {quoted(name)} encrypted; pack it without a password")
        members[name] = one.filename
    if MANIFEST_FILE not in members and (nested := [one for one in members if one.lower().endswith(_ARCHIVES)]):
        raise Unreadable(f"holds another archive, {quoted(nested[0])}, and no export; unpack it and name that one")
    return members


def _plain(packed: str) -> str:
    """The name with ``/`` between its parts, and no ``./`` before it. Raises Unreadable when it leads elsewhere."""
    parts = packed.replace("\\", "/").split("/")
    while len(parts) > 1 and parts[0] == ".":
        parts = parts[1:]
    if ".." in parts or "" in parts or "." in parts or ":" in parts[0]:
        raise Unreadable(f"has a member {quoted(packed)}, whose name leads elsewhere; an export is flat")
    return "/".join(parts)


def _folder_of(names: Iterable[str]) -> str:
    """The folder of the manifest with its slash, empty when it lies at the top. Raises Unreadable for two exports."""
    folders = [name.removesuffix(MANIFEST_FILE) for name in names if name.rpartition("/")[2] == MANIFEST_FILE]
    if len(folders) > 1:
        shown = ", ".join(quoted(folder or "the top") for folder in folders[:2])
        raise Unreadable(f"holds {len(folders)} exports ({shown}); pack one alone")
    return folders[0] if folders else ""


def _is_added(name: str) -> bool:
    *folders, last = name.split("/")
    return not _ADDED_FOLDERS.isdisjoint(folders) or last in _ADDED_FILES or last.startswith("._")


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
