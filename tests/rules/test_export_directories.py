"""Where an export may be written, and what is left when it fails."""

import json
import os
from pathlib import Path

import pytest

from contracts.transfer.exports import SCHEMA_VERSION
from services.portal.exports.directories import BadTarget, replacing

pytestmark = pytest.mark.requirement("R-EXP-1")
MANIFEST = json.dumps({"schema_version": SCHEMA_VERSION})


async def export_to(target: Path, manifest: str = MANIFEST) -> None:
    async with replacing(target) as directory:
        (directory / "manifest.json").write_text(manifest)
        (directory / "tasks.jsonl").write_text("")


async def fail_at(target: Path) -> None:
    async with replacing(target) as directory:
        (directory / "tasks.jsonl").write_text("half")
        raise OSError(28, "No space left on device")


async def export_while_somebody_writes_to(target: Path) -> None:
    async with replacing(target) as directory:
        (directory / "manifest.json").write_text(MANIFEST)
        os.mkdir(target)
        (target / "thesis.txt").write_text("my notes")


def tree(directory: Path) -> list[Path]:
    return sorted(path.relative_to(directory) for path in directory.rglob("*"))


@pytest.mark.parametrize("there", [False, True])
async def test_an_export_takes_its_place_whole(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "out"
    if there:
        target.mkdir()
    async with replacing(target) as directory:
        (directory / "manifest.json").write_text(MANIFEST)
        assert not there or os.listdir(target) == []
    assert os.listdir(target) == ["manifest.json"]
    assert os.listdir(tmp_path) == ["out"]


async def test_an_earlier_export_is_replaced_and_one_that_fails_leaves_it(tmp_path: Path) -> None:
    target = tmp_path / "out"
    await export_to(target)
    later = json.dumps({"schema_version": SCHEMA_VERSION, "generated_at": "later"})
    await export_to(target, later)
    with pytest.raises(OSError, match="No space left"):
        await fail_at(target)
    assert (target / "manifest.json").read_text() == later
    assert os.listdir(tmp_path) == ["out"]


async def test_what_a_killed_export_left_is_gone_after_the_next_one_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    target = tmp_path / "out"
    left = tmp_path / ".out.draft-0123abcd"
    left.mkdir()
    (left / "tasks.jsonl").write_text("half")
    async with replacing(target) as slow:
        (slow / "manifest.json").write_text(MANIFEST)
        assert not left.exists()
        await export_to(target)
        assert sorted(os.listdir(tmp_path)) == sorted([slow.name, "out"])
    assert os.listdir(tmp_path) == ["out"]


def leave(directory: Path, *names: str) -> Path:
    directory.mkdir()
    for name in names:
        (directory / name).write_text(MANIFEST if name == "manifest.json" else "")
    return directory


async def test_next_export_removes_drafts_of_other_targets(tmp_path: Path) -> None:
    leave(tmp_path / ".monday.draft-0123abcd", "tasks.jsonl")
    leave(tmp_path / ".monday.draft-0123abce")
    leave(tmp_path / ".mine.draft-0123abcd", "thesis.txt")
    leave(tmp_path / ".monday.draft-mine", "tasks.jsonl")
    (tmp_path / ".link.draft-0123abcd").symlink_to(leave(tmp_path / "elsewhere", "tasks.jsonl"))
    await export_to(tmp_path / "out")
    kept = [".link.draft-0123abcd", ".mine.draft-0123abcd", ".monday.draft-mine", "elsewhere", "out"]
    assert sorted(os.listdir(tmp_path)) == kept


async def test_next_export_restores_an_export_moved_away(tmp_path: Path) -> None:
    """The writer was killed after it had moved the earlier export away and before its own took the place."""
    leave(tmp_path / ".monday.earlier-0123abcd", "manifest.json", "tasks.jsonl")
    leave(tmp_path / ".out.earlier-0123abcd", "manifest.json")
    leave(tmp_path / "out", "manifest.json")
    with pytest.raises(OSError, match="No space left"):
        await fail_at(tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["monday", "out"]
    assert sorted(os.listdir(tmp_path / "monday")) == ["manifest.json", "tasks.jsonl"]


async def test_what_holds_no_export_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tasks.jsonl").write_text("my notes")
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "manifest.json").write_text(MANIFEST)
    (tmp_path / "mixed" / "thesis.txt").write_text("my notes")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    before = tree(tmp_path)
    refused = {
        "mine": "files that are not from an export",
        "mixed": "files that are not from an export",
        "file": "is a file, not a folder",
        "link": "is a symbolic link",
        "missing/out": "is not a folder; create it first",
    }
    for place, reason in refused.items():
        with pytest.raises(BadTarget, match=reason):
            await export_to(tmp_path / place)
    assert tree(tmp_path) == before


async def test_what_comes_between_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(BadTarget, match="files that are not from an export"):
        await export_while_somebody_writes_to(target)
    assert os.listdir(target) == ["thesis.txt"]
    assert os.listdir(tmp_path) == ["out"]
