"""What a restored system must show: the schedules and tasks of the export, and the same export again."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from nats.aio.client import Client

from contracts.home import GetHome
from contracts.subjects import GET_HOME, GET_TASK
from contracts.tasks import GetTask
from contracts.transfer.export_records import Entity, Record
from contracts.transfer.exports import MANIFEST_FILE
from services.kit.broker import ask

_SCHEDULES = (Entity.RECURRING_CONFIGS, Entity.TEMPLATES)
_TASKS_OPENED = 20
_PIECE = 2**20
_MAY_DIFFER = {"generated_at", "source_environment", "redaction_counts"}


async def open_pages(client: Client, directory: Path) -> tuple[str, str | None]:
    """What was seen, and what was wrong with it. Raises Unavailable or Refused."""
    home = await ask(client, GET_HOME, GetHome())
    shown = home.schedules.active + home.schedules.paused
    wanted = sum(
        map(_is_listed, (*_records(directory, Entity.RECURRING_CONFIGS), *_records(directory, Entity.TEMPLATES)))
    )
    tasks = list(islice((one for one in _records(directory, Entity.TASKS) if "deleted_at" not in one), _TASKS_OPENED))
    for task in tasks:
        opened = await ask(client, GET_TASK, GetTask(id=task["task_id"]))
        if opened.description != task["description"]:
            return "", f"task {opened.id} differs from the export"
    wrong = None if shown == wanted else f"Home counts {shown} schedules, the export has {wanted}"
    return f"Home shows {shown} schedules; {len(tasks)} tasks opened", wrong


def _is_listed(schedule: Record) -> bool:
    return bool(schedule.get("timeline")) and "deleted_at" not in schedule and "archived_at" not in schedule


def _records(directory: Path, entity: Entity) -> Iterator[Record]:
    with (directory / entity.file_name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def difference(first: Path, second: Path) -> str | None:
    """Where two exports differ in more than the manifest's time, environment and counts of redactions."""
    for entity in Entity:
        if not _same(first / entity.file_name, second / entity.file_name):
            return f"{entity.file_name} differs"
    one, other = (_manifest(directory) for directory in (first, second))
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return f"the manifests differ in {', '.join(names)}" if names else None


def _manifest(directory: Path) -> dict[str, Any]:
    manifest = cast("dict[str, Any]", json.loads((directory / MANIFEST_FILE).read_bytes()))
    return {name: value for name, value in manifest.items() if name not in _MAY_DIFFER}


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as left, other.open("rb") as right:
        while (piece := left.read(_PIECE)) == right.read(_PIECE):
            if not piece:
                return True
    return False
