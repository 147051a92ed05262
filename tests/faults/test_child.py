"""Starting waits for a child while it makes progress, and says what it waits for."""

import asyncio
import sys
from itertools import count
from pathlib import Path

import pytest

from services.cli.stack import child as module
from services.cli.stack.child import Child

BUSY = "while True: pass"
IDLE = "import threading; threading.Event().wait(60)"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports come at once."""
    monkeypatch.setattr(module, "_REPORT_SECONDS", 0.02)


async def spawn(tmp_path: Path, program: str) -> Child:
    return await Child.spawn("child", [sys.executable, "-c", program], log=tmp_path / "child.log")


async def test_until_gives_up_on_a_child_without_progress(tmp_path: Path) -> None:
    child = await spawn(tmp_path, IDLE)
    with pytest.raises(TimeoutError):
        await child.until(asyncio.Event().wait(), patience=0.3)
    assert child.process.returncode is not None


@pytest.mark.parametrize("what", ["processor", "sign"])
async def test_until_waits_while_there_is_progress(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty reports come, of which each would be the last without progress."""
    child = await spawn(tmp_path, IDLE)
    changes = count()
    if what == "processor":
        monkeypatch.setattr(Child, "_work", lambda _: next(changes))
    enough, reports = asyncio.Event(), []

    def report(seconds: float) -> None:
        reports.append(seconds)
        if len(reports) == 50:
            enough.set()

    sign = (lambda: str(next(changes))) if what == "sign" else str
    await child.until(enough.wait(), patience=0.01, sign=sign, report=report)
    assert reports == sorted(reports)
    await child.stop()


async def test_work_counts_the_processor_time_of_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROGRESS_SECONDS", 0.1)
    busy = await spawn(tmp_path, BUSY)
    try:
        async with asyncio.timeout(60):
            while busy._work() < 3:  # noqa: ASYNC110  # what is waited for lies in another process
                await asyncio.sleep(0.02)
    finally:
        await busy.kill()
    assert busy._work() == 0
