"""Spools of exports: what a killed process leaves is removed, what another process uses is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.portal.exports.spools import DRILL, EXPORT, Spool, remove_abandoned_spools

pytestmark = pytest.mark.requirement("R-EXP-1")
WRITER = """
import sys
from services.portal.exports.spools import Spool
spool = Spool()
(spool.directory / "tasks.jsonl").write_text("half of them")
print(spool.directory.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def spool_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def start_writer(place: Path) -> tuple[subprocess.Popen[str], str]:
    """A process that has begun to write, and the name of its spool."""
    environment = os.environ | {"TMPDIR": str(place)}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    return writer, writer.stdout.readline().strip()


def test_spool_of_killed_process_is_removed(spool_place: Path) -> None:
    writer, name = start_writer(spool_place)
    with writer:
        assert remove_abandoned_spools() == []
        assert (spool_place / name / "tasks.jsonl").read_text() == "half of them"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        assert remove_abandoned_spools() == [name]
    assert os.listdir(spool_place) == []


def test_spool_in_use_stays_until_removed(spool_place: Path) -> None:
    spool = Spool()
    assert remove_abandoned_spools() == []
    assert spool.directory.stat().st_mode & 0o777 == 0o700
    spool.remove()
    spool.remove()
    assert os.listdir(spool_place) == []


def test_abandoned_spools_leave_everything_else(spool_place: Path) -> None:
    elsewhere = spool_place / "elsewhere"
    for directory in (elsewhere, spool_place / f"{DRILL}x", spool_place / f"{EXPORT}x", spool_place / f"{EXPORT}y"):
        directory.mkdir()
        (directory / "tasks.jsonl").write_text("")
    (spool_place / f"{EXPORT}file").write_text("")
    (spool_place / f"{EXPORT}link").symlink_to(elsewhere)
    assert remove_abandoned_spools() == [f"{EXPORT}x", f"{EXPORT}y"]
    kept = [f"{DRILL}x", f"{EXPORT}file", f"{EXPORT}link", "elsewhere"]
    assert sorted(os.listdir(spool_place)) == kept
    assert remove_abandoned_spools(DRILL) == [f"{DRILL}x"]
    assert os.listdir(elsewhere) == ["tasks.jsonl"]
