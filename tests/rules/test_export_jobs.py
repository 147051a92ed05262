"""An export that a page waits for: what becomes of it when it fails, and how long what it wrote is kept."""

import asyncio
import datetime as dt
import os
from pathlib import Path
from typing import Any, cast

import pytest

from services.portal.exports import jobs
from services.portal.exports.exporter import Exporter
from services.portal.exports.jobs import Exports
from services.portal.store import PortalStore


class BrokenExporter:
    async def write(self, directory: Path, _: Any) -> None:
        (directory / "tasks.jsonl").write_text("half of them")
        raise ArithmeticError("nobody thought of it")


def broken() -> Exports:
    return Exports(cast("Exporter", BrokenExporter()), cast("PortalStore", None))


@pytest.mark.requirement("R-EXP-1")
async def test_what_nobody_foresaw_ends_an_export_in_words_and_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    exports = broken()
    await exports.start("ada")
    job = exports.of("ada")
    assert job is not None
    assert (job.going_on, "The log of the portal has the details" in (job.fault or "")) == (False, True)
    assert "nobody thought of it" in capsys.readouterr().out
    await exports.stop()


@pytest.mark.requirement("R-EXP-1")
async def test_what_was_written_goes_when_its_time_is_over_though_nobody_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    exports, gone = broken(), asyncio.Event()
    forget = exports._forget

    def forget_and_record(*whose: Any) -> None:
        forget(*whose)
        gone.set()

    monkeypatch.setattr(jobs, "_KEPT", dt.timedelta())
    monkeypatch.setattr(exports, "_forget", forget_and_record)
    await exports.start("ada")
    await gone.wait()
    assert os.listdir(tmp_path) == []
    assert exports.of("ada") is None
