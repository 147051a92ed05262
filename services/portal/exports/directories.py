"""Where an export may be written: beside its place first, into it only when it is whole."""

import asyncio
import fcntl
import glob
import json
import os
import secrets
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from contracts.export_records import Entity
from contracts.exports import MANIFEST_FILE, SCHEMA_VERSION
from services.portal.exports.files import sync_directory

_OURS = {MANIFEST_FILE, *(entity.file_name for entity in Entity)}


class BadTarget(Exception):
    """An export may not be written there; the message says why."""


@asynccontextmanager
async def replacing(target: Path) -> AsyncGenerator[Path]:
    """An empty directory that takes the place of ``target`` at the end, and is gone if anything fails.

    Raises BadTarget for a place that cannot be one, or that holds anything but an earlier export; that one is gone
    only when the new one is there.
    """
    _check(target)
    await asyncio.to_thread(_sweep, target)
    draft = _sibling(target, "draft")
    try:
        draft.mkdir(mode=0o700)
    except OSError as error:
        raise BadTarget(f"{target.parent} cannot be written to ({error.strerror})") from error
    try:
        with _locked(draft):
            yield draft
            _check(target)
            await asyncio.to_thread(_put_in_place, draft, target)
    finally:
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)


def _check(target: Path) -> None:
    if not target.name:
        raise BadTarget(f"{target} is no place of its own")
    if target.is_symlink():
        raise BadTarget(f"{target} is a symbolic link")
    if not target.parent.is_dir():
        raise BadTarget(f"{target.parent} is no directory")
    if not target.exists():
        return
    if not target.is_dir():
        raise BadTarget(f"{target} is no directory")
    names = {one.name for one in target.iterdir()}
    if names and not (names <= _OURS and _is_export(target)):
        raise BadTarget(f"{target} holds something other than an export")


def _is_export(directory: Path) -> bool:
    try:
        manifest: Any = json.loads((directory / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and cast("dict[str, Any]", manifest).get("schema_version") == SCHEMA_VERSION


def _put_in_place(draft: Path, target: Path) -> None:
    earlier = _sibling(target, "earlier")
    if target.exists():
        os.rename(target, earlier)
    os.rename(draft, target)
    sync_directory(target.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove drafts whose writers were killed: a lock ends with the process that holds it."""
    for draft in target.parent.glob(f".{glob.escape(target.name)}.draft-*"):
        with suppress(OSError), _locked(draft):
            shutil.rmtree(draft)


@contextmanager
def _locked(directory: Path) -> Generator[None]:
    """Raises BlockingIOError while another process writes there."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _sibling(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}-{secrets.token_hex(4)}")
