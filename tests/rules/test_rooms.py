"""Rooms stay small enough to look around in, and the two walks of the architecture stay short enough to read."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
LARGEST_ROOM = 20


def test_room_has_twenty_files_at_most() -> None:
    modules = [path.relative_to(ROOT) for part in ("contracts", "services") for path in (ROOT / part).rglob("*.py")]
    rooms = Counter(path.parent.as_posix() for path in modules if path.name != "__init__.py")
    assert {room: files for room, files in rooms.items() if files > LARGEST_ROOM} == {}


@pytest.mark.parametrize(("walk", "most"), [("The path of a window", 17), ("The path of a click", 16)])
def test_walk_names_as_many_files_as_it_says(walk: str, most: int) -> None:
    section = ARCHITECTURE.split(f"## {walk}\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`((?:services|contracts)/[\w/]+\.\w+)`", section))
    [number] = re.findall(r"(\d+) files", section)
    assert len(named) == int(number) <= most
    assert all((ROOT / path).is_file() for path in named)
