"""Where an export may be written: beside its place first, into it only when it is whole."""

import asyncio
import json
import os
import re
import secrets
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

from contracts.transfer.export_records import Entity
from contracts.transfer.exports import MANIFEST_FILE, SCHEMA_VERSION
from services.portal.exports import messages
from services.portal.exports.files import sync_directory
from services.portal.exports.locks import lock_directory

_LEFT_BEHIND = re.compile(r"\.(?P<name>.+)\.(?P<what>draft|earlier)-[0-9a-f]{8}")
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
    await asyncio.to_thread(_clean_up, target)
    draft = _sibling(target, "draft")
    try:
        draft.mkdir(mode=0o700)
    except OSError as error:
        raise BadTarget(messages.cannot_be_written(target.parent, error.strerror)) from error
    lock = lock_directory(draft)
    try:
        yield draft
        _check(target)
        await asyncio.to_thread(_put_in_place, draft, target)
    finally:
        os.close(lock)
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)


def _check(target: Path) -> None:
    if not target.name:
        raise BadTarget(messages.no_place_of_its_own(target))
    if target.is_symlink():
        raise BadTarget(messages.is_symbolic_link(target))
    if not target.parent.is_dir():
        raise BadTarget(messages.parent_is_no_directory(target.parent))
    if not target.exists():
        return
    if not target.is_dir():
        raise BadTarget(messages.is_no_directory(target))
    names = {one.name for one in target.iterdir()}
    if names and not (names <= _OURS and _is_export(target)):
        raise BadTarget(messages.holds_something_else(target))


def _is_export(directory: Path) -> bool:
    try:
        manifest: Any = json.loads((directory / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and cast("dict[str, Any]", manifest).get("schema_version") == SCHEMA_VERSION


def _put_in_place(draft: Path, target: Path) -> None:
    """Locks the directory around them, so that nobody cleans up between the two renames."""
    lock = lock_directory(target.parent, wait=True)
    try:
        earlier = _sibling(target, "earlier")
        if target.exists():
            os.rename(target, earlier)
        os.rename(draft, target)
        sync_directory(target.parent)
        shutil.rmtree(earlier, ignore_errors=True)
    finally:
        os.close(lock)


def _clean_up(target: Path) -> None:
    """Undo what killed writers left beside ``target``: drafts go, also those of other targets; an earlier export that
    was moved away returns when nothing took its place."""
    lock = lock_directory(target.parent, wait=True)
    try:
        for sibling in target.parent.glob(".*"):
            found = _LEFT_BEHIND.fullmatch(sibling.name)
            if found is None or sibling.is_symlink() or not sibling.is_dir() or not _holds_only_ours(sibling):
                continue
            with suppress(OSError):
                _clean_up_one(sibling, sibling.with_name(found["name"]), found["what"])
    finally:
        os.close(lock)


def _clean_up_one(sibling: Path, target: Path, what: str) -> None:
    """Raises BlockingIOError for a draft that another process writes."""
    if what == "earlier" and not target.exists():
        os.rename(sibling, target)
        return
    lock = lock_directory(sibling)
    try:
        shutil.rmtree(sibling)
    finally:
        os.close(lock)


def _holds_only_ours(directory: Path) -> bool:
    return {one.name for one in directory.iterdir()} <= _OURS


def _sibling(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}-{secrets.token_hex(4)}")
